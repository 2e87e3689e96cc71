"""What comes back: pages of customers, items and payments, accounts, sales taxes, changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from ledgerport.contract import Account, AccountUse, Broken, Change, Kind, LedgerAccount, Page, PulledPayment, TaxCode
from ledgerport_wave import documents
from ledgerport_wave.answers import Row
from ledgerport_wave.client import Client, client_for
from ledgerport_wave.documents import Listing
from ledgerport_wave.mapping import accounts, payments
from ledgerport_wave.mapping.wire import moment, money, rows_of, text

P = TypeVar("P")

# Each paid invoice of a page costs a read of its own.
_INVOICES_AT_ONCE = 25
# Pages of one kind that one look at the changes reads at most.
_CHANGE_PAGES = 5
# What is written while we read may be stamped a little earlier: windows overlap, and changes are told apart by id and
# version.
_OVERLAP = timedelta(minutes=2)
_CHANGING = (
    (Kind.CUSTOMER, documents.CUSTOMERS_CHANGED),
    (Kind.ITEM, documents.PRODUCTS_CHANGED),
    (Kind.INVOICE, documents.INVOICES_CHANGED),
    (Kind.ESTIMATE, documents.ESTIMATES_CHANGED),
)


def page(account: Account, listing: Listing, cursor: str | None, read: Callable[[Row], P | None]) -> Page[P]:
    """One page, oldest first, so that what is added meanwhile moves nothing; `cursor` is its number, from 1."""
    number = _number(cursor)
    rows, more = client_for(account.http, account.company).page(listing, number)
    values = [value for row in rows if (value := read(row)) is not None]
    return Page(rows=values, next=str(number + 1) if more else None)


def payment_page(account: Account, cursor: str | None) -> Page[PulledPayment]:
    """The payments of one page of invoices. Wave shows them inside one invoice only, so each paid one is read."""
    client = client_for(account.http, account.company)
    number = _number(cursor)
    rows, more = client.page(documents.INVOICES_OLDEST, number, size=_INVOICES_AT_ONCE)
    found: list[PulledPayment] = []
    for row in rows:
        if not money(row, "amountPaid"):
            continue
        invoice = client.one(documents.INVOICE_WITH_PAYMENTS, text(row, "id")) or {}
        pulled = (payments.pulled(paid, invoice) for paid in rows_of(invoice, "payments"))
        found.extend(payment for payment in pulled if payment is not None)
    return Page(rows=found, next=str(number + 1) if more else None)


def ledger_accounts(account: Account) -> list[LedgerAccount]:
    """The active accounts that are of use, the usual choice of each use first."""
    rows = client_for(account.http, account.company).everything(documents.ACCOUNTS)
    found = [accounts.account(row, account.company.currency) for row in sorted(rows, key=accounts.rank)]
    return [one for one in found if one.use is not AccountUse.OTHER and one.active]


def tax_codes(account: Account) -> list[TaxCode]:
    """The active sales taxes."""
    rows = client_for(account.http, account.company).everything(documents.SALES_TAXES)
    return [code for row in rows if (code := accounts.tax_code(row)).active]


def changes(account: Account, since: datetime) -> Page[Change]:
    """What was modified after `since`; `next` is the moment to ask from again.

    Read in the order of the changes, so that a stretch which is too long for one call is cut at a moment that every
    kind has reached. What was deleted outright is not told by Wave in any way; a customer that was deleted may show
    as archived. Payments change their invoice.
    """
    client = client_for(account.http, account.company)
    found: list[Change] = []
    reached: list[datetime] = []
    for kind, listing in _CHANGING:
        rows, cut = _since(client, kind, listing, since)
        found.extend(rows)
        if cut is not None:
            reached.append(cut)
    newest = max((change.at for change in found), default=since)
    until = min([newest, *reached]) - _OVERLAP
    return Page(rows=found, next=_iso(max(until, since)))


def _since(client: Client, kind: Kind, listing: Listing, since: datetime) -> tuple[list[Change], datetime | None]:
    """The changes of one kind, and how far they reach when there are more.

    A stretch of one moment that fills all pages (an import) is read on until the next moment.
    """
    found: list[Change] = []
    number = 1
    while True:
        rows, more = client.page(listing, number, after=_iso(since))
        found.extend(change for row in rows if (change := _change(kind, row)) is not None)
        if not more:
            return found, None
        if number >= _CHANGE_PAGES and found and found[-1].at - _OVERLAP > since:
            return found, found[-1].at
        number += 1


def _change(kind: Kind, row: Row) -> Change | None:
    at = moment(row, "modifiedAt")
    if at is None:
        return None
    deleted = text(row, "status") == "DELETED" or (kind is Kind.CUSTOMER and row.get("isArchived") is True)
    return Change(kind=kind, remote_id=text(row, "id"), at=at, version=text(row, "modifiedAt"), deleted=deleted)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(cursor: str | None) -> int:
    if cursor is None:
        return 1
    if not cursor.isascii() or not cursor.isdigit() or int(cursor) < 1:
        raise Broken(f"A page's cursor reads {cursor[:40]!r}.")
    return int(cursor)
