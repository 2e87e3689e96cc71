"""Reads a provider's own lists of customers, items and payments because a person wants to compare the books.

Documents are not listed by any provider's plugin: for them the total that the provider answered when it was last sent
is what we know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog

from ledgerport.contract import (
    Choices,
    Company,
    ContractError,
    Kind,
    LoginNeeded,
    PulledCustomer,
    PulledItem,
    PulledPayment,
    Refused,
    TryLater,
)
from ledgerport.db.models import Comparison, ComparisonState, Connection
from ledgerport.db.repositories import comparisons, connections
from ledgerport.engine.listing import check_goes_on
from ledgerport.host import Provider
from ledgerport.services.context import Hub
from ledgerport.services.provider_account import open_books
from ledgerport.services.provider_apps import plugin_for
from ledgerport.services.refresh_token import access_token
from ledgerport.services.rejections import Conflict, NotFound
from ledgerport.services.sync_connection import require_connection, require_usable

JOB = "books.compare"
HOOKS = {Kind.CUSTOMER: "pull_customers", Kind.ITEM: "pull_items", Kind.PAYMENT: "pull_payments"}
_BUDGET = timedelta(minutes=2)
_AGAIN = timedelta(seconds=30)
_TRIES = 4
# A page answers at once, so that a comparison is written this often at most.
_KEEP_EVERY = timedelta(seconds=5)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One object of the provider's list. `unapplied`: what of a payment pays no invoice there."""

    amount: Decimal = Decimal(0)
    on: date | None = None
    unapplied: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class ComparisonView:
    """The last reading. `state`: `reading`, `done` or `failed` with a `reason`.

    `lists`: what the provider has, by kind and its id; a kind that it does not list, or not to the end yet, is not in
    it. `at`: what was sent before this moment is in the lists.
    """

    state: str
    reason: str
    at: datetime
    finished_at: datetime | None
    requested_by: str
    read: int
    lists: Mapping[Kind, Mapping[str, Listed]]


def start_comparison(hub: Hub, *, tenant_id: int, provider: str, by: str) -> None:
    """Begin to read the provider's lists; one under way goes on. Raises NotFound, and Conflict where nothing can be
    asked."""
    plugin = plugin_for(hub, provider)
    now = hub.clock.now()
    with hub.database.tenant(tenant_id) as session:
        connection = require_connection(session, hub, provider, lock=True)
        if not any(plugin.offers(hook) for hook in HOOKS.values()):
            raise Conflict(
                f"{plugin.terms.label} does not let its records be listed.", "The report shows what we know."
            )
        require_usable(session, hub, connection)
        row = comparisons.find(session, connection.id, lock=True)
        if row is None:
            row = Comparison(tenant_id=tenant_id, connection_id=connection.id, fence=0)
            session.add(row)
        elif row.state == ComparisonState.READING:
            return
        row.state, row.figures, row.reason, row.tries = ComparisonState.READING, {}, "", 0
        row.requested_by, row.asked_at, row.due_at = by[:200], now, now
        row.finished_at, row.lease_until = None, None
        connection_id = connection.id
    hub.queue.add(JOB, connection_id)


def view_of(row: Comparison | None) -> ComparisonView | None:
    """As values."""
    if row is None:
        return None
    done = {Kind(kind): its["rows"] for kind, its in row.figures.items() if its["done"]}
    return ComparisonView(
        state=str(row.state),
        reason=row.reason,
        at=row.asked_at,
        finished_at=row.finished_at,
        requested_by=row.requested_by,
        read=sum(len(its["rows"]) for its in row.figures.values()),
        lists={kind: {id_: _listed(told) for id_, told in rows.items()} for kind, rows in done.items()},
    )


def due_comparisons(hub: Hub) -> list[int]:
    """Connections whose comparison a job should go on with: for the scheduler."""
    with hub.database.everything(read=True) as session:
        return comparisons.due(session, hub.clock.now())


def work_comparison(hub: Hub, connection_id: int) -> bool:
    """Read until the lists end, the provider wants us to wait, or the time is up; True for the last."""
    with hub.database.everything() as session:
        row = comparisons.take(session, connection_id, hub.clock.now())
        connection = session.get(Connection, connection_id)
    if row is None or connection is None:
        return False
    now = hub.clock.now()
    try:
        ended = _read(hub, row, connection, now + _BUDGET)
    except (Conflict, NotFound) as error:
        _keep(hub, row, ComparisonState.FAILED, reason=str(error))
    except ContractError as error:
        _set_back(hub, row, error)
    except Exception:
        _keep(hub, row, ComparisonState.READING, due_at=hub.clock.now() + _AGAIN)
        raise
    else:
        _keep(hub, row, ComparisonState.DONE if ended else ComparisonState.READING, due_at=hub.clock.now())
        return not ended
    return False


