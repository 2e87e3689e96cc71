"""Days stay days and moments stay moments, wherever the hub and the company are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from ledgerport.contract import Kind, Page
from ledgerport.testing import records
from ledgerport.testing.checks import Needs, check
from ledgerport.testing.desk import Desk
from ledgerport.testing.making import make

GROUP = "time zones"
_NIGHT = timedelta(hours=14, minutes=50)


@check(
    "dates.days_do_not_move",
    group=GROUP,
    needs=Needs(kinds=(Kind.INVOICE,)),
    change="Send issued_on as a plain date; put no time and no zone to it that could move it over midnight.",
    why="An invoice of December 31 that is booked on January 1 belongs to another tax year.",
)
def days_do_not_move(desk: Desk) -> None:
    days = {1: "2025-12-31", 2: "2026-01-01", 3: "2024-02-29", 4: "2026-03-08", 5: "2026-06-30"}
    desk.sync([records.customer(1), records.item(1)])
    # Around midnight in UTC, and while it is another day in half of the world.
    desk.pass_time(_NIGHT)
    desk.sync([records.invoice(number, issued_on=day) for number, day in days.items()])
    for number, day in days.items():
        there = desk.row(Kind.INVOICE, desk.remote_id(Kind.INVOICE, f"INV{number}"))["date"]
        assert there == day, f"issued on {day}, the books say {there}"


@check(
    "dates.payment_days_do_not_move",
    group=GROUP,
    needs=Needs(kinds=(Kind.INVOICE, Kind.PAYMENT)),
    change="Send paid_on as a plain date.",
    why="A payment of the last day of the year would be income of the next.",
)
def payment_days_do_not_move(desk: Desk) -> None:
    desk.sync([records.customer(1), records.item(1), records.invoice(1, issued_on="2025-12-01")])
    desk.pass_time(_NIGHT)
    desk.sync([records.payment(1, parts={1: "1.00"}, paid_on="2025-12-31")])
    (row,) = desk.rows(Kind.PAYMENT)
    assert row["date"] == "2025-12-31", f"paid on 2025-12-31, the books say {row['date']}"


@check(
    "dates.changes_are_moments",
    group=GROUP,
    needs=Needs(kinds=(Kind.CUSTOMER,), hooks=("pull_changes",), promise="changes"),
    change="Take `since` in any zone, return `at` timezone-aware, and in Page.next the moment (ISO 8601, with its "
    "zone) to "
    "ask from again: later than what was told, never later than now.",
    why="A change in the hour that is lost between two zones is never seen.",
)
def changes_are_moments(desk: Desk) -> None:
    desk.pass_time(timedelta(minutes=10))
    since = desk.clock.now() - timedelta(minutes=1)
    remote = make(desk, Kind.CUSTOMER, 1).remote
    desk.pass_time(timedelta(minutes=10) + desk.terms.search_lag)
    told = {}
    for zone in (UTC, timezone(timedelta(hours=13)), timezone(timedelta(hours=-11))):
        page: Page[object] = desk.ask("pull_changes", since=since.astimezone(zone))
        rows = [row for row in page.rows if row.kind == Kind.CUSTOMER]  # type: ignore[attr-defined]
        assert all(row.at.tzinfo is not None for row in rows), "a change's moment has no zone"  # type: ignore[attr-defined]
        told[str(zone)] = sorted({row.remote_id for row in rows})  # type: ignore[attr-defined]
        assert remote.id in told[str(zone)], f"a customer made after {since.astimezone(zone)} is not among the changes"
        _sensible_next(desk, page.next, since)
    assert len({tuple(ids) for ids in told.values()}) == 1, f"the same moment in three zones gives {told}"


def _sensible_next(desk: Desk, after: str | None, since: datetime) -> None:
    assert after is not None, "Page.next of pull_changes is None: nobody knows from when to ask again"
    moment = datetime.fromisoformat(after)
    assert moment.tzinfo is not None, f"Page.next {after!r} has no zone"
    assert since - timedelta(days=1) <= moment <= desk.clock.now() + timedelta(minutes=1), f"Page.next is {after}"
