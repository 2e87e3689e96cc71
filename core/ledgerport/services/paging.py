"""Pages by cursor: opaque to callers, so that it may change."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Generic, TypeVar

from ledgerport.services.rejections import BadChoice

T = TypeVar("T")
MOST = 200


@dataclass(frozen=True, kw_only=True)
class Paged(Generic[T]):
    """One page. `next` is the cursor of the following one; None ends."""

    rows: list[T]
    next: str | None = None


def to_cursor(row_id: int) -> str:
    """The cursor after a row."""
    return base64.urlsafe_b64encode(f"r{row_id}".encode()).decode().rstrip("=")


def from_cursor(cursor: str) -> int | None:
    """The row a cursor stands after; None for an empty one. Raises BadChoice."""
    if not cursor:
        return None
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise _bad(cursor) from error
    digits = text[1:]
    if not text.startswith("r") or not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise _bad(cursor)
    return int(digits)


def _bad(cursor: str) -> BadChoice:
    return BadChoice("cursor", f'"{cursor[:50]}" is not a cursor from here.', "Pass the `next` of the page before.")
