"""The Wave plugin against its sandbox: what a refusal means, whichever way Wave does what it leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.contract.taping import Tape
from tests.contract.wave_tape import customer_of, mapping, push, send
from tests.integration.wave_desk import (
    document,
    failure,
    fresh,
    known,
    ledger,
    opened,
    paying,
    person,
    record,
    switch,
)
from tests.unit.wave_factories import customer, invoice, item, line, payment

from ledgerport.contract import (
    Gone,
    Kind,
    NameTaken,
    Reference,
    Refused,
    Unknown,
)


@pytest.fixture(scope="module")
def desk() -> Iterator[Tape]:
    with opened() as tape:
        yield tape


@pytest.fixture
def tape(desk: Tape) -> Iterator[Tape]:
    with fresh(desk) as tape:
        yield tape


# --- numbers and names in use -----------------------------------------------------------------------------------------


def test_a_number_in_use_is_told_with_its_holder(tape: Tape) -> None:
    _, holder = send(tape, "invoice", document(tape, number="FS-7"))
    taken = push(tape, document(tape, number="FS-7", ref="another"))

    found = failure(tape, "push_invoice", push=taken)

    assert isinstance(found, NameTaken)
    assert (found.field, found.remote_id) == ("number", holder.id)


def test_a_number_that_wave_takes_twice_is_told_apart_by_its_customer(tape: Tape) -> None:
    switch(tape, duplicate_invoice_number="accept")
    theirs = customer_of(tape, customer(ref="somebody", name="Somebody"))
    send(tape, "invoice", document(tape, number="FS-8", customer=theirs))
    sent = push(tape, document(tape, number="FS-8"))
    tape.fault("drop_after")

    assert isinstance(failure(tape, "push_invoice", push=sent), Unknown)
    marked = [remote for remote in tape.ask("find_pushed", push=sent) if remote.marker == sent.marker]

    assert [remote.customer_id for remote in marked] == [sent.value.customer.remote_id]


def test_a_product_name_in_use_is_told_where_wave_refuses_it(tape: Tape) -> None:
    switch(tape, duplicate_product_name="refuse")
    _, holder = send(tape, "item", item(name="Pipe wrench"))

    found = failure(tape, "push_item", push=push(tape, item(ref="I-2", name="Pipe wrench")))

    assert isinstance(found, NameTaken)
    assert found.remote_id == holder.id
    assert [one.id for one in tape.ask("on_duplicate_name", push=push(tape, item(name="PIPE WRENCH")))] == [holder.id]


# --- changes and what is gone -----------------------------------------------------------------------------------------


def test_a_changed_customer_keeps_what_the_bookkeeper_wrote(tape: Tape) -> None:
    sent, remote = known(tape, Kind.CUSTOMER)
    person(tape, "edit", kind="Customer", id=remote.id, data={"displayId": "K-7", "website": "harbor.example"})

    tape.ask("push_customer", push=replace(sent, value=replace(sent.value, phone="555-0100")))

    (read,) = tape.ask("find_pushed", push=sent)
    assert (read.phone, read.marker) == ("555-0100", "")


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.ESTIMATE])
def test_a_changed_document_has_its_new_total_and_loses_its_old_discount(tape: Tape, kind: Kind) -> None:
    value = replace(record(tape, kind), discount=Decimal("10.00"))
    sent, remote = send(tape, kind, value)
    assert remote.total == Decimal("280.00")

    dearer = replace(value, discount=Decimal("0.00"), lines=[replace(value.lines[0], **three())])
    changed = tape.ask(f"push_{kind}", push=replace(sent, value=dearer, remote_id=remote.id))

    assert (changed.id, changed.total) == (remote.id, Decimal("435.00"))


def three() -> dict[str, Decimal]:
    return {"quantity": Decimal(3), "amount": Decimal("435.00")}


@pytest.mark.parametrize("habit", ["not_found", "empty_refusal"])
@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.ESTIMATE])
def test_a_document_that_a_person_deleted_is_gone(tape: Tape, kind: Kind, habit: str) -> None:
    switch(tape, unknown_target=habit)
    sent, remote = known(tape, kind)
    person(tape, "delete", kind=kind.title(), id=remote.id)
    assert isinstance(failure(tape, f"push_{kind}", push=sent), Gone)


@pytest.mark.parametrize("habit", ["archived", "gone"])
def test_a_customer_that_a_person_deleted_is_gone(tape: Tape, habit: str) -> None:
    switch(tape, deleted_customer=habit)
    sent, remote = known(tape, Kind.CUSTOMER)
    person(tape, "delete", kind="Customer", id=remote.id)
    assert isinstance(failure(tape, "push_customer", push=sent), Gone)


def test_a_product_that_a_person_archived_is_gone(tape: Tape) -> None:
    sent, remote = known(tape, Kind.ITEM)
    person(tape, "archive", kind="Item", id=remote.id)
    assert isinstance(failure(tape, "push_item", push=sent), Gone)


@pytest.mark.parametrize("habit", ["input_error", "empty_refusal", "not_found"])
def test_a_line_whose_product_is_not_there_is_refused_however_wave_says_it(tape: Tape, habit: str) -> None:
    switch(tape, unknown_reference=habit)
    value = document(tape)
    strange = replace(value.lines[0], item=Reference(ref="I", remote_id=value.customer.remote_id))
    found = failure(tape, "push_invoice", push=push(tape, replace(value, lines=[value.lines[0], strange])))
    assert isinstance(found, Refused)
    if habit == "input_error":
        assert found.field == "lines[1].item"


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.PAYMENT])
def test_what_is_removed_is_gone_when_it_is_removed_again(tape: Tape, kind: Kind) -> None:
    hook = "void_invoice" if kind is Kind.INVOICE else "delete_payment"
    sent, remote = known(tape, kind)
    assert not tape.ask(hook, push=sent).active
    assert remote.id not in [row["id"] for row in ledger(tape, kind)]
    assert isinstance(failure(tape, hook, push=sent), Gone)


def test_an_invoice_with_payments_is_not_voided_where_wave_refuses_it(tape: Tape) -> None:
    value = paying(tape, Decimal("290.00"))
    send(tape, "payment", value)
    sent = replace(push(tape, invoice()), remote_id=value.invoice.remote_id)
    assert isinstance(failure(tape, "void_invoice", push=sent), Refused)


# --- money ------------------------------------------------------------------------------------------------------------


def taxed(tape: Tape) -> dict[str, Any]:
    """Two lines of 0.30 at 8.25 %: Wave rounds 0.02475 twice to 0.02, the host app's tax is 0.05 of 0.60."""
    one = line("1", "0.30", taxable=True)
    return {"lines": [one, one], "tax": Decimal("0.05")}


