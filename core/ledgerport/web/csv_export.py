"""Lists as CSV for a spreadsheet: written page by page as it is read, so that many rows need little memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from fastapi.responses import Response, StreamingResponse

from ledgerport.services.paging import Paged

T = TypeVar("T")
# A spreadsheet takes a cell that begins so for a formula, and names come from anywhere.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Spreadsheets read UTF-8 only when the file begins so.
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def csv_answer(
    name: str, head: Sequence[str], page: Callable[[str], Paged[T]], row: Callable[[T], Sequence[Any]]
) -> Response:
    """All pages as one file; the first is read before the answer begins, so that what is not there is still told."""
    first = page("")

    def lines() -> Iterator[str]:
        yield _MARK + _lines([head])
        here = first
        while True:
            yield _lines([row(each) for each in here.rows])
            if here.next is None:
                return
            here = page(here.next)

    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
