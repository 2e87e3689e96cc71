"""The part of a doctor's bundle that tells of connections and what was tried, by number and state alone."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from typing import Any

from ledgerport.db.models import Connection, Grant
from ledgerport.db.repositories import doctor_read
from ledgerport.services.context import Hub
from ledgerport.services.show_tokens import sign_in_state

_LAST_ATTEMPTS = 100
# A code is a word for programs; whatever else a plugin put there stays here.
_CODE = re.compile(r"[A-Za-z0-9_.:-]{0,80}")


def tell_connections(hub: Hub, provider: str) -> dict[str, Any]:
    """The sections `connections` and `attempts`."""
    now = hub.clock.now()
    with hub.database.everything(read=True) as session:
        found = doctor_read.connections(session, provider)
        ids = [connection.id for connection, _, _ in found]
        work = doctor_read.open_work(session, ids)
        attempts = doctor_read.last_attempts(session, ids, _LAST_ATTEMPTS)
        notices = doctor_read.open_notices(session, ids)
        schema = doctor_read.schema_revision(session)
    return {
        "connections": {
            "by_state": Counter(str(connection.state) for connection, _, _ in found),
            "turned_off": sum(enabled is False for _, _, enabled in found),
            "rows": [_connection(*row, now) for row in found],
            "open_work": [
                {
                    "connection": row.connection_id,
                    "kind": str(row.kind),
                    "state": str(row.state),
                    "reason_code": _code(row.reason_code),
                    "tasks": row.tasks,
                }
                for row in work
            ],
            "notices": [
                {"connection": row.connection_id, "cause": _code(row.cause), "records": row.count, "at": row.opened_at}
                for row in notices
            ],
            "schema": schema,
        },
        "attempts": {
            "by_verdict": Counter(row.verdict for row in attempts),
            "rows": [
                {
                    "attempt": row.id,
                    "connection": row.connection_id,
                    "record": f"{row.kind} {row.record_id}",
                    "op": str(row.op),
                    "verdict": row.verdict,
                    "trace_id": _code(row.trace_id),
                    "at": row.at,
                }
                for row in attempts
            ],
        },
    }


def _connection(connection: Connection, grant: Grant | None, enabled: bool | None, now: datetime) -> dict[str, Any]:
    """Company, tenant and reason are left out: they are names, or hold some."""
    return {
        "connection": connection.id,
        "state": str(connection.state),
        "since": connection.state_since,
        "turned_off": enabled is False,
        "sign_in": sign_in_state(grant, now),
        "sign_in_renewed_at": grant.refreshed_at if grant is not None else None,
        "access_expires_at": grant.access_expires_at if grant is not None else None,
        "auto_sync": connection.auto_sync,
        "first_sync_waits": connection.first_sync_waits,
        "due_at": connection.due_at,
        "held_until": connection.held_until,
        "last_success_at": connection.last_success_at,
    }


def _code(text: str) -> str:
    return text if _CODE.fullmatch(text) else "(left out: it is no code)"
