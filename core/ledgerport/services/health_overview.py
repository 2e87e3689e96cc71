"""Shows the health of every connection over all tenants, worst first. For operators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from ledgerport.contract import ProviderTerms
from ledgerport.db.repositories import health_read
from ledgerport.engine.pacing import Usage, route_for
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import label_of, terms_of
from ledgerport.services.rejections import BadChoice

# Work that waits longer than this, while nothing holds it, is a sign that nobody is at it.
STUCK_AFTER = timedelta(minutes=15)


class Trouble(StrEnum):
    """What is worst about a connection, worst first."""

    NEEDS_RECONNECTION = "needs_reconnection"
    NO_PLUGIN = "no_plugin"
    STUCK = "stuck"
    FAILED = "failed"
    BLOCKED = "blocked"
    PAUSED = "paused"
    HELD = "held"
    PENDING = "pending"
    TURNED_OFF = "turned_off"
    NONE = "none"


_WORST = {trouble: rank for rank, trouble in enumerate(Trouble)}
# Somebody must do something about these.
ATTENTION = frozenset({Trouble.NEEDS_RECONNECTION, Trouble.NO_PLUGIN, Trouble.STUCK, Trouble.FAILED, Trouble.BLOCKED})


@dataclass(frozen=True, kw_only=True)
class WindowUse:
    """One of a provider's limits: `used` of `count` calls in any `seconds`, on a meter, by this company or all."""

    meter: str
    scope: str
    used: int
    count: int
    seconds: float

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.used / self.count if self.count else 1.0


@dataclass(frozen=True, kw_only=True)
class HealthView:
    """A connection as operators see it.

    `token_at`: when its sign-in was last renewed. `oldest_waiting_at`: since when the first of the waiting tasks is
    open. `windows` is None where the limiter does not answer or the provider is not set up.
    """

    connection_id: int
    tenant: str
    tenant_name: str
    provider: str
    label: str
    company_name: str
    state: str
    state_since: datetime
    reason: str
    enabled: bool
    trouble: Trouble
    token_at: datetime | None
    token_expires_at: datetime | None
    sign_in_ends_at: datetime | None
    last_success_at: datetime | None
    oldest_waiting_at: datetime | None
    waiting: int
    blocked: int
    failed: int
    due_at: datetime | None
    held_until: datetime | None
    under_way: int
    windows: list[WindowUse] | None

    @property
    def fullest(self) -> WindowUse | None:
        """The limit that is used most."""
        return max(self.windows or (), key=lambda window: window.share, default=None)


@dataclass(frozen=True, kw_only=True)
class HealthPage:
    """`total` fit the filter; `counts` are of all connections, by trouble. `next`: the offset of the next page."""

    rows: list[HealthView]
    total: int
    counts: Mapping[Trouble, int]
    next: int | None


def health_overview(
    hub: Hub,
    *,
    show: str = "",
    provider: str = "",
    search: str = "",
    sort: str = "worst",
    offset: int = 0,
    limit: int = 50,
) -> HealthPage:
    """A page of connections. `show`: a trouble, `attention`, or empty for all; `search`: in tenants and companies.

    `sort`: `worst` first, `tenant`, `waiting` (the oldest first) or `success` (the oldest first). Raises BadChoice.
    """
    wanted = _wanted(show)
    if sort not in _ORDERS:
        raise BadChoice("sort", f'"{sort}" is no order.', f"Use one of {', '.join(_ORDERS)}.")
    now = hub.clock.now()
    with hub.database.everything(read=True) as session:
        found = health_read.connections(session)
        counts = health_read.task_counts(session)
        oldest = health_read.oldest_waiting(session)
    views = [_view(hub, row, counts.get(row.id, {}), oldest.get(row.id), now) for row in found]
    by_trouble = {trouble: sum(view.trouble is trouble for view in views) for trouble in Trouble}
    fit = [
        view
        for view in views
        if view.trouble in wanted and provider in ("", view.provider) and _names(view, search.casefold())
    ]
    fit.sort(key=_ORDERS[sort])
    ids = {row.id: row.company_id for row in found}
    rows = _with_usage(hub, fit[offset : offset + limit], ids)
    following = offset + limit if len(fit) > offset + limit else None
    return HealthPage(rows=rows, total=len(fit), counts=by_trouble, next=following)


def _wanted(show: str) -> frozenset[Trouble]:
    if not show:
        return frozenset(Trouble)
    if show == "attention":
        return ATTENTION
    try:
        return frozenset({Trouble(show)})
    except ValueError as error:
        told = ", ".join(["attention", *Trouble])
        raise BadChoice("show", f'"{show}" cannot be shown alone.', f"Use one of {told}.") from error


