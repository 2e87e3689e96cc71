"""Wave's answers as decisions. Pure: (status, headers, body) -> a contract error, or None when all is well.

What tells whether a mutation was done: `data` missing beside `errors` means that nothing was executed (GraphQL,
section 7.1); an error at the mutation's own place means that this mutation was not done; an error deeper in its
answer says nothing about it. What a lasting 401, UNAUTHENTICATED or 403 means: nothing was done, and only the token
endpoint knows whether a person must log in again. A business that is not found is the one case that asks for a login
here, for this business alone. 403 is what a lapsed Pro plan answers (and, by one source, a missing scope): it is waited
out with that reason, and heals when the plan is renewed.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict

import httpx

from ledgerport.contract import Broken, ContractError, Gone, LoginNeeded, Refused, TryLater, Unknown
from ledgerport_wave.answers import Row, is_page, parse, plain_words
from ledgerport_wave.envelopes import GraphError, graph_errors, input_errors, safe_words
from ledgerport_wave.refusals import field_of, not_found, refusal, sentence

UNAUTHENTICATED = "UNAUTHENTICATED"
NOT_FOUND = "NOT_FOUND"
LAPSED = "plan_lapsed"
LAPSED_REASON = (
    "Wave turned us away (403). It lets apps work with a business only while that has an active Pro or Wave Advisor "
    "plan: renew the plan in Wave. Nothing is lost; we go on by ourselves once it is active again. If it is active, "
    "connect again and grant everything that is asked for."
)
OUT_OF_REACH = "Wave does not know this business, or this sign-in does not cover it: connect it again."
_OUR_DOCUMENT = frozenset({"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"})
_OUR_VARIABLES = frozenset({"BAD_USER_INPUT", "VARIABLE_VALUE"})
_OUR_FAULT = _OUR_DOCUMENT | _OUR_VARIABLES
_LAPSED_WAIT = timedelta(minutes=30)
_AT = re.compile(r'\bat "(?:\$?\w+\.)?([\w.\[\]]+)"')


class _Words(TypedDict):
    detail: str
    code: str
    trace_id: str


def token_refused(response: httpx.Response) -> bool:
    """Whether an answer says that the token is not accepted and that nothing at all was done.

    Of several mutations in one request the first may have been done before the token ended: then nothing may be
    repeated as a whole.
    """
    if response.status_code == httpx.codes.UNAUTHORIZED:
        return True
    answer = parse(response.content)
    if answer is None or not any(_unauthenticated(error) for error in graph_errors(answer)):
        return False
    data = answer.get("data")
    return not isinstance(data, dict) or all(value is None for value in data.values())


def fault_of(status: int, headers: Mapping[str, str], body: bytes, *, write: bool) -> ContractError | None:
    """The decision on an answer as a whole; None when its `data` is to be looked at.

    `write`: the request may have changed something. The parts of an answer to a write are judged by `outcome_of`.
    """
    return judge(status, headers, parse(body), body, write=write)


def judge(
    status: int, headers: Mapping[str, str], answer: Row | None, body: bytes, *, write: bool
) -> ContractError | None:
    """The same for a body that was parsed already."""
    errors = graph_errors(answer) if answer is not None else []
    if status in (401, 403, 408, 429) or status >= 500 or answer is None:
        return _by_status(status, headers, errors, body, write=write)
    data = answer.get("data")
    if isinstance(data, dict) and (write or not errors):
        return None  # each mutation has an outcome of its own
    if errors:
        return decide(_weightiest(errors), write=write, executed="data" in answer)
    return _unsure("Wave answered something that is no answer of its own.", write, detail="", code="", trace_id="")


def outcome_of(answer: Row, alias: str) -> Row | ContractError:
    """What became of the mutation at `alias`: its payload when it succeeded, else the decision.

    Gone and Refused are those of one mutation; whether a Gone is the object itself is for the caller to look.
    """
    data = answer.get("data")
    payload = data.get(alias) if isinstance(data, dict) else None
    errors = [error for error in graph_errors(answer) if error.path[:1] in ((alias,), ())]
    trace_id = errors[0].trace_id if errors else ""
    if isinstance(payload, dict):
        if payload.get("didSucceed") is True:
            return payload
        if payload.get("didSucceed") is False:
            return _did_not_succeed(payload, trace_id)
        return Unknown("Wave's answer does not say whether it succeeded.", trace_id=trace_id)
    if not errors:
        return Unknown("Wave's answer says nothing about this record.")
    error = _weightiest(errors)
    if len(error.path) > 1:
        return Unknown("Wave did it, or not: its answer broke off.", **_words(error))
    return decide(error, write=True, executed=True)


def decide(error: GraphError, *, write: bool, executed: bool) -> ContractError:
    """The decision on one top-level error. `executed`: Wave began to work on the request."""
    words = _words(error)
    if _unauthenticated(error):
        return TryLater("Wave did not accept the access token, also after a refresh.", **words)
    if error.code in _OUR_FAULT:
        return _our_fault(error, words, write=write)
    if error.code == NOT_FOUND:
        thing, field = not_found(error.message)
        if thing == "business":
            return LoginNeeded(OUT_OF_REACH, company_only=True, **words)
        return Gone(f"Wave no longer has this {thing or 'record'}.", **words) if write else _missing(field, words)
    if error.code == "INTERNAL_SERVER_ERROR" or (executed and write):
        return _unsure("Wave had trouble inside and does not say what became of the request.", write, **words)
    if write:
        return Refused(sentence(words["detail"] or "it does not say why", ""), **words)
    return TryLater("Wave could not answer just now.", **words)


def as_whole(error: Refused) -> Refused:
    """A refusal of a request that held several records: alone, each shows what it is."""
    return Refused(error.reason, whole_batch=True, detail=error.detail, code=error.code, trace_id=error.trace_id)


def _did_not_succeed(payload: Mapping[str, Any], trace_id: str) -> ContractError:
    errors = input_errors(payload)
    reason, field = refusal(errors)
    detail = safe_words("; ".join(f"{'.'.join(error.path)}: {error.message}" for error in errors))
    code = errors[0].code if errors else ""
    if errors and errors[0].path in (("input", "id"), ("id",)):
        return Gone("Wave no longer has this record.", detail=detail, code=code, trace_id=trace_id)
    return Refused(reason, field=field, detail=detail, code=code, trace_id=trace_id)


def _our_fault(error: GraphError, words: _Words, *, write: bool) -> ContractError:
    if not write:
        return Broken("Wave could not make sense of the request: a fault in the plugin.", **words)
    # Broken would leave open whether a write was applied; this one certainly was not.
    at = _AT.search(error.message)
    field = field_of([at.group(1)]) if at else ""
    if field:
        return Refused(f"Wave does not take this value: {words['detail'].rstrip('.')}.", field=field, **words)
    return Refused("Wave could not make sense of what the plugin sent: report this as a fault.", **words)


def _missing(field: str, words: _Words) -> Refused:
    return Refused("Something this refers to is not in Wave any more.", field=field, **words)


def _by_status(
    status: int, headers: Mapping[str, str], errors: Sequence[GraphError], body: bytes, *, write: bool
) -> ContractError:
    words = _words(_weightiest(errors)) if errors else _Words(detail="", code="", trace_id="")
    words["detail"] = words["detail"] or safe_words(plain_words(body))
    words["code"] = words["code"] or str(status)
    if status == 429:
        after, at = _retry_after(headers)
        return TryLater("Wave's limit is reached.", after=after, at=at, throttled=True, **words)
    if status == 403 and not is_page(body):
        return TryLater(LAPSED_REASON, after=_LAPSED_WAIT, detail=words["detail"], code=LAPSED)
    if status == 401 and not is_page(body):
        return TryLater("Wave did not accept the access token, also after a refresh.", **words)
    if status in (401, 403, 407):
        return TryLater(f"Something between us and Wave turned the request away (status {status}).", **words)
    if status < 400 or status == 408 or status >= 500:
        what = "answered something that is no answer of its own" if status < 400 else f"or a gateway failed ({status})"
        return _unsure(f"Wave {what}.", write, **words)
    return Broken(f"Wave answered {status} in a form that cannot be read.", **words)


def _weightiest(errors: Sequence[GraphError]) -> GraphError:
    """Of several errors the one that decides: a refused token first, then Wave's own trouble, then the first."""
    ranks = {UNAUTHENTICATED: 0, "INTERNAL_SERVER_ERROR": 1}
    return min(errors, key=lambda error: ranks.get(error.code, 2))


def _unauthenticated(error: GraphError) -> bool:
    # "authentication expired" was seen live for a full access token; its code was not noted.
    return error.code == UNAUTHENTICATED or "authentication expired" in error.message.lower()


def _words(error: GraphError) -> _Words:
    return _Words(detail=safe_words(error.message), code=error.code, trace_id=error.trace_id)


def _unsure(reason: str, write: bool, *, detail: str, code: str, trace_id: str) -> ContractError:
    if write:
        return Unknown(reason, detail=detail, code=code, trace_id=trace_id)
    return TryLater(reason, detail=detail, code=code, trace_id=trace_id)


def _retry_after(headers: Mapping[str, str]) -> tuple[timedelta | None, datetime | None]:
    """Retry-After in seconds or as a date; where it is missing the engine waits as the terms say."""
    value = next((text.strip() for name, text in headers.items() if name.lower() == "retry-after"), "")
    if value.isascii() and value.isdigit() and len(value) < 8:
        return timedelta(seconds=int(value)), None
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None, None
    return None, moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
