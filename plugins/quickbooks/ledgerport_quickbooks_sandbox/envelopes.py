"""The three shapes of an Intuit answer: service JSON (capital letters), gateway JSON (lower case), XML (sections 7.1,
7.2).
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

import orjson

from ledgerport_sandbox import Reply

PACIFIC = ZoneInfo("America/Los_Angeles")
JSON = ("content-type", "application/json;charset=utf-8")
_last: tuple[int, str, str] = (-1, "", "")


def stamp(epoch: float) -> str:
    """`2026-09-01T08:12:20-07:00`: seconds, with the Pacific offset of that day."""
    head, offset = _parts(epoch)
    return head + offset


def time_member(epoch: float) -> str:
    """The `time` of an answer: as `stamp`, with milliseconds."""
    head, offset = _parts(epoch)
    return f"{head}.{int(epoch * 1000) % 1000:03d}{offset}"


def today(epoch: float) -> str:
    """The server's date, which is Pacific."""
    return _parts(epoch)[0][:10]


def _parts(epoch: float) -> tuple[str, str]:
    global _last  # noqa: PLW0603 - one second's text is asked for many times in a batch
    second = int(epoch)
    if _last[0] != second:
        text = datetime.fromtimestamp(second, UTC).astimezone(PACIFIC).isoformat()
        _last = (second, text[:19], text[19:])
    return _last[1], _last[2]


def service(members: dict[str, Any], epoch: float, status: int = 200) -> Reply:
    """`{..., "time": ...}`."""
    return Reply(status, orjson.dumps({**members, "time": time_member(epoch)}), [JSON])


def service_fault(fault: dict[str, Any], epoch: float, *, status: int, timed: bool, accept: str) -> Reply:
    """A Fault as JSON, or as XML for a client that does not take JSON."""
    if not takes_json(accept):
        return xml_fault(fault, epoch, status)
    body = {"Fault": fault, "time": time_member(epoch)} if timed else {"Fault": fault}
    return Reply(status, orjson.dumps(body), [("content-type", "application/json")])


def gateway_fault(code: str, message: str, detail: str | None, kind: str, epoch: float, status: int) -> Reply:
    """The lower-case envelope of 401, 403 and 429 [REC error__401]."""
    error = {"message": message, "detail": detail, "code": code, "element": None}
    body: dict[str, Any] = {
        "warnings": None,
        "intuitObject": None,
        "fault": {"error": [error], "type": kind},
        "report": None,
        "queryResponse": None,
        "batchItemResponse": [],
        "attachableResponse": [],
        "syncErrorResponse": None,
        "requestId": None,
        "time": int(epoch * 1000),
        "status": None,
        "cdcresponse": [],
    }
    return Reply(status, orjson.dumps(body), [("content-type", "application/json")])


def xml_fault(fault: dict[str, Any], epoch: float, status: int) -> Reply:
    """`<IntuitResponse><Fault type><Error code>...` [REC too_many_requests_error]."""
    errors = ""
    for error in fault["Error"]:
        element = f" element={quoteattr(error['element'])}" if error.get("element") else ""
        detail = "" if error.get("Detail") is None else f"<Detail>{escape(error['Detail'])}</Detail>"
        errors += f"<Error code={quoteattr(error['code'])}{element}>"
        errors += f"<Message>{escape(error['Message'])}</Message>{detail}</Error>"
    body = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<IntuitResponse time="{time_member(epoch)}" xmlns="http://schema.intuit.com/finance/v3">'
        f"<Fault type={quoteattr(fault['type'])}>{errors}</Fault></IntuitResponse>"
    )
    return Reply(status, body.encode(), [("content-type", "application/xml")])


def takes_json(accept: str) -> bool:
    """Is JSON among what the Accept header names? No header means XML [UCRM-31]."""
    return "json" in accept or "*/*" in accept


def new_tid() -> str:
    """A trace id of the shape `1-5f733d9a-1d4e21aa217ba43177113df4`."""
    value = secrets.token_hex(16)
    return f"1-{value[:8]}-{value[8:]}"
