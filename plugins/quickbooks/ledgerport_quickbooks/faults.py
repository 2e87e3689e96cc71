"""QuickBooks' answers as decisions. Pure: (status, headers, body) -> a contract error, or None when all is well.

Every envelope is read: `Fault` (service), `fault` (gateway, lower case), XML, and HTML, plain text, a cut answer or
nothing where JSON was due. A fault counts whatever the status says: batches and some services carry one in a 200.

What a lasting 401 or 403 means. The transport has refreshed the token once before an answer of 401 comes here. Only
the token endpoint's `invalid_grant` is certain to mean that a person must log in again, so nothing here says
LoginNeeded:
- 401 (codes 100, 110, 3200, or unreadable): TryLater. Nothing was applied; if the user did disconnect us,
  the next refresh answers `invalid_grant` and the token service says so.
- 403 with code 3100, and code 120: Refused. The grant works but not for this company, or its user lost the right:
  waiting heals nothing and a person must reconnect or be given the right.
- 403 that is no QuickBooks fault (a firewall's page): TryLater.
"""

from __future__ import annotations

import email.utils
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict

from ledgerport.contract import (
    Broken,
    ContractError,
    Gone,
    NameTaken,
    Refused,
    Stale,
    TryLater,
    Unknown,
)
from ledgerport_quickbooks.answers import Row, parse, plain_words
from ledgerport_quickbooks.envelopes import FaultRow, fault_rows, row_in_text, safe_words, taken_by, trace_of
from ledgerport_quickbooks.refusals import refusal

_THROTTLED = "3001"
_LOGIN = frozenset({"100", "110", "3200"})
_NOT_ALLOWED = frozenset({"120", "3100"})
_CLOSED_FOR_NOW = frozenset({"130", "140", "150"})
_OUR_QUERY = frozenset({"4000", "4001"})
_OUR_REQUEST = frozenset({"500", "2010", "2130"})
_UNSURE = frozenset({"600", "10000"})
# When several errors come in one fault, the first of these decides; among the rest, the first one that was sent.
_FIRST = (_THROTTLED, *_CLOSED_FOR_NOW, *_LOGIN, *_NOT_ALLOWED, *_UNSURE, "5010", "6240", "6140", "610")


class _Words(TypedDict):
    detail: str
    code: str
    trace_id: str


def fault_of(
    status: int, headers: Mapping[str, str], body: bytes, *, write: bool, updates: bool = False
) -> ContractError | None:
    """The decision on an answer. `write`: the request may have changed something; `updates`: it named an object that
    we know.
    """
    return judge(status, headers, parse(body), body, write=write, updates=updates)


def judge(
    status: int, headers: Mapping[str, str], answer: Row | None, body: bytes, *, write: bool, updates: bool = False
) -> ContractError | None:
    """The same for a body that was parsed already."""
    trace_id = trace_of(headers)
    if answer is not None:
        rows = fault_rows(answer)
        if rows:
            return decide(rows, status=status, headers=headers, trace_id=trace_id, write=write, updates=updates)
        if 200 <= status < 300:
            return None
    return _unreadable(status, headers, body, trace_id, write=write)


def item_fault(answer: Mapping[str, Any], *, trace_id: str, updates: bool) -> ContractError | None:
    """The decision on one item of a batch's answer."""
    rows = fault_rows(answer)
    return decide(rows, status=200, headers={}, trace_id=trace_id, write=True, updates=updates) if rows else None


