"""Starts a backfill where its estimate is no more than somebody agreed to spend."""

from __future__ import annotations

from decimal import Decimal

from ledgerport.services.context import Hub
from ledgerport.services.memory.backfill import BackfillView, start_backfill
from ledgerport.services.memory.backfill_words import about, arithmetic
from ledgerport.services.memory.estimate_backfill import estimate_backfill
from ledgerport.services.rejections import Conflict


def agree_backfill(hub: Hub, *, tenant_id: int, at_most: Decimal, by: str = "") -> BackfillView:
    """`at_most` in dollars. Raises Conflict where it would cost more, or the memory is off."""
    told = estimate_backfill(hub, tenant_id=tenant_id)
    if told.dollars > at_most:
        raise Conflict(
            f"It would cost {about(told.dollars)}, which is more than ${at_most}: {arithmetic(told)}.",
            "Agree to more, or leave it.",
        )
    return start_backfill(hub, tenant_id=tenant_id, estimate=told, by=by)