def test_tax_is_waves_own_and_its_total_is_told(tape: Tape) -> None:
    sent, remote = send(tape, "invoice", document(tape, **taxed(tape)))
    assert (sent.value.total, remote.total) == (Decimal("0.65"), Decimal("0.64"))


@pytest.mark.parametrize(("habit", "paid"), [("refuse", "0.64"), ("accept", "0.65")])
def test_a_payment_of_our_total_is_booked_whether_wave_takes_the_cent_or_not(tape: Tape, habit: str, paid: str) -> None:
    switch(tape, overpayment=habit)
    _, remote = send(tape, "payment", paying(tape, Decimal("0.65"), **taxed(tape)))
    assert remote.total == Decimal(paid)


def test_a_payment_of_more_than_the_invoice_is_refused_with_what_is_open(tape: Tape) -> None:
    switch(tape, overpayment="refuse")
    found = failure(tape, "push_payment", push=push(tape, paying(tape, Decimal("300.00"))))
    assert isinstance(found, Refused)
    assert "290.00" in found.reason


def test_a_changed_payment_replaces_its_amount(tape: Tape) -> None:
    switch(tape, overpayment="refuse")
    sent, remote = known(tape, Kind.PAYMENT)
    changed = tape.ask("push_payment", push=replace(sent, value=replace(sent.value, amount=Decimal("290.00"))))
    assert (changed.id, changed.total, changed.marker) == (remote.id, Decimal("290.00"), sent.marker)


def test_a_payment_into_an_account_of_another_sort_says_which_to_choose(tape: Tape) -> None:
    wrong = replace(mapping(tape), deposit_account=tape.source.income)
    found = failure(tape, "push_payment", push=push(tape, paying(tape, Decimal("1.00")), mapping=wrong))
    assert isinstance(found, Refused)
    assert found.field == "deposit_account"


def test_a_payment_of_a_draft_says_to_approve_it(tape: Tape) -> None:
    value = document(tape)
    items = [{"productId": value.lines[0].item.remote_id, "quantity": "1", "unitPrice": "5.00"}]
    draft = {"customerId": value.customer.remote_id, "status": "DRAFT", "items": items}
    made = person(tape, "create", kind="Invoice", data=draft)
    target = Reference(ref="I", remote_id=made["id"])
    sent = push(tape, payment(customer=value.customer, invoice=target, amount=Decimal("5.00")))
    found = failure(tape, "push_payment", push=sent)
    assert isinstance(found, Refused)
    assert "approve" in found.reason
