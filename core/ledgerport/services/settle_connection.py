"""A grant and the company it was given for become a connection: new, taken up again, or healed. One transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ledgerport.contract import Company, Grant, ProviderTerms
from ledgerport.db import models
from ledgerport.db.models import Connection, ConnectionState
from ledgerport.db.repositories import connections, due_grants, grants, notices
from ledgerport.services.connect_refused import ConnectRefused, WrongCompany
from ledgerport.services.context import Hub
from ledgerport.services.grant_secrets import put_grant
from ledgerport.services.keep_grants_fresh import end_cause
from ledgerport.services.lose_grant import company_cause, notice_cause
from ledgerport.services.open_tasks import open_everything
from ledgerport.services.refresh_token import failure_cause

# What others may live by too; it is forgotten with the grant.
_OF_GRANTS = ("grant:", "grant-ends:", "refresh:")


@dataclass(frozen=True, kw_only=True)
class Settled:
    """The connection as it is now. `new`: it was not connected before this."""

    connection_id: int
    company_name: str
    new: bool


def expected_company(
    session: Session, *, tenant_id: int, terms: ProviderTerms, connection_id: int | None
) -> Connection | None:
    """The connection that a consent must fit: the one to be reconnected, else the tenant's live one. Raises
    ConnectRefused."""
    present = connections.live(session, tenant_id, terms.slug)
    if connection_id is None:
        return present
    meant = connections.find(session, connection_id, lock=True)
    if meant is None:
        raise ConnectRefused("The connection that was to be reconnected is not there any more.")
    if present is not None and present.id != meant.id:
        raise ConnectRefused(
            f'{terms.label} is already connected to "{present.company_name}".', "Disconnect that company first."
        )
    return meant


def pick_company(companies: Sequence[Company], expected: Connection | None) -> Company | None:
    """The company to connect; None when a person must choose. Raises WrongCompany when the expected one is not among
    them."""
    if expected is not None and expected.company_id:
        for company in companies:
            if company.id == expected.company_id:
                return company
        raise WrongCompany(
            signed_in_to='", "'.join(company.name for company in companies), belongs_to=expected.company_name
        )
    return companies[0] if len(companies) == 1 else None


def settle(
    session: Session,
    hub: Hub,
    *,
    tenant_id: int,
    provider: str,
    company: Company,
    expected: Connection | None,
    grant_row: models.Grant,
    first_sync_waits: bool = False,
) -> Settled:
    """Bind the grant to the company within the caller's transaction. Mappings, links and tasks of a known company
    stay, and so does whether its first sync waits: `first_sync_waits` is for a company that is new."""
    now = hub.clock.now()
    connection = expected or connections.disconnected_from(session, tenant_id, provider, company.id)
    was_live = connection is not None and connection.state not in (
        ConnectionState.DISCONNECTED,
        ConnectionState.PENDING,
    )
    if connection is None:
        connection = Connection(
            tenant_id=tenant_id,
            uid=uuid.uuid4().hex,
            provider=provider,
            created_at=now,
            state_since=now,
            first_sync_waits=first_sync_waits,
        )
        session.add(connection)
    old_grant = connection.grant_id
    connection.grant_id = grant_row.id
    connection.company_id, connection.company_name = company.id, company.name[:200]
    connection.currency, connection.country = company.currency, company.country
    connection.facts = dict(company.facts)
    connection.state, connection.state_since, connection.reason = ConnectionState.ACTIVE, now, ""
    connection.due_at, connection.held_until = now, None
    session.flush()
    notices.close(session, tenant_id, company_cause(connection.id), now)
    if old_grant is not None and old_grant != grant_row.id:
        _drop_grant(session, hub, tenant_id, old_grant)
    if was_live:
        connections.release_blocked(session, connection.id, connections.BLOCKED_ON_GRANT, now)
    elif connection.auto_sync and not connection.first_sync_waits:
        # Records that were saved while nothing was connected have no task yet.
        open_everything(session, hub, connection)
    return Settled(connection_id=connection.id, company_name=company.name, new=not was_live)


def keep_grant(session: Session, hub: Hub, *, tenant_id: int, provider: str, grant: Grant) -> models.Grant:
    """Store a new grant, sealed to its row."""
    row = models.Grant(tenant_id=tenant_id, provider=provider, created_at=hub.clock.now(), scopes=[])
    session.add(row)
    # The ciphertexts name the row's id.
    session.flush()
    put_grant(hub.vault, row, grant, hub.clock.now())
    session.flush()
    return row


def _drop_grant(session: Session, hub: Hub, tenant_id: int, grant_id: int) -> None:
    """Forget a grant that was replaced, with its notices, unless another connection lives by it."""
    if connections.of_grant(session, grant_id):
        return
    forget_grant_notices(session, hub, tenant_id, grant_id)
    row = grants.find(session, grant_id, lock=True)
    if row is not None:
        session.delete(row)
        due_grants.forget(session, grant_id)
        session.flush()


def forget_connection_notices(session: Session, connection: Connection, now: datetime) -> None:
    """Close what was said about a connection alone: nobody works on it any more."""
    for notice in notices.open_with_prefix(session, "", [connection.id]):
        if not notice.cause.startswith(_OF_GRANTS):
            notices.close(session, notice.tenant_id, notice.cause, now)


def forget_grant_notices(session: Session, hub: Hub, tenant_id: int, grant_id: int) -> None:
    """Close all that was said about a grant."""
    for cause in (notice_cause(grant_id), failure_cause(grant_id), end_cause(grant_id)):
        notices.close(session, tenant_id, cause, hub.clock.now())
