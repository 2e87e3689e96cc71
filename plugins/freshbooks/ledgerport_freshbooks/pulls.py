"""What comes back: pages of customers, items and payments, accounts, tax codes, changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from ledgerport.contract import Account, Broken, Change, Kind, LedgerAccount, Page, Refused, TaxCode
from ledgerport_freshbooks.answers import Row
from ledgerport_freshbooks.client import (
    ACCOUNTS,
    CLIENTS,
    ESTIMATES,
    INVOICES,
    ITEMS,
    PAYMENTS,
    TAXES,
    Client,
    Resource,
    client_for,
)
from ledgerport_freshbooks.mapping import accounts, taxes
from ledgerport_freshbooks.mapping.moments import eastern_day, span_of
from ledgerport_freshbooks.mapping.wire import DELETED, id_of, is_deleted, text
from ledgerport_freshbooks.refusals import NO_MODULE

P = TypeVar("P")

_CHANGING = (
    (Kind.CUSTOMER, CLIENTS),
    (Kind.ITEM, ITEMS),
    (Kind.INVOICE, INVOICES),
    (Kind.ESTIMATE, ESTIMATES),
    (Kind.PAYMENT, PAYMENTS),
)
# The lists are read one after the other: what changes in one of them while another is read lies at most so far back.
_OVERLAP = timedelta(minutes=10)


def page(account: Account, resource: Resource, cursor: str | None, read: Callable[[Row], P]) -> Page[P]:
    """One page; `cursor` is its number, from 1. Deleted rows are not listed over there."""
    number = _number(cursor)
    rows, last = client_for(account.http, account.company).page(resource, number)
    return Page(rows=[read(row) for row in rows], next=str(number + 1) if number < last else None)


def ledger_accounts(account: Account) -> list[LedgerAccount]:
    """The accounts, for reference; none in an account without this part of FreshBooks."""
    try:
        rows = client_for(account.http, account.company).everything(ACCOUNTS)
    except Refused as error:
        if error.code in NO_MODULE:
            return []
        raise
    return list(accounts.accounts(rows))


def tax_codes(account: Account) -> list[TaxCode]:
    """The taxes, by name and percent."""
    return taxes.tax_codes(client_for(account.http, account.company).everything(TAXES))


def changes(account: Account, since: datetime) -> Page[Change]:
    """What changed since `since`, deletions included; `next` is the moment to ask from again.

    There is no feed. The lists are searched by the day of the change and compared by the moment here; kinds whose
    search does not work answer everything. FreshBooks does not tell its time, so the newest change seen sets `next`,
    some minutes back: a change may be told twice, with the same version.
    """
    client = client_for(account.http, account.company)
    found: list[Change] = []
    for kind, resource in _CHANGING:
        try:
            found += _of_one(client, kind, resource, since)
        except Refused as error:
            if error.code not in NO_MODULE:
                raise
    newest = max((change.at for change in found), default=since) - _OVERLAP
    return Page(rows=found, next=max(since, newest).astimezone(UTC).isoformat(timespec="seconds"))


def _of_one(client: Client, kind: Kind, resource: Resource, since: datetime) -> list[Change]:
    after = ("search[updated_min]", eastern_day(since).isoformat())
    rows = {id_of(row, "id", *resource.ids): row for row in client.everything(resource, after)}
    rows.update((id_of(row, "id", *resource.ids), row) for row in _deleted(client, resource, after))
    return [change for row_id, row in rows.items() if (change := _change(kind, row_id, row, since)) is not None]


def _deleted(client: Client, resource: Resource, after: tuple[str, str]) -> Iterator[Row]:
    """Deleted rows, which lists hide until they are asked for. Where that search is ignored too the living come again,
    and the reading ends with its first page.
    """
    for rows in client.pages(resource, after, ("search[vis_state]", str(DELETED))):
        gone = [row for row in rows if is_deleted(row)]
        yield from gone
        if len(gone) < len(rows):
            return


def _change(kind: Kind, remote_id: str, row: Row, since: datetime) -> Change | None:
    """None for a row that changed before. One without a readable moment may have changed at any."""
    span = span_of(text(row, "updated"))
    earliest, latest = span if span is not None else (since, since)
    if latest < since:
        return None
    return Change(
        kind=kind,
        remote_id=remote_id,
        at=earliest,
        version=text(row, "updated"),
        deleted=is_deleted(row),
    )


def _number(cursor: str | None) -> int:
    if cursor is None:
        return 1
    if not cursor.isascii() or not cursor.isdigit() or int(cursor) < 1:
        raise Broken(f"A page's cursor reads {cursor[:40]!r}.")
    return int(cursor)