def _read(hub: Hub, row: Comparison, connection: Connection, until: datetime) -> bool:
    """Whether all lists were read to their end. `row.figures` grow as it goes."""
    provider = plugin_for(hub, connection.provider)
    kept_at = hub.clock.now()
    for kind, hook in HOOKS.items():
        if not provider.offers(hook):
            continue
        its = row.figures.setdefault(kind.value, {"cursor": None, "done": False, "rows": {}})
        while not its["done"]:
            now = hub.clock.now()
            if now >= until:
                return False
            if now - kept_at >= _KEEP_EVERY:
                _keep(hub, row, ComparisonState.READING, due_at=now, going_on=True)
                kept_at = now
            page = _page(hub, provider, connection, hook, its["cursor"])
            for pulled in page.rows:
                if pulled.remote.active:
                    its["rows"][pulled.remote.id] = _told(pulled)
            its["pages"] = its.get("pages", 0) + 1
            check_goes_on(
                provider.terms.label,
                cursor=its["cursor"],
                following=page.next,
                pages=its["pages"],
                objects=len(its["rows"]),
            )
            its["done"] = page.next is None
            its["cursor"] = page.next
    return True


def _page(hub: Hub, provider: Provider, connection: Connection, hook: str, cursor: str | None) -> Any:
    tenant_id = connection.tenant_id
    with hub.database.tenant(tenant_id, read=True) as session:
        now_is = connections.find(session, connection.id)
        if now_is is None:
            raise NotFound("The connection is not there any more.")
        require_usable(session, hub, now_is)
        grant_id = now_is.grant_id
    if grant_id is None:
        raise Conflict("This connection has no sign-in to read the books with.", "Reconnect it first.")
    company = Company(
        id=now_is.company_id,
        name=now_is.company_name,
        currency=now_is.currency,
        country=now_is.country,
        facts=now_is.facts,
    )
    with open_books(
        hub,
        provider,
        company,
        lambda refused: access_token(hub, tenant_id=tenant_id, grant_id=grant_id, refused_generation=refused),
        Choices(deposit_account=now_is.deposit_account, values=now_is.choices),
    ) as call:
        return provider.ask(hook, account=call.account, cursor=cursor)


def _told(pulled: PulledCustomer | PulledItem | PulledPayment) -> list[str]:
    if not isinstance(pulled, PulledPayment):
        return []
    unapplied = pulled.amount - sum(pulled.applied.values(), Decimal(0))
    return [str(pulled.amount), pulled.paid_on.isoformat(), str(unapplied)]


def _listed(told: list[str]) -> Listed:
    if not told:
        return Listed()
    return Listed(amount=Decimal(told[0]), on=date.fromisoformat(told[1]), unapplied=Decimal(told[2]))


def _set_back(hub: Hub, row: Comparison, error: ContractError) -> None:
    now = hub.clock.now()
    words = " ".join(part for part in (error.reason, error.detail) if part)
    _log.info("comparison_waits", connection=row.connection_id, error=type(error).__name__, reason=error.reason)
    if isinstance(error, TryLater):
        later = error.at or now + (error.after or _AGAIN)
        _keep(hub, row, ComparisonState.READING, due_at=later, reason=words)
    elif isinstance(error, (LoginNeeded, Refused)) or row.tries + 1 >= _TRIES:
        _keep(hub, row, ComparisonState.FAILED, reason=words)
    else:
        row.tries += 1
        _keep(hub, row, ComparisonState.READING, due_at=now + _AGAIN, reason=words)


def _keep(
    hub: Hub,
    row: Comparison,
    state: ComparisonState,
    *,
    due_at: datetime | None = None,
    reason: str = "",
    going_on: bool = False,
) -> None:
    """Write how far it is, unless another job holds it meanwhile."""
    with hub.database.tenant(row.tenant_id) as session:
        kept = comparisons.find(session, row.connection_id, lock=True)
        if kept is None or kept.fence != row.fence:
            return
        kept.state, kept.figures, kept.reason, kept.tries = state, dict(row.figures), reason, row.tries
        if not going_on:
            kept.lease_until = None
            kept.due_at = due_at if state == ComparisonState.READING else None
        if state != ComparisonState.READING:
            kept.finished_at = hub.clock.now()
