"""What comes back: pages of customers, items and payments, accounts, tax codes, changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from ledgerport.contract import Account, AccountUse, Broken, Change, LedgerAccount, Page, TaxCode
from ledgerport_quickbooks.answers import Row
from ledgerport_quickbooks.client import Client, client_for
from ledgerport_quickbooks.mapping import accounts
from ledgerport_quickbooks.mapping.wire import part, rows_of, text
from ledgerport_quickbooks.queries import WITH_INACTIVE, select
from ledgerport_quickbooks.terms import MAX_ROWS

P = TypeVar("P")

_CHANGING = ("Customer", "Item", "Invoice", "Estimate", "Payment")
# QuickBooks' clocks and its change feed are not one: windows overlap, and changes are told apart by id and version.
_OVERLAP = timedelta(minutes=5)


def page(
    account: Account, entity: str, cursor: str | None, read: Callable[[Row], P | None], *, listed: bool
) -> Page[P]:
    """One page, ordered by id; `cursor` is the position of its first row, from 1. Inactive entries of a name list
    included.
    """
    start = _position(cursor)
    conditions = (WITH_INACTIVE,) if listed else ()
    client = client_for(account.http, account.company)
    rows = client.query(select(entity, *conditions, start=start), entity)
    values = [value for row in rows if (value := read(row)) is not None]
    return Page(rows=values, next=str(start + len(rows)) if len(rows) >= MAX_ROWS else None)


def ledger_accounts(account: Account) -> list[LedgerAccount]:
    """The active accounts that are of use: income, expense, deposit."""
    rows = client_for(account.http, account.company).everything("Account")
    return [found for row in rows if (found := accounts.account(row)).use is not AccountUse.OTHER and found.active]


def tax_codes(account: Account) -> list[TaxCode]:
    """The active tax codes with their rates, which stand in a list of their own."""
    client = client_for(account.http, account.company)
    codes = accounts.tax_codes(client.everything("TaxCode"), client.everything("TaxRate"))
    return [code for code in codes if code.active]


def changes(account: Account, since: datetime) -> Page[Change]:
    """What changed since `since`, deletions included; `next` is the moment to ask from again.

    An answer holds 1,000 objects at most and a full one is no checkpoint. Then each kind is asked alone; a kind that
    is still full is read page by page in the order of its changes instead, and `next` is where that stopped, so that
    the window grows shorter with each call until the feed, which alone knows deletions, is no longer full. A deletion
    that lies before such a window's last part is not told by QuickBooks in any way.
    """
    client = client_for(account.http, account.company)
    answer = client.changes(_CHANGING, since)
    found = _told(answer)
    if len(found) < MAX_ROWS:
        return Page(rows=found, next=_iso(max(since, _time(answer) - _OVERLAP)))
    rows: list[Change] = []
    checkpoints = []
    for entity in _CHANGING:
        told, checkpoint = _of_one(client, entity, since)
        rows += told
        checkpoints.append(checkpoint)
    return Page(rows=rows, next=_iso(max(since, min(checkpoints))))


def _of_one(client: Client, entity: str, since: datetime) -> tuple[list[Change], datetime]:
    answer = client.changes([entity], since)
    told = _told(answer)
    if len(told) < MAX_ROWS:
        return told, _time(answer) - _OVERLAP
    after = f"MetaData.LastUpdatedTime >= '{_iso(since)}'"
    rows: list[Change] = [change for change in told if change.deleted]
    start = 1
    while True:
        batch = client.query(
            select(entity, after, *_inactive_too(entity), order="MetaData.LastUpdatedTime", start=start), entity
        )
        found = [_change(entity, row, since) for row in batch]
        if start > 1 and {change.remote_id for change in found} <= {change.remote_id for change in rows}:
            raise Broken(f"QuickBooks answers the same page of {entity} again and again.")
        rows += found
        start += len(batch)
        # A thousand objects of one moment (an import) must not hold the checkpoint where it is.
        if len(batch) < MAX_ROWS:
            return rows, _time(answer) - _OVERLAP
        if found[-1].at > since + _OVERLAP:
            return rows, found[-1].at - _OVERLAP


def _inactive_too(entity: str) -> tuple[str, ...]:
    return (WITH_INACTIVE,) if entity in ("Customer", "Item") else ()


def _told(answer: Row) -> list[Change]:
    return list(_changes_in(answer))


def _changes_in(answer: Row) -> Iterator[Change]:
    fallback = _time(answer)
    for response in rows_of(answer, "CDCResponse"):
        for group in rows_of(response, "QueryResponse"):
            for entity in _CHANGING:
                for row in rows_of(group, entity):
                    yield _change(entity, row, fallback)


def _change(entity: str, row: Row, fallback: datetime) -> Change:
    return Change(
        kind=entity.lower(),
        remote_id=text(row, "Id"),
        at=_moment(text(part(row, "MetaData"), "LastUpdatedTime")) or fallback,
        version=text(row, "SyncToken"),
        deleted=text(row, "status") == "Deleted",
    )


def _time(answer: Row) -> datetime:
    """The provider's own time of its answer. Broken without one: no checkpoint could be set."""
    moment = _moment(text(answer, "time"))
    if moment is None:
        raise Broken("QuickBooks' change feed does not tell its time.")
    return moment


def _moment(words: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 1
    if not cursor.isascii() or not cursor.isdigit() or int(cursor) < 1:
        raise Broken(f"A page's cursor reads {cursor[:40]!r}.")
    return int(cursor)
