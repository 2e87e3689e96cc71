"""What the Wave plugin sends for an invoice or estimate, and that its money arrives to the cent."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wave_factories import (
    BUSINESS,
    CUSTOMER,
    INVOICE,
    MAPPING,
    MARKER,
    PRODUCT,
    TAX,
    estimate,
    estimate_row,
    invoice,
    invoice_row,
    line,
    money,
    push,
)

from ledgerport.contract import InvoiceLine, PushMapping, Reference, Refused, round_money
from ledgerport_wave.books import Books
from ledgerport_wave.mapping import estimates, invoices

BOOKS = Books(business=BUSINESS, country="US")
CENT = Decimal("0.01")


def refusal(of: Any, *arguments: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        of(*arguments)
    return caught.value


def taxes(document: Any, mapping: PushMapping = MAPPING) -> list[list[str]]:
    row = invoices.to_wire(push(document, mapping=mapping), BOOKS)
    return [[tax["salesTaxId"] for tax in sent["taxes"]] for sent in row["items"]]


# --- invoices and estimates -------------------------------------------------------------------------------------------


def test_an_invoice_is_sent_approved_with_our_number_and_products() -> None:
    assert invoices.to_wire(push(invoice(memo="Thanks")), BOOKS) == {
        "businessId": BUSINESS,
        "status": "SAVED",
        "customerId": CUSTOMER,
        "invoiceNumber": "FS-10023",
        "invoiceDate": "2026-09-01",
        "dueDate": "2026-10-01",
        "memo": "Thanks",
        "discounts": [],
        "items": [
            {
                "productId": PRODUCT,
                "quantity": "2",
                "unitPrice": "145.00",
                "description": "Drain cleaning, 2 visits",
                "taxes": [],
            }
        ],
    }


def test_a_changed_invoice_is_not_approved_again_and_takes_an_old_discount_back() -> None:
    row = invoices.to_wire(push(invoice(), remote_id=INVOICE), BOOKS)
    assert row["id"] == INVOICE
    assert row["discounts"] == []
    assert not {"status", "businessId", "currency", "memo"} & row.keys()


def test_without_a_number_the_memo_carries_the_marker() -> None:
    assert invoices.to_wire(push(invoice(number="")), BOOKS)["memo"] == MARKER
    row = invoices.to_wire(push(invoice(number="", memo="Thanks")), BOOKS)
    assert row["memo"] == f"Thanks\n{MARKER}"
    assert "invoiceNumber" not in row


def test_with_a_number_nothing_of_ours_is_printed_in_the_memo() -> None:
    assert "memo" not in invoices.to_wire(push(invoice()), BOOKS)


def test_a_memo_that_was_not_given_is_not_touched_later() -> None:
    assert "memo" not in invoices.to_wire(push(invoice(number=""), remote_id=INVOICE), BOOKS)


def test_a_line_without_an_item_is_refused_by_its_place() -> None:
    found = refusal(invoices.to_wire, push(invoice(lines=[line(), line(item=None)])), BOOKS)
    assert found.field == "lines[1].item"


def test_an_invoice_of_nobody_is_refused() -> None:
    nobody = Reference(ref="C-1", remote_id="")
    assert refusal(invoices.to_wire, push(invoice(customer=nobody)), BOOKS).field == "customer"


def test_a_line_whose_product_is_another_amount_keeps_its_amount() -> None:
    odd = line("3", "33.333", amount=Decimal("99.99"))
    (sent,) = invoices.to_wire(push(invoice(lines=[odd])), BOOKS)["items"]
    assert (sent["quantity"], sent["unitPrice"]) == ("1", "99.99")
    assert sent["description"] == "Drain cleaning, 2 visits (3 x 33.333)"


def test_a_discount_is_one_fixed_amount() -> None:
    row = invoices.to_wire(push(invoice(discount=Decimal("12.5"))), BOOKS)
    assert row["discounts"] == [{"discountType": "FIXED", "amount": "12.50", "name": "Discount"}]


def test_a_discount_of_half_a_cent_is_refused_rather_than_rounded() -> None:
    assert refusal(invoices.to_wire, push(invoice(discount=Decimal("0.005"))), BOOKS).field == "discount"


def test_no_tax_means_no_taxed_line_whatever_its_flag_says() -> None:
    assert taxes(invoice(lines=[line(taxable=True)])) == [[]]


def test_taxable_lines_carry_the_tax_and_others_none() -> None:
    both = [line(taxable=True), line()]
    assert taxes(invoice(lines=both, tax=Decimal("23.93"))) == [[TAX], []]


def test_lines_without_tax_carry_the_exempt_tax_where_one_is_chosen() -> None:
    mapping = replace(MAPPING, tax_codes={"taxable": TAX, "exempt": "zero"})
    both = [line(taxable=True), line()]
    assert taxes(invoice(lines=both, tax=Decimal("23.93")), mapping) == [[TAX], ["zero"]]


def test_a_lines_own_code_comes_before_the_usual_one() -> None:
    mapping = replace(MAPPING, tax_codes={"taxable": TAX, "reduced": "low"})
    lines = [line(taxable=True, tax_code="reduced"), line(taxable=True, tax_code="unheard")]
    assert taxes(invoice(lines=lines, tax=Decimal("1.00")), mapping) == [["low"], [TAX]]


def test_tax_without_any_taxed_line_taxes_all() -> None:
    assert taxes(invoice(lines=[line(), line()], tax=Decimal("1.00"))) == [[TAX], [TAX]]


def test_tax_without_a_code_names_the_next_step() -> None:
    taxed = invoice(lines=[line(taxable=True)], tax=Decimal("1.00"))
    found = refusal(invoices.to_wire, push(taxed, mapping=PushMapping()), BOOKS)
    assert found.field == "tax"
    assert "choose a tax code" in found.reason


def test_an_invoice_in_another_currency_says_so_and_in_the_books_own_does_not() -> None:
    assert invoices.to_wire(push(invoice(currency="CAD")), BOOKS)["currency"] == "CAD"
    assert "currency" not in invoices.to_wire(push(invoice()), BOOKS)


def test_an_invoice_is_read_with_waves_own_total() -> None:
    remote = invoices.from_wire(invoice_row(total=money("289.99")))
    assert (remote.total, remote.number, remote.customer_id) == (Decimal("289.99"), "FS-10023", CUSTOMER)


def test_an_estimate_is_sent_as_a_draft_with_every_price() -> None:
    row = estimates.to_wire(push(estimate()), BOOKS)
    assert row["status"] == "DRAFT"
    assert (row["estimateNumber"], row["estimateDate"], row["dueDate"]) == ("E-204", "2026-09-01", "2026-10-01")
    assert all("unitPrice" in sent for sent in row["items"])


def test_a_changed_estimate_repeats_what_wave_always_wants() -> None:
    known = estimate_row(status="SENT", title="Offer", dueDate="2026-12-24")
    row = estimates.completed(estimates.to_wire(push(estimate(expires_on=None), remote_id="E"), BOOKS), known)
    assert {
        "id": "E",
        "status": "SENT",
        "title": "Offer",
        "currency": "USD",
        "exchangeRate": "1",
    }.items() <= row.items()
    assert (row["dueDate"], row["estimateDate"]) == ("2026-12-24", "2026-09-01")


def test_a_deleted_estimate_is_not_active() -> None:
    assert not estimates.from_wire(estimate_row(status="DELETED")).active


# --- any money at all -------------------------------------------------------------------------------------------------

QUANTITIES = st.decimals(min_value="-999", max_value="9999", places=6)
PRICES = st.decimals(min_value="-9999", max_value="99999", places=6)


@st.composite
def lines(draw: st.DrawFn) -> InvoiceLine:
    quantity, price = draw(QUANTITIES), draw(PRICES)
    amount = round_money(quantity * price, "USD") + draw(st.sampled_from([Decimal(0), CENT, -CENT]))
    return line(quantity, price, amount=amount)


@given(st.lists(lines(), min_size=1, max_size=5), st.decimals(min_value=0, max_value=500, places=2))
def test_what_wave_reckons_from_our_lines_is_our_total(some: list[InvoiceLine], discount: Decimal) -> None:
    document = invoice(lines=some, discount=discount)
    row = invoices.to_wire(push(document), BOOKS)
    sent = [
        (Decimal(one["quantity"]) * Decimal(one["unitPrice"])).quantize(CENT, rounding=ROUND_HALF_UP)
        for one in row["items"]
    ]
    off = sum((Decimal(one["amount"]) for one in row["discounts"]), Decimal(0))
    assert sum(sent) - off == document.total


@given(st.lists(lines(), min_size=1, max_size=3))
def test_numbers_travel_as_plain_decimals(some: list[InvoiceLine]) -> None:
    for sent in invoices.to_wire(push(invoice(lines=some)), BOOKS)["items"]:
        for name in ("quantity", "unitPrice"):
            assert isinstance(sent[name], str)
            assert "E" not in sent[name]
            assert len(sent[name].partition(".")[2].rstrip("0")) <= 8
