"""The books report: both sides, every difference, and reading the provider's own lists for it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from ledgerport.api.dependencies import Cursor, Limit, ProviderPath, Reader, TheHub, Writer
from ledgerport.services.books_lines import Difference
from ledgerport.services.paging import Paged
from ledgerport.services.show_report import ReportView, compare_now, list_differences, show_report

router = APIRouter(prefix="/connections/{provider}/report", tags=["reports"])
Year = Annotated[int | None, Query(ge=1900, le=9998, description="Only this year; without: all years.")]


@router.get("", summary="Our totals and the provider's, by kind and month")
def get(provider: ProviderPath, hub: TheHub, caller: Reader, year: Year = None) -> ReportView:
    return show_report(hub, tenant_id=caller.tenant_id, provider=provider, year=year)


@router.get("/differences", summary="What is not the same on both sides, and why")
def differences(
    provider: ProviderPath, hub: TheHub, caller: Reader, year: Year = None, cursor: Cursor = "", limit: Limit = 50
) -> Paged[Difference]:
    return list_differences(hub, tenant_id=caller.tenant_id, provider=provider, year=year, cursor=cursor, limit=limit)


@router.post("/compare", status_code=202, summary="Read the provider's own lists; the report uses them once read")
def compare(provider: ProviderPath, hub: TheHub, caller: Writer) -> ReportView:
    return compare_now(hub, tenant_id=caller.tenant_id, provider=provider, by=caller.name)
