"""One record of each kind there, changed, and left alone: through the hub, judged by the provider's own books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport.contract import Kind
from ledgerport.services.delete_payment import delete_payment
from ledgerport.services.void_invoice import void_invoice
from ledgerport.testing import records
from ledgerport.testing.checks import Needs, check, check_each
from ledgerport.testing.desk import Desk
from ledgerport.testing.making import make, strange

GROUP = "create and update"
KINDS = (Kind.CUSTOMER, Kind.ITEM, Kind.ESTIMATE, Kind.INVOICE, Kind.PAYMENT)
_CHANGED = {Kind.PAYMENT: "changed_payments"}


def one_of(kind: Kind) -> list[dict[str, Any]]:
    """A record of a kind, after everything it needs."""
    needed = [records.customer(1), records.item(1)]
    lines = [records.line(1, 2, "21.62")]
    if kind is Kind.CUSTOMER:
        return needed[:1]
    if kind is Kind.ITEM:
        return needed[1:]
    if kind is Kind.ESTIMATE:
        return [*needed, records.estimate(1, lines=lines)]
    bill = records.invoice(1, lines=lines)
    return [*needed, bill] if kind is Kind.INVOICE else [*needed, bill, records.payment(1, parts={1: "12.34"})]


def changed(kind: Kind) -> dict[str, Any]:
    """The same record, edited."""
    lines = [records.line(1, 3, "21.62")]
    return {
        Kind.CUSTOMER: records.customer(1, name="Renamed Customer"),
        Kind.ITEM: records.item(1, price="99.99"),
        Kind.ESTIMATE: records.estimate(1, lines=lines),
        Kind.INVOICE: records.invoice(1, lines=lines),
        Kind.PAYMENT: records.payment(1, parts={1: "20.00"}),
    }[kind]


def figure(kind: Kind, row: dict[str, Any]) -> str:
    """What of an object's row the changes above change."""
    members = {Kind.CUSTOMER: "name", Kind.ITEM: "price", Kind.PAYMENT: "amount"}
    return str(row[members.get(kind, "total")])


_FIRST = {Kind.CUSTOMER: "Customer 1", Kind.ITEM: "1.25", Kind.PAYMENT: "12.34"}
_THEN = {Kind.CUSTOMER: "Renamed Customer", Kind.ITEM: "99.99", Kind.PAYMENT: "20.00"}


def living(desk: Desk, kind: Kind) -> list[dict[str, Any]]:
    """The provider's objects of a kind that count."""
    return [row for row in desk.rows(kind) if not row.get("void") and row.get("active", True)]


@check_each(
    KINDS,
    "create.{kind}",
    group=GROUP,
    change="Let push_{kind} create the {kind} with exactly the values of push.value, and return a Remote with its id "
    "(and "
    "version and total where the provider tells them).",
    why="What was sold here must stand in the books there, once and to the cent.",
)
def creates(desk: Desk, kind: Kind) -> None:
    desk.sync(one_of(kind))
    desk.agrees()
    rows = desk.rows(kind)
    assert figure(kind, rows[0]) == _FIRST.get(kind, "43.24"), f"sent {_FIRST.get(kind, '43.24')}, there is {rows[0]}"


@check_each(
    KINDS,
    "update.{kind}",
    group=GROUP,
    change="Let push_{kind} change the object push.remote_id (naming push.remote_version where the provider wants a "
    "version) instead of creating another, and return its new version.",
    why="An edited {kind} must replace the old figures; a second object beside the first counts the money twice.",
    promises=_CHANGED,
)
def updates(desk: Desk, kind: Kind) -> None:
    desk.sync(one_of(kind))
    desk.sync([changed(kind)])
    rows = living(desk, kind)
    assert len(rows) == 1, f"after an edit there are {len(rows)} {kind}s in the books"
    expected = _THEN.get(kind, "64.86")
    assert figure(kind, rows[0]) == expected, f"edited to {expected}, there is {rows[0]}"
    # A second edit needs the version that the first one returned.
    desk.sync([one_of(kind)[-1]])
    rows = living(desk, kind)
    assert len(rows) == 1, f"after a second edit there are {len(rows)} {kind}s in the books"
    assert figure(kind, rows[0]) == _FIRST.get(kind, "43.24"), f"the second edit did not arrive: {rows[0]}"


@check_each(
    KINDS,
    "unchanged.{kind}",
    group=GROUP,
    change="Keep values apart from what you add on the way: a record that comes again unchanged must need no call.",
    why="A nightly load of the same records would use the provider's limits up, and touch every object's history.",
)
def unchanged(desk: Desk, kind: Kind) -> None:
    desk.sync(one_of(kind))
    with desk.counted() as calls:
        desk.sync(one_of(kind))
    assert not calls, f"records that did not change caused {len(calls)} calls, the first: {calls[0]}"


