"""Saves the host app's records: one transaction for records, tasks and the connection's due time; the message after
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Tenant
from ledgerport.services.batch import Batch, Saved, TenantFacts
from ledgerport.services.context import Hub
from ledgerport.services.memory.mark_for_memory import mark_for_memory
from ledgerport.services.open_tasks import open_tasks, wake
from ledgerport.services.record_input import RecordInput
from ledgerport.services.rejections import NotFound, RecordRejected, Rejected
from ledgerport.services.save_customer import save_customers
from ledgerport.services.save_estimate import save_estimates
from ledgerport.services.save_invoice import save_invoices
from ledgerport.services.save_item import save_items
from ledgerport.services.save_payment import save_payments

T = TypeVar("T")
Numbered = tuple[int, str, Any]
# In order of dependency, so that the records of one batch may refer to one another.
_SAVERS: Mapping[Kind, Callable[[Batch, Sequence[Numbered]], None]] = {
    Kind.CUSTOMER: save_customers,
    Kind.ITEM: save_items,
    Kind.ESTIMATE: save_estimates,
    Kind.INVOICE: save_invoices,
    Kind.PAYMENT: save_payments,
}
# How often a batch is tried again that met another one saving the same records (a unique ref, a deadlock).
_TRIES = 4
_DEADLOCK = "40P01"


def save_record(hub: Hub, *, tenant_id: int, ref: str, record: RecordInput) -> Saved:
    """Create or replace one record under `ref`. Raises RecordRejected."""
    outcome = save_records(hub, tenant_id=tenant_id, records=[(ref, record)])[0]
    if isinstance(outcome, Rejected):
        raise RecordRejected(outcome)
    return outcome


def save_records(hub: Hub, *, tenant_id: int, records: Sequence[tuple[str, RecordInput]]) -> list[Saved | Rejected]:
    """Create or replace records, given as (ref, record), in one transaction; what became of each, in their order.

    No (kind, ref) may stand in it twice. A record may refer to others of the batch, wherever they stand.
    """
    by_kind: dict[Kind, list[Numbered]] = {kind: [] for kind in _SAVERS}
    for number, (ref, record) in enumerate(records):
        by_kind[Kind(record.kind)].append((number, ref, record))

    def act(batch: Batch) -> list[Saved | Rejected]:
        for kind, save in _SAVERS.items():
            if by_kind[kind]:
                save(batch, by_kind[kind])
        return [batch.outcomes[number] for number in range(len(records))]

    return in_batch(hub, tenant_id, act)


def in_batch(hub: Hub, tenant_id: int, act: Callable[[Batch], T]) -> T:
    """Run `act` in one transaction, open the tasks it noted, commit, then wake the connections.

    Returns what `act` returned.
    """
    for left in reversed(range(_TRIES)):
        try:
            with _batch(hub, tenant_id) as (batch, woken):
                answer = act(batch)
        except DBAPIError as error:
            if left and met_another(error):
                continue
            raise
        wake(hub, woken)
        return answer
    raise AssertionError("unreachable: the last try returns or raises")


def met_another(error: DBAPIError) -> bool:
    """Whether a transaction failed only because another one saved the same in the same moment: try it again."""
    return isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", "") == _DEADLOCK


@contextmanager
def _batch(hub: Hub, tenant_id: int) -> Iterator[tuple[Batch, set[int]]]:
    woken: set[int] = set()
    with hub.database.tenant(tenant_id) as session:
        batch = Batch(session=session, hub=hub, tenant=tenant_facts(session, tenant_id), now=hub.clock.now())
        yield batch, woken
        for (kind, op), record_ids in batch.touched.items():
            woken.update(open_tasks(session, hub, tenant_id=tenant_id, kind=kind, record_ids=sorted(record_ids), op=op))
        mark_for_memory(batch)


def tenant_facts(session: Session, tenant_id: int) -> TenantFacts:
    """What saving needs to know of a tenant. Raises NotFound."""
    tenant = session.get(Tenant, tenant_id)
    if tenant is None:
        raise NotFound(f"There is no tenant {tenant_id}.")
    return TenantFacts(id=tenant.id, currency=tenant.currency, promote_drafts=tenant.promote_drafts)
