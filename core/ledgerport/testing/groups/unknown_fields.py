"""A provider adds a member to its answers tomorrow: nothing changes."""

from __future__ import annotations

from dataclasses import replace

from ledgerport.contract import Kind
from ledgerport.testing import records
from ledgerport.testing.checks import Needs, check
from ledgerport.testing.desk import Desk
from ledgerport.testing.making import make
from ledgerport.testing.wires import WideningWire

GROUP = "unknown fields"
CHANGE = (
    "Read the members that you know and leave all others alone; validate nothing as closed, send nothing back unread."
)
WHY = "A provider adds to its answers without a warning, and on that day every sync would stand still."


@check("unknown_fields.whole_sync", group=GROUP, change=CHANGE, why=WHY)
def whole_sync(desk: Desk) -> None:
    kinds = desk.terms.kinds
    wished = [
        (Kind.CUSTOMER, records.customer(1)),
        (Kind.ITEM, records.item(1)),
        (Kind.ESTIMATE, records.estimate(1)),
        (Kind.INVOICE, records.invoice(1)),
        (Kind.PAYMENT, records.payment(1, parts={1: "1.00"})),
    ]
    hub = replace(desk.hub, wire=WideningWire(desk.hub.wire))
    desk.load(record for kind, record in wished if kind in kinds)
    desk.drain(hub=hub)
    desk.agrees()
    desk.load(
        record
        for kind, record in (
            (Kind.CUSTOMER, records.customer(1, name="New Name")),
            (Kind.ITEM, records.item(1, price="2")),
        )
        if kind in kinds
    )
    desk.drain(hub=hub)
    desk.agrees()


@check("unknown_fields.connecting_and_lists", group=GROUP, change=CHANGE, why=WHY)
def connecting_and_lists(desk: Desk) -> None:
    wire = WideningWire(desk.hub.wire)
    for hook in ("pull_accounts", "pull_tax_codes"):
        if desk.plugin.offers(hook):
            with_more, without = desk.ask(hook, wire=wire), desk.ask(hook)
            assert with_more == without, f"{hook} tells something else when the answers have a member more"
    for kind, its in desk.terms.kinds.items():
        if its.pull and kind in (Kind.CUSTOMER, Kind.ITEM):
            make(desk, kind, 1)
            hook = f"pull_{kind}s"
            with_more, without = desk.ask(hook, wire=wire, cursor=None), desk.ask(hook, cursor=None)
            assert with_more == without, f"{hook} tells something else when the answers have a member more"


@check(
    "unknown_fields.after_an_unknown_outcome",
    group=GROUP,
    needs=Needs(hooks=("find_pushed",)),
    change=CHANGE,
    why=WHY,
)
def looking_again(desk: Desk) -> None:
    wire = WideningWire(desk.hub.wire)
    for kind in desk.terms.kinds:
        made = make(desk, kind, 1 + list(Kind).index(kind))
        found = [remote.id for remote in desk.ask("find_pushed", wire=wire, push=made.push)]
        assert found == [made.remote.id], f"find_pushed of a {kind} returns {found} when the answers have a member more"
