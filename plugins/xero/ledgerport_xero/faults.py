"""Xero's answers as decisions. Pure: (status, headers, body) -> a contract error, or None when all is well.

What a lasting 401 or 403 means. The transport has refreshed the token once before a 401 comes here, unless the answer
says that a scope is missing (`token_refused`). Only the token endpoint's `invalid_grant` is certain to mean that the
grant is gone, so nothing here says that: a grant also serves the user's other organisations.
- 401 for a scope (`insufficient_scope`, also spelled `insufficent_scope`, or AuthorizationUnsuccessful): LoginNeeded
  for this company only; a refresh widens nothing, a new consent does.
- 403 AuthenticationUnsuccessful: this organisation disconnected the app, or the user lost it: the same.
- other 401: TryLater. If the grant is gone, the next refresh answers `invalid_grant`.
- 403 that is no problem of Xero's (a firewall's page): TryLater.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, TypedDict

import httpx

from ledgerport.contract import Broken, ContractError, Gone, Kind, LoginNeeded, NameTaken, Refused, TryLater, Unknown
from ledgerport_xero.answers import Row, parse, plain_words
from ledgerport_xero.envelopes import Problem, header, messages_in, problem_of, safe_words, trace_of
from ledgerport_xero.refusals import Means, meaning

DISCONNECTED = "disconnected"
SCOPE = "insufficient_scope"
EDITED = "state"  # the code of a refusal because of the object's own state

_OFFLINE = timedelta(minutes=5)
_OFFLINE_WORDS = ("offline for maintenance", "temporarily unavailable", "organisation is offline")
_LIMIT_WORDS = "rate limit exceeded"
# A 429 without Retry-After: what Xero would have said at most, by its name for the limit.
_WAITS = {
    "concurrent": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "appminute": timedelta(minutes=1),
    "day": timedelta(hours=1),
    "daily": timedelta(hours=1),
}
_NOT_ALLOWED = "authorizationunsuccessful"
_NOT_CONNECTED = "authenticationunsuccessful"
_MISSING_SCOPE = ("insufficient_scope", "insufficent_scope")


class _Words(TypedDict):
    detail: str
    code: str
    trace_id: str


def token_refused(response: httpx.Response) -> bool:
    """Whether an answer says that the access token is not accepted. A missing scope is not that."""
    if response.status_code != httpx.codes.UNAUTHORIZED:
        return False
    answer = parse(response.content)
    problem = problem_of(answer) if isinstance(answer, dict) else None
    return not _lacks_scope(response.headers, problem)


def judge(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    write: bool,
    kind: Kind | None = None,
    updates: bool = False,
    answer: Row | list[Any] | None = None,
) -> ContractError | None:
    """The decision on an answer.

    `write`: the request may have changed something; `kind`: what it was about; `updates`: it named an object that we
    know. `answer`: the body, where it was parsed already.
    """
    answer = answer if answer is not None else parse(body)
    problem = problem_of(answer) if isinstance(answer, dict) else None
    if 200 <= status < 300 and answer is not None and problem is None:
        return None
    if problem is None:
        return _without_envelope(status, headers, body, write=write, updates=updates)
    words = _Words(
        detail=safe_words(*problem.messages, problem.detail, problem.message),
        code=str(problem.number or status),
        trace_id=trace_of(headers),
    )
    if status == 429:
        return _throttled(headers, words)
    if problem.detail or status in (401, 403):
        return _turned_away(status, headers, problem, words, updates=updates, write=write)
    return _exception(status, problem, words, write=write, kind=kind, updates=updates)


def element_fault(element: Mapping[str, Any], kind: Kind, *, trace_id: str, updates: bool) -> ContractError:
    """The decision on an element that was refused (`envelopes.failed`)."""
    messages = messages_in(element)
    if not messages:
        return Unknown(
            "Xero answered without the id of what it was sent.", detail="no validation error", trace_id=trace_id
        )
    return _refusal(messages, kind, _Words(detail=safe_words(*messages), code="10", trace_id=trace_id), updates=updates)


def _turned_away(
    status: int, headers: Mapping[str, str], problem: Problem, words: _Words, *, updates: bool, write: bool
) -> ContractError:
    """Judged by the detail, not by the number: AuthorizationUnsuccessful came with both."""
    if _lacks_scope(headers, problem):
        return LoginNeeded(
            "Our app may not do this in Xero: a permission is missing. Connect again and allow everything that the "
            "page asks for, as a user who may keep the books.",
            company_only=True,
            detail=words["detail"],
            code=SCOPE,
            trace_id=words["trace_id"],
        )
    if status == 403 and problem.detail.strip().lower() == _NOT_CONNECTED:
        return LoginNeeded(
            "This organisation is not connected to our app any more: it was disconnected in Xero, or the user who "
            "connected it lost the right. Connect it again.",
            company_only=True,
            detail=words["detail"],
            code=DISCONNECTED,
            trace_id=words["trace_id"],
        )
    if status == 401:
        return TryLater("Xero did not accept the access token, also after a refresh.", **words)
    if status == 403:
        return TryLater("Xero, or something between us and it, turned the request away.", **words)
    if status == 404:
        return _not_there(words, updates=updates)
    if status >= 500:
        return _unsure(f"Xero failed ({status}).", write, words)
    return Broken(f"Xero refuses the request ({status}).", **words)


def _exception(
    status: int, problem: Problem, words: _Words, *, write: bool, kind: Kind | None, updates: bool
) -> ContractError:
    """An ApiException: 10 validation, 14 an unreadable value, 16 a bad filter, 20 no such method."""
    messages = (*problem.messages, *([problem.message] if problem.message else ()))
    if any("used with a different request" in message for message in messages):
        # An earlier request of this operation ran: what became of it must be looked up.
        return Unknown("Xero has had another request of the same operation.", **words)
    if (status == 408 or status >= 500) and problem.number != 20:
        return _unsure(f"Xero failed ({status}).", write, words)
    if status == 404:
        return _not_there(words, updates=updates)
    if problem.number in (16, 20):
        return Broken(f"Xero does not understand our request (error {problem.number}).", **words)
    if problem.number == 14:
        return Refused("Xero cannot read a value of this record.", whole_batch=True, **words)
    if problem.number == 10 and problem.messages:
        return _refusal(problem.messages, kind, words, updates=updates)
    return Refused(f"Xero refuses it: {words['detail'] or 'it does not say why.'}", whole_batch=True, **words)


def _refusal(messages: Sequence[str], kind: Kind | None, words: _Words, *, updates: bool) -> ContractError:
    found = meaning(messages, kind, updates=updates)
    if found.means is Means.TAKEN:
        return NameTaken(f"Xero already has a record with this {found.field}.", field=found.field, **words)
    if found.means is Means.GONE:
        return Gone("Xero no longer has this.", **words)
    reason = found.reason or f"Xero refuses it: {words['detail'] or 'it does not say why.'}"
    if found.means is Means.EDITED:
        words["code"] = EDITED
    return Refused(reason, field=found.field, **words)


def _without_envelope(
    status: int, headers: Mapping[str, str], body: bytes, *, write: bool, updates: bool
) -> ContractError:
    """Xero answers some errors as plain text; everything else here is a page of somebody between us, or cut."""
    text = plain_words(body)
    words = _Words(detail=safe_words(text), code=str(status), trace_id=trace_of(headers))
    lower = text.lower()
    if status == 429 or (status == 503 and _LIMIT_WORDS in lower):
        return _throttled(headers, words)
    if status == 503 and any(offline in lower for offline in _OFFLINE_WORDS):
        return TryLater("Xero is offline for a while.", after=_OFFLINE, **words)
    if status == 401 and _lacks_scope(headers, None):
        return _turned_away(status, headers, Problem(), words, updates=updates, write=write)
    if status in (401, 403, 407):
        return TryLater(f"Something between us and Xero turned the request away (status {status}).", **words)
    if status == 404 and "looking for cannot be found" in lower:
        return _not_there(words, updates=updates)
    if status == 413:
        return Refused("Xero refused the request as too large.", whole_batch=True, **words)
    if status < 400 or status == 408 or status >= 500:
        what = "answered something that is no answer of its own" if status < 400 else f"or a gateway failed ({status})"
        return _unsure(f"Xero {what}.", write, words)
    return Broken(f"Xero answered {status} in a form that cannot be read.", **words)


def _not_there(words: _Words, *, updates: bool) -> ContractError:
    if updates:
        return Gone("Xero no longer has this.", **words)
    return Broken("Xero does not know what we asked for.", **words)


def _unsure(reason: str, write: bool, words: _Words) -> ContractError:
    return Unknown(reason, **words) if write else TryLater(reason, **words)


def _throttled(headers: Mapping[str, str], words: _Words) -> TryLater:
    """Concurrent calls end within a second or so and name no wait; every other limit does."""
    limit = header(headers, "x-rate-limit-problem").lower()
    told = header(headers, "retry-after")
    after = timedelta(seconds=int(told)) if told.isascii() and told.isdigit() and len(told) < 8 else None
    named = {"concurrent": "calls at the same time", "day": "calls a day", "daily": "calls a day"}
    return TryLater(
        f"Xero's limit of {named.get(limit, 'calls a minute')} is reached.",
        after=after if after is not None else _WAITS.get(limit, timedelta(minutes=1)),
        throttled=True,
        **words,
    )


def _lacks_scope(headers: Mapping[str, str], problem: Problem | None) -> bool:
    told = header(headers, "www-authenticate").lower()
    return any(word in told for word in _MISSING_SCOPE) or (
        problem is not None and problem.detail.strip().lower() == _NOT_ALLOWED
    )
