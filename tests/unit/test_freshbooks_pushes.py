"""One record on its way to FreshBooks: what is sent, what comes back, and what must not be sent again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.freshbooks_factories import (
    ACCOUNT,
    BASE,
    MARKER,
    Wire,
    customer,
    estimate,
    invoice,
    item,
    many,
    new_error,
    old_error,
    one,
    payment,
    push,
)

from ledgerport.contract import Gone, NameTaken, Refused, TryLater, Unknown
from ledgerport_freshbooks import hooks
from ledgerport_freshbooks.terms import API_VERSION

SENT = {
    "id": 310,
    "invoiceid": 310,
    "invoice_number": "FS-10023",
    "po_number": MARKER,
    "customerid": 74,
    "amount": {"amount": "290.01", "code": "USD"},
    "v3_status": "sent",
    "status": 2,
    "updated": "2026-09-01 05:58:07",
    "vis_state": 0,
}


def test_a_new_record_is_one_post_that_counts_as_a_creation() -> None:
    wire = Wire([one("invoice", **SENT)])
    remote = hooks.push_invoice(account=wire.account(), push=push(invoice()))
    (request,) = wire.requests
    assert (request.method, request.path) == ("POST", f"{BASE}/invoices/invoices")
    assert (request.read, request.meter) == (False, "create")
    assert request.headers["x-api-version"] == API_VERSION
    assert request.json.keys() == {"invoice"}
    assert (remote.id, remote.marker, remote.total) == ("310", MARKER, Decimal("290.01"))


@pytest.mark.parametrize(
    ("hook", "value", "path", "name"),
    [
        (hooks.push_customer, customer(), "users/clients", "client"),
        (hooks.push_item, item(), "items/items", "item"),
        (hooks.push_estimate, estimate(), "estimates/estimates", "estimate"),
        (hooks.push_payment, payment(), "payments/payments", "payment"),
    ],
)
def test_each_kind_has_its_address_and_is_wrapped_in_its_name(hook: Any, value: Any, path: str, name: str) -> None:
    wire = Wire([one(name, id=7)])
    assert hook(account=wire.account(), push=push(value)).id == "7"
    assert wire.requests[0].path == f"{BASE}/{path}"
    assert wire.requests[0].json.keys() == {name}


def test_an_update_is_a_put_on_its_id_that_is_no_creation() -> None:
    wire = Wire([one("client", id=74)])
    hooks.push_customer(account=wire.account(), push=push(customer(), remote_id="74"))
    (request,) = wire.requests
    assert (request.method, request.path, request.meter) == ("PUT", f"{BASE}/users/clients/74", "")


def test_an_invoice_that_comes_back_as_a_draft_is_marked_as_sent_and_not_made_twice() -> None:
    draft = {**SENT, "v3_status": "draft", "status": 1}
    wire = Wire([one("invoice", **draft), one("invoice", **SENT)])
    remote = hooks.push_invoice(account=wire.account(), push=push(invoice()))
    _, mark = wire.requests
    assert (mark.method, mark.path) == ("PUT", f"{BASE}/invoices/invoices/310")
    assert mark.json == {"invoice": {"action_mark_as_sent": True}}
    assert remote.id == "310"


@pytest.mark.parametrize("answer", [old_error(429, status=429), old_error(1004), (502, b"")])
def test_an_invoice_whose_mark_fails_is_unknown_because_it_is_there(answer: Any) -> None:
    wire = Wire([one("invoice", **{**SENT, "v3_status": "draft"}), answer])
    with pytest.raises(Unknown):
        hooks.push_invoice(account=wire.account(), push=push(invoice()))


@pytest.mark.parametrize("body", [{}, {"response": {}}, {"response": {"result": {"invoice": {"amount": None}}}}])
def test_a_creation_answered_without_the_record_is_unknown(body: Any) -> None:
    with pytest.raises(Unknown):
        hooks.push_invoice(account=Wire([(200, body)]).account(), push=push(invoice()))


def test_members_that_nobody_knows_are_no_trouble() -> None:
    wire = Wire([one("invoice", **SENT, series=None, lock_status="unlocked", discount={"rate": "0"}, new=[1])])
    assert hooks.push_invoice(account=wire.account(), push=push(invoice())).total == Decimal("290.01")


def test_an_update_of_a_deleted_record_is_gone_when_it_is_answered_as_if_nothing_were_wrong() -> None:
    wire = Wire([one("client", id=74, vis_state=1)])
    with pytest.raises(Gone):
        hooks.push_customer(account=wire.account(), push=push(customer(), remote_id="74"))


def test_an_archived_customer_can_still_be_updated() -> None:
    wire = Wire([one("client", id=74, vis_state=2)])
    remote = hooks.push_customer(account=wire.account(), push=push(customer(), remote_id="74"))
    assert (remote.id, remote.active) == ("74", False)


@pytest.mark.parametrize("look", [old_error(1012, status=404), one("client", id=74, vis_state=1)])
def test_a_record_that_is_not_there_any_more_is_gone(look: Any) -> None:
    wire = Wire([new_error(1012, status=404, code=5), look])
    with pytest.raises(Gone):
        hooks.push_customer(account=wire.account(), push=push(customer(), remote_id="74"))
    assert [request.method for request in wire.requests] == ["PUT", "GET"]


def test_a_record_that_is_there_while_something_it_names_is_not_is_refused() -> None:
    wire = Wire([old_error(1012, object="client", field="customerid"), one("invoice", **SENT)])
    with pytest.raises(Refused, match="refers to"):
        hooks.push_invoice(account=wire.account(), push=push(invoice(), remote_id="310"))


def test_a_new_payment_of_an_invoice_that_was_deleted_is_refused_and_not_gone() -> None:
    wire = Wire([old_error(1012, object="invoice", field="invoiceid")])
    with pytest.raises(Refused) as refused:
        hooks.push_payment(account=wire.account(), push=push(payment()))
    assert refused.value.field == "invoice"


def test_a_number_refused_without_a_word_of_its_use_is_looked_for() -> None:
    refused = new_error(1004, message="Invalid value.", field="invoice_number")
    wire = Wire([refused, many("invoices", {**SENT, "id": 4, "invoice_number": "fs-10023"})])
    with pytest.raises(NameTaken) as taken:
        hooks.push_invoice(account=wire.account(), push=push(invoice()))
    assert taken.value.field == "number"
    assert wire.requests[1].query["search[invoice_number]"] == "FS-10023"


def test_a_number_that_nobody_has_stays_refused() -> None:
    wire = Wire([new_error(1004, field="estimate_number"), many("estimates", {"id": 4, "estimate_number": "E-2"})])
    with pytest.raises(Refused) as refused:
        hooks.push_estimate(account=wire.account(), push=push(estimate()))
    assert refused.value.field == "number"


def test_a_number_that_is_too_long_is_not_looked_for() -> None:
    wire = Wire([new_error(1017, field="invoice_number")])
    with pytest.raises(Refused):
        hooks.push_invoice(account=wire.account(), push=push(invoice()))
    assert len(wire.requests) == 1


def test_a_void_deletes_the_invoice_and_leaves_nothing_owed() -> None:
    wire = Wire([one("invoice", **{**SENT, "vis_state": 1})])
    remote = hooks.void_invoice(account=wire.account(), push=push(invoice(), remote_id="310"))
    (request,) = wire.requests
    assert (request.method, request.json) == ("PUT", {"invoice": {"vis_state": 1}})
    assert (remote.total, remote.active) == (Decimal("0.00"), False)


def test_a_payment_is_deleted_by_its_state() -> None:
    wire = Wire([one("payment", id=9, logid=9, vis_state=1)])
    remote = hooks.delete_payment(account=wire.account(), push=push(payment(), remote_id="9"))
    assert wire.requests[0].path == f"{BASE}/payments/payments/9"
    assert wire.requests[0].json == {"payment": {"vis_state": 1}}
    assert not remote.active


def test_deleting_a_payment_that_is_not_there_says_that_it_is_gone() -> None:
    wire = Wire([old_error(1012, status=404)])
    with pytest.raises(Gone):
        hooks.delete_payment(account=wire.account(), push=push(payment(), remote_id="9"))


def open_invoice(outstanding: str, lines: int = 3) -> Any:
    return one("invoice", **SENT, outstanding={"amount": outstanding, "code": "USD"}, lines=[{"lineid": 1}] * lines)


def test_a_payment_that_is_refused_for_a_cent_of_rounding_pays_what_is_open() -> None:
    refused = new_error(1004, message="Amount exceeds what is outstanding.", field="amount")
    paid = one("payment", id=9, amount={"amount": "260.98", "code": "USD"})
    wire = Wire([refused, open_invoice("260.98"), paid])
    remote = hooks.push_payment(account=wire.account(), push=push(payment()))
    first, look, second = wire.requests
    assert look.query == {"include[]": "lines"}
    assert first.json["payment"]["amount"]["amount"] == "261.00"
    assert second.json["payment"] == {**first.json["payment"], "amount": {"amount": "260.98", "code": "USD"}}
    assert remote.total == Decimal("260.98")


@pytest.mark.parametrize("outstanding", ["260.96", "0.00", "261.00", "300.00"])
def test_a_payment_that_rounding_does_not_explain_stays_refused(outstanding: str) -> None:
    wire = Wire([new_error(1004, field="amount"), open_invoice(outstanding)])
    with pytest.raises(Refused):
        hooks.push_payment(account=wire.account(), push=push(payment()))
    assert len(wire.requests) == 2


def test_what_was_never_sent_cannot_be_taken_out() -> None:
    with pytest.raises(Refused, match="never sent"):
        hooks.void_invoice(account=Wire([]).account(), push=push(invoice()))


def test_a_record_that_somebody_else_writes_on_comes_again_later() -> None:
    with pytest.raises(TryLater):
        hooks.push_payment(account=Wire([old_error(409, status=409)]).account(), push=push(payment()))


def test_what_is_refused_here_is_not_sent() -> None:
    wire = Wire([])
    with pytest.raises(Refused):
        hooks.push_payment(account=wire.account(), push=push(payment(amount=Decimal("0.00"))))
    assert wire.requests == []


@pytest.mark.parametrize("account", ["", "6BApk/../x", "6B pk", "Äpk"])
def test_an_id_that_is_none_becomes_no_part_of_an_address(account: str) -> None:
    wire = Wire([])
    with pytest.raises(Refused):
        hooks.push_customer(account=wire.account(company=account), push=push(customer()))
    with pytest.raises(Refused):
        hooks.push_customer(account=wire.account(company=ACCOUNT), push=push(customer(), remote_id="7/../8"))
    assert wire.requests == []