def _names(view: HealthView, search: str) -> bool:
    return not search or any(search in text.casefold() for text in (view.tenant, view.tenant_name, view.company_name))


def _view(hub: Hub, row: Any, tasks: Mapping[str, int], oldest: datetime | None, now: datetime) -> HealthView:
    return HealthView(
        connection_id=row.id,
        tenant=row.tenant,
        tenant_name=row.tenant_name,
        provider=row.provider,
        label=label_of(hub, row.provider),
        company_name=row.company_name,
        state=str(row.state),
        state_since=row.state_since,
        reason=row.reason,
        enabled=row.switched is not False,
        trouble=_trouble(row, tasks, oldest, now, known=terms_of(hub, row.provider) is not None),
        token_at=row.refreshed_at or row.granted_at,
        token_expires_at=row.access_expires_at,
        sign_in_ends_at=min((at for at in (row.refresh_expires_at, row.hard_expires_at) if at), default=None),
        last_success_at=row.last_success_at,
        oldest_waiting_at=oldest,
        waiting=tasks.get("waiting", 0) + tasks.get("sending", 0),
        blocked=tasks.get("blocked", 0),
        failed=tasks.get("failed", 0),
        due_at=row.due_at,
        held_until=row.held_until if row.held_until is not None and row.held_until > now else None,
        under_way=0,
        windows=None,
    )


def _trouble(row: Any, tasks: Mapping[str, int], oldest: datetime | None, now: datetime, *, known: bool) -> Trouble:
    held = row.held_until is not None and row.held_until > now
    # A task that was put off is no sign of anything: its connection is due later.
    late = row.due_at is not None and row.due_at <= now and oldest is not None and now - oldest > STUCK_AFTER
    # What waits for a person to end the set-up is nobody's fault.
    late = late and not row.first_sync_waits
    signs = (
        (Trouble.NEEDS_RECONNECTION, row.state == "needs_reconnection"),
        (Trouble.NO_PLUGIN, not known),
        (Trouble.TURNED_OFF, row.switched is False),
        (Trouble.PAUSED, row.state == "paused"),
        (Trouble.PENDING, row.state == "pending"),
        (Trouble.STUCK, late and not held),
        (Trouble.FAILED, bool(tasks.get("failed"))),
        (Trouble.BLOCKED, bool(tasks.get("blocked"))),
        (Trouble.HELD, held),
    )
    return next((trouble for trouble, shows in signs if shows), Trouble.NONE)


def _far(at: datetime | None) -> float:
    return at.timestamp() if at is not None else float("inf")


_ORDERS = {
    "worst": lambda view: (_WORST[view.trouble], _far(view.oldest_waiting_at), view.tenant, view.provider),
    "tenant": lambda view: (view.tenant, view.provider),
    "waiting": lambda view: (_far(view.oldest_waiting_at), view.tenant, view.provider),
    "success": lambda view: (view.last_success_at is not None, _far(view.last_success_at), view.tenant),
}


def _with_usage(hub: Hub, views: Sequence[HealthView], companies: Mapping[int, str]) -> list[HealthView]:
    """The limiter is asked once, for the connections that are shown."""
    asked = [(view, terms) for view in views if (terms := _metered(hub, view.provider)) is not None]
    routes = [
        route_for(
            terms,
            client_id=hub.apps[view.provider].client_id,
            company_id=companies[view.connection_id],
            meters=[each.meter for each in terms.limits],
        )
        for view, terms in asked
    ]
    told = hub.limiter.usage(routes) if routes else ()
    usages = {view.connection_id: (terms, one) for (view, terms), one in zip(asked, told or (), strict=False)}
    return [_used(view, *usages[view.connection_id]) if view.connection_id in usages else view for view in views]


def _metered(hub: Hub, provider: str) -> ProviderTerms | None:
    return terms_of(hub, provider) if provider in hub.apps else None


def _used(view: HealthView, terms: ProviderTerms, usage: Usage) -> HealthView:
    windows = [
        WindowUse(
            meter=limit.meter, scope=str(limit.scope), used=used, count=limit.count, seconds=limit.per.total_seconds()
        )
        for limit, used in zip(terms.limits, usage.used, strict=True)
    ]
    held = _latest((view.held_until, usage.held_until))
    return replace(view, windows=windows, under_way=usage.under_way, held_until=held)


def _latest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((at for at in moments if at is not None), default=None)
