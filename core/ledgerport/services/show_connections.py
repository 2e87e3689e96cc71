"""Shows connections: their health, what waits and why, what they are mapped to; and changes their toggles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from ledgerport.contract import ON, Kind
from ledgerport.db.models import Connection, ConnectionState, TaskState
from ledgerport.db.repositories import connections_read, mapping_edit, records_read
from ledgerport.services.context import Hub
from ledgerport.services.open_tasks import open_everything, wake
from ledgerport.services.paging import Paged, from_cursor, to_cursor
from ledgerport.services.provider_labels import choices_of, label_of
from ledgerport.services.sync_connection import require_connection

TOGGLES = ("auto_sync", "sync_customers", "sync_items", "sync_invoices", "sync_estimates", "sync_payments")


@dataclass(frozen=True, kw_only=True)
class ChoiceView:
    """Something a person may turn on for a connection; `label` says what it does."""

    name: str
    label: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class ConnectionView:
    """A tenant's books at one provider.

    `enabled` is the operator's word. `tasks` counts what is to be done, by state. `due_at`: when work goes on, None
    when there is none; `held_until`: the provider's limit makes it wait so long. `first_sync_waits`: nothing is sent
    before somebody starts the first sync, so that what is there already can be linked first.
    """

    id: int
    provider: str
    label: str
    enabled: bool
    state: str
    state_since: datetime
    reason: str
    company_id: str
    company_name: str
    currency: str
    auto_sync: bool
    sync_customers: bool
    sync_items: bool
    sync_invoices: bool
    sync_estimates: bool
    sync_payments: bool
    deposit_account: str
    choices: list[ChoiceView]
    tasks: dict[str, int]
    unmapped_items: int
    due_at: datetime | None
    held_until: datetime | None
    last_success_at: datetime | None
    first_sync_waits: bool


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """Something still to be done, and why it is not done yet."""

    kind: str
    ref: str
    name: str
    op: str
    state: str
    due_at: datetime
    tries: int
    reason_code: str
    reason: str
    run_id: int | None


@dataclass(frozen=True, kw_only=True)
class LedgerAccountView:
    id: str
    name: str
    number: str
    use: str
    active: bool


@dataclass(frozen=True, kw_only=True)
class TaxCodeView:
    """A tax code of the books; `rate` in percent; `mapped_to`: our codes that use it."""

    id: str
    name: str
    rate: Decimal | None
    active: bool
    mapped_to: list[str]


@dataclass(frozen=True, kw_only=True)
class MappedItemView:
    """Where an item is booked. `source`: `item` (its own mapping), `default` (its type's) or `none`."""

    ref: str
    name: str
    sku: str
    type: str
    income_account: str
    expense_account: str
    source: str


@dataclass(frozen=True, kw_only=True)
class DefaultView:
    item_type: str
    income_account: str
    expense_account: str


@dataclass(frozen=True, kw_only=True)
class MappingPage:
    """A page of items with what they are mapped to, how many are unmapped in all, the defaults by type, and where
    payments go."""

    unmapped: int
    defaults: list[DefaultView]
    deposit_account: str
    rows: list[MappedItemView]
    next: str | None = None


def list_connections(hub: Hub, *, tenant_id: int) -> list[ConnectionView]:
    """The tenant's connections, by provider."""
    with hub.database.tenant(tenant_id, read=True) as session:
        connections = connections_read.all_live(session)
        counts = connections_read.task_counts(session, [connection.id for connection in connections])
        off = connections_read.switched_off(session)
        return [_view(session, hub, connection, counts, off) for connection in connections]


def show_connection(hub: Hub, *, tenant_id: int, provider: str) -> ConnectionView:
    """One connection. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = require_connection(session, hub, provider)
        counts = connections_read.task_counts(session, [connection.id])
        return _view(session, hub, connection, counts, connections_read.switched_off(session))


def find_connection(hub: Hub, *, tenant_id: int, provider: str) -> int | None:
    """The id of the tenant's live connection to a provider."""
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = connections_read.of_provider(session, provider)
        return connection.id if connection is not None else None


def change_toggles(hub: Hub, *, tenant_id: int, provider: str, toggles: Mapping[str, bool]) -> ConnectionView:
    """Turn auto-sync or kinds on and off; what is turned on catches up at once. Raises NotFound."""
    with hub.database.tenant(tenant_id) as session:
        connection = require_connection(session, hub, provider, lock=True)
        turned_on = [name for name in TOGGLES if toggles.get(name) and not getattr(connection, name)]
        for name in TOGGLES:
            if name in toggles:
                setattr(connection, name, toggles[name])
        # Where nothing goes by itself there is nothing to wait for.
        connection.first_sync_waits = connection.first_sync_waits and connection.auto_sync
        session.flush()
        catch_up = bool(turned_on) and connection.auto_sync and not connection.first_sync_waits
        if catch_up:
            open_everything(session, hub, connection)
        connection_id, active = connection.id, connection.state == ConnectionState.ACTIVE
    if catch_up and active:
        wake(hub, [connection_id])
    return show_connection(hub, tenant_id=tenant_id, provider=provider)


def list_tasks(
    hub: Hub, *, tenant_id: int, provider: str, state: str = "", cursor: str = "", limit: int = 50
) -> Paged[TaskView]:
    """What a connection has still to do. Raises NotFound, BadChoice."""
    after = from_cursor(cursor) or 0
    states = [state] if state else [each.value for each in TaskState if each is not TaskState.DONE]
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = require_connection(session, hub, provider)
        found = records_read.tasks_page(session, connection.id, states=states, after=after, limit=limit + 1)
        wanted: dict[Kind, set[int]] = {}
        for task in found[:limit]:
            wanted.setdefault(Kind(task.kind), set()).add(task.record_id)
        names = records_read.refs_by_kind(session, wanted)
        rows = []
        for task in found[:limit]:
            ref, name = names.get((str(task.kind), task.record_id), ("", ""))
            rows.append(
                TaskView(
                    kind=str(task.kind),
                    ref=ref,
                    name=name,
                    op=str(task.op),
                    state=str(task.state),
                    due_at=task.due_at,
                    tries=task.tries,
                    reason_code=task.reason_code,
                    reason=task.reason,
                    run_id=task.run_id,
                )
            )
    return Paged(rows=rows, next=to_cursor(found[limit - 1].id) if len(found) > limit else None)


def list_accounts(hub: Hub, *, tenant_id: int, provider: str) -> list[LedgerAccountView]:
    """The chart of accounts as last read. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = require_connection(session, hub, provider)
        return [
            LedgerAccountView(
                id=account.remote_id,
                name=account.name,
                number=account.number,
                use=account.use,
                active=account.active,
            )
            for account in connections_read.ledger_accounts(session, connection.id)
        ]


def list_tax_codes(hub: Hub, *, tenant_id: int, provider: str) -> list[TaxCodeView]:
    """The tax codes as last read, with what of ours is mapped to them. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = require_connection(session, hub, provider)
        mapped: dict[str, list[str]] = {}
        for row in mapping_edit.tax_mappings(session, connection.id):
            mapped.setdefault(row.remote_id, []).append(row.code)
        return [
            TaxCodeView(
                id=code.remote_id,
                name=code.name,
                rate=code.rate,
                active=code.active,
                mapped_to=mapped.get(code.remote_id, []),
            )
            for code in connections_read.remote_tax_codes(session, connection.id)
        ]


def list_mapping(
    hub: Hub,
    *,
    tenant_id: int,
    provider: str,
    unmapped: bool = False,
    search: str = "",
    cursor: str = "",
    limit: int = 50,
) -> MappingPage:
    """Items and where they are booked; `search` in ref, name and SKU. Raises NotFound, BadChoice."""
    after = from_cursor(cursor) or 0
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = require_connection(session, hub, provider)
        found = mapping_edit.items_with_mapping(
            session, connection.id, unmapped=unmapped, after=after, limit=limit + 1, search=search
        )
        return MappingPage(
            unmapped=mapping_edit.unmapped_count(session, connection.id),
            defaults=[
                DefaultView(
                    item_type=row.item_type or "",
                    income_account=row.income_account,
                    expense_account=row.expense_account,
                )
                for row in mapping_edit.defaults(session, connection.id)
            ],
            deposit_account=connection.deposit_account,
            rows=[
                MappedItemView(
                    ref=row.ref,
                    name=row.name,
                    sku=row.sku,
                    type=row.type,
                    income_account=row.income_account or row.default_income or "",
                    expense_account=row.expense_account or row.default_expense or "",
                    source="item" if row.income_account else "default" if row.default_income else "none",
                )
                for row in found[:limit]
            ],
            next=to_cursor(found[limit - 1].id) if len(found) > limit else None,
        )


def _view(
    session: Session, hub: Hub, connection: Connection, counts: Mapping[tuple[int, str], int], off: set[str]
) -> ConnectionView:
    states = [state.value for state in TaskState if state is not TaskState.DONE]
    return ConnectionView(
        id=connection.id,
        provider=connection.provider,
        label=label_of(hub, connection.provider),
        enabled=connection.provider not in off,
        state=str(connection.state),
        state_since=connection.state_since,
        reason=connection.reason,
        company_id=connection.company_id,
        company_name=connection.company_name,
        currency=connection.currency,
        auto_sync=connection.auto_sync,
        sync_customers=connection.sync_customers,
        sync_items=connection.sync_items,
        sync_invoices=connection.sync_invoices,
        sync_estimates=connection.sync_estimates,
        sync_payments=connection.sync_payments,
        deposit_account=connection.deposit_account,
        choices=[
            ChoiceView(name=choice.name, label=choice.label, on=connection.choices.get(choice.name) == ON)
            for choice in choices_of(hub, connection.provider)
        ],
        tasks={state: counts.get((connection.id, state), 0) for state in states},
        unmapped_items=mapping_edit.unmapped_count(session, connection.id),
        due_at=connection.due_at,
        held_until=connection.held_until,
        last_success_at=connection.last_success_at,
        first_sync_waits=connection.first_sync_waits,
    )
