"""The PyPI client python-quickbooks, unchanged but for its base address, works against the sandbox over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from quickbooks import QuickBooks
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.exceptions import QuickbooksException, ValidationException
from quickbooks.objects.base import EmailAddress, LinkedTxn, Ref
from quickbooks.objects.customer import Customer
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item
from quickbooks.objects.payment import Payment, PaymentLine

from ledgerport_quickbooks_sandbox.app import create_app
from ledgerport_sandbox import Running

REALM = "9341450000000001"
CALLBACK = "http://127.0.0.1:9/callback"


@pytest.fixture
def qb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Intuit's own login library and python-quickbooks, signed in; plain http is what this machine offers."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    app = create_app()
    app.limits.enabled = False  # the client does not pace itself: ten requests a second are soon over
    with Running(app) as sandbox:
        monkeypatch.setattr(QuickBooks, "api_url_v3", f"{sandbox.url}/v3")
        login = AuthClient(
            "sandbox-client", "sandbox-secret", CALLBACK, f"{sandbox.url}/.well-known/openid_configuration/"
        )
        consent = login.get_authorization_url([Scopes.ACCOUNTING])
        answer = httpx.post(consent, data={"company": REALM, "decision": "allow"}, trust_env=False)
        callback = httpx.URL(answer.headers["location"]).params
        assert callback["state"] == login.state_token
        login.get_bearer_token(callback["code"], realm_id=callback["realmId"])
        yield QuickBooks(auth_client=login, refresh_token=login.refresh_token, company_id=REALM, minorversion=75)


def customer(name: str) -> Any:
    made = Customer()
    made.DisplayName = name
    made.PrimaryEmailAddr = EmailAddress()
    made.PrimaryEmailAddr.Address = "dana@harborview.example"
    return made


def item(name: str, price: float = 145) -> Any:
    made = Item()
    made.Name, made.Type, made.UnitPrice, made.Sku = name, "Service", price, f"SKU-{name}"
    made.IncomeAccountRef = ref("48")
    return made


def ref(value: str) -> Any:
    made = Ref()
    made.value = value
    return made


def invoice(buyer: Any, sold: Any, amount: float, number: str | None = None) -> Any:
    line = SalesItemLine()
    line.Amount, line.Description = amount, "Drain cleaning"
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = ref(sold.Id)
    made = Invoice()
    made.CustomerRef = ref(buyer.Id)
    made.DocNumber = number
    made.Line.append(line)
    return made


def payment(buyer: Any, paid: Any, amount: float) -> Any:
    link = LinkedTxn()
    link.TxnId, link.TxnType, link.TxnLineId = paid.Id, "Invoice", 0
    line = PaymentLine()
    line.Amount = amount
    line.LinkedTxn.append(link)
    made = Payment()
    made.CustomerRef, made.TotalAmt = ref(buyer.Id), amount
    made.Line.append(line)
    return made


def test_a_customer_is_created_read_updated_and_found(qb: Any) -> None:
    made = customer("Harbor View HOA").save(qb=qb)
    read = Customer.get(made.Id, qb=qb)
    read.CompanyName = "Harbor View"
    read.save(qb=qb)
    found = Customer.filter(DisplayName="Harbor View HOA", qb=qb)
    assert [(one.Id, one.CompanyName, one.SyncToken) for one in found] == [(made.Id, "Harbor View", "1")]
    assert Customer.count("Active = true", qb=qb) == 1


def test_an_item_is_created_read_updated_and_found(qb: Any) -> None:
    made = item("Drain cleaning").save(qb=qb)
    read = Item.get(made.Id, qb=qb)
    read.UnitPrice = 150.5
    read.save(qb=qb)
    assert [(one.Sku, one.UnitPrice) for one in Item.all(qb=qb)] == [("SKU-Drain cleaning", 150.5)]


def test_an_invoice_is_created_read_updated_and_found(qb: Any) -> None:
    buyer, sold = customer("Harbor View HOA").save(qb=qb), item("Drain cleaning").save(qb=qb)
    made = invoice(buyer, sold, 100, "FS-1").save(qb=qb)
    read = Invoice.get(made.Id, qb=qb)
    read.PrivateNote = "seen"
    read.save(qb=qb)
    found = Invoice.where("DocNumber = 'FS-1'", qb=qb)
    assert [(one.TotalAmt, one.Balance, one.PrivateNote) for one in found] == [(100, 100, "seen")]


def test_a_payment_is_created_read_updated_and_pays_its_invoice(qb: Any) -> None:
    buyer, sold = customer("Harbor View HOA").save(qb=qb), item("Drain cleaning").save(qb=qb)
    open_invoice = invoice(buyer, sold, 100).save(qb=qb)
    made = payment(buyer, open_invoice, 60).save(qb=qb)
    read = Payment.get(made.Id, qb=qb)
    read.PaymentRefNum = "P-1"
    read.save(qb=qb)
    assert Invoice.get(open_invoice.Id, qb=qb).Balance == 40
    assert [one.Id for one in Payment.where("PaymentRefNum = 'P-1'", qb=qb)] == [made.Id]


def test_batches_create_update_and_delete(qb: Any) -> None:
    made = batch_create([customer(f"Customer {n}") for n in range(35)], qb=qb)
    assert (len(made.successes), len(made.faults)) == (35, 0)
    for one in made.successes:
        one.CompanyName = "Changed"
    assert len(batch_update(made.successes, qb=qb).successes) == 35
    sold = batch_create([item(f"Item {n}") for n in range(3)], qb=qb).successes
    bills = batch_create([invoice(made.successes[0], sold[n], 10 + n) for n in range(3)], qb=qb).successes
    paid = batch_create([payment(made.successes[0], bill, bill.TotalAmt) for bill in bills], qb=qb)
    assert [one.UnappliedAmt for one in paid.successes] == [0, 0, 0]
    assert len(batch_delete(paid.successes, qb=qb).successes) == 3
    assert [Invoice.get(bill.Id, qb=qb).Balance for bill in bills] == [10, 11, 12]


def test_a_taken_name_in_a_batch_is_a_fault_of_that_item_alone(qb: Any) -> None:
    customer("Taken").save(qb=qb)
    answer = batch_create([customer("Taken"), customer("Free")], qb=qb)
    assert ([one.DisplayName for one in answer.successes], answer.faults[0].Error[0].code) == (["Free"], "6240")


def test_a_refusal_raises_the_exception_of_its_code(qb: Any) -> None:
    with pytest.raises(ValidationException) as refused:
        item("").save(qb=qb)
    assert refused.value.error_code == 2020


def test_void_delete_and_pdf_work(qb: Any) -> None:
    buyer, sold = customer("Harbor View HOA").save(qb=qb), item("Drain cleaning").save(qb=qb)
    first, second = invoice(buyer, sold, 100).save(qb=qb), invoice(buyer, sold, 50).save(qb=qb)
    assert first.download_pdf(qb).startswith(b"%PDF")
    first.void(qb=qb)
    second.delete(qb=qb)
    assert (Invoice.get(first.Id, qb=qb).TotalAmt, Invoice.count(qb=qb)) == (0, 1)
    with pytest.raises(QuickbooksException):
        Invoice.get(second.Id, qb=qb)
