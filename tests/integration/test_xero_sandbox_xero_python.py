"""Xero's own client xero-python, unchanged but for its addresses, works against the sandbox over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.integration.xero_desk import fresh, served
from xero_python.accounting import AccountingApi
from xero_python.accounting.models import (
    Account,
    Address,
    BatchPayment,
    BatchPayments,
    Contact,
    Contacts,
    Invoice,
    Invoices,
    Item,
    Items,
    LineAmountTypes,
    LineItem,
    Payment,
    PaymentDelete,
    Payments,
    Phone,
    Purchase,
    Quote,
    QuoteLineAmountTypes,
    Quotes,
    QuoteStatusCodes,
)
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import AccountingBadRequestException
from xero_python.identity import IdentityApi

from ledgerport_sandbox import Running
from ledgerport_xero_sandbox.state import COMPANY
from ledgerport_xero_sandbox.visitor import SCOPES, Visitor


class Desk:
    """The client with its token store, which xero-python reads and writes by itself."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.saved: list[dict[str, Any]] = []
        configuration = Configuration(oauth2_token=OAuth2Token("sandbox-client", "sandbox-secret"))
        client = ApiClient(
            configuration, pool_threads=1, oauth2_token_getter=self.held, oauth2_token_saver=self.saved.append
        )
        self.client = client
        self.books = AccountingApi(client, base_url=f"{visitor.url}/api.xro/2.0")
        self.identity = IdentityApi(client, base_url=visitor.url)
        self.hold(visitor.sign_in(), expires_at=None)

    def hold(self, tokens: dict[str, Any], *, expires_at: float | None) -> None:
        self.saved.append({**tokens, "scope": SCOPES.split(), "expires_at": expires_at})

    def held(self) -> dict[str, Any]:
        return self.saved[-1]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with served() as sandbox:
        yield sandbox


