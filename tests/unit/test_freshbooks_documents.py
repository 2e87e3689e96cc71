"""Invoices and estimates as FreshBooks' rows: heads, lines, discounts, taxes. To the cent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.freshbooks_factories import MARKER, TAXES, estimate, invoice, line, push

from ledgerport.contract import Invoice, InvoiceLine, PushMapping, Reference, Refused
from ledgerport_freshbooks.mapping import estimates, invoices, taxes
from ledgerport_freshbooks.mapping.taxes import Tax, tax_of

CENT = Decimal("0.01")


def total_of(row: dict[str, Any], *, cents: bool = True) -> Decimal:
    """What FreshBooks makes of a document's lines and percentage: each line rounded, then the percentage, then tax."""
    lines = [(Decimal(one["qty"]) * Decimal(one["unit_cost"]["amount"]), one) for one in row["lines"]]
    rounded = [(amount.quantize(CENT, ROUND_HALF_UP), one) for amount, one in lines]
    whole = sum((amount for amount, _ in rounded), Decimal(0))
    percent = Decimal(row.get("discount_value", "0"))
    tax = sum((amount * Decimal(one.get("taxAmount1", "0")) / 100 for amount, one in rounded), Decimal(0))
    assert not (percent and tax), "a percentage on taxed lines: what it does to the tax is not documented"
    total = whole - whole * percent / 100 + tax
    return total.quantize(CENT, ROUND_HALF_UP) if cents else total


def document(lines: Sequence[InvoiceLine], **more: Any) -> Invoice:
    return invoice(lines=list(lines), **more)


def test_a_new_invoice_is_whole() -> None:
    row = invoices.to_wire(push(invoice(memo="Thank you", estimate_id="88")))
    assert row == {
        "customerid": 74,
        "create_date": "2026-09-01",
        "currency_code": "USD",
        "invoice_number": "FS-10023",
        "notes": "Thank you",
        "po_number": MARKER,
        "lines": [
            {
                "type": 0,
                "name": "Drain cleaning",
                "description": "Two visits",
                "qty": "2",
                "unit_cost": {"amount": "145.00", "code": "USD"},
            }
        ],
        "due_offset_days": 30,
        "action_mark_as_sent": True,
        "estimateid": 88,
    }


def test_the_due_date_is_never_sent_as_a_date() -> None:
    assert "due_date" not in invoices.to_wire(push(invoice()))
    assert "due_offset_days" not in invoices.to_wire(push(invoice(due_on=None)))
    assert invoices.to_wire(push(invoice(due_on=date(2026, 9, 1))))["due_offset_days"] == 0


def test_a_due_date_before_the_invoice_is_refused_with_its_field() -> None:
    with pytest.raises(Refused, match="before its own date") as refused:
        invoices.to_wire(push(invoice(due_on=date(2026, 8, 31))))
    assert refused.value.field == "due_on"


def test_an_update_leaves_po_number_and_status_alone_and_takes_an_old_percentage_away() -> None:
    row = invoices.to_wire(push(invoice(), remote_id="310"))
    assert not row.keys() & {"po_number", "action_mark_as_sent", "estimateid", "status"}
    assert row["discount_value"] == "0"
    assert len(row["lines"]) == 1


def test_an_estimate_has_its_number_and_marker_and_no_due_date() -> None:
    row = estimates.to_wire(push(estimate()))
    assert (row["estimate_number"], row["po_number"]) == ("E-204", MARKER)
    assert not row.keys() & {"due_offset_days", "action_mark_as_sent", "invoice_number"}


def test_without_a_number_of_ours_freshbooks_numbers() -> None:
    row = invoices.to_wire(push(invoice(number="")))
    assert "invoice_number" not in row
    assert row["po_number"] == MARKER


def test_a_customer_who_is_not_there_yet_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        invoices.to_wire(push(invoice(customer=Reference(ref="C-1", remote_id=""))))
    assert refused.value.field == "customer"


def test_an_items_name_that_is_too_long_for_a_line_is_cut_and_one_line() -> None:
    far = Reference(ref="I-1", remote_id="41", name="Drain\n" + "x" * 300)
    (row,) = invoices.to_wire(push(document([line(item=far)])))["lines"]
    assert row["name"] == "Drain"
    (row,) = invoices.to_wire(push(document([line(item=Reference(ref="I", remote_id="4", name="x" * 300))])))["lines"]
    assert row["name"] == "x" * 255


