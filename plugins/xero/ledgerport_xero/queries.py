"""Filters of Xero's lists. Pure.

Values of `where` stand in double quotes, and nothing is known that escapes a quotation mark inside them: a value that
holds one (or a backslash) is searched with `searchTerm`, and whoever asks compares the rows with what was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

_MOST_IDS = 40  # ids in one query, as advised
_MOST_TEXTS = 50  # texts are shorter: a whole batch in one query
_LONGEST = 3_500  # characters of a filter as it is sent; longer addresses are cut or refused on the way


def can_be_quoted(value: str) -> bool:
    """Whether a value can stand in a `where`."""
    return '"' not in value and "\\" not in value


def any_text(name: str, values: Iterable[str]) -> Iterator[str]:
    """Filters that together find every row whose `name` is one of `values`, compared without case by Xero."""
    yield from _cut((f'{name}=="{value}"' for value in dict.fromkeys(values)), " OR ", _MOST_TEXTS)


def any_id(name: str, ids: Iterable[str]) -> Iterator[str]:
    """The same for ids."""
    yield from _cut((f'{name}==guid("{value}")' for value in dict.fromkeys(ids)), " OR ", _MOST_IDS)


def lists_of(values: Iterable[str]) -> Iterator[str]:
    """Values with commas between them, cut to a good length."""
    yield from _cut(dict.fromkeys(values), ",", _MOST_IDS)


def address(path: str, query: Mapping[str, str]) -> str:
    """An address with its query: every character that could be misread is percent-encoded, `+` and `&` above all."""
    words = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    return f"{path}?{words}" if words else path


def moment_header(moment: datetime) -> str:
    """A moment as If-Modified-Since takes it: UTC without zone or fraction."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _cut(parts: Iterable[str], between: str, most: int) -> Iterator[str]:
    chosen: list[str] = []
    length = 0
    for part in parts:
        size = len(quote(part + between, safe=""))
        if chosen and (len(chosen) >= most or length + size > _LONGEST):
            yield between.join(chosen)
            chosen, length = [], 0
        chosen.append(part)
        length += size
    if chosen:
        yield between.join(chosen)
