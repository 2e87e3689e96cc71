"""What the QuickBooks plugin sends for a record, and what it refuses before sending."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.quickbooks_factories import MARKER, customer, estimate, invoice, item, line, payment, push

from ledgerport.contract import (
    Address,
    ItemType,
    PaymentMethod,
    PushMapping,
    Reference,
    Refused,
)
from ledgerport_quickbooks.books import Books, Tax
from ledgerport_quickbooks.mapping import customers, estimates, invoices, items, payments

US = Books()
HAND = Books(tax=Tax.US)
OFF = Books(tax=Tax.OFF)
UK = Books(currency="GBP", tax=Tax.GLOBAL)
MANY = Books(multicurrency=True)
CODES = PushMapping(tax_codes={"taxable": "3", "exempt": "6", "reduced": "4"})


def refusal(of: Any, *arguments: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        of(*arguments)
    return caught.value


def test_a_customer_is_sent_with_what_is_known_of_it() -> None:
    address = Address(line1="12 Pier Rd", city="Monterey", region="CA", postal_code="93940", country="USA")
    known = customer(phone="(555) 201-7788", company_name="Harbor HOA", given_name="Dana", address=address)
    assert customers.to_wire(push(known), US) == {
        "DisplayName": "Harbor View HOA",
        "CompanyName": "Harbor HOA",
        "GivenName": "Dana",
        "PrimaryEmailAddr": {"Address": "dana@harborview.example"},
        "PrimaryPhone": {"FreeFormNumber": "(555) 201-7788"},
        "BillAddr": {
            "Line1": "12 Pier Rd",
            "City": "Monterey",
            "CountrySubDivisionCode": "CA",
            "PostalCode": "93940",
            "Country": "USA",
        },
        "Taxable": True,
    }


def test_what_the_host_app_does_not_know_of_a_customer_is_left_alone() -> None:
    assert customers.to_wire(push(customer(email="")), UK_USD).keys() == {"DisplayName"}


UK_USD = replace(UK, currency="USD")


@pytest.mark.parametrize(
    "address", ["no at sign", "a@b", "a b@c.example", "a@b.example, nobody", "x@" + "y" * 100 + ".example"]
)
def test_an_address_that_is_no_email_is_refused_before_it_is_sent(address: str) -> None:
    assert refusal(customers.to_wire, push(customer(email=address)), US).field == "email"


def test_several_emails_with_commas_are_one_address_for_quickbooks() -> None:
    row = customers.to_wire(push(customer(email="a@b.example, c@d.example")), US)
    assert row["PrimaryEmailAddr"] == {"Address": "a@b.example, c@d.example"}


@pytest.mark.parametrize(
    ("member", "value"),
    [("phone", "5" * 31), ("company_name", "c" * 101), ("given_name", "g" * 101), ("family_name", "f" * 101)],
)
def test_a_text_that_is_too_long_is_refused_by_its_name(member: str, value: str) -> None:
    assert refusal(customers.to_wire, push(customer(**{member: value})), US).field == member


def test_a_colon_or_tab_in_a_given_name_becomes_a_blank() -> None:
    assert customers.to_wire(push(customer(given_name="Dana:\tRuth")), US)["GivenName"] == "Dana Ruth"


def test_the_currency_of_a_customer_is_sent_once_where_there_are_several() -> None:
    assert customers.to_wire(push(customer(currency="EUR")), MANY)["CurrencyRef"] == {"value": "EUR"}
    assert "CurrencyRef" not in customers.to_wire(push(customer(currency="EUR"), remote_id="74"), MANY)


def test_another_currency_is_refused_where_there_is_one() -> None:
    assert refusal(customers.to_wire, push(customer(currency="EUR")), US).field == "currency"


def test_an_item_is_sent_with_its_accounts_and_cost() -> None:
    known = item(sku="SRV-014", description="per visit", cost=Decimal("40.00"), taxable=True)
    assert items.to_wire(push(known), US) == {
        "Name": "Drain cleaning",
        "Type": "Service",
        "Sku": "SRV-014",
        "Description": "per visit",
        "UnitPrice": 145.0,
        "Taxable": True,
        "IncomeAccountRef": {"value": "79"},
        "ExpenseAccountRef": {"value": "80"},
        "PurchaseCost": 40.0,
    }


def test_goods_are_not_counted_in_stock() -> None:
    assert items.to_wire(push(item(type=ItemType.PRODUCT)), US)["Type"] == "NonInventory"


def test_the_type_of_an_item_is_sent_once() -> None:
    assert "Type" not in items.to_wire(push(item(), remote_id="41", remote_version="0"), US)


def test_a_cost_is_not_sent_without_an_expense_account() -> None:
    row = items.to_wire(push(item(cost=Decimal("3.00")), mapping=PushMapping(income_account="79")), US)
    assert not {"PurchaseCost", "ExpenseAccountRef"} & row.keys()


def test_an_item_without_an_income_account_is_refused_by_name() -> None:
    error = refusal(items.to_wire, push(item(), mapping=PushMapping()), US)
    assert (error.reason, error.field) == ("Item 'Drain cleaning' has no income account.", "income_account")


def test_taxable_is_a_word_of_the_united_states() -> None:
    assert "Taxable" not in items.to_wire(push(item(currency="GBP")), UK)


def test_an_invoice_is_sent_with_lines_discount_and_tax() -> None:
    known = invoice(lines=[line(taxable=True)], discount=Decimal("29.00"), tax=Decimal("21.53"), memo="Thank you")
    assert invoices.to_wire(push(known), US) == {
        "CustomerRef": {"value": "74"},
        "DocNumber": "FS-10023",
        "TxnDate": "2026-09-01",
        "DueDate": "2026-10-01",
        "BillEmail": {"Address": "dana@harborview.example"},
        "EmailStatus": "NotSet",
        "CustomerMemo": {"value": "Thank you"},
        "PrivateNote": MARKER,
        "TxnTaxDetail": {"TotalTax": 21.53},
        "Line": [
            {
                "DetailType": "SalesItemLineDetail",
                "Amount": 290.0,
                "Description": "Drain cleaning, 2 visits",
                "SalesItemLineDetail": {
                    "ItemRef": {"value": "41"},
                    "Qty": 2.0,
                    "UnitPrice": 145.0,
                    "TaxCodeRef": {"value": "TAX"},
                },
            },
            {"DetailType": "DiscountLineDetail", "Amount": 29.0, "DiscountLineDetail": {"PercentBased": False}},
        ],
    }


def test_an_update_leaves_the_note_and_the_mail_status_alone() -> None:
    row = invoices.to_wire(push(invoice(estimate_id="305"), remote_id="310", remote_version="0"), US)
    assert not {"PrivateNote", "EmailStatus", "LinkedTxn"} & row.keys()
    assert len(row["Line"]) == 1


def test_a_company_that_numbers_by_itself_gets_our_number_in_the_note() -> None:
    row = invoices.to_wire(push(invoice()), replace(US, custom_numbers=False))
    assert "DocNumber" not in row
    assert row["PrivateNote"] == f"{MARKER} FS-10023"


def test_a_number_over_21_characters_is_refused() -> None:
    assert refusal(invoices.to_wire, push(invoice(number="N" * 22)), US).field == "number"


def test_a_bill_to_an_address_that_is_none_is_refused() -> None:
    assert refusal(invoices.to_wire, push(invoice(email="dana")), US).field == "email"


def test_a_line_without_an_item_is_refused_when_it_bills_something() -> None:
    error = refusal(invoices.to_wire, push(invoice(lines=[line(), line(item=None)])), US)
    assert error.field == "lines[1].item"


def test_a_line_without_an_item_takes_the_companys_own_item() -> None:
    row = invoices.to_wire(push(invoice(lines=[line(item=None)])), replace(US, default_item="19"))
    assert row["Line"][0]["SalesItemLineDetail"]["ItemRef"] == {"value": "19"}


def test_a_line_that_bills_nothing_is_a_remark() -> None:
    row = invoices.to_wire(push(invoice(lines=[line(), line("0", "0.00", item=None, description="as agreed")])), US)
    assert row["Line"][1] == {"DetailType": "DescriptionOnly", "Description": "as agreed"}


def test_an_amount_that_is_not_the_product_is_refused() -> None:
    error = refusal(invoices.to_wire, push(invoice(lines=[line(amount=Decimal("290.01"))])), US)
    assert error.field == "lines[0].amount"


def test_a_document_without_lines_is_refused() -> None:
    assert refusal(invoices.to_wire, push(invoice(lines=[])), US).field == "lines"


def test_more_than_750_taxed_lines_are_refused() -> None:
    assert refusal(invoices.to_wire, push(invoice(lines=[line(taxable=True)] * 751)), US).field == "lines"


def test_tax_on_a_document_whose_lines_are_not_marked_is_spread_over_all() -> None:
    row = invoices.to_wire(push(invoice(tax=Decimal("5.00"))), US)
    assert row["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "TAX"}
    assert row["TxnTaxDetail"] == {"TotalTax": 5.0}


def test_no_tax_means_no_tax_detail() -> None:
    row = invoices.to_wire(push(invoice()), HAND)
    assert "TxnTaxDetail" not in row
    assert row["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "NON"}


def test_a_taxed_line_without_tax_tells_quickbooks_not_to_reckon_its_own() -> None:
    assert invoices.to_wire(push(invoice(lines=[line(taxable=True)])), US)["TxnTaxDetail"] == {"TotalTax": 0.0}


def test_where_tax_is_off_nothing_is_said_of_it() -> None:
    row = invoices.to_wire(push(invoice(tax=Decimal("5.00"))), OFF)
    assert "TxnTaxDetail" not in row
    assert "TaxCodeRef" not in row["Line"][0]["SalesItemLineDetail"]


def test_outside_the_united_states_each_line_has_a_mapped_code() -> None:
    known = invoice(currency="GBP", lines=[line(taxable=True), line(), line(tax_code="reduced")])
    row = invoices.to_wire(push(known, mapping=CODES), UK)
    assert row["GlobalTaxCalculation"] == "TaxExcluded"
    assert [entry["SalesItemLineDetail"]["TaxCodeRef"]["value"] for entry in row["Line"]] == ["3", "6", "4"]


def test_a_code_that_is_not_mapped_is_refused_by_its_line() -> None:
    known = invoice(currency="GBP", lines=[line(taxable=True), line(tax_code="zero")])
    assert refusal(invoices.to_wire, push(known, mapping=CODES), UK).field == "lines[1].tax_code"


def test_an_invoice_from_an_estimate_is_linked_to_it() -> None:
    row = invoices.to_wire(push(invoice(estimate_id="305")), US)
    assert row["LinkedTxn"] == [{"TxnId": "305", "TxnType": "Estimate"}]


def test_a_customer_that_is_not_there_yet_stops_the_invoice() -> None:
    unknown = Reference(ref="C-1", remote_id="")
    assert refusal(invoices.to_wire, push(invoice(customer=unknown)), US).field == "customer"


def test_an_estimate_ends_when_it_ends() -> None:
    row = estimates.to_wire(push(estimate()), US)
    assert row["ExpirationDate"] == "2026-10-01"
    assert row["DocNumber"] == "E-204"


def test_a_payment_carries_its_marker_where_it_can_be_searched() -> None:
    books = Books(methods={"check": "2"}, deposit_account="35")
    known = payment(method=PaymentMethod.CHECK, reference="CHK 1042", memo="first half")
    assert payments.to_wire(push(known), books) == {
        "CustomerRef": {"value": "74"},
        "TotalAmt": 261.0,
        "TxnDate": "2026-09-03",
        "PaymentRefNum": MARKER,
        "PrivateNote": f"CHK 1042 first half {MARKER}",
        "PaymentMethodRef": {"value": "2"},
        "DepositToAccountRef": {"value": "35"},
        "Line": [{"Amount": 261.0, "LinkedTxn": [{"TxnId": "310", "TxnType": "Invoice"}]}],
    }


def test_a_changed_payment_leaves_the_note_alone() -> None:
    assert "PrivateNote" not in payments.to_wire(push(payment(memo="new"), remote_id="311"), US)


def test_the_deposit_account_of_the_record_goes_before_the_companys() -> None:
    row = payments.to_wire(push(payment(), mapping=PushMapping(deposit_account="36")), Books(deposit_account="35"))
    assert row["DepositToAccountRef"] == {"value": "36"}


def test_a_method_the_company_lacks_is_left_out() -> None:
    assert "PaymentMethodRef" not in payments.to_wire(push(payment(method=PaymentMethod.CARD)), US)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"amount": Decimal("0.00")}, "amount"),
        ({"amount": Decimal("-5.00")}, "amount"),
        ({"invoice": Reference(ref="INV-1", remote_id="")}, "invoice"),
        ({"customer": Reference(ref="C-1", remote_id="")}, "customer"),
    ],
)
def test_a_payment_that_cannot_be_is_refused(changed: dict[str, Any], field: str) -> None:
    assert refusal(payments.to_wire, push(payment(**changed)), US).field == field


def test_a_payments_total_is_what_is_applied() -> None:
    row = {"Id": "311", "TotalAmt": Decimal("261.00"), "UnappliedAmt": Decimal("61.00"), "PaymentRefNum": MARKER}
    remote = payments.from_wire(row)
    assert (remote.total, remote.marker) == (Decimal("200.00"), MARKER)


def test_a_check_number_is_no_marker() -> None:
    assert payments.from_wire({"Id": "1", "PaymentRefNum": "1042"}).marker == ""


def test_what_a_payment_pays_is_summed_by_invoice() -> None:
    row = {
        "Id": "311",
        "TxnDate": "2026-09-03",
        "TotalAmt": 300,
        "Line": [
            {"Amount": Decimal("100.5"), "LinkedTxn": [{"TxnId": "310", "TxnType": "Invoice"}], "LineEx": {"any": []}},
            {"Amount": 50, "LinkedTxn": [{"TxnId": "7", "TxnType": "CreditMemo"}]},
            {"Amount": Decimal("100.50"), "LinkedTxn": [{"TxnId": "310", "TxnType": "Invoice"}]},
        ],
    }
    pulled = payments.pulled(row)
    assert pulled.applied == {"310": Decimal("201.00")}
    assert (pulled.amount, pulled.paid_on) == (Decimal("300.00"), date(2026, 9, 3))


def test_a_voided_invoices_note_still_shows_the_marker() -> None:
    remote = invoices.from_wire({"Id": "1", "PrivateNote": f"Voided - {MARKER} by Dana", "TotalAmt": 0})
    assert (remote.marker, remote.total) == (MARKER, Decimal("0.00"))


def test_a_category_shares_the_names_of_items_but_is_none() -> None:
    row = {"Id": "9", "Name": "Pipes", "Type": "Category"}
    assert items.from_wire(row).kind == "category"
    assert items.pulled(row, "USD") is None
