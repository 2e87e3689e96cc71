"""The books report: our totals and the provider's, by kind and month, and every difference explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from ledgerport.contract import Kind
from ledgerport.services.books_lines import Difference
from ledgerport.services.books_report import BooksReport, books_report, newest_year
from ledgerport.services.books_report_words import sources, verdict
from ledgerport.services.compare_books import start_comparison
from ledgerport.services.context import Hub
from ledgerport.services.paging import Paged
from ledgerport.services.provider_labels import label_of
from ledgerport.services.show_connections import list_connections
from ledgerport.web import record_words
from ledgerport.web.access import Acting, Looking, Place, TheHub
from ledgerport.web.csv_export import csv_answer
from ledgerport.web.render import go, page, query

router = APIRouter(prefix="/t/{tenant}/report")
YearQuery = Annotated[str, Query(pattern="^([0-9]{4}|all)?$")]
ProviderQuery = Annotated[str, Query(pattern="^([a-z0-9][a-z0-9_-]{0,60})?$")]
# More of them make a page slow to read; the file has all.
_SHOWN = 200
_HEAD = ("Kind", "Ref", "Record", "Date", "Here", "There", "Apart", "Why", "In words")
_SUMS = ("Kind", "Month", "Records here", "Records there", "Here", "There", "Apart", "Differences")


@router.get("")
def show(request: Request, place: Looking, hub: TheHub, provider: ProviderQuery = "", year: YearQuery = "") -> Response:
    connections = list_connections(hub, tenant_id=place.tenant_id)
    if not connections:
        return page(request, "report.html", title="Books report", place=place, report=None)
    chosen = provider or connections[0].provider
    report = _report(hub, place, chosen, year)
    picked = "all" if report.year is None else str(report.year)

    def at(**changed: str) -> str:
        return f"{place.at('report')}{query(**{'provider': chosen, 'year': picked, **changed})}"

    return page(
        request,
        "report.html",
        title="Books report",
        place=place,
        report=report,
        providers=[(at(provider=each.provider), each.label, each.provider == chosen) for each in connections],
        years=[(at(year=str(one)), str(one), one == report.year) for one in report.years]
        + [(at(year="all"), "All years", report.year is None)],
        files=[
            (f"{place.at(f'report/{name}.csv')}{query(provider=chosen, year=picked)}", word) for name, word in _FILES
        ],
        again=at(),
        shown=report.differences[:_SHOWN],
        sources=sources(report),
        verdict=verdict(report),
        words=record_words,
    )


_FILES = (("differences", "Differences as CSV"), ("totals", "Totals as CSV"))


@router.post("/compare")
def compare(
    request: Request,
    place: Acting,
    hub: TheHub,
    provider: Annotated[str, Form(pattern="^[a-z0-9][a-z0-9_-]{0,60}$")],
    year: Annotated[str, Form(pattern="^([0-9]{4}|all)?$")] = "",
) -> Response:
    start_comparison(hub, tenant_id=place.tenant_id, provider=provider, by=place.by)
    told = f"{label_of(hub, provider)} is being asked for its own lists. You may leave this page."
    return go(request, f"{place.at('report')}{query(provider=provider, year=year)}", told, kind="info")


@router.get("/differences.csv")
def differences(place: Looking, hub: TheHub, provider: ProviderQuery, year: YearQuery = "") -> Response:
    report = _report(hub, place, provider, year)
    rows = Paged(rows=report.differences)
    return csv_answer(f"{place.slug}-{provider}-differences", _HEAD, lambda _: rows, _difference_row)


@router.get("/totals.csv")
def totals(place: Looking, hub: TheHub, provider: ProviderQuery, year: YearQuery = "") -> Response:
    report = _report(hub, place, provider, year)
    rows = [(its.kind, month, sums) for its in report.kinds for month, sums in [*its.months, ("all", its.sums)]]
    return csv_answer(f"{place.slug}-{provider}-totals", _SUMS, lambda _: Paged(rows=rows), _sums_row)


def _report(hub: Hub, place: Place, provider: str, year: str) -> BooksReport:
    wanted = None if year == "all" else int(year) if year else newest_year(hub, tenant_id=place.tenant_id)
    return books_report(hub, tenant_id=place.tenant_id, provider=provider, year=wanted)


def _difference_row(one: Difference) -> Sequence[Any]:
    return (one.kind.value, one.ref, one.name, one.on, one.here, one.there, one.apart, one.what.value, one.sentence)


def _sums_row(row: tuple[Kind, str, Any]) -> Sequence[Any]:
    kind, month, sums = row
    money = (sums.here, sums.there, sums.apart) if kind not in (Kind.CUSTOMER, Kind.ITEM) else ("", "", "")
    return (kind.value, month, sums.count_here, sums.count_there, *money, sums.differences)
