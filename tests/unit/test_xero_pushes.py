"""Voids and deletions at Xero, and what makes them impossible."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.xero_factories import (
    INVOICE,
    Wire,
    exception,
    guid,
    invoice,
    page,
    payment,
    problem,
    push,
    refused,
    rows,
)

from ledgerport.contract import Gone, LoginNeeded, Refused, Remote, Unknown
from ledgerport_xero import hooks

KNOWN = push(invoice(), remote_id=INVOICE)
PAID = push(payment(), remote_id=guid(5))
ALLOCATED = (
    "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it."
)


def billed(status: str, **more: Any) -> dict[str, Any]:
    return {"InvoiceID": INVOICE, "Type": "ACCREC", "Status": status, "Total": 290, **more}


def void(wire: Wire) -> Remote:
    return hooks.void_invoice(account=wire.account(), push=KNOWN)


def delete(wire: Wire) -> Remote:
    return hooks.delete_payment(account=wire.account(), push=PAID)


def test_a_void_sets_the_status_and_the_invoice_counts_for_nothing() -> None:
    wire = Wire([rows("Invoices", billed("VOIDED"))])
    assert void(wire).total == Decimal("0.00")
    (request,) = wire.requests
    assert (request.method, request.path) == ("POST", f"/api.xro/2.0/Invoices/{INVOICE}")
    assert request.json == {"Invoices": [{"InvoiceID": INVOICE, "Status": "VOIDED"}]}


@pytest.mark.parametrize("answer", [exception(ALLOCATED), rows("Invoices", refused(ALLOCATED, **billed("AUTHORISED")))])
def test_a_void_is_refused_while_it_is_paid_and_says_what_to_do(answer: Any) -> None:
    with pytest.raises(Refused, match="Delete them first"):
        void(Wire([answer, rows("Invoices", billed("AUTHORISED"))]))


def test_an_invoice_that_was_void_before_is_void() -> None:
    wire = Wire([exception("Invoice not of valid status for modification"), rows("Invoices", billed("VOIDED"))])
    assert void(wire).id == INVOICE


def test_a_draft_cannot_be_voided_and_is_deleted() -> None:
    refusal = exception("Invoice not of valid status for modification")
    wire = Wire([refusal, rows("Invoices", billed("DRAFT")), rows("Invoices", billed("DELETED"))])
    assert not void(wire).active
    assert wire.requests[2].json["Invoices"][0]["Status"] == "DELETED"


@pytest.mark.parametrize(
    "answers",
    [
        [(404, b"The resource you're looking for cannot be found")],
        [exception("Invoice not of valid status for modification"), rows("Invoices", billed("DELETED"))],
        [exception("An existing Invoice with the specified InvoiceID could not be found")],
    ],
    ids=["no address", "deleted", "not found"],
)
def test_an_invoice_that_is_not_there_any_more_is_gone(answers: list[Any]) -> None:
    with pytest.raises(Gone):
        void(Wire(answers))


def test_a_void_that_was_never_answered_is_unknown() -> None:
    with pytest.raises(Unknown):
        void(Wire([(502, b"<html>")]))


def test_what_was_never_sent_cannot_be_voided_or_deleted() -> None:
    with pytest.raises(Refused):
        hooks.void_invoice(account=Wire([]).account(), push=push(invoice()))
    with pytest.raises(Refused):
        hooks.delete_payment(account=Wire([]).account(), push=push(payment()))


def test_an_id_that_is_none_of_xeros_never_becomes_an_address() -> None:
    with pytest.raises(Refused):
        hooks.void_invoice(account=Wire([]).account(), push=push(invoice(), remote_id="../Accounts"))
    with pytest.raises(Refused):
        hooks.pull_accounts(account=Wire([]).account(tenant="not-an-id"))


def test_a_payment_is_deleted_by_its_status() -> None:
    wire = Wire([rows("Payments", {"PaymentID": guid(5), "Status": "DELETED", "Amount": 100})])
    assert not delete(wire).active
    assert wire.requests[0].path == f"/api.xro/2.0/Payments/{guid(5)}"
    assert wire.requests[0].json == {"Status": "DELETED"}


@pytest.mark.parametrize(
    "answers",
    [
        [(404, b"The resource you're looking for cannot be found")],
        [
            exception("Payment not of valid status for modification"),
            page("Payments", {"PaymentID": guid(5), "Status": "DELETED"}),
        ],
        [
            exception("Payment not of valid status for modification"),
            (404, b"The resource you're looking for cannot be found"),
        ],
    ],
    ids=["no address", "deleted before", "vanished"],
)
def test_a_payment_that_was_deleted_before_is_gone(answers: list[Any]) -> None:
    with pytest.raises(Gone):
        delete(Wire(answers))


@pytest.mark.parametrize("text", ["Payments within a batch cannot be deleted.", "The payment has been reconciled"])
def test_a_payment_that_cannot_be_deleted_says_why(text: str) -> None:
    with pytest.raises(Refused) as caught:
        delete(Wire([exception(text), page("Payments", {"PaymentID": guid(5), "Status": "AUTHORISED"})]))
    assert text in caught.value.detail
    assert caught.value.reason.endswith((".", "first."))


def test_an_organisation_that_left_us_is_not_asked_twice() -> None:
    wire = Wire([(403, problem(403, "AuthenticationUnsuccessful", "Forbidden"))])
    with pytest.raises(LoginNeeded):
        void(wire)
    assert len(wire.requests) == 1
