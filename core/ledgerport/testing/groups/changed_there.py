"""What people do in the provider's own window meanwhile: names taken, objects changed, put away, deleted, books closed.

A check asks the sandbox's control route `person` for it; sandboxes name what people do by the provider's own words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ledgerport.contract import Kind, ProviderTerms
from ledgerport.services.delete_payment import delete_payment
from ledgerport.services.retry_tasks import retry_task
from ledgerport.testing import records
from ledgerport.testing.checks import Needs, check, check_each
from ledgerport.testing.desk import Desk
from ledgerport.testing.making import make

STALE, TAKEN, GONE, CLOSED = "stale version", "duplicate name", "deleted and archived objects", "closed period"
_LISTS = (Kind.CUSTOMER, Kind.ITEM)
_LATER = "2026-09-30"
_NEW = {
    Kind.CUSTOMER: records.customer(1, name="Renamed by us"),
    Kind.ITEM: records.item(1, name="Renamed by us"),
}


def _names_may_repeat(terms: ProviderTerms, kind: Kind) -> str:
    rules = terms.kinds[kind].name
    unique = rules is not None and rules.unique and rules.enforced
    return "" if unique else f"{terms.label} takes two {kind}s of one name."


# --- stale version ----------------------------------------------------------------------------------------------------


@check_each(
    _LISTS,
    "stale.{kind}_changed_there_is_read_again",
    group=STALE,
    change="Raise Stale when the version that push.remote_version names is not the current one, and let find_pushed "
    "(or the next push) learn the new one; where there are no versions just write.",
    why="After somebody corrects a telephone number in the books, every later change made here would be refused.",
)
def stale(desk: Desk, kind: Kind) -> None:
    desk.sync([records.customer(1), records.item(1)])
    remote_id = desk.remote_id(kind, "C1" if kind is Kind.CUSTOMER else "I1")
    _person(desk, ("rename",), kind=kind.capitalize(), id=remote_id, name="Renamed by them")
    desk.sync([_NEW[kind]])
    rows = desk.rows(kind)
    assert [row["name"] for row in rows] == ["Renamed by us"], (
        f"it was renamed there, then here; in the books is {[row['name'] for row in rows]}"
    )
    assert rows[0]["id"] == remote_id, f"{kind} {remote_id} was replaced by {rows[0]['id']}"


# --- duplicate name ---------------------------------------------------------------------------------------------------


@check_each(
    _LISTS,
    "duplicate.{kind}_that_is_there_is_used",
    group=TAKEN,
    hooks=("on_duplicate_name",),
    change="Raise NameTaken from push_{kind} when the name is in use, and let on_duplicate_name return who has it, "
    "with id, kind, name, e-mail and whether it is active.",
    why="A company that was in the books before us would have every {kind} twice, with the sales spread over both.",
    promises=dict.fromkeys(_LISTS, "duplicate_names"),
)
def already_there(desk: Desk, kind: Kind) -> None:
    there = make(desk, kind, 1)
    record = records.customer(1) if kind is Kind.CUSTOMER else records.item(1, price=str(there.push.value.price))
    desk.sync([record])
    ids = [row["id"] for row in desk.rows(kind)]
    assert ids == [there.remote.id], f"{kind} {there.remote.id!r} had the name; now there are {ids}"
    linked = desk.remote_id(kind, str(record["ref"]))
    assert linked == there.remote.id, f"ours is linked to {linked!r}, not to {there.remote.id!r}"


@check(
    "duplicate.somebody_elses_name_is_asked_about",
    group=TAKEN,
    needs=Needs(
        kinds=(Kind.CUSTOMER,),
        hooks=("on_duplicate_name",),
        terms=lambda terms: _names_may_repeat(terms, Kind.CUSTOMER),
        promise="duplicate_names",
    ),
    change="Return from on_duplicate_name the e-mail of whoever has the name: the hub takes nobody for ours whose "
    "e-mail is another, and asks a person.",
    why="Two customers called John Smith would share one account, and one of them pays for both.",
)
def somebody_else(desk: Desk) -> None:
    there = make(desk, Kind.CUSTOMER, 1)
    desk.load([records.customer(1, email="another.person@example.com")])
    with desk.counted() as calls:
        desk.drain()
    (row,) = desk.rows(Kind.CUSTOMER)
    assert row["email"] == there.push.value.email, f"the other customer's e-mail became {row['email']}"
    stuck = desk.stuck()
    assert [one.ref for one in stuck] == ["C1"], f"a person must be asked about C1; asked is about {stuck}"
    candidates = [one.id for one in stuck[0].candidates]
    assert candidates == [there.remote.id], f"{there.remote.id!r} has the name, a person is shown {candidates}"
    assert len(calls) < 10, f"it took {len(calls)} calls to find out"


# --- deleted, inactive, archived --------------------------------------------------------------------------------------


@check_each(
    (*_LISTS, Kind.INVOICE),
    "gone.{kind}_is_not_made_anew",
    group=GONE,
    change="Raise Gone when push.remote_id is deleted, archived or inactive for good (or change it where the provider "
    "lets you); never create another {kind} for a push that names one.",
    why="What a bookkeeper took out of the books on purpose comes back by night.",
)
def gone(desk: Desk, kind: Kind) -> None:
    desk.sync([records.customer(1), records.item(1)])
    if kind is Kind.INVOICE:
        desk.sync([records.invoice(1)])
    before = {row["id"] for row in desk.rows(kind)}
    (remote_id,) = before
    _person(desk, ("delete", "archive", "deactivate", "void"), kind=kind.capitalize(), id=remote_id)
    new = _NEW.get(kind) or records.invoice(1, lines=[records.line(1, 3)])
    desk.load([new])
    desk.drain()
    strange = {row["id"] for row in desk.rows(kind)} - before
    assert not strange, f"{kind} {remote_id} was put away over there, and {strange} was made in its place"
    stuck = desk.stuck()
    if not stuck:
        # Some providers let what is put away be changed.
        row = desk.row(kind, remote_id)
        assert row.get("name", "") == "Renamed by us" or row.get("total") == "3.75", (
            f"nobody is told that {kind} {remote_id} is gone, and the change did not arrive: {row}"
        )
    else:
        assert stuck[0].ref == new["ref"], (
            f"{new['ref']} cannot be changed any more; a person is told of {stuck[0].ref}"
        )
        assert stuck[0].reason, f"{new['ref']} waits for a person, and no reason is told"


@check(
    "gone.payment_deleted_there_can_be_deleted_here",
    group=GONE,
    needs=Needs(kinds=(Kind.INVOICE, Kind.PAYMENT), hooks=("delete_payment",), promise="deletions"),
    change="Raise Gone from delete_payment when the payment is not there any more: that is what was wanted.",
    why="A correction that is done already would wait for a person for ever.",
)
def payment_gone(desk: Desk) -> None:
    desk.sync([records.customer(1), records.item(1), records.invoice(1), records.payment(1, parts={1: "1.00"})])
    (row,) = desk.rows(Kind.PAYMENT)
    _person(desk, ("delete", "void"), kind="Payment", id=row["id"])
    delete_payment(desk.hub, tenant_id=desk.tenant, ref="P1")
    desk.drain()
    desk.nothing_stuck()
    (bill,) = desk.rows(Kind.INVOICE)
    assert bill["balance"] == "1.25", f"the payment is gone, and the invoice shows {bill['balance']} open, not 1.25"


# --- closed period ----------------------------------------------------------------------------------------------------


@check(
    "closed.invoice_of_a_closed_period_waits",
    group=CLOSED,
    needs=Needs(kinds=(Kind.INVOICE,), promise="closed_periods"),
    change="Turn the refusal of a date in a closed period into Refused with the provider's words, and nothing else: "
    "not another date, not TryLater.",
    why="A month that is filed with the tax office changes afterwards, or the invoice is lost without a word.",
)
def closed(desk: Desk) -> None:
    desk.sync([records.customer(1), records.item(1)])
    _close(desk, _LATER)
    desk.load([records.invoice(1)])
    desk.drain()
    assert desk.rows(Kind.INVOICE) == [], f"the books were closed until {_LATER}, and an invoice was put into them"
    stuck = desk.stuck()
    assert [row.ref for row in stuck] == ["INV1"], f"a person must be told of INV1; told is of {stuck}"
    assert stuck[0].detail or stuck[0].reason, "INV1 waits for a person, and no reason is told"
    _close(desk, None)
    retry_task(desk.hub, tenant_id=desk.tenant, task_id=stuck[0].id)
    desk.drain()
    desk.agrees()


def _close(desk: Desk, until: str | None) -> None:
    _person(desk, ("close_books",), until=until)


def _person(desk: Desk, actions: Iterable[str], **told: Any) -> None:
    """Do the first of the actions that the sandbox knows. Raises AssertionError with its words when it knows none."""
    refusals = []
    for action in actions:
        try:
            desk.sandbox.control("person", {"action": action, "company": desk.company, **told})
        except AssertionError as refusal:
            refusals.append(str(refusal))
        else:
            return
    raise AssertionError("; ".join(refusals))
