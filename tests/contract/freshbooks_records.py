"""Records that the FreshBooks cassettes send."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.contract.taping import Tape

from ledgerport.contract import (
    Customer,
    Estimate,
    Invoice,
    InvoiceLine,
    Item,
    ItemType,
    Payment,
    PaymentMethod,
    Reference,
    Remote,
)


def customer(tape: Tape, **changed: Any) -> Customer:
    known = {"ref": "C-1", "name": tape.named("Harbor View HOA"), "email": "dana@harborview.example"}
    return Customer(**{**known, **changed})


def item(tape: Tape, **changed: Any) -> Item:
    known = {"ref": "I-1", "name": tape.named("Drain cleaning"), "type": ItemType.SERVICE, "price": Decimal("145.00")}
    return Item(**{**known, **changed})


def line(quantity: str = "2", price: str = "145.00", **changed: Any) -> InvoiceLine:
    amount = (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"))
    known = {"description": "Drain cleaning", "quantity": Decimal(quantity), "unit_price": Decimal(price)}
    return InvoiceLine(**{**known, "amount": amount, **changed})


def invoice(tape: Tape, whose: Remote, **changed: Any) -> Invoice:
    day = tape.source.at.date()
    return Invoice(**{**_document(whose, day), "ref": "INV-1", "number": f"FS-{tape.source.mark}-1", **changed})


def estimate(tape: Tape, whose: Remote, **changed: Any) -> Estimate:
    day = tape.source.at.date()
    return Estimate(**{**_document(whose, day), "ref": "E-1", "number": f"E-{tape.source.mark}-1", **changed})


def payment(tape: Tape, whose: Remote, bill: Remote, amount: str = "100.00", **changed: Any) -> Payment:
    known = {
        "ref": "P-1",
        "customer": Reference(ref="C-1", remote_id=whose.id),
        "invoice": Reference(ref="INV-1", remote_id=bill.id),
        "amount": Decimal(amount),
        "paid_on": tape.source.at.date(),
        "method": PaymentMethod.CHECK,
    }
    return Payment(**{**known, **changed})


def sent(tape: Tape, kind: str, value: Any, **known: Any) -> Remote:
    """Push one value; what came of it."""
    remote = tape.ask(f"push_{kind}", push=tape.push(value, **known))
    assert isinstance(remote, Remote)
    return remote


def due(day: date) -> date:
    return day + timedelta(days=15)


def _document(whose: Remote, day: date) -> dict[str, Any]:
    return {"customer": Reference(ref="C-1", remote_id=whose.id), "issued_on": day, "lines": [line()]}
