"""The shapes of records: exact about money and dates, strict about fields, clear when they refuse."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledgerport.contract import Kind
from ledgerport.services.bulk_load import LINE_BYTES, lines_of
from ledgerport.services.paging import from_cursor, to_cursor
from ledgerport.services.record_input import ItemInput, as_record
from ledgerport.services.rejections import BadChoice, field_path, from_validation


def item(**fields: Any) -> ItemInput:
    record = as_record(Kind.ITEM, {"name": "Pipe", "type": "product", "price": "1.00", **fields})
    assert isinstance(record, ItemInput)
    return record


def why(**fields: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        item(**fields)
    return from_validation("item", "I-1", refused.value.errors()).reason


@pytest.mark.parametrize(
    ("given_as", "kept"),
    [("12.50", "12.50"), ("0", "0"), (7, "7"), ("0.000001", "0.000001"), ("999999999999.999999",) * 2],
)
def test_money_is_kept_exactly(given_as: Any, kept: str) -> None:
    assert item(price=given_as).price == Decimal(kept)


@pytest.mark.parametrize(
    "wrong", ["1.0000001", "1,50", "1e3", " 1", "", "NaN", "Infinity", "1234567890123", "\u0661", True, None, []]
)
def test_what_is_no_exact_decimal_is_refused(wrong: Any) -> None:
    assert why(price=wrong).startswith("Item I-1: price must be a decimal number such as")


def test_a_float_is_refused_with_the_way_to_write_it() -> None:
    assert why(price=19.99) == 'Item I-1: price must be written as text, such as "12.50", or as a whole number.'


@given(st.decimals(min_value=0, max_value=10**9, places=6))
def test_every_decimal_of_six_places_arrives_as_it_was_sent(amount: Decimal) -> None:
    assert item(price=f"{amount:f}").price == amount


def test_an_unknown_field_is_named_with_the_known_ones() -> None:
    told = why(colour="red")
    assert told.startswith("Item I-1: colour is not a field that is known here; known are kind, ref, name")


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ValidationError) as refused:
        as_record(Kind.ITEM, {"name": "Pipe", "price": "1.00"})
    assert from_validation("item", "I-1", refused.value.errors()).reason == "Item I-1: type is missing."


def test_several_faults_name_the_first_and_count_the_rest() -> None:
    assert why(price="x", name="").endswith("1 more fields are wrong too.")


@pytest.mark.parametrize("day", ["2026-02-30", "04/05/2026", "2026-5-4", "2026-05-04T00:00:00", 1_777_000_000])
def test_a_date_that_is_not_an_iso_date_is_refused(day: Any) -> None:
    with pytest.raises(ValidationError):
        as_record(Kind.PAYMENT, {"customer": "C-1", "amount": "1.00", "paid_on": day})


@pytest.mark.parametrize("ref", ["", "a/b", " a", "a ", "a\tb", ".", "..", "x" * 201, "a\x00b"])
def test_a_ref_that_could_not_stand_in_an_address_is_refused(ref: str) -> None:
    with pytest.raises(ValidationError):
        item(ref=ref)


@pytest.mark.parametrize("ref", ["I-1", "a b", "Ä", "2024#17", "x" * 200])
def test_other_refs_are_taken(ref: str) -> None:
    assert item(ref=ref).ref == ref


@pytest.mark.parametrize("name", ["a\x00b", "half \ud800 pair", "   "])
def test_text_that_cannot_be_stored_or_says_nothing_is_refused(name: str) -> None:
    assert "name" in why(name=name)


def test_a_name_with_a_tab_is_kept_as_it_is() -> None:
    assert item(name="TKO-\t813PB-1500B").name == "TKO-\t813PB-1500B"


def test_a_place_in_a_record_is_written_as_people_write_it() -> None:
    assert field_path(["lines", 2, "quantity"]) == "lines[2].quantity"


def test_a_cursor_comes_back_as_the_row_it_stands_after() -> None:
    assert from_cursor(to_cursor(4711)) == 4711
    assert from_cursor("") is None


@pytest.mark.parametrize("cursor", ["zzz", "r12", "cjEyeA", "\u00e9", "====", "cjk5OTk5OTk5OTk5OTk5OTk5OTk5OQ"])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(BadChoice, match="is not a cursor from here"):
        from_cursor(cursor)


def test_a_line_of_any_length_costs_no_more_memory_than_is_allowed(tmp_path: Any) -> None:
    path = tmp_path / "long.ndjson"
    path.write_bytes(b"x" * (3 * LINE_BYTES) + b"\nshort\n")
    with path.open("rb") as file:
        lines = list(lines_of(file))
    assert [len(line) for line in lines] == [LINE_BYTES + 2, 6]
