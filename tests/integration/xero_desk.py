"""What the tests of Xero's sandbox share: one served sandbox a module, made fresh for each test, and small bodies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ledgerport_sandbox import Clock, Running
from ledgerport_xero_sandbox.app import XeroSandbox, create_app
from ledgerport_xero_sandbox.visitor import Visitor

START = 1_790_000_000  # 2026-09-21
JUNK = "00000000-0000-4000-8000-000000000009"


@contextmanager
def served() -> Iterator[Running]:
    """A sandbox whose clock stands still."""
    with Running(create_app(store=":memory:", clock=Clock(rate=0, at=START))) as running:
        yield running


@contextmanager
def fresh(running: Running, *, limits: bool = False) -> Iterator[Visitor]:
    """A visitor at a sandbox as new; without limits unless they are what is tested."""
    app: XeroSandbox = running.app
    app.clock.set(rate=0, at=START)
    app.reset()
    app.limits.enabled = limits
    with Visitor(running.url) as visitor:
        yield visitor


def contact(app: Visitor, name: str = "Harbor View HOA", **more: Any) -> dict[str, Any]:
    return app.create("Contacts", {"Name": name, **more})


def line(price: float = 100, **more: Any) -> dict[str, Any]:
    return {
        "Description": "Drain cleaning",
        "Quantity": 1,
        "UnitAmount": price,
        "AccountCode": "260",
        "TaxType": "NONE",
        **more,
    }


def draft(app: Visitor, buyer: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The body of an approved invoice."""
    return {
        "Type": "ACCREC",
        "Contact": {"ContactID": buyer},
        "Date": "2026-08-03",
        "DueDate": "2026-08-17",
        "Status": "AUTHORISED",
        "LineItems": list(lines) or [line()],
        **more,
    }


def invoice(app: Visitor, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An approved invoice of a contact of its own."""
    buyer = more.pop("buyer", None) or contact(app, f"Buyer {more.get('InvoiceNumber', '')}")["ContactID"]
    return app.create("Invoices", draft(app, buyer, *lines, **more), unitdp="4")


def payment(bill: dict[str, Any], amount: float, **more: Any) -> dict[str, Any]:
    return {
        "Invoice": {"InvoiceID": bill["InvoiceID"]},
        "Account": {"Code": "090"},
        "Date": "2026-08-10",
        "Amount": amount,
        **more,
    }


def refusal(answer: Any) -> str:
    """The one text of a request that was refused with 400."""
    assert answer.status_code == 400, answer.text
    (element,) = answer.json()["Elements"]
    (error,) = element["ValidationErrors"]
    return str(error["Message"])