@pytest.fixture
def xero(running: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(TokenApi, "refresh_token_url", f"{running.url}/connect/token")
    monkeypatch.setattr(TokenApi, "revoke_token_url", f"{running.url}/connect/revocation")
    with fresh(running) as visitor:
        yield Desk(visitor)


def contact(xero: Desk, name: str = "Harbor View HOA", **more: Any) -> Any:
    made = xero.books.create_contacts(COMPANY, Contacts(contacts=[Contact(name=name, **more)]), summarize_errors=False)
    return made.contacts[0]


def line(price: str = "100", **more: Any) -> Any:
    fields = {"description": "Drain cleaning", "quantity": Decimal(1), "account_code": "260", "tax_type": "NONE"}
    return LineItem(unit_amount=Decimal(price), **{**fields, **more})


def bill(buyer: Any, number: str, *lines: Any) -> Any:
    return Invoice(
        type="ACCREC",
        contact=Contact(contact_id=buyer.contact_id),
        date=date(2026, 8, 3),
        due_date=date(2026, 8, 17),
        invoice_number=number,
        line_amount_types=LineAmountTypes.EXCLUSIVE,
        status="AUTHORISED",
        line_items=list(lines) or [line()],
    )


def invoice(xero: Desk, number: str = "FS-1", *lines: Any) -> Any:
    wanted = bill(contact(xero, f"Buyer of {number}"), number, *lines)
    several = Invoices(invoices=[wanted])
    return xero.books.create_invoices(COMPANY, several, summarize_errors=False, unitdp=4).invoices[0]


def payment(paid: Any, amount: str) -> Any:
    return Payment(
        invoice=Invoice(invoice_id=paid.invoice_id),
        account=Account(code="090"),
        date=date(2026, 8, 10),
        amount=Decimal(amount),
        reference="HUB-P-1",
    )


def test_the_client_refreshes_its_expired_token_by_itself(xero: Desk) -> None:
    old = xero.held()
    xero.hold(old, expires_at=0.0)
    (organisation,) = xero.books.get_organisations(COMPANY).organisations
    assert organisation.name == "Blue Heron Plumbing"
    assert xero.held()["refresh_token"] != old["refresh_token"]
    assert xero.held()["scope"] == SCOPES.split()


def test_connections_are_listed_and_ended(xero: Desk) -> None:
    (row,) = xero.identity.get_connections()
    assert (row.tenant_id, row.tenant_type, row.tenant_name) == (COMPANY, "ORGANISATION", "Blue Heron Plumbing")
    xero.identity.delete_connection(row.id)
    assert xero.identity.get_connections() == []


def test_the_client_signs_out(xero: Desk) -> None:
    xero.client.configuration.oauth2_token.update_token(**xero.held())
    xero.client.revoke_oauth2_token()
    assert xero.held()["access_token"] is None
    assert xero.visitor.refresh().json() == {"error": "invalid_grant"}


def test_a_contact_is_created_read_changed_and_found(xero: Desk) -> None:
    made = contact(
        xero,
        contact_number="HUB-1",
        email_address="dana@harborview.example",
        phones=[Phone(phone_type="MOBILE", phone_number="5550142")],
        addresses=[Address(address_type="POBOX", address_line1="12 Meadow Lane", city="Austin")],
    )
    read = xero.books.get_contact(COMPANY, made.contact_id).contacts[0]
    assert [phone.phone_number for phone in read.phones] == ["", "", "", "5550142"]
    assert read.updated_date_utc == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    changed = Contacts(contacts=[Contact(contact_id=made.contact_id, first_name="Dana")])
    assert xero.books.update_contact(COMPANY, made.contact_id, changed).contacts[0].name == "Harbor View HOA"
    found = xero.books.get_contacts(COMPANY, where='EmailAddress=="dana@harborview.example"', page=1)
    assert [(one.contact_number, one.first_name) for one in found.contacts] == [("HUB-1", "Dana")]
    assert found.pagination.item_count == 1
    assert xero.books.get_contact_by_contact_number(COMPANY, "HUB-1").contacts[0].contact_id == made.contact_id


def test_a_taken_name_is_an_error_of_its_element(xero: Desk) -> None:
    contact(xero)
    both = Contacts(contacts=[Contact(name="Harbor View HOA"), Contact(name="Free")])
    rows = xero.books.create_contacts(COMPANY, both, summarize_errors=False).contacts
    assert [row.has_validation_errors for row in rows] == [True, False]
    assert "already assigned" in rows[0].validation_errors[0].message


def test_with_summarised_errors_the_client_raises_with_the_elements(xero: Desk) -> None:
    contact(xero)
    with pytest.raises(AccountingBadRequestException) as refused:
        xero.books.create_contacts(COMPANY, Contacts(contacts=[Contact(name="Harbor View HOA")]), summarize_errors=True)
    assert refused.value.error_data["ErrorNumber"] == 10
    (element,) = refused.value.error_data["Elements"]
    assert element["ValidationErrors"][0]["Message"].startswith("The contact name Harbor View HOA")


def test_items_are_created_updated_listed_and_deleted(xero: Desk) -> None:
    details = Purchase(unit_price=Decimal("1.2345"), account_code="260", tax_type="NONE")
    rows = Items([Item(code=f"C{n}", name=f"Item {n}", sales_details=details) for n in range(60)])
    made = xero.books.create_items(COMPANY, rows, summarize_errors=False, unitdp=4).items
    assert {item.sales_details.unit_price for item in made} == {Decimal("1.2345")}
    changed = Items([Item(code="C0", name="Changed")])
    xero.books.update_or_create_items(COMPANY, changed, summarize_errors=False)
    xero.books.delete_item(COMPANY, made[1].item_id)
    left = xero.books.get_items(COMPANY, unitdp=4).items
    assert {item.code: item.name for item in left}["C0"] == "Changed"
    assert len(left) == 59


def test_an_invoice_is_created_read_and_found_to_the_cent(xero: Desk) -> None:
    made = invoice(xero, "FS-1", line("25.06", tax_type="TAX001"), line("48", discount_rate=Decimal(10)))
    read = xero.books.get_invoice(COMPANY, made.invoice_id).invoices[0]
    assert (read.sub_total, read.total_tax, read.total) == (Decimal("68.26"), Decimal("2.07"), Decimal("70.33"))
    assert (read.date, read.due_date, read.status) == (date(2026, 8, 3), date(2026, 8, 17), "AUTHORISED")
    assert read.line_amount_types == LineAmountTypes.EXCLUSIVE
    found = xero.books.get_invoices(COMPANY, invoice_numbers=["FS-1"], page=1).invoices
    assert [one.invoice_id for one in found] == [made.invoice_id]


def test_an_idempotency_key_makes_one_invoice_of_two_calls(xero: Desk) -> None:
    wanted = Invoices(invoices=[bill(contact(xero), "FS-1")])
    ids = {
        xero.books.create_invoices(COMPANY, wanted, summarize_errors=False, idempotency_key="k").invoices[0].invoice_id
        for _ in range(2)
    }
    assert len(ids) == 1


def test_an_invoice_is_voided(xero: Desk) -> None:
    made = invoice(xero)
    void = Invoices(invoices=[Invoice(status="VOIDED")])
    gone = xero.books.update_invoice(COMPANY, made.invoice_id, void).invoices[0]
    assert (gone.status, gone.amount_due) == ("VOIDED", 0)


def test_payments_pay_an_invoice_and_are_deleted(xero: Desk) -> None:
    made = invoice(xero)
    first = xero.books.create_payment(COMPANY, payment(made, "40")).payments[0]
    rest = Payments(payments=[payment(made, "60")])
    second = xero.books.create_payments(COMPANY, rest, summarize_errors=False).payments[0]
    assert xero.books.get_invoice(COMPANY, made.invoice_id).invoices[0].status == "PAID"
    assert second.invoice.amount_due == 0
    where = f'Invoice.InvoiceID==guid("{made.invoice_id}")'
    assert len(xero.books.get_payments(COMPANY, where=where).payments) == 2
    xero.books.delete_payment(COMPANY, first.payment_id, PaymentDelete())
    opened = xero.books.get_invoice(COMPANY, made.invoice_id).invoices[0]
    assert (opened.status, opened.amount_due, len(opened.payments)) == ("AUTHORISED", Decimal("40.00"), 1)


def test_a_payment_over_what_is_due_is_refused(xero: Desk) -> None:
    made = invoice(xero)
    with pytest.raises(AccountingBadRequestException) as refused:
        xero.books.create_payment(COMPANY, payment(made, "100.01"))
    text = refused.value.error_data["Elements"][0]["ValidationErrors"][0]["Message"]
    assert text == "Payment amount exceeds the amount outstanding on this document"


def test_a_batch_payment_is_made(xero: Desk) -> None:
    paid = [Payment(invoice=Invoice(invoice_id=invoice(xero, f"F-{n}").invoice_id), amount=30) for n in range(2)]
    account = xero.books.get_accounts(COMPANY, where='Code=="090"').accounts[0]
    wanted = BatchPayment(account=Account(account_id=account.account_id), date=date(2026, 8, 10), payments=paid)
    made = xero.books.create_batch_payment(COMPANY, BatchPayments([wanted])).batch_payments[0]
    assert (made.type, made.total_amount, len(made.payments)) == ("RECBATCH", 60, 2)


def test_a_quote_is_created_and_found(xero: Desk) -> None:
    wanted = Quote(
        contact=Contact(contact_id=contact(xero).contact_id),
        date=date(2026, 8, 3),
        line_items=[line("100", tax_type="TAX001")],
        line_amount_types=QuoteLineAmountTypes.EXCLUSIVE,
        status=QuoteStatusCodes.DRAFT,
    )
    made = xero.books.create_quotes(COMPANY, Quotes([wanted]), summarize_errors=False).quotes[0]
    (found,) = xero.books.get_quotes(COMPANY, quote_number=made.quote_number).quotes
    assert (found.quote_id, found.total, found.status) == (made.quote_id, Decimal("108.25"), QuoteStatusCodes.DRAFT)


def test_accounts_tax_rates_and_currencies_are_read(xero: Desk) -> None:
    assert len(xero.books.get_accounts(COMPANY, where='Class=="REVENUE" AND Status=="ACTIVE"').accounts) == 3
    rates = {rate.tax_type: rate.effective_rate for rate in xero.books.get_tax_rates(COMPANY).tax_rates}
    assert rates["TAX001"] == Decimal("8.25")
    assert xero.books.get_currencies(COMPANY).currencies[0].code.value == "USD"
