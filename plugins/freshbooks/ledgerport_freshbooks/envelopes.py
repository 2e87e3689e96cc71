"""The errors inside an answer, whichever of FreshBooks' envelopes they came in, and their words without secrets. Pure.

Seven shapes are known (fact sheet, section 3): accounting old and new, events, ledger, projects, login, online
payments. The same request answers the old or the new accounting shape by API version, and either may come with a
status of 200, so shapes are told apart by their members and never by the status or the address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST = 500
# Of an error in the new shape that names no errno, the gRPC code tells as much: errno-like codes for it.
_GRPC = {5: "404", 6: "409", 7: "1003", 8: "429", 10: "409", 13: "500", 14: "500", 16: "401"}
_TOKEN_SHAPES = re.compile(r"(?i)\bbearer\s+\S+|\beyJ\S{8,}|\b(?=\w*\d)(?=\w*[A-Za-z])[\w\-]{32,}")


@dataclass(frozen=True, kw_only=True)
class ErrorRow:
    """One error. `code` is the errno as text (or a word, from the login family), `field` the member it is about,
    `object` the kind of thing it names, `value` what was sent.
    """

    code: str = ""
    message: str = ""
    field: str = ""
    object: str = ""
    value: str = ""


def error_rows(answer: Mapping[str, Any]) -> list[ErrorRow]:
    """The errors of an answer; empty when it carries none. An envelope that lists none is one error without a code."""
    response = answer.get("response")
    if isinstance(response, dict):
        if "errors" not in response:
            return []
        return _accounting(response["errors"]) or [ErrorRow()]
    errors = answer.get("errors")
    if isinstance(errors, dict):
        return _ledger(errors)
    if isinstance(errors, list):
        return _accounting(errors) or [ErrorRow()]
    if "error" in answer:
        return _by_error(answer, answer["error"])
    if "error_type" in answer:
        return [ErrorRow(code=_text(answer, "error_type"), message=_text(answer, "message"))]
    if "errno" in answer:
        return _events(answer)
    if "code" in answer and "message" in answer:
        return _new(answer)
    if "message" in answer:
        return [ErrorRow(message=_text(answer, "message"))]
    return []


def safe_words(*rows: ErrorRow) -> str:
    """The provider's words on errors: at most 500 characters, nothing secret."""
    words = "; ".join(dict.fromkeys(row.message or row.code for row in rows if row.message or row.code))
    words = " ".join(_TOKEN_SHAPES.sub("[hidden]", words).split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def _accounting(errors: Any) -> list[ErrorRow]:
    """(a) `{"response": {"errors": [{"errno", "field", "message", "object", "value"}]}}`; online payments, too."""
    return [
        ErrorRow(
            code=_text(error, "errno"),
            message=_text(error, "message"),
            field=_text(error, "field"),
            object=_text(error, "object"),
            value=_text(error, "value"),
        )
        for error in _rows(errors)
    ]


def _new(answer: Mapping[str, Any]) -> list[ErrorRow]:
    """(b) `{"code": 5, "message", "details": [{"reason": "1012", "metadata": {...}}]}`, or with `fieldViolations`."""
    code = answer["code"]
    otherwise = _GRPC.get(code, "") if isinstance(code, int) else str(code)
    found = []
    for detail in _rows(answer.get("details")):
        metadata = detail.get("metadata")
        if isinstance(metadata, dict):
            found.append(
                ErrorRow(
                    code=_text(detail, "reason") or otherwise,
                    message=_text(metadata, "message") or _text(answer, "message"),
                    field=_text(metadata, "field"),
                    object=_text(metadata, "object"),
                    value=_text(metadata, "value"),
                )
            )
        found += [
            ErrorRow(code=otherwise, message=_text(violation, "description"), field=_text(violation, "field"))
            for violation in _rows(detail.get("fieldViolations"))
        ]
    return found or [ErrorRow(code=otherwise, message=_text(answer, "message"))]


def _events(answer: Mapping[str, Any]) -> list[ErrorRow]:
    """(c) `{"errno": 422, "message", "details": ["event: Value error, Unrecognized event."]}`."""
    details = answer.get("details")
    said = [str(one) for one in details if isinstance(one, str)] if isinstance(details, list) else []
    message = "; ".join(filter(None, (_text(answer, "message"), *said)))
    field = said[0].partition(":")[0].strip() if said and ":" in said[0] else ""
    return [ErrorRow(code=_text(answer, "errno"), message=message, field=field)]


def _ledger(errors: Mapping[str, Any]) -> list[ErrorRow]:
    """(d) `{"errors": {"message", "status": 400, "details": [{"reason", "metadata": {"message", "field"}}]}}`."""
    status = _text(errors, "status")
    found = []
    for detail in _rows(errors.get("details")):
        metadata = detail.get("metadata")
        known = metadata if isinstance(metadata, dict) else {}
        message = _text(known, "message") or _text(detail, "reason")
        found.append(ErrorRow(code=status, message=message, field=_text(known, "field")))
    return found or [ErrorRow(code=status, message=_text(errors, "message"))]


def _by_error(answer: Mapping[str, Any], error: Any) -> list[ErrorRow]:
    """(e) `{"error": "text"}`, `{"errno": 2001, "error": {"name": "text"}}`; (f) `{"error", "error_description"}`."""
    if isinstance(error, dict):
        code = _text(answer, "errno")
        return [ErrorRow(code=code, message=f"{name}: {text}", field=str(name)) for name, text in error.items()] or [
            ErrorRow(code=code)
        ]
    if "error_description" in answer:
        said = f"{error}: {_text(answer, 'error_description')}"
        return [ErrorRow(code=str(error), message=said)]
    word = str(error)
    # A bare word (`unauthenticated`) is a code, a sentence is a message.
    return [ErrorRow(code=_text(answer, "errno") or ("" if " " in word else word), message=word)]


def _rows(value: Any) -> Iterable[Mapping[str, Any]]:
    if isinstance(value, dict):
        return [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None or isinstance(value, (dict, list)) else str(value)
