"""The memory of past prices: ask it, see how it stands, add what is older than it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from ledgerport.api.dependencies import AskedOnce, Reader, TheHub, Writer
from ledgerport.services.memory.agree_backfill import agree_backfill
from ledgerport.services.memory.answers import Answer, Filters
from ledgerport.services.memory.ask import LONGEST_QUESTION, MOST_CITATIONS, ask
from ledgerport.services.memory.backfill import BackfillView
from ledgerport.services.memory.estimate_backfill import Estimate, estimate_backfill
from ledgerport.services.memory.memory_status import MemoryStatus, memory_status
from ledgerport.services.record_fields import IsoDate, NotNegative, Short

router = APIRouter(prefix="/memory", tags=["memory"])
Question = Annotated[
    str, Query(min_length=1, max_length=LONGEST_QUESTION, description="Such as `water heater install`.")
]


class Agreed(BaseModel):
    """What may be spent: nothing is started where the estimate in dollars is above `at_most`."""

    model_config = ConfigDict(extra="forbid")

    at_most: NotNegative


@router.get("/search", summary="What was charged for something: figures, and the lines they stand on")
def search(
    hub: TheHub,
    caller: Reader,
    q: Question,
    since: Annotated[IsoDate | None, Query(description="Documents of this day or later.")] = None,
    until: Annotated[IsoDate | None, Query(description="Documents of this day or earlier.")] = None,
    category: Annotated[Short, Query(description="Only items of this category.")] = "",
    customer_type: Annotated[Short, Query(description="Only customers of this type.")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_CITATIONS, description="How many citations.")] = 10,
) -> Answer:
    filters = Filters(since=since, until=until, category=category, customer_type=customer_type)
    return ask(hub, tenant_id=caller.tenant_id, question=q, filters=filters, limit=limit)


@router.get("/status", summary="What is remembered, what waits and why, what was spent")
def status(hub: TheHub, caller: Reader) -> MemoryStatus:
    return memory_status(hub, tenant_id=caller.tenant_id)


@router.get("/backfill/estimate", summary="What adding older documents would cost; nothing is sent")
def estimate(hub: TheHub, caller: Reader) -> Estimate:
    return estimate_backfill(hub, tenant_id=caller.tenant_id)


@router.post("/backfill", status_code=202, response_model=BackfillView, summary="Add older documents to the memory")
def backfill(agreed: Agreed, hub: TheHub, caller: Writer, once: AskedOnce) -> Response:
    return once(
        202,
        BackfillView,
        lambda: agree_backfill(hub, tenant_id=caller.tenant_id, at_most=agreed.at_most, by=caller.name),
    )
