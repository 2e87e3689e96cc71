"""Where the demo's records come from: the company it makes up, a retail file, or any file of records."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

from ledgerport.demo import plumbing, retail
from ledgerport.demo.records import DemoData, LeftOut, Record
from ledgerport.demo.retail_lines import HEADER

# One request: so many lines, or so many bytes, whatever is reached first.
LINES_AT_ONCE = 5000
BYTES_AT_ONCE = 4_000_000
NDJSON_RULES = ("The file's records are loaded line by line as they stand.",)
# A file that is called so holds records, whatever its first line says.
_RECORDS = {".ndjson", ".jsonl"}
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
    first = _first_line(path)
    if first.startswith(b"{") or _RECORDS.intersection(path.suffixes):
        if invoices is not None or items is not None:
            raise BadSource(f"{path} holds records; --invoices and --items cannot choose among them.")
        return _guarded(path, _lines(path)), DemoData(records=iter(()), left_out=LeftOut(), rules=NDJSON_RULES)
    if first.decode("utf-8", "replace").split(",") != HEADER:
        raise BadSource(
            f"{path} holds neither records (one JSON object a line) nor the retail file's {','.join(HEADER)}."
        )
    data = retail.read(path, invoices=invoices, items=items)
    return _guarded(path, _encoded(data.records)), data


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


def _guarded(path: Path, lines: Iterator[bytes]) -> Iterator[bytes]:
    """Raises BadSource where the file turns out to be damaged half-way."""
    try:
        yield from lines
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise BadSource(f"{path} is damaged: {error}") from error


def _first_line(path: Path) -> bytes:
    """Without blanks and byte order mark, cut where no sensible line would still go on."""
    try:
        with _open(path) as file:
            return file.readline(4096).removeprefix(b"\xef\xbb\xbf").strip()
    except (OSError, EOFError, zlib.error) as error:
        raise BadSource(f"{path} cannot be read: {error}.") from error


def _open(path: Path) -> io.BufferedIOBase:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return gzip.open(path) if packed else path.open("rb")
