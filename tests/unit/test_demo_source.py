"""What the demo loads: which file is read as what, and how lines become requests."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from ledgerport.demo import source
from ledgerport.demo.outcome import Load
from ledgerport.demo.source import BadSource, open_source, portions


def test_records_are_loaded_line_by_line_as_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "records.ndjson"
    file.write_bytes(b'{"kind": "item"}\nnonsense\n{"kind": "customer"}')

    lines, _ = open_source(file, invoices=None, items=None)

    assert list(lines) == [b'{"kind": "item"}\n', b"nonsense\n", b'{"kind": "customer"}\n']


def test_a_packed_file_of_records_is_unpacked_on_the_way(tmp_path: Path) -> None:
    file = tmp_path / "records.ndjson.gz"
    file.write_bytes(gzip.compress(b'{"kind": "item"}\n'))

    lines, _ = open_source(file, invoices=None, items=None)

    assert list(lines) == [b'{"kind": "item"}\n']


def test_records_cannot_be_chosen_among_by_number(tmp_path: Path) -> None:
    file = tmp_path / "records.ndjson"
    file.write_bytes(b'{"kind": "item"}\n')

    with pytest.raises(BadSource, match="cannot choose"):
        open_source(file, invoices=5, items=None)


def test_a_file_that_is_not_there_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match=r"gone\.ndjson cannot be read"):
        open_source(tmp_path / "gone.ndjson", invoices=None, items=None)


def test_a_file_that_is_neither_records_nor_the_retail_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Sir or Madam,\n")

    with pytest.raises(BadSource, match="neither records"):
        open_source(file, invoices=None, items=None)


def test_a_bad_first_row_does_not_make_a_file_of_records_unreadable(tmp_path: Path) -> None:
    file = tmp_path / "records.ndjson"
    file.write_bytes(b'nonsense\n{"kind": "item"}\n')

    lines, _ = open_source(file, invoices=None, items=None)

    assert list(lines) == [b"nonsense\n", b'{"kind": "item"}\n']


def test_a_packed_file_that_was_cut_off_is_named_as_damaged(tmp_path: Path) -> None:
    file = tmp_path / "records.ndjson.gz"
    file.write_bytes(gzip.compress(random.Random(1).randbytes(100_000))[:50_000])

    with pytest.raises(BadSource, match="damaged"):
        list(open_source(file, invoices=None, items=None)[0])


def test_without_a_file_a_company_of_the_wanted_size_is_made_up() -> None:
    lines, _ = open_source(None, invoices=3, items=7)
    kinds = [json.loads(line)["kind"] for line in lines]

    assert (kinds.count("item"), kinds.count("invoice")) == (7, 3)


def test_a_request_ends_at_its_number_of_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "LINES_AT_ONCE", 2)

    assert list(portions(iter([b"a\n", b"b\n", b"c\n"]))) == [(b"a\nb\n", 2), (b"c\n", 1)]


def test_a_request_ends_before_it_grows_too_long_and_one_long_line_goes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "BYTES_AT_ONCE", 5)

    assert list(portions(iter([b"aa\n", b"bb\n", b"ccccccc\n", b"d\n"]))) == [
        (b"aa\n", 1),
        (b"bb\n", 1),
        (b"ccccccc\n", 1),
        (b"d\n", 1),
    ]


def test_nothing_to_load_makes_no_request() -> None:
    assert list(portions(iter([]))) == []


def test_rejected_rows_of_a_later_request_keep_their_line_in_the_file() -> None:
    load = Load()
    row = {"line": 3, "kind": "item", "ref": "P-1", "field": "price", "reason": "No.", "next_step": ""}

    load.add({"accepted": 4, "rejected_count": 1, "rejected": [row]}, 5)
    load.add({"accepted": 1, "rejected_count": 1, "rejected": [row]}, 2)

    assert [one["line"] for one in load.rejected] == [3, 8]
    assert (load.lines, load.accepted, load.rejected_count) == (7, 5, 2)
