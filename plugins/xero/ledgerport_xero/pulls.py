"""What comes back: pages of customers, items and payments, accounts, tax codes, changes.

Lists are ordered by when a row was last changed. Turning their pages while rows change skips some, so the next page is
asked for as "changed since the last row", and only where many rows share a second by its number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from ledgerport.contract import (
    Account,
    Broken,
    Change,
    LedgerAccount,
    Page,
    PulledCustomer,
    PulledItem,
    PulledPayment,
    TaxCode,
)
from ledgerport_xero.answers import Row
from ledgerport_xero.client import Client, client_for
from ledgerport_xero.mapping import accounts, customers, items, payments
from ledgerport_xero.mapping.wire import moment, text, version
from ledgerport_xero.shapes import CUSTOMER, ESTIMATE, INVOICE, ITEM, PAYMENT, Shape

P = TypeVar("P")

_ORDER = {"order": "UpdatedDateUTC ASC"}
_PAYMENTS = {"where": 'PaymentType=="ACCRECPAYMENT"'}
# Whether "modified since" holds the moment itself is not documented, and it is accurate to the second.
_SECOND = timedelta(seconds=1)
_OVERLAP = timedelta(minutes=5)
# Pages of one kind that one look at the changes reads, unless they are all of one moment.
_MOST_PAGES = 3
_START = datetime(1970, 1, 1, tzinfo=UTC)


def customer_page(account: Account, cursor: str | None) -> Page[PulledCustomer]:
    """A page of contacts, archived ones too."""
    currency = account.company.currency
    query = {"includeArchived": "true"}
    return _page(account, CUSTOMER.entity, cursor, query, lambda row: customers.pulled(row, currency))


def item_page(account: Account) -> Page[PulledItem]:
    """All items: their list has no pages."""
    currency = account.company.currency
    rows = client_for(account.http, account.company).rows(ITEM.entity)
    return Page(rows=[items.pulled(row, currency) for row in rows])


def payment_page(account: Account, cursor: str | None) -> Page[PulledPayment]:
    """A page of payments of sales invoices, deleted ones too."""
    return _page(account, PAYMENT.entity, cursor, _PAYMENTS, payments.pulled)


def ledger_accounts(account: Account) -> list[LedgerAccount]:
    """The active accounts that are of use: income, expense, deposit."""
    rows = client_for(account.http, account.company).rows("Accounts")
    return [found for row in rows for found in accounts.accounts(row) if found.active]


def tax_codes(account: Account) -> list[TaxCode]:
    """The active tax rates that may be used on sales."""
    rows = client_for(account.http, account.company).rows("TaxRates")
    return [code for row in rows if (code := accounts.tax_code(row)).active]


@dataclass(frozen=True)
class _Cursor:
    """Where a page begins: rows changed since a moment, and the number of the page among them."""

    since: datetime
    number: int

    def __str__(self) -> str:
        return f"{self.since.isoformat()};{self.number}"


def _page(
    account: Account,
    entity: str,
    cursor: str | None,
    query: Mapping[str, str],
    read: Callable[[Row], P | None],
) -> Page[P]:
    at = _cursor(cursor)
    client = client_for(account.http, account.company)
    since = at.since if at.since > _START else None
    rows, more = client.page(entity, at.number, {**query, **_ORDER}, since=since)
    following = _following(at, rows) if more and rows else None
    return Page(
        rows=[value for row in rows if (value := read(row)) is not None],
        next=str(following) if following is not None else None,
    )


def _following(at: _Cursor, rows: Sequence[Row]) -> _Cursor:
    last = moment(rows[-1], "UpdatedDateUTC")
    since = last.replace(microsecond=0) - _SECOND if last is not None else at.since
    # The last page's rows come once more; a page that is all of one second is turned instead.
    return _Cursor(since, 1) if since > at.since else _Cursor(at.since, at.number + 1)


def changes(account: Account, since: datetime) -> Page[Change]:
    """What changed since `since`, deletions included; `next` is the moment to ask from again.

    Each kind is a list of its own. The next look begins before the last change that this one saw, or where the first
    of the lists that were too long stopped. A deleted item is not told by Xero in any way.
    """
    client = client_for(account.http, account.company)
    rows: list[Change] = []
    stopped = []
    for shape, query in _FEEDS:
        told, whole = _of_one(client, shape, query, since)
        rows += told
        if not whole:
            stopped.append(told[-1].at)
    upto = min(stopped) if stopped else max((change.at for change in rows), default=since)
    return Page(rows=rows, next=max(since, upto - _OVERLAP).astimezone(UTC).isoformat(timespec="seconds"))


def _of_one(client: Client, shape: Shape[Any], query: Mapping[str, str], since: datetime) -> tuple[list[Change], bool]:
    """The changes of one kind, and whether they are all.

    A few pages at a time, but always more than one moment's: a thousand objects of an import must not hold the look
    where it is.
    """
    told: list[Change] = []
    for number, page in enumerate(client.pages(shape.entity, query, since=since), start=1):
        told += [_change(shape, row, since) for row in page]
        if number >= _MOST_PAGES and told[-1].at > since + _OVERLAP:
            return told, False
    return told, True


def _change(shape: Shape[Any], row: Row, fallback: datetime) -> Change:
    return Change(
        kind=shape.kind,
        remote_id=text(row, shape.id_name),
        at=moment(row, "UpdatedDateUTC") or fallback,
        version=version(row),
        deleted=text(row, "Status").upper() == "DELETED",
    )


def _cursor(cursor: str | None) -> _Cursor:
    if cursor is None:
        return _Cursor(_START, 1)
    since, _, number = cursor.partition(";")
    try:
        at = _Cursor(datetime.fromisoformat(since), int(number))
    except ValueError as error:
        raise Broken(f"A page's cursor reads {cursor[:40]!r}.") from error
    if at.number < 1 or at.since.tzinfo is None:
        raise Broken(f"A page's cursor reads {cursor[:40]!r}.")
    return at


# Items come in one answer, and by what quotes can be ordered is not documented; the order of change is the default.
_FEEDS: tuple[tuple[Shape[Any], Mapping[str, str]], ...] = (
    (CUSTOMER, {"includeArchived": "true", **_ORDER}),
    (ITEM, {}),
    (INVOICE, {"where": 'Type=="ACCREC"', **_ORDER}),
    (ESTIMATE, {}),
    (PAYMENT, {**_PAYMENTS, **_ORDER}),
)
