"""The Wave plugin at a desk: the true client over a running sandbox, with the records that tests ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.contract.taping import Tape
from tests.contract.wave_tape import BUSINESS, customer_of, item_of, sandbox_source, send
from tests.stage import Sandbox
from tests.unit.wave_factories import customer, estimate, invoice, item, line, payment

from ledgerport.contract import Choices, Company, ContractError, Kind, Push, Reference, Remote, SystemClock
from ledgerport.engine.pacing_memory import MemoryLimiter
from ledgerport.engine.transport import AccountCall, open_account

KINDS = (Kind.CUSTOMER, Kind.ITEM, Kind.INVOICE, Kind.ESTIMATE, Kind.PAYMENT)


class Unpaced(Tape):
    """The true client without Wave's pace: the sandbox's limits are off, and a 429 is to hold nothing back."""

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
    with sandbox_source() as source, Unpaced(source, "wave") as tape:
        yield tape


@contextmanager
def fresh(tape: Tape) -> Iterator[Tape]:
    """The sandbox with nothing waiting and every switch at its default. Records of earlier tests are there."""
    tape.test += "+"
    yield tape
    sandbox(tape).control("faults", method="DELETE")
    switches = sandbox(tape).control("switches", method="GET")
    switch(tape, **{name: one["default"] for name, one in switches.items()})


def sandbox(tape: Tape) -> Sandbox:
    assert tape.source.sandbox is not None
    return tape.source.sandbox


def switch(tape: Tape, **values: Any) -> None:
    sandbox(tape).control("switches", values)


def person(tape: Tape, action: str, **more: Any) -> Any:
    return sandbox(tape).control("person", {"company": BUSINESS, "action": action, **more})


def ledger(tape: Tape, kind: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = sandbox(tape).ledger(BUSINESS)[f"{kind}s"]
    return rows


def number(tape: Tape) -> str:
    return f"W-{len(tape.test)}-{tape.pushes}"


def document(tape: Tape, made: Any = invoice, **changed: Any) -> Any:
    """A document of this test, its customer and item in the books."""
    whose = customer_of(tape, customer(ref=f"C-{tape.test}", name=f"Customer {len(tape.test)}"))
    its = item_of(tape, item(ref=f"I-{tape.test}", name=f"Item {number(tape)}"))
    lines = [replace(one, item=its) for one in changed.pop("lines", [line()])]
    return made(**{"ref": f"D-{tape.test}", "number": number(tape), "customer": whose, "lines": lines, **changed})


def record(tape: Tape, kind: Kind) -> Any:
    """One record of a kind, with everything in the books that it refers to."""
    if kind is Kind.CUSTOMER:
        return customer(ref=f"R-{tape.test}", name=f"Lost {len(tape.test)}", email="")
    if kind is Kind.ITEM:
        return item(ref=f"R-{tape.test}", name=f"Lost {len(tape.test)}")
    if kind is Kind.PAYMENT:
        return paying(tape, Decimal("261.00"))
    return document(tape, invoice if kind is Kind.INVOICE else estimate)


def paying(tape: Tape, amount: Decimal, **changed: Any) -> Any:
    bill, remote = send(tape, "invoice", document(tape, **changed))
    target = Reference(ref=bill.value.ref, remote_id=remote.id)
    return payment(ref=f"P-{tape.test}", customer=bill.value.customer, invoice=target, amount=amount)


def failure(tape: Tape, hook: str, **arguments: Any) -> ContractError:
    with pytest.raises(ContractError) as caught:
        tape.ask(hook, **arguments)
    return caught.value


def known(tape: Tape, kind: Kind) -> tuple[Push[Any], Remote]:
    """A record in the books, ready to be changed."""
    sent, remote = send(tape, kind, record(tape, kind))
    return replace(sent, remote_id=remote.id, remote_version=remote.version), remote
