"""Lists end, miss nothing and tell nothing twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport.contract import Kind
from ledgerport.testing import records
from ledgerport.testing.checks import Needs, check
from ledgerport.testing.desk import Desk

GROUP = "paging"
# More than the usual page of a hundred.
_MANY = 103
_PAGES_AT_MOST = _MANY + 5


def everything(desk: Desk, hook: str) -> list[Any]:
    """All rows of a list, page by page. Raises AssertionError when it does not end."""
    rows: list[Any] = []
    cursor, seen = None, set()
    for _ in range(_PAGES_AT_MOST):
        page = desk.ask(hook, cursor=cursor)
        rows.extend(page.rows)
        if page.next is None:
            ids = [row.remote.id for row in rows]
            assert len(set(ids)) == len(ids), f"{hook} tells {len(ids) - len(set(ids))} objects twice"
            return rows
        assert page.next not in seen, f"{hook} gives the cursor {page.next!r} a second time: the list never ends"
        seen.add(page.next)
        cursor = page.next
    raise AssertionError(f"{hook} has not ended after {_PAGES_AT_MOST} pages")


@check(
    "paging.customers",
    group=GROUP,
    needs=Needs(hooks=("pull_customers",), kinds=(Kind.CUSTOMER,)),
    change="Let pull_customers go on from its cursor to the last page, in an order that does not move, and then give "
    "None.",
    why="A customer on the second page is not known here, and is created once more.",
)
def customers(desk: Desk) -> None:
    desk.sync(records.customer(number) for number in range(1, _MANY + 1))
    rows = {row.remote.id: row for row in everything(desk, "pull_customers")}
    for row in desk.books():
        if row.kind is Kind.CUSTOMER:
            assert row.remote_id in rows, f"{row.name!r} was sent, and pull_customers does not tell it"
            its = rows[row.remote_id].value
            assert its.name == row.name, f"{row.name!r} comes back as {its.name!r}"
            number = row.ref.removeprefix("C")
            assert its.email.lower() == f"customer{number}@example.com", f"{row.name!r} comes back with {its.email!r}"


@check(
    "paging.items",
    group=GROUP,
    needs=Needs(hooks=("pull_items",), kinds=(Kind.ITEM,)),
    change="Let pull_items go on from its cursor to the last page, with names and prices as they stand there.",
    why="An item on the second page is not known here, and is created once more.",
)
def items(desk: Desk) -> None:
    desk.sync(records.item(number) for number in range(1, _MANY + 1))
    rows = {row.remote.id: row for row in everything(desk, "pull_items")}
    for row in desk.books():
        if row.kind is Kind.ITEM and row.due:
            assert row.remote_id in rows, f"{row.name!r} was sent, and pull_items does not tell it"
            its = rows[row.remote_id].value
            assert its.name == row.name, f"{row.name!r} comes back as {its.name!r}"
            assert its.price == row.amount, f"{row.name!r} was sent for {row.amount}, it comes back for {its.price}"


@check(
    "paging.payments",
    group=GROUP,
    needs=Needs(hooks=("pull_payments",), kinds=(Kind.INVOICE, Kind.PAYMENT)),
    change="Let pull_payments tell each payment with its day, its amount and how much of it is applied to which "
    "invoice.",
    why="Money that came in over there would not be seen here, and the customer is dunned.",
)
def payments(desk: Desk) -> None:
    desk.sync([records.customer(1), records.item(1), records.invoice(1), records.invoice(2)])
    desk.sync([records.payment(1, parts={1: "1.00"}), records.payment(2, parts={2: "0.75"})])
    rows = {row.remote.id: row for row in everything(desk, "pull_payments")}
    bills = {row.id: row.remote_id for row in desk.books() if row.kind is Kind.INVOICE}
    for ours in desk.books():
        if ours.kind is Kind.PAYMENT:
            assert ours.remote_id in rows, f"payment {ours.ref} was sent, and pull_payments does not tell it"
            its = rows[ours.remote_id]
            assert its.amount == ours.amount, f"payment {ours.ref} of {ours.amount} comes back with {its.amount}"
            assert its.paid_on == records.DAY, f"paid on {records.DAY}, it comes back as {its.paid_on}"
            applied = {invoice: Decimal(part) for invoice, part in its.applied.items() if part}
            wanted = {bills[ours.invoice_id]: ours.amount}
            assert applied == wanted, f"payment {ours.ref} is applied as {applied}, not {wanted}"


@check(
    "paging.empty_lists",
    group=GROUP,
    needs=Needs(terms=lambda terms: "" if any(its.pull for its in terms.kinds.values()) else "Nothing can be pulled."),
    change="Return Page(rows=[], next=None) when there is nothing.",
    why="The first import of a new company would fail.",
)
def empty_lists(desk: Desk) -> None:
    for kind, its in desk.terms.kinds.items():
        if its.pull:
            there = len(desk.rows(kind))
            told = len(everything(desk, f"pull_{kind}s"))
            assert told >= there, f"the books have {there} {kind}s, pull_{kind}s tells {told}"
