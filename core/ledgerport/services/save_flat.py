"""Saving records that stand alone: a row each, compared column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ledgerport.contract import Kind
from ledgerport.db.repositories import records
from ledgerport.services.batch import Batch, Change

Flat = tuple[int, str, Mapping[str, Any]]


def save_flat(batch: Batch, kind: Kind, rows: Sequence[Flat]) -> None:
    """Create or replace records, given as (number, ref, columns). A record saved without any change opens no task."""
    tenant_id = batch.tenant.id
    there = records.find(batch.session, kind, tenant_id, [ref for _, ref, _ in rows])
    new: list[tuple[int, str]] = []
    inserts: list[Mapping[str, Any]] = []
    updates: list[Mapping[str, Any]] = []
    for number, ref, columns in rows:
        row = there.get(ref)
        if row is None:
            new.append((number, ref))
            inserts.append(
                {**columns, "ref": ref, "tenant_id": tenant_id, "created_at": batch.now, "updated_at": batch.now}
            )
        elif all(row._mapping[name] == value for name, value in columns.items()):
            batch.took(number, kind, ref, row.id, Change.UNCHANGED)
        else:
            updates.append({**columns, "id": row.id, "updated_at": batch.now})
            batch.took(number, kind, ref, row.id, Change.UPDATED)
    ids = records.add(batch.session, kind, inserts)
    records.change(batch.session, records.table_of(records.MODELS[kind]), tenant_id, updates)
    for number, ref in new:
        batch.took(number, kind, ref, ids[ref], Change.CREATED)
    batch.touch(kind, (*ids.values(), *(row["id"] for row in updates)))
