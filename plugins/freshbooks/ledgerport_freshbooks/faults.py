"""FreshBooks' answers as decisions. Pure: (status, headers, body) -> a contract error, or None when all is well.

An error envelope counts whatever the status says: a missing module is answered with 200 (seen 2026-08). What a lasting
401 or 403 means: the transport has refreshed the token once before an answer of 401 comes here, and only the token
endpoint's `invalid_grant` is certain to mean that the grant is gone, so a 401 is waited out. "Access denied" (1003) in
one of FreshBooks' own envelopes means that the user may not do this in this account, or did not allow it: the grant
is good, but this account is out of its reach until somebody with the right connects it. A 403 that is none of
FreshBooks' own (a firewall's page) is waited out.

There is no idempotency key, so a write whose answer does not say what became of it is always Unknown.
"""

from __future__ import annotations

import email.utils
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypedDict

from ledgerport.contract import Broken, ContractError, Gone, LoginNeeded, NameTaken, Refused, TryLater, Unknown
from ledgerport_freshbooks.answers import Row, parse, plain_words
from ledgerport_freshbooks.envelopes import ErrorRow, error_rows, safe_words
from ledgerport_freshbooks.refusals import NO_MODULE, NOT_THERE, number_in_use, refusal

_THROTTLED = "429"
_BUSY = "409"
_LOGIN = frozenset({"401", "unauthenticated", "invalid_token"})
_UNSURE = frozenset({"500", "502", "503", "504"})
_DENIED = frozenset({"403", "1003"})
_INACTIVE = "1042"
_A_MOMENT = timedelta(seconds=1)
# When several errors come in one answer, the first of these decides; among the rest, the first one that was sent.
_FIRST = (_THROTTLED, *_LOGIN, _BUSY, *_UNSURE, _INACTIVE, *NO_MODULE, *_DENIED, *NOT_THERE)


class _Words(TypedDict):
    detail: str
    code: str


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
    if answer is not None:
        rows = error_rows(answer)
        if rows:
            return _decide(rows, status, headers, write=write, updates=updates)
        if 200 <= status < 300:
            return None
    return _unreadable(status, headers, body, write=write)


def _decide(
    rows: Sequence[ErrorRow], status: int, headers: Mapping[str, str], *, write: bool, updates: bool
) -> ContractError:
    row = min(rows, key=_rank)
    words = _Words(detail=safe_words(*rows), code=row.code or str(status))
    if status == 429 or row.code == _THROTTLED:
        return _throttled(headers, **words)
    if status == 401 or row.code in _LOGIN:
        return TryLater("FreshBooks did not accept the access token, also after a refresh.", **words)
    if status == 409 or row.code == _BUSY:
        # The other request may be one of ours, a second payment of the same invoice: it ends within a moment.
        return TryLater("Somebody else is changing this in FreshBooks at this moment.", after=_A_MOMENT, **words)
    if status >= 500 or row.code in _UNSURE:
        return _unsure("FreshBooks had trouble inside and does not say what became of the request.", write, **words)
    return _standing(row, status, words) or _about_the_record(row, words, write=write, updates=updates)


def _standing(row: ErrorRow, status: int, words: _Words) -> ContractError | None:
    """What is wrong with the account or our rights in it, not with the record."""
    if row.code == _INACTIVE:
        return Refused("This FreshBooks account is not active: its owner must renew the subscription.", **words)
    if row.code in NO_MODULE:
        return Refused("This FreshBooks account or plan does not include this part of FreshBooks.", **words)
    if status == 403 and not row.code:
        return _turned_away(status, words)
    if row.code in _DENIED:
        return LoginNeeded(
            "FreshBooks does not let the user who connected it do this: reconnect with a user who is owner or "
            "administrator of this account, and allow everything that is asked for.",
            company_only=True,
            **words,
        )
    return None


def _about_the_record(row: ErrorRow, words: _Words, *, write: bool, updates: bool) -> ContractError:
    missing = row.code in NOT_THERE
    if missing and updates:
        return Gone("FreshBooks no longer has this.", **words)
    if not write:
        return Broken("FreshBooks could not make sense of the request: a fault in the plugin.", **words)
    if number_in_use(row):
        return NameTaken("FreshBooks already has this number.", field="number", **words)
    reason, field = refusal(row)
    return Refused(reason, field=field, **words)


def _rank(row: ErrorRow) -> int:
    return _FIRST.index(row.code) if row.code in _FIRST else len(_FIRST)


def _unreadable(status: int, headers: Mapping[str, str], body: bytes, *, write: bool) -> ContractError:
    words = _Words(detail=safe_words(ErrorRow(message=plain_words(body))), code=str(status))
    if status == 429:
        return _throttled(headers, **words)
    if status in (401, 403, 407):
        return _turned_away(status, words)
    if status < 400 or status == 408 or status >= 500:
        what = "answered something that is no answer of its own" if status < 400 else f"or a gateway failed ({status})"
        return _unsure(f"FreshBooks {what}.", write, **words)
    return Broken(f"FreshBooks answered {status} in a form that cannot be read.", **words)


def _turned_away(status: int, words: _Words) -> TryLater:
    return TryLater(f"Something between us and FreshBooks turned the request away (status {status}).", **words)


def _unsure(reason: str, write: bool, *, detail: str, code: str) -> ContractError:
    return Unknown(reason, detail=detail, code=code) if write else TryLater(reason, detail=detail, code=code)


def _throttled(headers: Mapping[str, str], *, detail: str, code: str) -> TryLater:
    """Retry-After counts here alone: FreshBooks sends it with every answer, even with a 200 (fact sheet, 11)."""
    after, at = _retry_after(headers)
    return TryLater("FreshBooks' limit is reached.", after=after, at=at, throttled=True, detail=detail, code=code)


def _retry_after(headers: Mapping[str, str]) -> tuple[timedelta | None, datetime | None]:
    value = next((text.strip() for name, text in headers.items() if name.lower() == "retry-after"), "")
    if value.isascii() and value.isdigit() and len(value) < 8:
        return timedelta(seconds=int(value)), None
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None, None
    return None, moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
