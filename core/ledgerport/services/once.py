"""Idempotency keys: a POST repeated with the same key and body gets the same answer, and is acted on once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from ledgerport.db.models import ApiRequest
from ledgerport.services.context import Hub
from ledgerport.services.rejections import BadChoice, Conflict

KEPT = timedelta(hours=24)
# A request that is still without an answer after this long died with its process.
_ABANDONED = timedelta(minutes=15)
_UNDER_WAY = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer as it was given: HTTP status and JSON body."""

    status: int
    body: Any
    repeated: bool = False


def once(hub: Hub, *, tenant_id: int, key: str, digest: str, act: Callable[[], Answer]) -> Answer:
    """Run `act`, or give its answer again. `digest` stands for the request; the same key with another one is refused.

    An `act` that raises leaves no trace, so the caller may correct and repeat. Raises BadChoice, Conflict.
    """
    earlier = _begin(hub, tenant_id, key, digest)
    if earlier is not None:
        return earlier
    try:
        answer = act()
    except BaseException:
        _forget(hub, tenant_id, key)
        raise
    with hub.database.tenant(tenant_id) as session:
        row = session.scalars(select(ApiRequest).where(ApiRequest.key == key)).one_or_none()
        if row is not None:
            row.status, row.body = answer.status, {"body": answer.body}
    return answer


def _begin(hub: Hub, tenant_id: int, key: str, digest: str) -> Answer | None:
    now = hub.clock.now()
    try:
        with hub.database.tenant(tenant_id) as session:
            session.execute(
                delete(ApiRequest)
                .where(ApiRequest.tenant_id == tenant_id, ApiRequest.created_at < now - KEPT)
                .execution_options(synchronize_session=False)
            )
            row = session.scalars(select(ApiRequest).where(ApiRequest.key == key).with_for_update()).one_or_none()
            if row is None:
                session.add(
                    ApiRequest(tenant_id=tenant_id, key=key, digest=digest, status=_UNDER_WAY, body={}, created_at=now)
                )
                return None
            if row.digest != digest:
                raise BadChoice(
                    "Idempotency-Key",
                    "This Idempotency-Key was used for another request.",
                    "Make a new key for each request; repeat one only with the same request.",
                )
            if row.status != _UNDER_WAY:
                return Answer(status=row.status, body=row.body["body"], repeated=True)
            if row.created_at >= now - _ABANDONED:
                raise _under_way()
            row.created_at = now
            return None
    except IntegrityError as error:
        raise _under_way() from error


def _under_way() -> Conflict:
    return Conflict("The first request with this Idempotency-Key is still under way.", "Ask again in a moment.")


def _forget(hub: Hub, tenant_id: int, key: str) -> None:
    with hub.database.tenant(tenant_id) as session:
        session.execute(
            delete(ApiRequest)
            .where(ApiRequest.tenant_id == tenant_id, ApiRequest.key == key)
            .execution_options(synchronize_session=False)
        )
