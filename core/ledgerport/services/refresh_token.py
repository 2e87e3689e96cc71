"""The access token of a grant, fresh: one refresh at a time over all processes, and a good token is never destroyed.

Transaction 1 re-reads the grant: usable -> used; else the refresh lease is taken (database time, fence + 1). The
provider is called outside any
transaction. Transaction 2 stores the new pair where the fence is still ours. Whoever finds the lease taken polls the
row, never the provider.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import stamina
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from ledgerport.contract import Broken, ContractError, Grant, LoginNeeded, TryLater, Unknown
from ledgerport.db import models
from ledgerport.db.repositories import connections, grants, notices
from ledgerport.engine.transport import AccessToken
from ledgerport.host import Provider, UnknownProvider
from ledgerport.services.context import Hub
from ledgerport.services.grant_secrets import open_access, open_grant, renew_grant
from ledgerport.services.lose_grant import lose_grant
from ledgerport.services.provider_apps import AppNotSetUp, checked_app, open_token_endpoint
from ledgerport.vault import VaultError

# A token with less than this left (of the hub's clock) is refreshed before it is used; of short-lived ones, a quarter
# of their life.
MARGIN = timedelta(minutes=2)
# Longer than a call to the token endpoint may take (provider_apps.TOKEN_SECONDS), so that two never run at once.
LEASE = timedelta(seconds=30)
# A token that is refused so soon after a refresh is refused for another reason than its age.
_REFUSED_AGAIN = timedelta(seconds=30)
_WAIT_SECONDS = 45.0
_POLL_SECONDS = 0.05
_BEAT_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class _Ask:
    """What one caller needs: whose token, which generation the provider refused, which one is to be replaced in any
    case."""

    tenant_id: int
    grant_id: int
    refused: int | None
    renew: int | None


@dataclass(frozen=True, kw_only=True)
class _Busy:
    """Somebody else is refreshing: the fence of that lease and the generation it started from."""

    fence: int
    generation: int


@dataclass(frozen=True, kw_only=True)
class _Lease:
    """Leave to call the provider, with all that the call needs."""

    fence: int
    generation: int
    provider: Provider
    grant: Grant


def access_token(hub: Hub, *, tenant_id: int, grant_id: int, refused_generation: int | None = None) -> AccessToken:
    """A token that works now, refreshed when it must be.

    `refused_generation`: the generation that the provider has just answered with a 401. Raises LoginNeeded when a
    person must reconnect,
    TryLater when no token can be had at the moment (nothing is lost then).
    """
    return _token(hub, _Ask(tenant_id=tenant_id, grant_id=grant_id, refused=refused_generation, renew=None))


def renew_token(hub: Hub, *, tenant_id: int, grant_id: int, generation: int) -> AccessToken:
    """Replace the tokens of `generation` whatever is left of their life, unless somebody has done so already. Raises
    the same."""
    return _token(hub, _Ask(tenant_id=tenant_id, grant_id=grant_id, refused=None, renew=generation))


def _token(hub: Hub, ask: _Ask) -> AccessToken:
    busy: _Busy | None = None
    give_up = time.monotonic() + _WAIT_SECONDS
    try:
        while True:
            found = _look(hub, ask, busy)
            if isinstance(found, AccessToken):
                return found
            if isinstance(found, _Lease):
                return _trade(hub, ask, found)
            busy = found
            if time.monotonic() > give_up:
                raise TryLater("Another process is still refreshing the token.", after=timedelta(seconds=10))
            _pause()
    except (AppNotSetUp, UnknownProvider, VaultError) as error:
        # An operator heals this; until then nothing is lost, so work waits with this reason.
        raise TryLater(str(error), after=timedelta(minutes=5)) from error


def _pause() -> None:
    # The only news there can be is in the database, which another process writes: a short timed wait between two reads.
    threading.Event().wait(_POLL_SECONDS)


def _look(hub: Hub, ask: _Ask, busy: _Busy | None) -> AccessToken | _Busy | _Lease:
    """One look at the row: a cheap read first, a writing transaction only when a lease may be taken."""
    with hub.database.tenant(ask.tenant_id, read=True) as session:
        found = _judge(hub, session, ask, busy, lock=False)
    if found is not None:
        return found
    with hub.database.tenant(ask.tenant_id) as session:
        found = _judge(hub, session, ask, busy, lock=True)
        if found is not None:
            return found
        row = _row(session, ask, lock=True)
        provider = hub.host.for_provider(row.provider)
        if not connections.provider_is_on(session, row.tenant_id, row.provider):
            raise TryLater("Your operator has turned this provider off for this account.", after=timedelta(minutes=5))
        checked_app(hub, row.provider)
        if row.refresh_cipher is not None:
            grant = open_grant(hub.vault, row)
            fence = grants.take_lease(session, row, owner=hub.owner, span=LEASE)
            return _Lease(fence=fence, generation=row.generation, provider=provider, grant=grant)
        reason = lose_grant(session, row, label=provider.terms.label, now=hub.clock.now())
    raise LoginNeeded(reason)


def _judge(hub: Hub, session: Session, ask: _Ask, busy: _Busy | None, *, lock: bool) -> AccessToken | _Busy | None:
    """A token, a reason to wait, or None: refresh it. Raises LoginNeeded, TryLater."""
    row = _row(session, ask, lock=lock)
    if row.lost_reason:
        raise LoginNeeded(row.lost_reason)
    now = hub.clock.now()
    refreshed_meanwhile = busy is not None and row.generation > busy.generation
    if row.generation not in (ask.refused, ask.renew) and (refreshed_meanwhile or _is_fresh(row, hub)):
        return open_access(hub.vault, row)
    if grants.is_leased(session, row):
        return _Busy(fence=row.fence, generation=row.generation)
    if busy is not None and row.fence == busy.fence and row.lease_until is None and row.generation == busy.generation:
        raise TryLater("The token could not be refreshed just now.", after=timedelta(seconds=10))
    again = row.refreshed_at is not None and row.refreshed_at + _REFUSED_AGAIN
    if row.generation == ask.refused and row.generation > 1 and again and now < again:
        raise TryLater("The provider refuses a token that it gave us a moment ago.", at=again)
    return None


def _row(session: Session, ask: _Ask, *, lock: bool) -> models.Grant:
    row = grants.find(session, ask.grant_id, lock=lock)
    if row is None:
        # Disconnected, or signed in anew under another grant: whoever asks will see it when it reads the connection
        # again.
        raise TryLater("This sign-in was ended or replaced.", after=timedelta(seconds=10))
    return row


def _is_fresh(row: models.Grant, hub: Hub) -> bool:
    if row.access_cipher is None:
        return False
    if row.access_expires_at is None:
        # An API key: it works until the provider says otherwise.
        return True
    life = row.access_expires_at - (row.refreshed_at or row.created_at)
    return hub.clock.now() + min(MARGIN, life / 4) < row.access_expires_at


def _trade(hub: Hub, ask: _Ask, lease: _Lease) -> AccessToken:
    """Call the provider, once, and record what came of it."""
    try:
        with _beating(hub, ask, lease), open_token_endpoint(hub, lease.provider) as endpoint:
            new = lease.provider.ask("refresh_token", grant=lease.grant, endpoint=endpoint)
        if not isinstance(new, Grant):
            raise Broken(f"The plugin of {lease.provider.terms.label} returned no grant from refresh_token.")
    except LoginNeeded as error:
        return _lost(hub, ask, lease, error)
    except ContractError as error:
        _failed(hub, ask, lease, error)
        if isinstance(error, TryLater):
            raise
        # An unknown outcome passes by itself; anything else needs somebody's hand.
        wait = None if isinstance(error, Unknown) else timedelta(minutes=5)
        raise TryLater(
            error.reason, after=wait, detail=error.detail, code=error.code, trace_id=error.trace_id
        ) from error
    except BaseException:
        _failed(hub, ask, lease, None)
        raise
    # The provider may have ended the old token already: a busy database must not cost us the new one.
    for attempt in stamina.retry_context(on=OperationalError, attempts=None, timeout=LEASE.total_seconds()):
        with attempt:
            token = _store(hub, ask, lease, new)
    return token


@contextmanager
def _beating(hub: Hub, ask: _Ask, lease: _Lease) -> Iterator[None]:
    """Keep the lease while the call lasts: an answer that trickles in must not let a second refresh start beside it."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(_BEAT_SECONDS):
            with hub.database.tenant(ask.tenant_id) as session:
                row = grants.find(session, ask.grant_id, lock=True)
                if row is None or not grants.extend_lease(session, row, fence=lease.fence, span=LEASE):
                    return

    thread = threading.Thread(target=beat, name=f"refresh-{ask.grant_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _store(hub: Hub, ask: _Ask, lease: _Lease, new: Grant) -> AccessToken:
    now = hub.clock.now()
    with hub.database.tenant(ask.tenant_id) as session:
        row = _row(session, ask, lock=True)
        if row.fence == lease.fence:
            renew_grant(hub.vault, row, new, lease.grant, now)
            grants.end_lease(row)
            notices.close(session, ask.tenant_id, failure_cause(ask.grant_id), now)
            return AccessToken(value=new.access_token, generation=row.generation)
        if row.generation > lease.generation and row.access_cipher is not None:
            return open_access(hub.vault, row)
    raise TryLater("Another process has taken over the refresh of the token.", after=timedelta(seconds=5))


def _lost(hub: Hub, ask: _Ask, lease: _Lease, error: LoginNeeded) -> AccessToken:
    """`invalid_grant`: believed only when nobody has refreshed meanwhile."""
    with hub.database.tenant(ask.tenant_id) as session:
        row = _row(session, ask, lock=True)
        if row.generation != lease.generation and row.access_cipher is not None:
            return open_access(hub.vault, row)
        reason = row.lost_reason
        if row.fence == lease.fence and not reason:
            reason = lose_grant(session, row, label=lease.provider.terms.label, now=hub.clock.now())
    if reason:
        raise LoginNeeded(reason, detail=error.detail, code=error.code, trace_id=error.trace_id) from error
    raise TryLater("Another process has taken over the refresh of the token.", after=timedelta(seconds=5)) from error


def _failed(hub: Hub, ask: _Ask, lease: _Lease, error: ContractError | None) -> None:
    """Give the lease back, keep every token, and tell an operator what will not pass by itself."""
    label = lease.provider.terms.label
    with hub.database.tenant(ask.tenant_id) as session:
        row = grants.find(session, ask.grant_id, lock=True)
        if row is None or row.fence != lease.fence:
            return
        grants.end_lease(row)
        if error is not None and not isinstance(error, TryLater | Unknown):
            notices.open_once(
                session,
                tenant_id=ask.tenant_id,
                connection_id=None,
                cause=failure_cause(ask.grant_id),
                text=f"{label} did not renew our access: {error.reason} Nothing is lost; we keep trying.",
                action="",
                now=hub.clock.now(),
            )


def failure_cause(grant_id: int) -> str:
    return f"refresh:{grant_id}"
