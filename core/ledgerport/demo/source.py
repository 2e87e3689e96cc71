"""Where the demo's records come from: the company it makes up, a retail file, or any file of records."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path

from ledgerport.demo import plumbing, retail
from ledgerport.demo.records import DemoData, LeftOut, Record

# One request: so many lines, or so many bytes, whatever is reached first.
LINES_AT_ONCE = 5000
BYTES_AT_ONCE = 4_000_000
NDJSON_RULES = ("The file's records are loaded line by line as they stand.",)
_GZIP = b"\x1f\x8b"


class BadSource(Exception):
    """The file cannot be read as demo data. The message says why."""


def open_source(path: Path | None, *, invoices: int | None, items: int | None) -> tuple[Iterator[bytes], DemoData]:
    """The lines to load, and what the report says about them (complete once the lines are used up).

    `invoices` None means all of them (the made-up company: its usual number). Raises BadSource.
    """
    if path is None:
        data = plumbing.generate(
            items=plumbing.ITEMS if items is None else items,
            invoices=plumbing.INVOICES if invoices is None else invoices,
        )
        return _encoded(data.records), data
    if _first_byte(path) == b"{":
        if invoices is not None or items is not None:
            raise BadSource(f"{path} holds records; --invoices and --items cannot choose among them.")
        return _lines(path), DemoData(records=iter(()), left_out=LeftOut(), rules=NDJSON_RULES)
    data = retail.read(path, invoices=invoices, items=items)
    return _encoded(data.records), data


def portions(lines: Iterator[bytes]) -> Iterator[tuple[bytes, int]]:
    """Lines joined to request bodies, with how many lines each holds; no more than one portion is kept in memory."""
    held: list[bytes] = []
    size = 0
    for line in lines:
        if held and (len(held) >= LINES_AT_ONCE or size + len(line) > BYTES_AT_ONCE):
            yield b"".join(held), len(held)
            held, size = [], 0
        held.append(line)
        size += len(line)
    if held:
        yield b"".join(held), len(held)


def _encoded(records: Iterator[Record]) -> Iterator[bytes]:
    for record in records:
        yield json.dumps(record, separators=(",", ":")).encode() + b"\n"


def _lines(path: Path) -> Iterator[bytes]:
    with _open(path) as file:
        for line in file:
            yield line if line.endswith(b"\n") else line + b"\n"


def _first_byte(path: Path) -> bytes:
    try:
        with _open(path) as file:
            return file.read(4096).lstrip()[:1]
    except OSError as error:
        raise BadSource(f"{path} cannot be read: {error.strerror or error}.") from error


def _open(path: Path) -> io.BufferedIOBase:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return gzip.open(path) if packed else path.open("rb")
