"""Shows the books report as values for programs: without the lines that agree, its differences page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ledgerport.contract import Kind
from ledgerport.services.books_lines import Difference, Sums
from ledgerport.services.books_report import MONEY, BooksReport, books_report
from ledgerport.services.books_report_words import sources, verdict
from ledgerport.services.compare_books import start_comparison
from ledgerport.services.context import Hub
from ledgerport.services.paging import Paged, from_cursor, to_cursor


@dataclass(frozen=True, kw_only=True)
class SumsView:
    """Both sides of one kind, in one month (`2026-05`) or in all of them (empty). Customers and items have no amounts.

    `rounded`: how many of the differences are the provider's own rounding of tax alone. `only_there`: how many of the
    provider's nothing here is linked to.
    """

    kind: str
    month: str
    records_here: int
    records_there: int
    here: Decimal | None
    there: Decimal | None
    apart: Decimal | None
    differences: int
    rounded: int
    only_there: int


@dataclass(frozen=True, kw_only=True)
class ReadingView:
    """The last reading of the provider's own lists: `reading`, `done` or `failed` with a reason."""

    state: str
    reason: str
    asked_at: datetime
    finished_at: datetime | None
    requested_by: str
    read: int


@dataclass(frozen=True, kw_only=True)
class ReportView:
    """Both books side by side. `year` None: all years.

    `agrees`: nothing differs but what the provider rounded itself. `sources`: where the provider's figures are from, in
    words; `listed`: the kinds whose own list of the provider's was read. `differences`: how many there are.
    """

    provider: str
    label: str
    company: str
    currency: str
    year: int | None
    years: list[int]
    verdict: str
    agrees: bool
    sources: list[str]
    listed: list[str]
    totals: list[SumsView]
    months: list[SumsView]
    differences: int
    comparison: ReadingView | None


def show_report(hub: Hub, *, tenant_id: int, provider: str, year: int | None = None) -> ReportView:
    """The report as it stands now; nothing is asked of the provider. Raises NotFound."""
    return _view(books_report(hub, tenant_id=tenant_id, provider=provider, year=year))


def list_differences(
    hub: Hub, *, tenant_id: int, provider: str, year: int | None = None, cursor: str = "", limit: int = 50
) -> Paged[Difference]:
    """A page of what is not the same on both sides. Raises NotFound, BadChoice."""
    first = from_cursor(cursor) or 0
    found = books_report(hub, tenant_id=tenant_id, provider=provider, year=year).differences
    last = first + limit
    return Paged(rows=found[first:last], next=to_cursor(last) if last < len(found) else None)


def compare_now(hub: Hub, *, tenant_id: int, provider: str, by: str) -> ReportView:
    """Begin to read the provider's own lists, and the report as it stands until then. Raises NotFound, Conflict."""
    start_comparison(hub, tenant_id=tenant_id, provider=provider, by=by)
    return show_report(hub, tenant_id=tenant_id, provider=provider)


def _view(report: BooksReport) -> ReportView:
    compared = report.comparison
    rounded = sum(its.sums.rounded for its in report.kinds)
    return ReportView(
        provider=report.provider,
        label=report.label,
        company=report.company,
        currency=report.currency,
        year=report.year,
        years=report.years,
        verdict=verdict(report).head,
        agrees=len(report.differences) == rounded,
        sources=sources(report),
        listed=[its.kind.value for its in report.kinds if its.listed],
        totals=[_sums(its.kind, "", its.sums) for its in report.kinds],
        months=[_sums(its.kind, month, sums) for its in report.kinds for month, sums in its.months],
        differences=len(report.differences),
        comparison=ReadingView(
            state=compared.state,
            reason=compared.reason,
            asked_at=compared.at,
            finished_at=compared.finished_at,
            requested_by=compared.requested_by,
            read=compared.read,
        )
        if compared is not None
        else None,
    )


def _sums(kind: Kind, month: str, sums: Sums) -> SumsView:
    has_amounts = kind in MONEY
    return SumsView(
        kind=kind.value,
        month=month,
        records_here=sums.count_here,
        records_there=sums.count_there,
        here=sums.here if has_amounts else None,
        there=sums.there if has_amounts else None,
        apart=sums.apart if has_amounts else None,
        differences=sums.differences,
        rounded=sums.rounded,
        only_there=sums.not_here,
    )
