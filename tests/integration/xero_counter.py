"""The Xero plugin at a running sandbox: one sandbox for a whole module, made as good as new for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.contract.taping import Tape
from tests.contract.xero_tape import TENANT, customer_of, item_of, sandbox_source, send
from tests.stage import Sandbox
from tests.unit.xero_factories import customer, estimate, invoice, item, line, payment

from ledgerport.contract import Choices, Company, ContractError, Kind, Reference, Remote, SystemClock, Value
from ledgerport.engine.pacing_memory import MemoryLimiter
from ledgerport.engine.transport import AccountCall, open_account

KINDS = (Kind.CUSTOMER, Kind.ITEM, Kind.INVOICE, Kind.ESTIMATE, Kind.PAYMENT)


class Unpaced(Tape):
    """The true client without Xero's pace: the sandbox's limits are off, and a 429 is to hold nothing back."""

    def open(self, company: Company | None = None) -> AccountCall:
        return open_account(
            wire=self.wire,
            terms=replace(self.plugin.terms, limits=()),
            api_url=self.source.api_url,
            token=self._token,
            limiter=MemoryLimiter(SystemClock()),
            client_id=self.source.client_id,
            company=self.source.company if company is None else company,
            choices=Choices(),
            clock=SystemClock(),
            request_seconds=30.0,
        )


@contextmanager
def opened() -> Iterator[Tape]:
    """A fresh sandbox, signed in."""
    with sandbox_source() as source, Unpaced(source, "xero") as tape:
        yield tape


@contextmanager
def fresh(tape: Tape) -> Iterator[Tape]:
    """Nothing waiting, every switch at its default, names of its own. Records of earlier tests are there."""
    tape.test += "+"
    try:
        yield tape
    finally:
        sandbox(tape).control("faults", method="DELETE")
        switches = sandbox(tape).control("switches", method="GET")
        switch(tape, **{name: one["default"] for name, one in switches.items()})
        person(tape, "settings", data={"role": "STANDARD", "state": "ACTIVE", "period_lock": None, "plan": "STANDARD"})


def sandbox(tape: Tape) -> Sandbox:
    assert tape.source.sandbox is not None
    return tape.source.sandbox


def switch(tape: Tape, **values: Any) -> None:
    """Have the sandbox do what Xero's documents leave open."""
    sandbox(tape).control("switches", values)


def person(tape: Tape, action: str, **more: Any) -> Any:
    """What a bookkeeper does in Xero's pages."""
    return sandbox(tape).control("person", {"action": action, "company": TENANT, **more})


def ledger(tape: Tape, kind: Kind) -> list[dict[str, Any]]:
    """The rows of a kind in the books."""
    rows: list[dict[str, Any]] = sandbox(tape).ledger()[f"{kind}s"]
    return rows


def calls(tape: Tape) -> int:
    """How many calls the sandbox has had since they were last cleared."""
    count: int = sandbox(tape).calls()["total"]
    return count


def failure(tape: Tape, hook: str, **arguments: Any) -> ContractError:
    """The error that a hook ends in."""
    try:
        found = tape.ask(hook, **arguments)
    except ContractError as error:
        return error
    raise AssertionError(f"{hook} answered {found}")


def unique(tape: Tape) -> str:
    """Different in every test."""
    return f"{len(tape.test)}-{tape.pushes}"


def documents(tape: Tape) -> dict[str, Any]:
    """What every document has: a customer and an item of its own in the books."""
    mark = unique(tape)
    code = f"GATE-{mark}"
    buyer = customer_of(tape, customer(ref=mark, name=f"Customer {mark}", email=f"c{mark}@example.com"))
    sold = item_of(tape, item(ref=mark, code=code, name=f"Item {mark}"))
    return {"customer": buyer, "lines": [line(item=sold, item_code=code)], "number": f"N-{mark}"}


def record(tape: Tape, kind: Kind) -> Value:
    """A new record of a kind, with everything that must be there before it."""
    mark = unique(tape)
    if kind is Kind.CUSTOMER:
        return customer(ref=mark, name=f"Customer {mark}", email=f"c{mark}@example.com")
    if kind is Kind.ITEM:
        return item(ref=mark, name=f"Item {mark}", code=f"CODE-{mark}")
    if kind is Kind.PAYMENT:
        bill, remote = billed(tape)
        money: Value = paid(bill, remote, "100.00")
        return money
    return (invoice if kind is Kind.INVOICE else estimate)(ref=mark, **documents(tape))


def billed(tape: Tape, **changed: Any) -> tuple[Any, Remote]:
    """An invoice of 290.00 in the books."""
    value = invoice(ref=unique(tape), **{**documents(tape), **changed})
    return value, send(tape, "invoice", value)[1]


def paid(bill: Any, remote: Remote, amount: str, **more: Any) -> Any:
    """A payment of an invoice."""
    return payment(
        ref=f"P-{bill.ref}-{amount}",
        customer=bill.customer,
        invoice=Reference(ref=bill.ref, remote_id=remote.id),
        amount=Decimal(amount),
        **more,
    )
