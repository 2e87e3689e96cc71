"""The job of an import: read page by page, or bring rows over batch by batch, each in a transaction of its own.

The cursor is written with the rows of its page, and a row's state with the record it became: a job that is killed
leaves nothing half done, and the next one goes on where it was.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from ledgerport.contract import ContractError, Kind, LoginNeeded, Refused, TryLater
from ledgerport.db.models import ConnectionState, Import, ImportState
from ledgerport.db.repositories import connections, grants, import_rows, imports, links
from ledgerport.db.repositories.imports import Lost
from ledgerport.engine.listing import check_goes_on
from ledgerport.services.context import Hub
from ledgerport.services.imports.bring_over import bring_over
from ledgerport.services.imports.keep_page import keep_page
from ledgerport.services.imports.remote_pages import read_page, workable
from ledgerport.services.lose_grant import lose_company, lose_grant
from ledgerport.services.open_tasks import wake
from ledgerport.services.provider_labels import label_of, terms_of
from ledgerport.services.rejections import Conflict, NotFound
from ledgerport.services.save_records import met_another

log = structlog.get_logger(__name__)
_BATCH = 100
# After an answer that made no sense, and how often that is borne.
_AGAIN = timedelta(minutes=1)
_TRIES = 5
# A connection that may not be used is looked at again then.
_LOOK = timedelta(seconds=30)
# How often a batch is tried that met somebody else saving the same ref.
_MEETINGS = 4


def work_import(hub: Hub, import_id: int, *, budget_seconds: float = 240.0) -> bool:
    """Work on an import until it waits, stops or ends; True when only the time was up.

    Somebody else at work, or nothing to do: nothing is done.
    """
    with hub.database.everything() as session:
        row = imports.take(session, import_id)
    if row is None:
        return False
    until = hub.clock.now() + timedelta(seconds=budget_seconds)
    try:
        while _step(hub, row):
            if hub.clock.now() >= until:
                _give_back(hub, row, due_at=hub.clock.now())
                return True
    except Lost:
        return False
    except (NotFound, Conflict) as error:
        _give_back(hub, row, due_at=hub.clock.now() + _LOOK, reason=str(error))
    except ContractError as error:
        log.info("import.waits", import_id=import_id, error=type(error).__name__, reason=error.reason)
        _set_back(hub, row, error)
    except Exception:
        _give_back(hub, row, due_at=hub.clock.now() + _AGAIN)
        raise
    return False


def _step(hub: Hub, row: Import) -> bool:
    """One page or one batch; False when there is nothing more to do now."""
    return _read(hub, row) if row.state == ImportState.READING else _bring(hub, row)


def _read(hub: Hub, row: Import) -> bool:
    with hub.database.tenant(row.tenant_id) as session:
        now_held = imports.held(session, row.id, row.fence, ImportState.READING)
        connection = connections.find(session, row.connection_id)
        obstacle = workable(session, connection)
        cursor = now_held.cursor
    if connection is None or connection.state == ConnectionState.DISCONNECTED:
        _give_back(hub, row, due_at=None, reason=obstacle, state=ImportState.STOPPED)
        return False
    if obstacle:
        _give_back(hub, row, due_at=hub.clock.now() + _LOOK, reason=obstacle)
        return False
    page = read_page(hub, connection, Kind(row.kind), cursor or None)
    with hub.database.tenant(row.tenant_id) as session:
        now_held = imports.held(session, row.id, row.fence, ImportState.READING)
        keep_page(session, now_held, page.entries)
        now_held.pages += 1
        linked = min(now_held.known, links.count(session, connection.id, Kind(row.kind)))
        check_goes_on(
            label_of(hub, connection.provider),
            cursor=cursor,
            following=page.next,
            pages=now_held.pages,
            objects=now_held.listed + linked,
        )
        now_held.cursor, now_held.tries, now_held.reason = page.next or "", 0, ""
        if page.next is None:
            import_rows.ask_about_rivals(session, row.id)
            now_held.state, now_held.read_at = ImportState.READY, hub.clock.now()
            now_held.due_at = now_held.lease_until = None
    return page.next is not None


def _bring(hub: Hub, row: Import) -> bool:
    for left in reversed(range(_MEETINGS)):
        try:
            more, due = _bring_batch(hub, row)
        except DBAPIError as error:
            # The host app saved a record under the very ref, or an equal one, in the same moment.
            if not left or not met_another(error):
                raise
            continue
        wake(hub, due)
        return more
    raise AssertionError("unreachable: the last try returns or raises")


def _bring_batch(hub: Hub, row: Import) -> tuple[bool, set[int]]:
    """Whether there is more, and which connections have work now."""
    due: set[int] = set()
    with hub.database.tenant(row.tenant_id) as session:
        connection = imports.lock_books(session, row.tenant_id, row.connection_id)
        now_held = imports.held(session, row.id, row.fence, ImportState.IMPORTING)
        if connection is None:
            raise Lost
        if connection.state == ConnectionState.DISCONNECTED:
            now_held.state, now_held.reason = ImportState.STOPPED, workable(session, connection)
            now_held.due_at = now_held.lease_until = None
            return False, due
        rows = import_rows.next_to_bring(session, row.id, _BATCH)
        if rows:
            due |= bring_over(session, hub, now_held, connection, rows)
            session.flush()
            session.refresh(connection, ["due_at"])
            if connection.due_at is not None and connection.due_at <= hub.clock.now():
                due.add(connection.id)
        now_held.reason, now_held.tries = "", 0
        if len(rows) < _BATCH:
            now_held.state, now_held.finished_at = ImportState.DONE, hub.clock.now()
            now_held.due_at = now_held.lease_until = None
    return len(rows) == _BATCH, due


def _set_back(hub: Hub, row: Import, error: ContractError) -> None:
    """The provider did not answer as hoped: later, or not before a person acts."""
    now = hub.clock.now()
    tries = row.tries + 1
    if isinstance(error, LoginNeeded):
        _lose(hub, row, error, now)
        _give_back(hub, row, due_at=now + _LOOK, reason=error.reason)
    elif isinstance(error, TryLater):
        _give_back(hub, row, due_at=_later(hub, row, error, now), reason=error.reason)
    elif isinstance(error, Refused) or tries >= _TRIES:
        reason = " ".join(part for part in (error.reason, error.detail) if part)
        _give_back(hub, row, due_at=None, reason=reason, state=ImportState.STOPPED, tries=0)
    else:
        _give_back(hub, row, due_at=now + _AGAIN, reason=error.reason, tries=tries)


def _later(hub: Hub, row: Import, error: TryLater, now: datetime) -> datetime:
    if error.at is not None:
        return max(error.at, now)
    if error.after is not None:
        return now + error.after
    with hub.database.everything(read=True) as session:
        connection = connections.find(session, row.connection_id)
    terms = terms_of(hub, connection.provider) if connection is not None else None
    return now + (terms.throttle_wait if error.throttled and terms is not None else _AGAIN)


def _lose(hub: Hub, row: Import, error: LoginNeeded, now: datetime) -> None:
    """As a drain does: the connection needs a person, and one notice says so."""
    with hub.database.tenant(row.tenant_id) as session:
        connection = connections.find(session, row.connection_id)
        if connection is None:
            return
        label = label_of(hub, connection.provider)
        if error.company_only:
            lose_company(session, connection.id, label=label, why=error.reason, now=now)
        elif connection.grant_id is not None:
            grant = grants.find(session, connection.grant_id, lock=True)
            if grant is not None and not grant.lost_reason:
                lose_grant(session, grant, label=label, now=now)


def _give_back(hub: Hub, row: Import, **values: object) -> None:
    with hub.database.everything() as session:
        imports.give_back(session, row.id, row.fence, **values)
