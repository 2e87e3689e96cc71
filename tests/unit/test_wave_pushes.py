"""One record on its way to Wave: what is sent, and what a refusal turns out to mean."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.wave_factories import (
    BUSINESS,
    CUSTOMER,
    ESTIMATE,
    INVOICE,
    MARKER,
    PAYMENT,
    PRODUCT,
    Wire,
    customer,
    customer_row,
    done,
    error,
    estimate,
    estimate_row,
    invoice,
    invoice_row,
    item,
    money,
    nothing,
    one,
    page,
    payment,
    payment_row,
    product_row,
    push,
    refused,
)

from ledgerport.contract import (
    Account,
    Company,
    ContractError,
    Gone,
    LoginNeeded,
    NameTaken,
    Refused,
    TryLater,
    Unknown,
)
from ledgerport_wave import hooks


def paid(due: str = "0.00", got: str = "261.00", **changed: Any) -> dict[str, Any]:
    invoice = {"id": INVOICE, "status": "PAID", "amountDue": money(due), "amountPaid": money(got)}
    return payment_row(invoice=invoice, **changed)


def open_invoice(due: str, **changed: Any) -> tuple[int, Any]:
    known = {"id": INVOICE, "status": "SAVED", "amountDue": money(due), "amountPaid": money("0.00"), "payments": []}
    return one("invoice", {**known, **changed})


def failure(of: Any, **arguments: Any) -> ContractError:
    with pytest.raises(ContractError) as caught:
        of(**arguments)
    return caught.value


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_a_customer_is_created_with_one_write() -> None:
    wire = Wire([done("customerCreate", "customer", customer_row())])
    remote = hooks.push_customer(account=wire.account(), push=push(customer()))
    (request,) = wire.requests
    assert (remote.id, remote.marker) == (CUSTOMER, MARKER)
    assert request.path == "/graphql/public"
    assert request.input["businessId"] == BUSINESS
    assert not request.read


def test_a_known_customer_is_patched_by_its_id() -> None:
    wire = Wire([done("customerPatch", "customer", customer_row())])
    hooks.push_customer(account=wire.account(), push=push(customer(), remote_id=CUSTOMER))
    assert wire.requests[0].fields == ["customerPatch"]
    assert wire.requests[0].input["id"] == CUSTOMER


def test_a_changed_estimate_is_read_before_it_is_patched() -> None:
    wire = Wire([one("estimate", estimate_row(title="Spring")), done("estimatePatch", "estimate", estimate_row())])
    hooks.push_estimate(account=wire.account(), push=push(estimate(), remote_id=ESTIMATE))
    read, write = wire.requests
    assert (read.read, write.read) == (True, False)
    assert write.input["title"] == "Spring"


def test_an_estimate_that_was_deleted_is_gone_before_anything_is_sent() -> None:
    wire = Wire([one("estimate", estimate_row(status="DELETED"))])
    assert isinstance(failure(hooks.push_estimate, account=wire.account(), push=push(estimate(), remote_id="E")), Gone)


def test_a_payment_is_recorded_with_one_write() -> None:
    wire = Wire([done("invoicePaymentCreateManual", "invoicePayment", paid())])
    remote = hooks.push_payment(account=wire.account(), push=push(payment()))
    assert (remote.id, remote.total, remote.invoice_id) == (PAYMENT, Decimal("261.00"), INVOICE)
    assert wire.requests[0].fields == ["invoicePaymentCreateManual"]


def test_nothing_is_sent_without_a_business() -> None:
    wire = Wire([])
    account = Account(http=wire.account().http, company=Company(id="", name=""))
    assert isinstance(failure(hooks.push_customer, account=account, push=push(customer())), Refused)


# --- what an answer must show -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [None, {}, {"name": "Harbor View HOA"}])
def test_a_success_without_the_object_is_unknown(row: Any) -> None:
    wire = Wire([done("customerCreate", "customer", row)])
    assert isinstance(failure(hooks.push_customer, account=wire.account(), push=push(customer())), Unknown)


def test_a_payment_that_its_invoice_does_not_show_is_unknown() -> None:
    wire = Wire([done("invoicePaymentCreateManual", "invoicePayment", paid(due="290.00", got="0.00"))])
    assert isinstance(failure(hooks.push_payment, account=wire.account(), push=push(payment())), Unknown)


def test_an_archived_product_that_takes_a_change_is_gone_all_the_same() -> None:
    wire = Wire([done("productPatch", "product", product_row(isArchived=True))])
    found = failure(hooks.push_item, account=wire.account(), push=push(item(), remote_id=PRODUCT))
    assert isinstance(found, Gone)
    assert "archived" in found.reason


def test_members_that_nobody_knows_are_no_trouble() -> None:
    wire = Wire([done("productCreate", "product", product_row(colour="red"))])
    assert hooks.push_item(account=wire.account(), push=push(item())).id == PRODUCT


# --- gone, or something else that is missing --------------------------------------------------------------------------


def missing(mutation: str, message: str) -> tuple[int, Any]:
    return 200, {"errors": [error("NOT_FOUND", message, [mutation])], "data": {mutation: None}}


def test_a_patch_that_finds_nothing_is_gone_when_the_object_cannot_be_read() -> None:
    wire = Wire([missing("customerPatch", "Customer 'x' could not be found."), nothing("customer")])
    found = failure(hooks.push_customer, account=wire.account(), push=push(customer(), remote_id=CUSTOMER))
    assert isinstance(found, Gone)
    assert wire.requests[1].read


def test_a_patch_that_finds_nothing_names_what_is_missing_when_the_object_is_there() -> None:
    wire = Wire([missing("invoicePatch", "Product 'x' could not be found."), one("invoice", invoice_row())])
    found = failure(hooks.push_invoice, account=wire.account(), push=push(invoice(number=""), remote_id=INVOICE))
    assert isinstance(found, Refused)
    assert found.field == "lines"


def test_a_creation_that_finds_nothing_names_what_is_missing() -> None:
    wire = Wire([missing("invoiceCreate", "Customer 'x' could not be found.")])
    found = failure(hooks.push_invoice, account=wire.account(), push=push(invoice()))
    assert isinstance(found, Refused)
    assert found.field == "customer"
    assert "not in Wave any more" in found.reason


def test_a_patch_refused_without_a_reason_is_gone_when_the_object_cannot_be_read() -> None:
    wire = Wire([refused("productPatch"), nothing("product")])
    assert isinstance(failure(hooks.push_item, account=wire.account(), push=push(item(), remote_id=PRODUCT)), Gone)


def test_a_patch_refused_without_a_reason_stays_refused_when_the_object_is_there() -> None:
    wire = Wire([refused("productPatch"), one("product", product_row())])
    assert isinstance(failure(hooks.push_item, account=wire.account(), push=push(item(), remote_id=PRODUCT)), Refused)


def test_a_business_that_is_out_of_reach_is_no_gone_object() -> None:
    wire = Wire([missing("customerCreate", "Business 'x' could not be found.")])
    found = failure(hooks.push_customer, account=wire.account(), push=push(customer()))
    assert isinstance(found, LoginNeeded)
    assert found.company_only


# --- names and numbers in use -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["input.invoiceNumber", "input", ""])
def test_a_refused_invoice_whose_number_is_in_use_is_name_taken(path: str) -> None:
    taken = invoice_row(id="other", customer={"id": "somebody"})
    wire = Wire([refused("invoiceCreate", path, "Whatever Wave says."), page("invoices", taken)])
    found = failure(hooks.push_invoice, account=wire.account(), push=push(invoice()))
    assert isinstance(found, NameTaken)
    assert (found.field, found.remote_id) == ("number", "other")
    assert wire.requests[1].variables["number"] == "FS-10023"


def test_a_number_that_only_contains_ours_is_not_in_use() -> None:
    wire = Wire([refused("invoiceCreate", "input"), page("invoices", invoice_row(invoiceNumber="FS-100231"))])
    assert isinstance(failure(hooks.push_invoice, account=wire.account(), push=push(invoice())), Refused)


def test_an_invoice_does_not_take_its_own_number_from_itself() -> None:
    wire = Wire([refused("invoicePatch", "input.invoiceNumber"), page("invoices", invoice_row())])
    found = failure(hooks.push_invoice, account=wire.account(), push=push(invoice(), remote_id=INVOICE))
    assert isinstance(found, Refused)


def test_an_invoice_that_is_refused_for_another_field_is_not_looked_up() -> None:
    wire = Wire([refused("invoiceCreate", "input.dueDate", "Too early.")])
    found = failure(hooks.push_invoice, account=wire.account(), push=push(invoice()))
    assert isinstance(found, Refused)
    assert found.field == "due_on"


def test_a_refused_name_that_is_in_use_is_name_taken_also_by_an_archived_product() -> None:
    archived = product_row(id="old", name="DRAIN CLEANING", isArchived=True)
    wire = Wire([refused("productCreate", "input.name"), page("products", archived)])
    found = failure(hooks.push_item, account=wire.account(), push=push(item()))
    assert isinstance(found, NameTaken)
    assert (found.field, found.remote_id) == ("name", "old")


def test_a_refused_name_that_nobody_has_stays_refused() -> None:
    wire = Wire([refused("productCreate", "input.name", "Too short."), page("products")])
    assert isinstance(failure(hooks.push_item, account=wire.account(), push=push(item())), Refused)


# --- payments and cents -----------------------------------------------------------------------------------------------


def test_a_payment_that_is_a_cent_over_is_sent_once_more_with_what_is_open() -> None:
    wire = Wire(
        [
            refused("invoicePaymentCreateManual", "input.amount", "More than is due."),
            open_invoice("260.99"),
            done("invoicePaymentCreateManual", "invoicePayment", paid(amount="260.99", got="260.99")),
        ]
    )
    remote = hooks.push_payment(account=wire.account(), push=push(payment()))
    assert remote.total == Decimal("260.99")
    assert wire.requests[2].input == {**wire.requests[0].input, "amount": "260.99"}


def test_a_payment_that_is_refused_twice_is_not_sent_a_third_time() -> None:
    wire = Wire(
        [
            refused("invoicePaymentCreateManual", "input.amount"),
            open_invoice("260.99"),
            refused("invoicePaymentCreateManual", "input.amount", "Still no."),
        ]
    )
    found = failure(hooks.push_payment, account=wire.account(), push=push(payment()))
    assert isinstance(found, Refused)
    assert "Still no" in found.reason


def test_a_payment_that_is_more_than_cents_over_is_refused_with_both_figures() -> None:
    wire = Wire([refused("invoicePaymentCreateManual", "input.amount"), open_invoice("260.94")])
    found = failure(hooks.push_payment, account=wire.account(), push=push(payment()))
    assert isinstance(found, Refused)
    assert "260.94" in found.reason
    assert "261.00" in found.reason


def test_many_lines_may_be_more_cents_apart() -> None:
    due = open_invoice("260.90", items=[{"id": str(number)} for number in range(30)])
    mended = done("invoicePaymentCreateManual", "invoicePayment", paid(amount="260.90", got="260.90"))
    wire = Wire([refused("invoicePaymentCreateManual", "input.amount"), due, mended])
    assert hooks.push_payment(account=wire.account(), push=push(payment())).total == Decimal("260.90")


def test_a_payment_of_an_invoice_that_is_paid_up_is_refused() -> None:
    wire = Wire([refused("invoicePaymentCreateManual", "input.amount"), open_invoice("0.00", status="PAID")])
    found = failure(hooks.push_payment, account=wire.account(), push=push(payment(amount=Decimal("0.03"))))
    assert isinstance(found, Refused)
    assert len(wire.requests) == 2


def test_a_payment_of_a_draft_says_to_approve_it() -> None:
    wire = Wire([refused("invoicePaymentCreateManual", "input.invoiceId"), open_invoice("261.00", status="DRAFT")])
    found = failure(hooks.push_payment, account=wire.account(), push=push(payment()))
    assert isinstance(found, Refused)
    assert "approve it" in found.reason


def test_a_changed_payment_may_use_what_it_holds_already() -> None:
    wire = Wire(
        [
            refused("invoicePaymentPatch", "input.amount"),
            open_invoice("10.99", payments=[payment_row(amount="250.00"), payment_row(id="other", amount="9.00")]),
            done("invoicePaymentPatch", "invoicePayment", paid(amount="260.99", got="269.99")),
        ]
    )
    remote = hooks.push_payment(account=wire.account(), push=push(payment(), remote_id=PAYMENT))
    assert remote.total == Decimal("260.99")


def test_a_payment_refused_for_its_account_is_not_looked_into() -> None:
    wire = Wire([refused("invoicePaymentCreateManual", "input.paymentAccountId", "Wrong type.")])
    found = failure(hooks.push_payment, account=wire.account(), push=push(payment()))
    assert isinstance(found, Refused)
    assert found.field == "deposit_account"


# --- voids and deletions ----------------------------------------------------------------------------------------------


def test_a_void_deletes_the_invoice() -> None:
    wire = Wire([done("invoiceDelete")])
    remote = hooks.void_invoice(account=wire.account(), push=push(invoice(), remote_id=INVOICE))
    assert wire.requests[0].input == {"invoiceId": INVOICE}
    assert (remote.total, remote.active) == (Decimal("0.00"), False)


def test_a_void_of_what_is_not_there_is_gone() -> None:
    wire = Wire([missing("invoiceDelete", "Invoice 'x' could not be found."), nothing("invoice")])
    found = failure(hooks.void_invoice, account=wire.account(), push=push(invoice(), remote_id=INVOICE))
    assert isinstance(found, Gone)


def test_a_void_that_wave_refuses_is_refused_while_the_invoice_is_there() -> None:
    wire = Wire([refused("invoiceDelete", "input.invoiceId", "It has payments.")])
    found = failure(hooks.void_invoice, account=wire.account(), push=push(invoice(), remote_id=INVOICE))
    assert isinstance(found, Refused)
    assert "It has payments" in found.reason


def test_a_payment_is_deleted_by_its_id() -> None:
    wire = Wire([done("invoicePaymentDelete")])
    remote = hooks.delete_payment(account=wire.account(), push=push(payment(), remote_id=PAYMENT))
    assert wire.requests[0].input == {"id": PAYMENT}
    assert not remote.active


def test_a_payment_that_was_deleted_already_is_gone() -> None:
    wire = Wire([refused("invoicePaymentDelete"), nothing("invoicePayment")])
    found = failure(hooks.delete_payment, account=wire.account(), push=push(payment(), remote_id=PAYMENT))
    assert isinstance(found, Gone)


@pytest.mark.parametrize("hook", [hooks.void_invoice, hooks.delete_payment])
def test_what_was_never_sent_cannot_be_removed(hook: Any) -> None:
    value = invoice() if hook is hooks.void_invoice else payment()
    assert isinstance(failure(hook, account=Wire([]).account(), push=push(value)), Refused)


# --- troubles pass through --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "branch"),
    [
        ((502, b"<html>Bad gateway</html>"), Unknown),
        ((429, b""), TryLater),
        ((403, {"error": "forbidden"}), TryLater),
        ((200, {"data": {"customerCreate": None}}), Unknown),
    ],
)
def test_a_trouble_is_neither_looked_into_nor_repeated(answer: Any, branch: type[ContractError]) -> None:
    wire = Wire([answer])
    assert isinstance(failure(hooks.push_customer, account=wire.account(), push=push(customer())), branch)
    assert len(wire.requests) == 1
