"""The books report: our totals and the provider's, by kind and month, and every difference explained.

Nothing is asked of the provider here. What it has of a document is the total it answered when we last sent it; what
it has of customers, items and payments is known from its own lists once somebody compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import DocumentStatus, Tenant
from ledgerport.db.repositories import books_read, comparisons
from ledgerport.db.repositories.books_read import Span
from ledgerport.services.books_lines import ZERO, Difference, Line, Sums, What, add_up, by_month, explain
from ledgerport.services.compare_books import HOOKS, ComparisonView, Listed, view_of
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import label_of, terms_of
from ledgerport.services.rejections import NotFound
from ledgerport.services.sync_connection import require_connection

MONEY = (Kind.INVOICE, Kind.PAYMENT, Kind.ESTIMATE)


@dataclass(frozen=True, kw_only=True)
class KindReport:
    """One kind: all of it, and by month where it has dates. `listed`: the provider's own list was read."""

    kind: Kind
    sums: Sums
    months: list[tuple[str, Sums]]
    listed: bool


@dataclass(frozen=True, kw_only=True)
class BooksReport:
    """Both books side by side. `year` None: all of them. `foreign`: documents in other currencies than the tenant's,
    which are in no sum. `can_list`: kinds whose list the provider's plugin offers."""

    provider: str
    label: str
    company: str
    currency: str
    year: int | None
    years: list[int]
    kinds: list[KindReport]
    differences: list[Difference]
    foreign: int
    can_list: list[Kind]
    comparison: ComparisonView | None

    @property
    def unexplained(self) -> Decimal:
        """What the sums are apart beyond the differences; zero, or this report is wrong."""
        return sum((abs(its.sums.apart - its.sums.explained) for its in self.kinds), ZERO)


def books_report(hub: Hub, *, tenant_id: int, provider: str, year: int | None = None) -> BooksReport:
    """Look once, in one read transaction. Raises NotFound."""
    if year is not None and not 1900 <= year <= 9998:
        raise NotFound(f"There are no books of the year {year}.")
    terms = terms_of(hub, provider)
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = require_connection(session, hub, provider)
        tenant = session.get_one(Tenant, tenant_id)
        compared = view_of(comparisons.find(session, connection.id))
        span = Span() if year is None else Span(first=date(year, 1, 1), last=date(year, 12, 31))
        books = _Books(
            session=session,
            connection_id=connection.id,
            currency=tenant.currency,
            span=span,
            label=label_of(hub, provider),
            compared=compared if compared is not None and compared.state == "done" else None,
        )
        lines = {kind: list(books.lines(kind)) for kind in Kind}
        years, company = books_read.years(session), connection.company_name
    taken = {kind: [line for line in its if not line.foreign] for kind, its in lines.items()}
    computes_tax = terms is not None and terms.computes_tax
    told: dict[int, Difference] = {}
    for its in taken.values():
        for line in its:
            difference = explain(line, label_of(hub, provider), computes_tax=computes_tax)
            if difference is not None:
                told[id(line)] = difference
    listed = books.compared.lists if books.compared is not None else {}
    return BooksReport(
        provider=provider,
        label=label_of(hub, provider),
        company=company,
        currency=tenant.currency,
        year=year,
        years=years,
        kinds=[
            KindReport(
                kind=kind,
                sums=add_up(taken[kind], told),
                months=[(month, add_up(its, told)) for month, its in by_month(taken[kind])] if kind in MONEY else [],
                listed=kind in listed,
            )
            for kind in (*MONEY, Kind.CUSTOMER, Kind.ITEM)
        ],
        differences=[
            told[id(line)] for kind in (*MONEY, Kind.CUSTOMER, Kind.ITEM) for line in taken[kind] if id(line) in told
        ],
        foreign=sum(line.foreign for its in lines.values() for line in its),
        can_list=_can_list(hub, provider),
        comparison=compared,
    )


def newest_year(hub: Hub, *, tenant_id: int) -> int | None:
    """The last year there are documents or payments of."""
    with hub.database.tenant(tenant_id, read=True) as session:
        return next(iter(books_read.years(session)), None)


def _can_list(hub: Hub, provider: str) -> list[Kind]:
    if terms_of(hub, provider) is None:
        return []
    plugin = hub.host.for_provider(provider)
    return [kind for kind, hook in HOOKS.items() if plugin.offers(hook)]


