"""The texts that are embedded, to the letter, and what never stands in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ledgerport.memory.documents import (
    MOST_LETTERS,
    MOST_LETTERS_OF_LINES,
    BillingDocument,
    BillingLine,
    Sold,
    clean,
    document_text,
    estimate_tokens,
    line_text,
    text_hash,
)

INSTALL = BillingLine(
    currency="USD",
    item="Water heater install",
    category="Labour",
    type="service",
    description="Remove the old tank, fit the new one",
    quantity=Decimal("1.5000"),
    unit_price=Decimal(120),
    amount=Decimal("180.00"),
    cost=Decimal("80.5"),
)
TANK = BillingLine(
    currency="USD",
    item="",
    description="50 gal tank",
    quantity=Decimal(2),
    unit_price=Decimal("410.125"),
    amount=Decimal("820.25"),
)
INVOICE = BillingDocument(
    kind="invoice",
    number="INV-1047",
    status="SENT",
    issued_on=date(2026, 3, 4),
    currency="USD",
    customer_type="residential",
    city="Austin",
    region="TX",
    lines=[INSTALL, TANK],
    subtotal=Decimal("1000.25"),
    discount=Decimal(10),
    tax=Decimal("82.52"),
    total=Decimal("1072.77"),
)


def test_the_text_of_an_invoice_to_the_letter() -> None:
    assert document_text(INVOICE) == (
        "Invoice INV-1047, 2026-03-04, sent, unpaid, USD\n"
        "Customer: residential, Austin, TX\n"
        "- Water heater install (Labour, service): Remove the old tank, fit the new one"
        " | 1.5 x 120.00 = 180.00, cost 80.50\n"
        "- 50 gal tank | 2 x 410.125 = 820.25\n"
        "Subtotal 1000.25, discount 10.00, tax 82.52, total 1072.77"
    )


def test_the_text_of_an_estimate_to_the_letter() -> None:
    estimate = replace(
        INVOICE,
        kind="estimate",
        number="",
        currency="JPY",
        customer_type="",
        city="",
        region="",
        lines=[replace(TANK, description="", currency="JPY", unit_price=Decimal("410.00"), amount=Decimal(820))],
        subtotal=Decimal(820),
        discount=Decimal(0),
        tax=Decimal(0),
        total=Decimal(820),
    )

    assert document_text(estimate) == (
        "Estimate, 2026-03-04, sent, JPY\n"
        "Customer: not known\n"
        "- not described | 2 x 410 = 820\n"
        "Subtotal 820, discount 0, tax 0, total 820"
    )


@pytest.mark.parametrize(
    ("paid", "state"), [("0", "unpaid"), ("0.01", "paid in part"), ("1072.77", "paid"), ("2000", "paid")]
)
def test_of_payments_it_tells_the_state(paid: str, state: str) -> None:
    first = document_text(replace(INVOICE, paid=Decimal(paid))).splitlines()[0]

    assert first == f"Invoice INV-1047, 2026-03-04, sent, {state}, USD"


def test_a_second_part_payment_changes_no_text() -> None:
    after_one, after_two = (replace(INVOICE, paid=Decimal(paid)) for paid in ("100", "300"))

    assert document_text(after_one) == document_text(after_two)


def test_the_noughts_that_a_database_adds_change_no_text() -> None:
    same = replace(INVOICE, total=Decimal("1072.770000"), lines=[replace(INSTALL, quantity=Decimal("1.5")), TANK])

    assert document_text(same) == document_text(INVOICE)


def test_of_a_very_long_document_it_says_how_many_lines_are_left_out() -> None:
    text = document_text(replace(INVOICE, lines=[INSTALL] * 1000))

    *_, left_out, totals = text.splitlines()
    shown = text.count("Water heater install")
    assert 100 < shown < 1000
    assert left_out == f"and {1000 - shown} more lines"
    assert totals.startswith("Subtotal 1000.25")
    assert len(text) < MOST_LETTERS_OF_LINES + 1000


@pytest.mark.parametrize(
    ("sold", "text"),
    [
        (Sold(item="Drain snake", category="Tools", type="product"), "Drain snake (Tools, product)"),
        (Sold(item="Drain snake", type="product", description="25 ft"), "Drain snake (product): 25 ft"),
        (Sold(item="Drain snake", description="drain snake, 25 ft"), "Drain snake: 25 ft"),
        (Sold(item="Drain snake", description="DRAIN SNAKE"), "Drain snake"),
        (Sold(item="Drain", description="Drains cleaned"), "Drain: Drains cleaned"),
        (Sold(description="  Clear\n a\tdrain "), "Clear a drain"),
        (Sold(category="Tools", type="product"), ""),
        (Sold(description="joe@example.com"), ""),
    ],
)
def test_the_text_of_a_line_to_the_letter(sold: Sold, text: str) -> None:
    assert line_text(sold) == text


def test_a_line_has_one_text_whatever_was_charged_for_it() -> None:
    dearer = replace(
        INSTALL, currency="USD", quantity=Decimal(9), unit_price=Decimal(999), amount=Decimal(8991), cost=None
    )

    assert line_text(dearer) == line_text(INSTALL)


@pytest.mark.parametrize(
    "told",
    [
        "joe@example.com",
        "<Joe.O'Neil+home@mail.example.co.uk>",
        "mailto:joe@example.com",
        "(512) 555-0134",
        "512-555-0134",
        "512.555.0134",
        "512/555-0134",
        "1-512-555-0134",
        "+1 512 555 0134",
        "+15125550134",
        "5125550134",
        "+44 (0)20 7946 0018",
        "0044 20 7946 0018",
        "020 7946 0018",
        "01632 960001",
        "030/1234567",
        "Tel: 555 0134",
        "call us at 555-0134",
        "ph. 5550134",
    ],
)
def test_an_address_or_a_phone_number_stands_in_no_text(told: str) -> None:
    line = replace(INSTALL, item=f"Install {told}", category=told, description=f"Gate code with {told}, ring twice")
    document = replace(INVOICE, number=told, customer_type=told, city=told, region=told, lines=[line])

    for text in (document_text(document), line_text(line)):
        assert told not in text
        for part in ("example", "555", "0134", "7946", "0018", "960001", "1234567"):
            assert part not in text
    assert "ring twice" in line_text(line)


@pytest.mark.parametrize(
    "part",
    [
        "Flange 120-4000",
        "Kit 12345678",
        "RIDGID 06-0500-001",
        "EAN 4006381333931",
        "SKU 88-1234-5678",
        "R-410A 25 lb",
        "1/2 in. x 10 ft",
        "50 gal 40,000 BTU",
        "on 03-04-2026",
        "Telephone jack 12 pk",
        "1,250.00",
    ],
)
def test_part_numbers_measures_and_dates_stay(part: str) -> None:
    assert clean(part) == part


def test_a_contract_in_a_description_is_cut_off() -> None:
    assert len(clean("word " * 1000)) <= MOST_LETTERS


def test_the_hash_is_of_the_text_and_its_format() -> None:
    # sha256 of "1\na": another version of the format gives other hashes.
    assert text_hash("a") == "87a4add670544dbb9f2fd239f3aa89a0d64d7fc26fc1d6fe253bd3da7843844e"
    assert text_hash("a") != text_hash("b")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("a", 1), ("drain", 1), ("drains", 2), ("2 x 21.62", 7), ("Straße", 3), ("x" * 1650, 330)],
)
def test_five_letters_or_a_digit_are_about_a_token(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@given(some.text(max_size=2 * MOST_LETTERS))
def test_whatever_was_written_becomes_one_short_line(text: str) -> None:
    cleaned = clean(text)

    assert len(cleaned.splitlines()) <= 1
    assert len(cleaned) <= MOST_LETTERS
    assert cleaned == cleaned.strip()
