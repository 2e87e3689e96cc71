"""Looking before sending at Wave: nothing that arrived is missed, nothing foreign is taken for ours."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wave_factories import (
    CUSTOMER,
    ESTIMATE,
    INVOICE,
    MARKER,
    PAYMENT,
    PRODUCT,
    Wire,
    connection,
    customer,
    customer_row,
    error,
    estimate,
    estimate_row,
    invoice,
    invoice_row,
    item,
    nothing,
    one,
    page,
    payment,
    payment_row,
    product_row,
    push,
)

from ledgerport.contract import LoginNeeded, Push, Reference, TryLater
from ledgerport_wave import hooks

OTHER = "LP-00000000000000b2"


def found(wire: Wire, *pushes: Push[Any]) -> list[list[str]]:
    remotes = hooks.find_pushed_batch(account=wire.account(), pushes=list(pushes))
    return [[remote.id for remote in some] for some in remotes]


# --- customers --------------------------------------------------------------------------------------------------------


def test_a_customer_that_arrived_is_found_by_its_account_number_and_not_by_its_name() -> None:
    rows = [customer_row(id="namesake", displayId="K-7"), customer_row()]
    wire = Wire([page("customers", *rows)])
    remotes = hooks.find_pushed(account=wire.account(), push=push(customer()))
    assert [(remote.id, remote.marker) for remote in remotes] == [(CUSTOMER, MARKER)]
    assert wire.requests[0].read


def test_a_customer_that_did_not_arrive_is_looked_for_to_the_end_of_the_list() -> None:
    first = page("customers", customer_row(displayId=OTHER), pages=2)
    wire = Wire([first, page("customers", number=2, pages=2)])
    assert found(wire, push(customer())) == [[]]
    assert [request.variables["page"] for request in wire.requests] == [1, 2]


def test_the_list_is_not_read_on_once_all_are_found() -> None:
    wire = Wire([page("customers", customer_row(id="b", displayId=OTHER), customer_row(), pages=50)])
    assert found(wire, push(customer()), push(customer(ref="C-2"), marker=OTHER)) == [[CUSTOMER], ["b"]]


def test_entries_that_are_null_are_passed_over() -> None:
    wire = Wire([page("customers", None, customer_row())])
    assert found(wire, push(customer())) == [[CUSTOMER]]


def test_an_update_is_read_by_its_id() -> None:
    wire = Wire([one("customer", customer_row(displayId="K-7"))])
    assert found(wire, push(customer(), remote_id=CUSTOMER)) == [[CUSTOMER]]
    assert wire.requests[0].variables["id"] == CUSTOMER


def test_an_update_of_what_is_not_there_finds_nothing() -> None:
    assert found(Wire([nothing("customer")]), push(customer(), remote_id=CUSTOMER)) == [[]]


# --- items ------------------------------------------------------------------------------------------------------------


def test_one_listing_serves_a_whole_batch_of_items() -> None:
    rows = [product_row(id="b", name="Pipe 2"), product_row(id="x", name="Pipe 20"), product_row(id="a", name="PIPE 1")]
    wire = Wire([page("products", *rows)])
    pushes = [push(item(name=f"Pipe {number}")) for number in (1, 2, 3)]
    assert found(wire, *pushes) == [["a"], ["b"], []]
    assert len(wire.requests) == 1


def test_a_product_in_use_counts_more_than_a_newer_archived_one() -> None:
    wire = Wire([page("products", product_row(id="new", isArchived=True), product_row(id="old"))])
    assert found(wire, push(item())) == [["old"]]


# --- documents --------------------------------------------------------------------------------------------------------


def test_an_invoice_that_arrived_is_found_by_its_whole_number_and_is_ours() -> None:
    rows = [invoice_row(id="longer", invoiceNumber="FS-100231"), invoice_row()]
    wire = Wire([page("invoices", *rows)])
    (remote,) = hooks.find_pushed(account=wire.account(), push=push(invoice()))
    assert (remote.id, remote.marker) == (INVOICE, MARKER)
    assert wire.requests[0].variables["number"] == "FS-10023"


@pytest.mark.parametrize("changed", [{"customer": {"id": "somebody"}}, {"invoiceDate": "2020-01-01"}])
def test_a_number_of_somebody_else_or_another_day_is_not_marked_as_ours(changed: dict[str, Any]) -> None:
    wire = Wire([page("invoices", invoice_row(**changed))])
    (remote,) = hooks.find_pushed(account=wire.account(), push=push(invoice()))
    assert remote.marker == ""


def test_an_invoice_without_a_number_is_found_by_the_marker_in_its_memo() -> None:
    rows = [invoice_row(id="other", memo=f"Thanks\n{OTHER}"), invoice_row(memo=f"Thanks\n{MARKER}")]
    wire = Wire([page("invoices", *rows)])
    assert found(wire, push(invoice(number=""))) == [[INVOICE]]
    assert wire.requests[0].variables["customerId"] == CUSTOMER
    assert wire.requests[0].variables["day"] == "2026-09-01"


def test_an_estimate_is_found_by_its_number() -> None:
    wire = Wire([page("estimates", estimate_row(id="longer", estimateNumber="E-2041"), estimate_row())])
    (remote,) = hooks.find_pushed(account=wire.account(), push=push(estimate()))
    assert (remote.id, remote.marker) == (ESTIMATE, MARKER)


def test_a_deleted_estimate_holds_no_number() -> None:
    wire = Wire([page("estimates", estimate_row(status="DELETED"))])
    assert found(wire, push(estimate())) == [[]]


def test_whoever_has_the_number_is_told_for_a_taken_one() -> None:
    wire = Wire([page("invoices", invoice_row(id="theirs", customer={"id": "somebody"}))])
    (remote,) = hooks.on_duplicate_name(account=wire.account(), push=push(invoice()))
    assert (remote.id, remote.customer_id, remote.marker) == ("theirs", "somebody", "")


# --- payments ---------------------------------------------------------------------------------------------------------


def test_a_payment_that_arrived_is_found_in_its_invoice_by_its_marker() -> None:
    twin = payment_row(id="twin", memo="cash")
    wire = Wire([one("invoice", {"id": INVOICE, "payments": [twin, None, payment_row()]})])
    (remote,) = hooks.find_pushed(account=wire.account(), push=push(payment()))
    assert (remote.id, remote.marker, remote.invoice_id) == (PAYMENT, MARKER, INVOICE)


def test_a_payment_of_the_same_amount_and_day_without_our_marker_is_not_ours() -> None:
    wire = Wire([one("invoice", {"id": INVOICE, "payments": [payment_row(memo="")]})])
    assert found(wire, push(payment())) == [[]]


def test_a_payment_that_was_taken_back_did_not_arrive() -> None:
    wire = Wire([one("invoice", {"id": INVOICE, "payments": [payment_row(active=False)]})])
    assert found(wire, push(payment())) == [[]]


def test_payments_of_one_invoice_need_one_look() -> None:
    rows = [payment_row(), payment_row(id="b", memo=OTHER)]
    wire = Wire([one("invoice", {"id": INVOICE, "payments": rows})])
    assert found(wire, push(payment()), push(payment(ref="P-2"), marker=OTHER)) == [[PAYMENT], ["b"]]


def test_a_payment_of_an_invoice_that_is_gone_did_not_arrive() -> None:
    assert found(Wire([nothing("invoice")]), push(payment())) == [[]]


# --- answers that are none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"data": {"business": {"id": "B"}}}),
        (200, {"data": {"business": None}}),
        (200, {"ok": True}),
        (200, b"<html>"),
    ],
)
def test_an_answer_without_the_list_never_passes_for_an_empty_one(answer: Any) -> None:
    with pytest.raises(TryLater):
        hooks.find_pushed(account=Wire([answer]).account(), push=push(customer()))


def test_a_business_that_is_not_there_never_passes_for_an_empty_list() -> None:
    missing = error("NOT_FOUND", "Business 'x' could not be found.", ["business"])
    wire = Wire([(200, {"errors": [missing], "data": {"business": None}})])
    with pytest.raises(LoginNeeded) as lost:
        hooks.find_pushed(account=wire.account(), push=push(customer()))
    assert lost.value.company_only


# --- e-mails ----------------------------------------------------------------------------------------------------------


def test_an_email_is_asked_for_and_compared_again() -> None:
    wire = Wire([page("customers", customer_row(), customer_row(id="x", email="dana@harborview.example.org"))])
    remotes = hooks.find_customers(account=wire.account(), email="dana@harborview.example")
    assert [remote.id for remote in remotes] == [CUSTOMER]


def test_an_email_with_capitals_is_asked_for_in_small_letters_too() -> None:
    wire = Wire([page("customers"), page("customers", customer_row())])
    remotes = hooks.find_customers(account=wire.account(), email="Dana@HarborView.example")
    assert [remote.id for remote in remotes] == [CUSTOMER]
    assert [request.variables["email"] for request in wire.requests] == [
        "Dana@HarborView.example",
        "dana@harborview.example",
    ]


def test_an_archived_customer_is_told_as_such() -> None:
    wire = Wire([page("customers", customer_row(isArchived=True))])
    (remote,) = hooks.find_customers(account=wire.account(), email="dana@harborview.example")
    assert not remote.active


def test_each_email_is_a_request_of_its_own_unless_several_may_travel_together() -> None:
    emails = ["a@b.example", "dana@harborview.example"]
    alone = Wire([page("customers"), page("customers", customer_row())])
    assert hooks.find_customers_batch(account=alone.account(), emails=emails).keys() == set(emails)
    lists = {"e1": connection(), "e2": connection(customer_row())}
    both = Wire([(200, {"data": {"business": {"id": "B", **lists}}})])
    answer = hooks.find_customers_batch(account=both.account(together=True), emails=emails)
    assert [remote.id for remote in answer["dana@harborview.example"]] == [CUSTOMER]
    assert answer["a@b.example"] == []


def test_an_empty_email_is_nobodys() -> None:
    assert hooks.find_customers(account=Wire([]).account(), email=" ") == []


# --- in any order -----------------------------------------------------------------------------------------------------


@given(st.permutations(range(4)), st.sets(st.integers(0, 3)))
def test_every_push_gets_its_own_answer_in_whatever_order_wave_lists(order: list[int], there: set[int]) -> None:
    markers = [f"LP-{number:016x}" for number in range(4)]
    rows = [customer_row(id=f"c{number}", displayId=markers[number]) for number in order if number in there]
    pushes = [push(customer(ref=f"C-{number}"), marker=markers[number]) for number in range(4)]
    assert found(Wire([page("customers", *rows)]), *pushes) == [
        [f"c{number}"] if number in there else [] for number in range(4)
    ]


@given(st.lists(st.sampled_from(["payment", "customer", "update"]), min_size=1, max_size=4))
def test_pushes_of_several_kinds_are_answered_in_order(kinds: list[str]) -> None:
    def answer(request: Any) -> tuple[int, Any]:
        if "customers(" in request.document:
            return page("customers", customer_row())
        if "product(" in request.document:
            return one("product", product_row())
        return one("invoice", {"id": INVOICE, "payments": [payment_row()]})

    made = {
        "payment": push(payment(invoice=Reference(ref="I", remote_id=INVOICE))),
        "customer": push(customer()),
        "update": push(item(), remote_id=PRODUCT),
    }
    ids = {"payment": PAYMENT, "customer": CUSTOMER, "update": PRODUCT}
    wire = Wire([answer] * 8)
    assert found(wire, *(made[kind] for kind in kinds)) == [[ids[kind]] for kind in kinds]
