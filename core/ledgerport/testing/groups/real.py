"""A short life in somebody's books, by hooks alone: on the sandbox, on a real test company, or on a recording of it.

Reading comes first. What is made carries a name that says so, and invoices and payments are taken out again.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from ledgerport.contract import (
    Customer,
    Gone,
    Invoice,
    Item,
    Kind,
    NameTaken,
    Page,
    Payment,
    ProviderTerms,
    Push,
    Reference,
    Remote,
)
from ledgerport.testing import records
from ledgerport.testing.books import Books
from ledgerport.testing.checks import Needs, check

GROUP = "real books"
_PAGES = 3
_OURS = "Ledgerport check"
Sent = TypeVar("Sent", Customer, Item, Invoice, Payment)


@check(
    "real.customers_can_be_read",
    group=GROUP,
    needs=Needs(hooks=("pull_customers",)),
    change="Let pull_customers return each customer once with its id and name, page after page.",
    why="The import of customers shows nobody, or somebody twice.",
    live=True,
)
def customers_can_be_read(books: Books) -> None:
    _read(books, "pull_customers")


@check(
    "real.items_can_be_read",
    group=GROUP,
    needs=Needs(hooks=("pull_items",)),
    change="Let pull_items return each item once with its id and name, page after page.",
    why="The price book cannot be linked to what is there, and everything is made twice.",
    live=True,
)
def items_can_be_read(books: Books) -> None:
    _read(books, "pull_items")


@check(
    "real.nobody_has_an_address_that_nobody_has",
    group=GROUP,
    needs=Needs(hooks=("find_customers",)),
    change="Let find_customers ask for exactly this e-mail; some searches answer with everybody when a filter is "
    "unknown to them.",
    why="A new customer is linked to a stranger, and his invoices go there.",
    live=True,
)
def nobody_has_that_address(books: Books) -> None:
    email = f"{books.named('nobody')}@example.com"
    found = books.ask("find_customers", email=email)
    assert found == [], f"{email} finds {[one.name or one.id for one in found][:3]}"


@check(
    "real.what_was_never_sent_is_not_found",
    group=GROUP,
    needs=Needs(hooks=("find_pushed",), kinds=(Kind.CUSTOMER,)),
    change="Let find_pushed answer [] for what was never sent.",
    why="After a lost answer the hub adopts a stranger's record as ours.",
    live=True,
)
def never_sent_is_not_found(books: Books) -> None:
    found = books.ask("find_pushed", push=books.push(_customer(books)))
    assert found == [], f"a customer that was never sent is found: {found[0].name or found[0].id!r}"


@check(
    "real.customer_is_made_found_and_changed",
    group=GROUP,
    needs=Needs(kinds=(Kind.CUSTOMER,)),
    change="Return the new object's id and version, find it by the push and by its e-mail, and "
    "change that very object.",
    why="The same customer stands in the books twice.",
    live=True,
)
def customer_life(books: Books) -> None:
    push, made = _send(books, Kind.CUSTOMER, _customer(books))
    _is_found(books, push, made)
    email = push.value.email
    if books.offers("find_customers"):
        found = books.eventually(lambda: books.ask("find_customers", email=email))
        assert [one.id for one in found] == [made.id], f"{email} finds {len(found)} customers, not that one"
    changed = books.ask("push_customer", push=books.push(replace(push.value, phone="555-0199"), **_known(push, made)))
    assert changed.id == made.id, f"a change of {made.id!r} went to {changed.id!r}"


@check(
    "real.name_that_is_taken_is_told",
    group=GROUP,
    needs=Needs(
        kinds=(Kind.CUSTOMER,),
        terms=lambda terms: "" if _unique(terms) else f"{terms.label} lets customers share a name.",
    ),
    change="Raise NameTaken when the provider says that a customer has this name already.",
    why="The record goes round in circles, or the customer stands in the books twice.",
    live=True,
)
def taken_name(books: Books) -> None:
    push, made = _send(books, Kind.CUSTOMER, _customer(books))
    other = replace(_customer(books), name=push.value.name)
    try:
        second = books.ask("push_customer", push=books.push(other))
    except NameTaken:
        return
    books.made(Kind.CUSTOMER, push, second)
    raise AssertionError(f"two customers are called {push.value.name!r} now: {made.id} and {second.id}")


@check(
    "real.invoice_is_made_paid_and_taken_back",
    group=GROUP,
    needs=Needs(kinds=(Kind.CUSTOMER, Kind.ITEM, Kind.INVOICE)),
    change="Return the provider's own total; apply the payment to its invoice; let delete_payment and void_invoice do "
    "so, and do no harm when asked again.",
    why="The books show another amount than the customer was billed.",
    live=True,
)
def bill_life(books: Books) -> None:
    _, who = _send(books, Kind.CUSTOMER, _customer(books))
    item = records.item_value(1, name=books.named(f"{_OURS} item"), code=books.named("LPC"))
    _, what = _send(books, Kind.ITEM, item)
    its = Reference(ref="I1", remote_id=what.id, name=item.name)
    whose = Reference(ref="C1", remote_id=who.id, name=who.name)
    line = replace(records.line_value(its, 1), item_code=item.code)
    number = books.named("LP")
    invoice = replace(records.invoice_value(1, whose, [line]), number=number, issued_on=books.today)
    push, bill = _send(books, Kind.INVOICE, invoice)
    _is_found(books, push, bill)
    total = line.amount
    assert bill.total in (None, total), f"the invoice is over {bill.total} there, {total} here"
    if _pushes(books.terms, Kind.PAYMENT):
        _pay_and_take_back(books, whose, Reference(ref="INV1", remote_id=bill.id, name=number))
    if books.offers("void_invoice"):
        _twice(books, "void_invoice", books.push(invoice, **_known(push, bill)))
        books.taken_out(bill)


def _pay_and_take_back(books: Books, whose: Reference, bill: Reference) -> None:
    payment = replace(records.payment_value(1, whose, bill, Decimal("12.34")), paid_on=books.today)
    push, paid = _send(books, Kind.PAYMENT, payment)
    _is_found(books, push, paid)
    if books.offers("delete_payment"):
        _twice(books, "delete_payment", books.push(payment, **_known(push, paid)))
        books.taken_out(paid)


def _read(books: Books, hook: str) -> None:
    cursor, seen = None, set[str]()
    for _ in range(_PAGES):
        page: Page[Any] = books.ask(hook, cursor=cursor)
        ids = [row.remote.id for row in page.rows]
        assert all(ids), f"{hook} tells an object without an id"
        again = seen & set(ids)
        assert len(set(ids)) == len(ids) and not again, f"{hook} tells an object twice: {sorted(again or ids)[:1]}"
        seen.update(ids)
        if page.next is None:
            return
        assert page.next != cursor, f"{hook} names the same page again"
        cursor = page.next


def _customer(books: Books) -> Customer:
    name = books.named(_OURS)
    return records.customer_value(1, name=name, email=f"{name.replace(' ', '-').lower()}@example.com")


def _send(books: Books, kind: Kind, value: Sent) -> tuple[Push[Sent], Remote]:
    push: Push[Sent] = books.push(value)
    remote: Remote = books.ask(f"push_{kind}", push=push)
    books.made(kind, push, remote)
    assert remote.id, f"push_{kind} returns a Remote without an id"
    return push, remote


def _is_found(books: Books, push: Push[Any], made: Remote) -> None:
    if not books.offers("find_pushed"):
        return
    found = books.eventually(lambda: books.ask("find_pushed", push=push))
    assert [one.id for one in found] == [made.id], f"find_pushed finds {[one.id for one in found]}, not {made.id!r}"


def _twice(books: Books, hook: str, push: Push[Any]) -> None:
    """The second time does no harm: it is gone already, or nothing changes."""
    books.ask(hook, push=push)
    try:
        books.ask(hook, push=push)
    except Gone:
        return


def _known(push: Push[Any], made: Remote) -> dict[str, Any]:
    """What the hub knows of a record that is in the books already."""
    return {"remote_id": made.id, "remote_version": made.version or None, "marker": push.marker}


def _pushes(terms: ProviderTerms, kind: Kind) -> bool:
    return kind in terms.kinds and terms.kinds[kind].push


def _unique(terms: ProviderTerms) -> bool:
    rules = terms.kinds[Kind.CUSTOMER].name if Kind.CUSTOMER in terms.kinds else None
    return rules is not None and rules.unique
