"""Invoices and quotes as Xero's rows: whatever the figures are, the books come to the same cent."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.xero_factories import (
    CODES,
    CONTACT,
    MAPPING,
    MARKER,
    estimate,
    guid,
    invoice,
    line,
    push,
)

from ledgerport.contract import (
    Estimate,
    Invoice,
    InvoiceLine,
    Kind,
    PushMapping,
    Refused,
    round_money,
)
from ledgerport_xero.books import Books
from ledgerport_xero.mapping import estimates, invoices
from ledgerport_xero.mapping.documents import needs_rates
from ledgerport_xero.mapping.shares import spread

BOOKS = Books(currency="NZD")
CENT = Decimal("0.01")


def booked(row: dict[str, Any], rounding: str, *, price_unit: str = "0.0001") -> tuple[Decimal, Decimal]:
    """(net, tax) as Xero would reckon a document, rounding each line one way or the other."""
    net = tax = Decimal(0)
    for entry in row["LineItems"]:
        if "Quantity" not in entry:
            continue
        price = Decimal(str(entry["UnitAmount"])).quantize(Decimal(price_unit), rounding=rounding)
        quantity = Decimal(str(entry["Quantity"])).quantize(Decimal("0.0001"), rounding=rounding)
        gross = (quantity * price).quantize(CENT, rounding=rounding)
        discount = Decimal(str(entry.get("DiscountAmount", 0)))
        assert discount <= max(gross, Decimal(0)), "a discount is never larger than its line"
        net += gross - discount
        tax += Decimal(str(entry.get("TaxAmount", 0)))
    return net, tax


def amounts(most: str = "5000") -> st.SearchStrategy[Decimal]:
    return st.decimals(min_value=Decimal("0.00"), max_value=Decimal(most), places=2)


@st.composite
def some_lines(draw: st.DrawFn) -> list[InvoiceLine]:
    found = []
    for _ in range(draw(st.integers(1, 6))):
        quantity = draw(
            st.decimals(min_value=Decimal("0.0001"), max_value=Decimal(900), places=draw(st.integers(0, 6)))
        )
        price = draw(st.decimals(min_value=Decimal(0), max_value=Decimal(900), places=draw(st.integers(0, 5))))
        amount = round_money(quantity * price, "NZD")
        found.append(line(quantity, price, amount=amount, taxable=draw(st.booleans())))
    return found


@given(lines=some_lines(), part=st.integers(0, 100), tax=amounts("900"))
@pytest.mark.parametrize("rounding", [ROUND_HALF_UP, ROUND_HALF_EVEN])
def test_an_invoice_comes_to_our_cent_however_xero_rounds(
    rounding: str, lines: list[InvoiceLine], part: int, tax: Decimal
) -> None:
    discount = (sum((one.amount for one in lines), Decimal(0)) * part / 100).quantize(CENT)
    value: Invoice = invoice(lines=lines, discount=discount, tax=tax)
    net, taxed = booked(invoices.to_wire(push(value), BOOKS), rounding)
    assert net + taxed == value.total
    assert taxed == tax


@given(lines=some_lines(), tax=amounts("900"))
@pytest.mark.parametrize("rounding", [ROUND_HALF_UP, ROUND_HALF_EVEN])
def test_a_quote_comes_to_our_cent_though_its_prices_are_cut_to_two_decimals(
    rounding: str, lines: list[InvoiceLine], tax: Decimal
) -> None:
    value: Estimate = estimate(lines=lines, tax=tax)
    net, taxed = booked(estimates.to_wire(push(value), BOOKS), rounding, price_unit="0.01")
    assert net + taxed == value.total


@given(total=amounts("900"), weights=st.lists(amounts(), min_size=1, max_size=8))
def test_the_parts_of_an_amount_add_up_and_none_is_larger_than_its_line(total: Decimal, weights: list[Decimal]) -> None:
    assume(total <= sum(weights))
    parts = spread(total, weights, "NZD")
    assert sum(parts) == total
    assert all(Decimal(0) <= part <= weight for part, weight in zip(parts, weights, strict=True))


@given(total=amounts("900"), weights=st.lists(st.decimals(-900, 900, places=2), min_size=1, max_size=8))
def test_the_parts_add_up_whatever_the_weights_are(total: Decimal, weights: list[Decimal]) -> None:
    assert sum(spread(total, weights, "NZD")) == total


def test_parts_of_an_amount_in_yen_are_whole() -> None:
    assert spread(Decimal(100), [Decimal(1), Decimal(1), Decimal(1)], "JPY") == [34, 33, 33]


def test_a_product_that_is_the_amount_travels_as_it_is() -> None:
    (sent,) = invoices.to_wire(push(invoice(lines=[line("1.5", "33.3333")])), BOOKS)["LineItems"]
    assert (sent["Quantity"], sent["UnitAmount"], sent["ItemCode"]) == (1.5, 33.3333, "GATE-SVC")
    assert sent["Description"] == "Gate motor service"


@pytest.mark.parametrize(
    ("quantity", "price"), [("0.5", "0.25"), ("2", "10.00001"), ("0.333333", "10000.00")], ids=["tie", "price", "part"]
)
def test_a_product_that_rounding_could_change_travels_as_one_times_the_amount(quantity: str, price: str) -> None:
    one = line(quantity, price)
    (sent,) = invoices.to_wire(push(invoice(lines=[one])), BOOKS)["LineItems"]
    assert (sent["Quantity"], Decimal(str(sent["UnitAmount"]))) == (1.0, one.amount)
    assert sent["Description"].endswith(f"({Decimal(quantity).normalize():f} x {Decimal(price).normalize():f})")


def test_a_line_whose_amount_is_not_its_product_travels_as_its_amount() -> None:
    (sent,) = invoices.to_wire(push(invoice(lines=[line("3", "10", amount=Decimal("29.99"))])), BOOKS)["LineItems"]
    assert (sent["Quantity"], sent["UnitAmount"]) == (1.0, 29.99)


def test_an_amount_below_a_cent_is_refused_and_not_rounded() -> None:
    with pytest.raises(Refused, match="two decimals"):
        invoices.to_wire(push(invoice(lines=[line("1", "1.234", amount=Decimal("1.234"))], currency="KWD")), BOOKS)


def test_a_document_without_tax_is_sent_as_one_whatever_its_lines_say() -> None:
    row = invoices.to_wire(push(invoice(lines=[line(taxable=True)])), BOOKS)
    assert row["LineAmountTypes"] == "NoTax"
    assert "TaxType" not in row["LineItems"][0]
    assert estimates.to_wire(push(estimate()), BOOKS)["LineAmountTypes"] == "NOTAX"


def test_tax_is_booked_on_the_lines_that_are_marked_with_the_mapped_codes() -> None:
    value = invoice(lines=[line(taxable=True), line("1", "50"), line("1", "58", taxable=True)], tax=Decimal("52.21"))
    sent = invoices.to_wire(push(value), BOOKS)["LineItems"]
    assert [(one["TaxType"], one["TaxAmount"]) for one in sent] == [
        ("OUTPUT2", 43.51),
        ("ZERORATED", 0.0),
        ("OUTPUT2", 8.7),
    ]


def test_tax_of_a_document_without_a_marked_line_falls_on_all() -> None:
    value = invoice(lines=[line("1", "100"), line("1", "50")], tax=Decimal("22.50"))
    assert [one["TaxAmount"] for one in invoices.to_wire(push(value), BOOKS)["LineItems"]] == [15.0, 7.5]


def test_an_untaxed_line_of_a_taxed_document_has_no_tax_though_no_code_is_mapped_for_it() -> None:
    value = invoice(lines=[line(taxable=True), line()], tax=Decimal("43.50"))
    mapping = replace(MAPPING, tax_codes={"taxable": "OUTPUT2"})
    sent = invoices.to_wire(push(value, mapping=mapping), BOOKS)["LineItems"]
    assert (sent[1]["TaxType"], sent[1]["TaxAmount"]) == ("NONE", 0.0)


def test_a_lines_own_tax_code_goes_before_the_common_one() -> None:
    value = invoice(lines=[line(taxable=True, tax_code="gst-10")], tax=Decimal("29.00"))
    mapping = replace(MAPPING, tax_codes={**CODES, "gst-10": "TAX001"})
    assert invoices.to_wire(push(value, mapping=mapping), BOOKS)["LineItems"][0]["TaxType"] == "TAX001"


def test_tax_on_lines_of_two_rates_is_shared_as_the_rates_have_it() -> None:
    codes = {**CODES, "low": "TAX005"}
    value = invoice(
        lines=[line("1", "100", taxable=True), line("1", "100", taxable=True, tax_code="low")], tax=Decimal("20.00")
    )
    books = Books(currency="NZD", rates={"OUTPUT2": Decimal(15), "TAX005": Decimal(5)})
    assert needs_rates(value, codes)
    sent = invoices.to_wire(push(value, mapping=replace(MAPPING, tax_codes=codes)), books)["LineItems"]
    assert [one["TaxAmount"] for one in sent] == [15.0, 5.0]


def test_tax_without_a_code_is_refused_with_what_to_do() -> None:
    value = invoice(lines=[line(taxable=True)], tax=Decimal("43.50"))
    with pytest.raises(Refused, match="Choose a tax code") as caught:
        invoices.to_wire(push(value, mapping=replace(MAPPING, tax_codes={})), BOOKS)
    assert caught.value.field == "tax"


def test_a_discount_larger_than_the_lines_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        invoices.to_wire(push(invoice(discount=Decimal("290.01"))), BOOKS)
    assert caught.value.field == "discount"


def test_a_discount_never_falls_on_a_line_that_gives_money_back() -> None:
    back = line("1", "-50")
    sent = invoices.to_wire(push(invoice(lines=[line(), back], discount=Decimal("29.00"))), BOOKS)["LineItems"]
    assert [one.get("DiscountAmount") for one in sent] == [29.0, None]


def test_a_line_without_an_item_is_booked_to_the_account_for_services() -> None:
    (sent,) = invoices.to_wire(push(invoice(lines=[line(item=None, item_code="")])), BOOKS)["LineItems"]
    assert sent["AccountCode"] == "200"
    with pytest.raises(Refused) as caught:
        invoices.to_wire(push(invoice(lines=[line(item=None, item_code="")]), mapping=PushMapping()), BOOKS)
    assert caught.value.field == "income_account"


def test_a_remark_is_a_line_of_text_and_so_is_the_memo() -> None:
    remark = line("0", "0", item=None, item_code="", description="as agreed")
    row = invoices.to_wire(push(invoice(lines=[line(), remark], memo="Thank you"), mapping=MAPPING), BOOKS)
    assert row["LineItems"][1:] == [{"Description": "as agreed"}, {"Description": "Thank you"}]


def test_an_invoice_is_approved_at_once_and_always_has_a_due_date() -> None:
    row = invoices.to_wire(push(invoice(due_on=None)), BOOKS)
    assert (row["Status"], row["DueDate"], row["Date"]) == ("AUTHORISED", "2026-08-03", "2026-08-03")
    assert row["Contact"] == {"ContactID": CONTACT}
    assert "Total" not in row


def test_an_update_leaves_status_and_reference_as_they_are() -> None:
    row = invoices.to_wire(push(invoice(number=""), remote_id=guid(1)), BOOKS)
    assert "Status" not in row
    assert "Reference" not in row


def test_a_document_without_a_number_carries_our_mark_where_it_can_be_found() -> None:
    for row in (invoices.to_wire(push(invoice(number="")), BOOKS), estimates.to_wire(push(estimate(number="")), BOOKS)):
        assert row["Reference"] == MARKER
        assert "InvoiceNumber" not in row
    assert "Reference" not in invoices.to_wire(push(invoice()), BOOKS)


def test_a_number_with_other_than_plain_signs_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        invoices.to_wire(push(invoice(number="Rechnung Nº 4")), BOOKS)
    assert caught.value.field == "number"


def test_a_new_quote_is_a_draft() -> None:
    row = estimates.to_wire(push(estimate(memo="x" * 3001)), BOOKS)
    assert (row["Status"], row["ExpiryDate"], len(row["Summary"])) == ("DRAFT", "2026-09-01", 3000)


def test_a_void_invoice_counts_for_nothing() -> None:
    remote = invoices.from_wire({"InvoiceID": guid(1), "Type": "ACCREC", "Status": "VOIDED", "Total": 290})
    assert (remote.total, remote.active) == (Decimal("0.00"), False)


def test_a_bill_is_no_invoice_of_ours() -> None:
    assert invoices.from_wire({"InvoiceID": guid(1), "Type": "ACCPAY", "Total": 5}).kind != Kind.INVOICE