@check_each(
    KINDS,
    "found.{kind}",
    group=GROUP,
    hooks=("find_pushed",),
    change="Let find_pushed look by the marker (or number, or natural key) of the push: return the one object that "
    "push_{kind} made of it, with its id, and nothing else; an empty list when there is none.",
    why="After a lost answer this alone decides between once, twice and never.",
)
def found(desk: Desk, kind: Kind) -> None:
    made = make(desk, kind, 1)
    make(desk, kind, 2)
    ids = [remote.id for remote in desk.ask("find_pushed", push=made.push)]
    assert ids == [made.remote.id], f"pushed {made.remote.id!r}, find_pushed returns {ids}"
    nothing = [remote.id for remote in desk.ask("find_pushed", push=strange(made.push))]
    assert nothing == [], f"find_pushed returns {nothing} for what was never pushed"


@check(
    "create.totals_are_the_providers",
    group=GROUP,
    needs=Needs(kinds=(Kind.INVOICE,)),
    change="Put the provider's own total of the invoice into Remote.total.",
    why="The hub compares it with ours: a cent of difference is found the same minute, not at the end of the year.",
)
def totals_are_the_providers(desk: Desk) -> None:
    made = make(desk, Kind.INVOICE, 1)
    there = Decimal(desk.row(Kind.INVOICE, made.remote.id)["total"])
    assert made.remote.total is not None, "the Remote of an invoice has no total"
    assert made.remote.total == there, f"the Remote says {made.remote.total}, the books show {there}"


@check(
    "create.payment_is_applied_to_its_invoice",
    group=GROUP,
    needs=Needs(kinds=(Kind.INVOICE, Kind.PAYMENT)),
    change="Apply the whole amount to push.value.invoice.remote_id, and to no other invoice.",
    why="A customer who has paid is dunned, and another one's debt is forgiven.",
)
def payment_is_applied(desk: Desk) -> None:
    desk.sync([records.customer(1), records.item(1), records.invoice(1), records.invoice(2)])
    desk.sync([records.payment(1, parts={2: "0.50"})])
    paid, other = desk.remote_id(Kind.INVOICE, "INV2"), desk.remote_id(Kind.INVOICE, "INV1")
    (row,) = desk.rows(Kind.PAYMENT)
    wanted = [{"invoice_id": paid, "amount": "0.50"}]
    assert row["applied"] == wanted, f"sent 0.50 for invoice {paid}, applied is {row['applied']}"
    assert desk.row(Kind.INVOICE, paid)["balance"] == "0.75", "the invoice that was paid shows another balance"
    assert desk.row(Kind.INVOICE, other)["balance"] == "1.25", "the invoice that was not paid shows another balance"


@check(
    "update.void_invoice",
    group=GROUP,
    needs=Needs(kinds=(Kind.INVOICE,), hooks=("void_invoice",), promise="voids"),
    change="Let void_invoice take what is owed to zero (or the invoice out of the books, with voids_delete).",
    why="Money that nobody owes any more stays among the receivables.",
)
def voids(desk: Desk) -> None:
    desk.sync([records.customer(1), records.item(1), records.invoice(1)])
    void_invoice(desk.hub, tenant_id=desk.tenant, ref="INV1")
    desk.drain()
    desk.nothing_stuck()
    open_ = [row for row in desk.rows(Kind.INVOICE) if not row["void"] and Decimal(row["balance"]) != 0]
    assert not open_, f"a voided invoice is still open: {open_[0]}"


@check(
    "update.delete_payment",
    group=GROUP,
    needs=Needs(kinds=(Kind.INVOICE, Kind.PAYMENT), hooks=("delete_payment",), promise="deletions"),
    change="Let delete_payment take the payment out of the books, so that its invoice is open again; raise Gone when "
    "it is "
    "not there any more.",
    why="A payment that was entered by mistake hides that the invoice is still unpaid.",
)
def deletes_payments(desk: Desk) -> None:
    desk.sync([records.customer(1), records.item(1), records.invoice(1), records.payment(1, parts={1: "1.00"})])
    delete_payment(desk.hub, tenant_id=desk.tenant, ref="P1")
    desk.drain()
    desk.nothing_stuck()
    assert not living(desk, Kind.PAYMENT), "the payment is still in the books"
    (bill,) = desk.rows(Kind.INVOICE)
    assert bill["balance"] == "1.25", (
        f"after its payment was deleted the invoice shows {bill['balance']} open, not 1.25"
    )
