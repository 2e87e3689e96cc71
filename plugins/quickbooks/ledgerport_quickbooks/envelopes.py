"""The errors inside an answer, whatever envelope they came in, and their words without secrets. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST = 500
_CODE_IN_MESSAGE = re.compile(r"errorCode=0*(\d+)")
_HOLDER = re.compile(r"TxnType=(?:Invoice|Estimate) with TxnId=(\d+)")
_TRACE = frozenset({"intuit_tid", "intuit-tid"})
# A 401 names the token's id in its detail; what else looks like a token is hidden wherever it stands.
_TOKEN_WORDS = re.compile(r"(?i)\b(token (?:expired|revoked|rejected|invalid|not found)\s*:?\s*)\S+")
_TOKEN_SHAPES = re.compile(r"(?i)\bbearer\s+\S+|\b(?:RT1-|AB1|eyJ)\S{8,}|\b(?=\w*\d)(?=\w*[A-Za-z])[\w\-]{40,}")


@dataclass(frozen=True, kw_only=True)
class FaultRow:
    """One error of a fault. `code` has no leading zeros; `kind` is the fault's type in capitals; `element` the member
    it is about.
    """

    code: str = ""
    message: str = ""
    detail: str = ""
    element: str = ""
    kind: str = ""


def fault_rows(answer: Mapping[str, Any]) -> list[FaultRow]:
    """The errors of an answer; empty when it carries no fault. A fault that lists none is one error without a code."""
    fault = answer.get("Fault") or answer.get("fault")
    if not isinstance(fault, dict):
        return []
    kind = _text(fault, "type").upper()
    errors = fault.get("Error") or fault.get("error")
    if isinstance(errors, dict):
        errors = [errors]
    rows = [_row(error, kind) for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return rows or [FaultRow(kind=kind)]


def row_in_text(words: str) -> FaultRow | None:
    """The error that a gateway wrote as bare text (`errorCode=003001; statusCode=429`); None when there is none."""
    found = _CODE_IN_MESSAGE.search(words)
    return FaultRow(code=found.group(1), detail=words) if found else None


def safe_words(row: FaultRow) -> str:
    """The provider's words on an error: at most 500 characters, nothing secret."""
    words = row.detail if row.message in ("", row.detail) or row.detail.startswith(row.message) else row.message
    if row.detail and words is not row.detail:
        words = f"{words}: {row.detail}"
    words = _TOKEN_SHAPES.sub("[hidden]", _TOKEN_WORDS.sub(r"\1[hidden]", words))
    words = " ".join(words.split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def taken_by(row: FaultRow) -> str | None:
    """The id of the transaction that has a number already, where the detail tells (seen 2026)."""
    found = _HOLDER.search(row.detail)
    return found.group(1) if found else None


def trace_of(headers: Mapping[str, str]) -> str:
    """Intuit's id of the call; written with `_` today, with `-` in older recordings."""
    return next((value for name, value in headers.items() if name.lower() in _TRACE), "")


def _row(error: Mapping[str, Any], kind: str) -> FaultRow:
    message = _text(error, "Message") or _text(error, "message")
    code = _text(error, "code").strip().lstrip("0")
    if not code:
        found = _CODE_IN_MESSAGE.search(message)
        code = found.group(1) if found else ""
    return FaultRow(
        code=code,
        message=message,
        detail=_text(error, "Detail") or _text(error, "detail"),
        element=_text(error, "element"),
        kind=kind,
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None or isinstance(value, (dict, list)) else str(value)