def test_a_line_without_an_item_is_named_by_the_beginning_of_its_description() -> None:
    text = "Emergency call\nnight rate"
    (row,) = invoices.to_wire(push(document([line(item=None, description=text)])))["lines"]
    assert (row["name"], row["description"]) == ("Emergency call", text)
    (bare,) = invoices.to_wire(push(document([line(item=None, description="")])))["lines"]
    assert (bare["name"], bare["description"]) == ("Item", "")
    (long,) = invoices.to_wire(push(document([line(item=None, description="word " * 100)])))["lines"]
    assert len(long["name"]) <= 255
    assert long["description"] == "word " * 100


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [("3", "0.3333", "1.00"), ("0.125", "80.00", "10.00"), ("3", "10.00", "29.99"), ("7", "1.999", "13.99")],
)
def test_a_line_whose_product_could_be_rounded_otherwise_keeps_its_amount(
    quantity: str, price: str, amount: str
) -> None:
    one = line(quantity, price, amount=Decimal(amount))
    (row,) = invoices.to_wire(push(document([one])))["lines"]
    assert (row["qty"], row["unit_cost"]["amount"]) == ("1", amount)
    assert f"{quantity} x {Decimal(price).normalize():f}" in row["description"]


prices = st.decimals(min_value=0, max_value=5000, places=2) | st.decimals(min_value=0, max_value=50, places=5)
quantities = st.decimals(min_value=0, max_value=500, places=2) | st.decimals(min_value=0, max_value=9, places=4)


@st.composite
def a_line(draw: st.DrawFn, *, taxable: bool | None = None) -> InvoiceLine:
    quantity, price = draw(quantities), draw(prices)
    amount = (quantity * price).quantize(CENT, ROUND_HALF_UP)
    flag = draw(st.booleans()) if taxable is None else taxable
    return line(quantity, price, amount=amount, taxable=flag)


@settings(max_examples=50)
@given(st.lists(a_line(), max_size=8), st.data())
def test_an_untaxed_document_comes_to_the_very_cent(lines: list[InvoiceLine], data: st.DataObject) -> None:
    whole = sum((one.amount for one in lines), Decimal("0.00"))
    discount = data.draw(st.decimals(min_value=0, max_value=whole, places=2))
    sent = document(lines, discount=discount)
    assert total_of(invoices.to_wire(push(sent, mapping=TAXES))) == sent.total


@settings(max_examples=50)
@given(st.lists(a_line(), min_size=1, max_size=8), st.data())
def test_a_taxed_document_has_the_whole_discount_and_the_tax_within_a_cent(
    lines: list[InvoiceLine], data: st.DataObject
) -> None:
    whole = sum((one.amount for one in lines), Decimal("0.00"))
    base = sum((one.amount for one in lines if one.taxable), Decimal("0.00"))
    discount = data.draw(st.decimals(min_value=0, max_value=whole, places=2))
    after = data.draw(st.booleans())
    share = discount * base / whole if whole and after else Decimal(0)
    tax = ((base - share) * Decimal("0.0825")).quantize(CENT, ROUND_HALF_UP)
    sent = document(lines, discount=discount, tax=tax)
    row = invoices.to_wire(push(sent, mapping=TAXES))
    assert Decimal(row.get("discount_value", "0")) == 0 or not tax
    if base and tax:
        taken = sum((Decimal(one["unit_cost"]["amount"]) for one in row["lines"][len(lines) :]), Decimal(0))
        assert taken == -discount
    # Tax that comes to nothing, and one cent of a discount that falls between two taxes.
    assert abs(total_of(row) - sent.total) <= CENT


def test_a_discount_that_is_a_percentage_is_sent_as_one() -> None:
    row = invoices.to_wire(push(document([line("1", "44.00")], discount=Decimal("4.40"))))
    assert row["discount_value"] == "10"
    assert len(row["lines"]) == 1


@pytest.mark.parametrize("discount", ["3.33", "44.01", "0.01"])
def test_a_discount_that_is_none_is_a_line_of_its_own(discount: str) -> None:
    row = invoices.to_wire(push(document([line("1", "44.00")], discount=Decimal(discount))))
    assert "discount_value" not in row
    assert row["lines"][1] == {
        "type": 0,
        "name": "Discount",
        "description": "",
        "qty": "1",
        "unit_cost": {"amount": f"-{discount}", "code": "USD"},
    }


def test_a_percentage_is_taken_away_by_an_update_that_needs_a_line() -> None:
    row = invoices.to_wire(push(document([line("1", "44.00")], discount=Decimal("3.33")), remote_id="310"))
    assert row["discount_value"] == "0"
    assert row["lines"][1]["name"] == "Discount"


