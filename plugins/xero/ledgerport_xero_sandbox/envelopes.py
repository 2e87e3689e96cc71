"""How Xero writes: `/Date(ms+0000)/`, pretty JSON with CRLF and escaped slashes, XML for who does not ask for JSON, and
the bodies of gateway errors (sections 2.1, 2.2, 6.1 of the fact sheet).
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any
from xml.sax.saxutils import escape

import orjson

from ledgerport_sandbox import Reply

ZERO = "00000000-0000-0000-0000-000000000000"
JSON = ("content-type", "application/json; charset=utf-8")
_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_SINGULAR = {
    "Addresses": "Address",
    "Currencies": "Currency",
    "BatchPayments": "BatchPayment",
    "TaxComponents": "TaxComponent",
}


def new_id() -> str:
    """A random guid; made of text, because every line of every document needs one."""
    raw = secrets.token_hex(16)
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"


def moment(epoch: float, offset: str = "+0000") -> str:
    """`/Date(1790000000000+0000)/`."""
    return f"/Date({int(epoch * 1000)}{offset})/"


def day(text: str) -> str:
    """A calendar day (`2026-08-03`) as its midnight UTC."""
    return f"/Date({(date.fromisoformat(text).toordinal() - _EPOCH_DAY) * 86_400_000}+0000)/"


def milliseconds(text: str) -> int:
    """The number in `/Date(...)/`."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found[1])


def day_of(text: str) -> str:
    """`/Date(...)/` -> the UTC day it names."""
    return datetime.fromtimestamp(milliseconds(text) / 1000, UTC).date().isoformat()


def twin(text: str) -> str:
    """The readable twin of a day: `2026-08-03T00:00:00`."""
    return f"{text}T00:00:00"


def cents(value: Decimal, *, even: bool = False) -> Decimal:
    """Two decimals, half a cent up (away from zero) or to the even cent."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_EVEN if even else ROUND_HALF_UP)


def places(value: Decimal, count: int) -> Decimal:
    """So many decimals, half up."""
    return value.quantize(Decimal(1).scaleb(-count), ROUND_HALF_UP)


def number(value: Decimal) -> float:
    """An amount as a JSON number; floats print the shortest text, so no cent is lost."""
    return float(value)


def exact(value: Any) -> Decimal:
    """A stored JSON number as the amount it was."""
    return Decimal(str(value))


def pretty(value: Any) -> bytes:
    """JSON as Xero prints it."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).replace(b"\n", b"\r\n").replace(b"/", b"\\/")


def answer(members: dict[str, Any], *, accept: str, provider: str, epoch: float, status: int = 200) -> Reply:
    """The envelope around collections; its Id becomes the correlation id."""
    body = {
        "Id": new_id(),
        "Status": "OK",
        "ProviderName": provider,
        "DateTimeUTC": moment(epoch, ""),
        **members,
    }
    if "SummarizeErrors" in body:
        body = {"SummarizeErrors": body.pop("SummarizeErrors"), **body}
    return _reply(body, "Response", accept, status, body["Id"])


def api_exception(body: dict[str, Any], *, accept: str, status: int = 400) -> Reply:
    """`{"ErrorNumber", "Type", "Message", "Elements"?}` (section 6.2)."""
    return _reply(body, "ApiException", accept, status, None)


def _reply(body: dict[str, Any], root: str, accept: str, status: int, correlation: str | None) -> Reply:
    headers = [] if correlation is None else [("xero-correlation-id", correlation)]
    if takes_json(accept):
        return Reply(status, pretty(body), [JSON, *headers])
    text = f'<{root} xmlns:xsd="http://www.w3.org/2001/XMLSchema">{_xml(body)}</{root}>'
    return Reply(status, text.encode(), [("content-type", "text/xml; charset=utf-8"), *headers])


def takes_json(accept: str) -> bool:
    """XML is the default; only an Accept that names JSON gets JSON (section 2.1)."""
    return "json" in accept


def _xml(value: Any, name: str = "") -> str:
    if isinstance(value, dict):
        return "".join(f"<{key}>{_xml(inner, key)}</{key}>" for key, inner in value.items() if inner is not None)
    if isinstance(value, list):
        child = _SINGULAR.get(name) or name.removesuffix("s") or "Element"
        return "".join(f"<{child}>{_xml(inner, child)}</{child}>" for inner in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and (found := _DATE.fullmatch(value)):
        return datetime.fromtimestamp(int(found[1]) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return escape(str(value))


def problem(status: int, title: str, detail: str, *, keys: str, scope: bool = False) -> Reply:
    """401 and 403 of the gateway. The short form without Type and Extensions is that of expired tokens
    [R:xeroizer/expired_oauth2_token.json].
    """
    short = {"Title": title, "Status": status, "Detail": detail, "Instance": new_id()}
    body: dict[str, Any] = {"Type": None, **short, "Extensions": {}} if scope or status == 403 else short
    if keys == "lower":
        body = {name.lower(): value for name, value in body.items() if name not in {"Type", "Extensions"}}
    return Reply(status, orjson.dumps(body), [("content-type", "application/json")])