@dataclass(kw_only=True)
class _Books:
    """The lines of one connection."""

    session: Session
    connection_id: int
    currency: str
    span: Span
    label: str
    compared: ComparisonView | None
    reasons: Mapping[tuple[str, int], str] = field(init=False)

    def __post_init__(self) -> None:
        self.reasons = books_read.reasons(self.session, self.connection_id)

    def lines(self, kind: Kind) -> Iterator[Line]:
        """All lines of a kind."""
        if kind in (Kind.INVOICE, Kind.ESTIMATE):
            yield from self._documents(kind)
        elif kind is Kind.PAYMENT:
            yield from self._payments()
        else:
            yield from self._names(kind)
        yield from self._missing_here(kind)

    def _documents(self, kind: Kind) -> Iterator[Line]:
        word, asked = kind.capitalize(), (self.session, self.connection_id, kind, self.span, self.currency)
        for day in books_read.agreeing(*asked):
            yield Line(
                kind=kind,
                ref="",
                name="",
                on=day.issued_on,
                here=day.total,
                there=day.total,
                linked=True,
                count=day.documents,
            )
        for row in books_read.differing(*asked):
            linked = row.remote_id is not None
            yield Line(
                kind=kind,
                ref=row.ref,
                name=f"{word} {row.number or row.ref}",
                on=row.issued_on,
                due=row.status == DocumentStatus.SENT,
                here=row.total,
                linked=linked,
                gone=bool(row.gone),
                there=row.remote_total if linked and not row.gone else ZERO,
                variance=row.variance or ZERO,
                changed=_changed(row),
                foreign=row.currency != self.currency,
                reason=self._reason(kind, row.id),
            )

    def _payments(self) -> Iterator[Line]:
        received: dict[int, tuple[Any, Decimal]] = {}
        for row in books_read.payments(self.session, self.connection_id, self.span):
            alive = row.deleted_at is None
            if row.id is not None:
                due = alive and row.removed_at is None
                yield self._payment(row, due=due)
                applied = row.amount if due else ZERO
            else:
                applied = ZERO
            if alive:
                before = received.get(row.payment_id, (row, ZERO))[1]
                received[row.payment_id] = (row, before + applied)
        for row, applied in received.values():
            rest = row.received - applied
            if rest > 0:
                yield Line(
                    kind=Kind.PAYMENT,
                    ref=row.ref,
                    name=f"Payment {row.ref}",
                    on=row.paid_on,
                    here=rest,
                    foreign=row.currency != self.currency,
                    what=What.UNAPPLIED,
                    reason=f"{rest:,.2f} of {row.received:,.2f} received is not applied to an invoice here. "
                    "Only what is applied goes to the books.",
                )

    def _payment(self, row: Any, *, due: bool) -> Line:
        linked = row.remote_id is not None
        listed, asked = self._listed(Kind.PAYMENT, row)
        there, gone = row.remote_total, bool(row.gone)
        if asked and not gone:
            gone, there = listed is None, listed.amount if listed is not None else ZERO
        return Line(
            kind=Kind.PAYMENT,
            ref=row.ref,
            name=f"Payment {row.ref} on {row.invoice or row.invoice_ref or 'an invoice'}",
            on=row.paid_on,
            due=due,
            here=row.amount,
            linked=linked,
            gone=gone,
            there=there if linked and not gone else ZERO,
            variance=row.variance or ZERO,
            changed=_changed(row),
            foreign=row.currency != self.currency,
            reason=self._reason(Kind.PAYMENT, row.id),
        )

    def _names(self, kind: Kind) -> Iterator[Line]:
        listed = self.compared is not None and kind in self.compared.lists
        if not listed:
            count = books_read.count_linked(self.session, self.connection_id, kind)
            yield Line(kind=kind, ref="", name="", linked=True, count=count)
        for row in books_read.names(self.session, self.connection_id, kind, linked=listed):
            there, asked = self._listed(kind, row)
            yield Line(
                kind=kind,
                ref=row.ref,
                name=f'{kind.capitalize()} "{row.name}" ({row.ref})',
                linked=row.remote_id is not None,
                gone=bool(row.gone) or (asked and there is None),
                reason=self._reason(kind, row.id),
            )

    def _missing_here(self, kind: Kind) -> Iterator[Line]:
        """What the provider listed and no record of ours is linked to. Only payments are told one by one."""
        if self.compared is None or kind not in self.compared.lists:
            return
        known = books_read.linked_ids(self.session, self.connection_id, kind)
        for remote_id, listed in self.compared.lists[kind].items():
            if remote_id in known or not self._in_span(listed):
                continue
            if kind is Kind.PAYMENT:
                reason = f"in {self.label}, but there is no record of it here."
            else:
                reason = f"in {self.label}, and not here. Import it, or leave it there."
            name = f"{kind.capitalize()} {remote_id}"
            yield Line(
                kind=kind,
                ref="",
                name=name,
                on=listed.on,
                due=False,
                there=listed.amount,
                reason=reason,
                what=What.MISSING_HERE,
            )

    def _in_span(self, listed: Listed) -> bool:
        if listed.on is None:
            return True
        first, last = self.span.first, self.span.last
        return (first is None or listed.on >= first) and (last is None or listed.on <= last)

    def _listed(self, kind: Kind, row: Any) -> tuple[Listed | None, bool]:
        """What the provider's list says of a linked record, and whether it can say something: what was sent after
        the list was asked for cannot be in it."""
        if self.compared is None or kind not in self.compared.lists or row.remote_id is None:
            return None, False
        if row.synced_at >= self.compared.at:
            return None, False
        return self.compared.lists[kind].get(row.remote_id), True

    def _reason(self, kind: Kind, record_id: int) -> str:
        return self.reasons.get((str(kind), record_id), "")


def _changed(row: Any) -> bool:
    synced: datetime | None = row.synced_at
    return synced is not None and row.updated_at.astimezone(UTC) > synced