def decide(
    rows: Sequence[FaultRow], *, status: int, headers: Mapping[str, str], trace_id: str, write: bool, updates: bool
) -> ContractError:
    """The decision on a fault's errors: at least one."""
    row = min(rows, key=_rank)
    words = _Words(detail=safe_words(row), code=row.code, trace_id=trace_id)
    if status == 429 or row.code == _THROTTLED:
        return _throttled(headers, **words)
    if row.code in _CLOSED_FOR_NOW:
        return TryLater("QuickBooks has this company under maintenance or locked for a while.", **words)
    if row.code in _NOT_ALLOWED or (row.kind.startswith("AUTHORI") and row.code not in _LOGIN):
        return Refused(
            "QuickBooks does not let us into this company: the grant is for another company, or the user who connected "
            "it lost the right. Reconnect with a user who is its administrator.",
            **words,
        )
    if row.code in _LOGIN or status == 401 or row.kind.startswith("AUTHENTICATION"):
        return TryLater("QuickBooks did not accept the access token, also after a refresh.", **words)
    if row.code in _UNSURE or _went_wrong_inside(row) or (not row.code and status >= 500):
        return _unsure("QuickBooks had trouble inside and does not say what became of the request.", write, **words)
    if row.code in _OUR_QUERY or (row.code in _OUR_REQUEST and not write):
        return Broken("QuickBooks could not make sense of the request: a fault in the plugin.", **words)
    if row.code in _OUR_REQUEST:
        # Broken would leave open whether a write was applied; this one certainly was not.
        return Refused("QuickBooks could not make sense of what the plugin sent: report this as a fault.", **words)
    return _about_the_record(row, words, updates=updates)


def _about_the_record(row: FaultRow, words: _Words, *, updates: bool) -> ContractError:
    if row.code == "5010":
        return Stale("Somebody changed this in QuickBooks after we read it.", **words)
    if row.code == "6240":
        return NameTaken("QuickBooks already has this name.", **words)
    if row.code == "6140":
        return NameTaken("QuickBooks already has this number.", field="number", remote_id=taken_by(row), **words)
    if updates and (row.code == "610" or (row.code == "6000" and "has been deleted" in row.detail)):
        return Gone("QuickBooks no longer has this, or it was made inactive.", **words)
    reason, field = refusal(row)
    return Refused(reason, field=field, whole_batch=row.code == "1040", **words)


def _went_wrong_inside(row: FaultRow) -> bool:
    """6000 is a refusal by a business rule, but this text came for a batch that was repeated with its requestid, some
    of whose items had been saved (2016): it says nothing about the record. SystemFault without a known code is of the
    same sort.
    """
    detail = row.detail.lower()
    return (row.code == "6000" and "unexpected error" in detail and "saving your data" in detail) or (
        row.kind.startswith("SYSTEM") and row.code in ("", "0")
    )


def _rank(row: FaultRow) -> int:
    return _FIRST.index(row.code) if row.code in _FIRST else len(_FIRST)


def _unreadable(status: int, headers: Mapping[str, str], body: bytes, trace_id: str, *, write: bool) -> ContractError:
    text = plain_words(body)
    row = row_in_text(text)
    if row is not None:
        return decide([row], status=status, headers=headers, trace_id=trace_id, write=write, updates=False)
    words = _Words(detail=safe_words(FaultRow(detail=text)), code=str(status), trace_id=trace_id)
    if status == 429:
        return _throttled(headers, **words)
    if status in (401, 403, 407):
        return TryLater(f"Something between us and QuickBooks turned the request away (status {status}).", **words)
    if status < 400 or status == 408 or status >= 500:
        what = "answered something that is no answer of its own" if status < 400 else f"or a gateway failed ({status})"
        return _unsure(f"QuickBooks {what}.", write, **words)
    return Broken(f"QuickBooks answered {status} in a form that cannot be read.", **words)


def _unsure(reason: str, write: bool, *, detail: str, code: str, trace_id: str) -> ContractError:
    if write:
        return Unknown(reason, detail=detail, code=code, trace_id=trace_id)
    return TryLater(reason, detail=detail, code=code, trace_id=trace_id)


def _throttled(headers: Mapping[str, str], *, detail: str, code: str, trace_id: str) -> TryLater:
    after, at = _retry_after(headers)
    return TryLater(
        "QuickBooks' limit is reached.",
        after=after,
        at=at,
        throttled=True,
        detail=detail,
        code=code,
        trace_id=trace_id,
    )


def _retry_after(headers: Mapping[str, str]) -> tuple[timedelta | None, datetime | None]:
    """Retry-After in seconds or as a date. No recording shows one; where it is missing the engine waits as the terms
    say.
    """
    value = next((text.strip() for name, text in headers.items() if name.lower() == "retry-after"), "")
    if value.isascii() and value.isdigit() and len(value) < 8:
        return timedelta(seconds=int(value)), None
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None, None
    return None, moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
