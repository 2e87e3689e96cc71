"""Invoices, estimates and payments at Wave, as recorded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.contract.taping import Tape
from tests.contract.wave_tape import customer_of, item_of, push, send
from tests.unit.wave_factories import customer, estimate, invoice, item, line, payment

from ledgerport.contract import Gone, NameTaken, PaymentMethod, Push, Reference, Remote, Unknown

PROVIDER = "wave"
pytestmark = [pytest.mark.vcr, pytest.mark.sandbox_only]


def document(tape: Tape, made: Any = invoice, **changed: Any) -> Any:
    its = item_of(tape, item())
    lines = [replace(one, item=its) for one in changed.pop("lines", [line()])]
    return made(**{"customer": customer_of(tape, customer()), "lines": lines, **changed})


def paid(tape: Tape, amount: str, **changed: Any) -> tuple[Push[Any], Remote]:
    bill, remote = send(tape, "invoice", document(tape))
    target = Reference(ref=bill.value.ref, remote_id=remote.id)
    value = payment(customer=bill.value.customer, invoice=target, amount=Decimal(amount), **changed)
    return send(tape, "payment", value)


def test_an_invoice_has_our_number_and_waves_total(tape: Tape) -> None:
    value = document(tape, lines=[line(taxable=True), line()], tax=Decimal("23.93"), discount=Decimal("10.00"))
    _, remote = send(tape, "invoice", value)

    assert remote.number == "FS-10023"
    assert remote.total is not None
    assert abs(remote.total - value.total) < 1


def test_an_invoice_that_may_have_arrived_is_found_by_its_number_and_is_ours(tape: Tape) -> None:
    sent = push(tape, document(tape))
    tape.fault("status", status=503, body="html", applied=True)

    with pytest.raises(Unknown):
        tape.ask("push_invoice", push=sent)
    (found,) = tape.ask("find_pushed", push=sent)

    assert (found.number, found.marker) == ("FS-10023", sent.marker)


def test_a_number_in_use_is_name_taken_and_its_holder_is_found(tape: Tape) -> None:
    sent, remote = send(tape, "invoice", document(tape))
    again = push(tape, replace(sent.value, ref="INV-2"))

    with pytest.raises(NameTaken) as taken:
        tape.ask("push_invoice", push=again)

    assert (taken.value.field, taken.value.remote_id) == ("number", remote.id)
    assert [one.id for one in tape.ask("on_duplicate_name", push=again)] == [remote.id]


def test_a_void_takes_the_invoice_out_of_the_books(tape: Tape) -> None:
    sent, remote = send(tape, "invoice", document(tape))
    known = replace(sent, remote_id=remote.id)

    assert tape.ask("void_invoice", push=known).total == Decimal("0.00")
    with pytest.raises(Gone):
        tape.ask("void_invoice", push=known)


def test_an_estimate_is_created_and_changed(tape: Tape) -> None:
    sent, remote = send(tape, "estimate", document(tape, estimate))
    more = [replace(sent.value.lines[0], quantity=Decimal(3), amount=Decimal("435.00"))]

    changed = tape.ask("push_estimate", push=replace(sent, remote_id=remote.id, value=replace(sent.value, lines=more)))

    assert (remote.total, changed.total, changed.id) == (Decimal("290.00"), Decimal("435.00"), remote.id)


def test_a_payment_is_applied_to_its_invoice_and_found_by_its_marker(tape: Tape) -> None:
    sent, remote = paid(tape, "261.00", method=PaymentMethod.CHECK, reference="1042")

    (found,) = tape.ask("find_pushed", push=sent)
    (pulled,) = tape.ask("pull_payments", cursor=None).rows

    assert found.id == remote.id == pulled.remote.id
    assert (found.marker, pulled.applied) == (sent.marker, {sent.value.invoice.remote_id: Decimal("261.00")})


def test_a_deleted_payment_is_gone_when_it_is_deleted_again(tape: Tape) -> None:
    sent, remote = paid(tape, "261.00")
    known = replace(sent, remote_id=remote.id)

    assert not tape.ask("delete_payment", push=known).active
    with pytest.raises(Gone):
        tape.ask("delete_payment", push=known)