def test_a_discount_after_which_tax_is_reckoned_lowers_the_tax() -> None:
    lines = [line("1", "100.00", taxable=True), line("1", "100.00")]
    row = invoices.to_wire(push(document(lines, discount=Decimal("20.00"), tax=Decimal("7.43")), mapping=TAXES))
    assert [(one["unit_cost"]["amount"], one.get("taxAmount1")) for one in row["lines"][2:]] == [
        ("-10.00", "8.25"),
        ("-10.00", None),
    ]


@pytest.mark.parametrize(
    ("taxed", "untaxed", "discount", "tax"),
    [("310.11", "1299.75", "80.49", "24.30"), ("1151.71", "1741.00", "144.64", "90.27")],
)
def test_a_cent_of_the_discount_moves_from_one_tax_to_another_where_whole_cents_would_make_a_cent_of_tax(
    taxed: str, untaxed: str, discount: str, tax: str
) -> None:
    lines = [line("1", taxed, taxable=True), line("1", untaxed)]
    sent = document(lines, discount=Decimal(discount), tax=Decimal(tax))
    assert total_of(invoices.to_wire(push(sent, mapping=TAXES))) == sent.total


def test_a_discount_before_which_tax_is_reckoned_leaves_the_tax() -> None:
    lines = [line("1", "100.00", taxable=True), line("1", "100.00")]
    row = invoices.to_wire(push(document(lines, discount=Decimal("20.00"), tax=Decimal("8.25")), mapping=TAXES))
    assert [(one["unit_cost"]["amount"], one.get("taxAmount1")) for one in row["lines"][2:]] == [("-20.00", None)]


# --- taxes ------------------------------------------------------------------------------------------------------------


def test_taxed_lines_carry_name_and_percent() -> None:
    lines = [line(taxable=True), line()]
    rows = invoices.to_wire(push(document(lines, tax=Decimal("23.93")), mapping=TAXES))["lines"]
    assert (rows[0]["taxName1"], rows[0]["taxAmount1"]) == ("Sales tax", "8.25")
    assert "taxName1" not in rows[1]


def test_a_document_without_tax_has_no_taxed_line_whatever_their_flags_say() -> None:
    rows = invoices.to_wire(push(document([line(taxable=True)]), mapping=TAXES))["lines"]
    assert "taxName1" not in rows[0]


def test_tax_on_unmarked_lines_is_spread_over_all_of_them() -> None:
    rows = invoices.to_wire(push(document([line(), line()], tax=Decimal("47.85")), mapping=TAXES))["lines"]
    assert [row["taxAmount1"] for row in rows] == ["8.25", "8.25"]


def test_a_lines_own_code_goes_before_the_common_one_and_exempt_lines_carry_theirs() -> None:
    codes = {"taxable": "Sales tax|8.25", "food": "Food|2", "exempt": "Zero rated|0"}
    lines = [line(taxable=True, tax_code="food"), line(taxable=True, tax_code="unknown"), line()]
    sent = push(document(lines, tax=Decimal("29.73")), mapping=PushMapping(tax_codes=codes))
    rows = invoices.to_wire(sent)["lines"]
    assert [row["taxName1"] for row in rows] == ["Food", "Sales tax", "Zero rated"]


def test_an_exempt_code_that_has_a_percent_does_not_tax_a_document_without_tax() -> None:
    codes = PushMapping(tax_codes={"exempt": "Odd|3"})
    assert "taxName1" not in invoices.to_wire(push(document([line()]), mapping=codes))["lines"][0]


def test_tax_without_a_chosen_code_says_what_to_do() -> None:
    with pytest.raises(Refused, match="choose a tax code for this connection") as refused:
        invoices.to_wire(push(document([line(taxable=True)], tax=Decimal("23.93"))))
    assert refused.value.field == "tax"


@pytest.mark.parametrize("code", ["7840", "", "Sales tax|", "|8.25", "Sales tax|much"])
def test_a_code_that_is_none_of_ours_is_refused(code: str) -> None:
    with pytest.raises(Refused):
        tax_of(code)


@given(st.text(min_size=1, max_size=12), st.decimals(min_value=0, max_value=100, places=4))
def test_a_code_says_all_that_a_line_needs(name: str, percent: Decimal) -> None:
    (code,) = taxes.tax_codes([{"name": name, "amount": str(percent)}])
    assert tax_of(code.id) == Tax(name=name, percent=percent)


def test_the_same_tax_twice_is_one_code_and_what_has_no_percent_is_none() -> None:
    rows: list[dict[str, Any]] = [
        {"name": "GST", "amount": "5"},
        {"name": "GST", "amount": "5.0"},
        {"name": "X", "amount": None},
        {},
    ]
    assert [code.id for code in taxes.tax_codes(rows)] == ["GST|5"]
