"""A record we do not take, said so that a person can put it right: which record, which field, why, what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledgerport.contract import Kind
from ledgerport.services.record_input import known_fields

NEXT_STEP = "Correct the field and send the record again."


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """One record that was not taken. `line` counts from 1 in a bulk load and is empty otherwise."""

    kind: str
    ref: str
    field: str
    reason: str
    next_step: str = NEXT_STEP
    line: int | None = None


class RecordRejected(Exception):
    """The one record of a request was not taken."""

    def __init__(self, rejected: Rejected) -> None:
        super().__init__(rejected.reason)
        self.rejected = rejected


class NotFound(Exception):
    """There is no such thing for this tenant. The message names it."""


class Conflict(Exception):
    """What was asked cannot be done as things stand. `next_step` says what would help."""

    def __init__(self, reason: str, next_step: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.next_step = next_step


class BadChoice(Exception):
    """A value that cannot be chosen, named by `field`; `next_step` lists what can."""

    def __init__(self, field: str, reason: str, next_step: str = "") -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
        self.next_step = next_step


def title(kind: str, ref: str) -> str:
    """How a record is called in a sentence: `Invoice INV-1`."""
    return f"{kind.capitalize()} {ref}" if ref else f"This {kind or 'record'}"


def field_path(where: Sequence[int | str]) -> str:
    """A place in a record as people write it: `lines[2].quantity`."""
    path = ""
    for part in where:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def from_validation(kind: str, ref: str, errors: Sequence[Mapping[str, Any]]) -> Rejected:
    """The first of pydantic's errors in our words."""
    error = errors[0]
    field = field_path([part for part in error["loc"] if part not in ("body", "function-before", "function-after")])
    more = f" {len(errors) - 1} more fields are wrong too." if len(errors) > 1 else ""
    reason = f"{title(kind, ref)}: {field or 'the record'} {_says(kind, error)}.{more}"
    return Rejected(kind=kind, ref=ref, field=field, reason=reason)


def _says(kind: str, error: Mapping[str, Any]) -> str:
    told = str(error["type"])
    limits: Mapping[str, Any] = error.get("ctx") or {}
    plain = {
        "missing": "is missing",
        "string_type": "must be text",
        "bool_type": "must be true or false",
        "list_type": "must be a list",
        "model_type": "must be an object",
        "model_attributes_type": "must be an object",
        "dict_type": "must be an object",
        "string_too_long": f"is longer than {limits.get('max_length')} characters",
        "string_too_short": "must not be empty",
        "too_short": f"must have at least {limits.get('min_length')} entry",
        "too_long": f"must have at most {limits.get('max_length')} entries",
        "literal_error": f"must be one of {limits.get('expected')}",
        "enum": f"must be one of {limits.get('expected')}",
        "date_from_datetime_parsing": "must be a date such as 2026-05-04",
        "date_parsing": "must be a date that exists, such as 2026-05-04",
    }
    if told == "extra_forbidden":
        fields = f"; known are {', '.join(known_fields(Kind(kind)))}" if len(error["loc"]) == 1 and kind else ""
        return f"is not a field that is known here{fields}"
    if told in plain:
        return plain[told]
    message = str(error["msg"])
    return message[:1].lower() + message[1:]
