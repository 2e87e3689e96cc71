"""The errors inside an answer, whatever envelope they came in, and their words without secrets. Pure.

Three envelopes: ApiException (`ErrorNumber`, `Type`, `Message`, `Elements`), the gateway's problem (`Title`, `Status`,
`Detail`), and an element of a 200 with its own `ValidationErrors`. Keys come in PascalCase and in lower case, so they
are read without case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

EMPTY_ID = "00000000-0000-0000-0000-000000000000"

_LONGEST = 500
_MAX_DEPTH = 12
_FLAGS = ("haserrors", "hasvalidationerrors")
# What looks like a token is hidden wherever it stands; Xero's own ids (guids) are shorter than the last pattern.
_TOKEN_SHAPES = re.compile(r"(?i)\bbearer\s+\S+|\beyJ\S{8,}|\b(?=\w*\d)(?=\w*[A-Za-z])[\w\-]{40,}")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What an answer says is wrong. `number`: of an ApiException; `kind` its type, or the problem's title; `detail` the
    gateway's one-word reason; `messages` all validation errors.
    """

    number: int = 0
    kind: str = ""
    message: str = ""
    detail: str = ""
    messages: tuple[str, ...] = ()


def problem_of(answer: Mapping[str, Any]) -> Problem | None:
    """The error that an answer as a whole is; None when it is none."""
    known = {str(name).lower(): value for name, value in answer.items()}
    if "errornumber" in known or ("type" in known and "exception" in str(known["type"]).lower()):
        elements = known.get("elements")
        found = (
            [message for element in elements for message in messages_in(element)] if isinstance(elements, list) else []
        )
        return Problem(
            number=_number(known.get("errornumber")),
            kind=_text(known.get("type")),
            message=_text(known.get("message")),
            messages=tuple(dict.fromkeys(found)),
        )
    if "detail" in known and ("title" in known or "status" in known):
        return Problem(kind=_text(known.get("title")), detail=_text(known.get("detail")))
    return None


def messages_in(element: Any) -> list[str]:
    """Every validation error in an element and in the objects inside it, in their order. Warnings do not fail."""
    return list(dict.fromkeys(_messages(element, 0)))


def failed(element: Mapping[str, Any], id_name: str) -> bool:
    """Whether an element was refused: by a flag, a status, an error anywhere in it, or an id that is none."""
    status = str(element.get("StatusAttributeString") or element.get("Status") or "").upper()
    flagged = any(str(value).lower() == "true" for name, value in element.items() if str(name).lower() in _FLAGS)
    return flagged or status == "ERROR" or not has_id(element, id_name) or bool(messages_in(element))


def has_id(element: Mapping[str, Any], id_name: str) -> bool:
    """Whether an element carries an id that is one."""
    value = str(element.get(id_name) or "")
    return bool(value) and value != EMPTY_ID


def safe_words(*words: str) -> str:
    """The provider's words on an error: at most 500 characters, nothing secret."""
    text = "; ".join(dict.fromkeys(part.strip() for part in words if part and part.strip()))
    text = " ".join(_TOKEN_SHAPES.sub("[hidden]", text).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def trace_of(headers: Mapping[str, str]) -> str:
    """Xero's id of the call."""
    return header(headers, "xero-correlation-id")


def header(headers: Mapping[str, str], wanted: str) -> str:
    """A header's value, whatever the case of its name; empty when it is missing."""
    return next((value for name, value in headers.items() if name.lower() == wanted), "").strip()


def _messages(value: Any, depth: int) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for entry in value:
            yield from _messages(entry, depth + 1)
    elif isinstance(value, dict):
        for name, member in value.items():
            lower = str(name).lower()
            if lower == "validationerrors":
                yield from _texts(member)
            elif lower != "warnings":
                yield from _messages(member, depth + 1)


def _texts(errors: Any) -> Iterator[str]:
    """Old answers call a text `Description`, new ones `Message`."""
    for error in errors if isinstance(errors, list) else [errors]:
        if isinstance(error, dict):
            known = {str(name).lower(): value for name, value in error.items()}
            yield _text(known.get("message")) or _text(known.get("description")) or "It does not say why."
        elif error:
            yield str(error)


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _number(value: Any) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0
