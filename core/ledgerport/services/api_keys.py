"""API keys: `lp_<prefix>_<secret>`. Only the prefix and the SHA-256 of the whole are kept; the key is shown once."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from ledgerport.db.models import ApiKey
from ledgerport.services.context import Hub
from ledgerport.services.rejections import BadChoice, NotFound
from ledgerport.services.tenants import find_tenant

READ, WRITE, OPERATOR = "read", "write", "operator"
_SCOPES = (READ, WRITE, OPERATOR)
_KEY = re.compile(r"lp_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
# Compared with when a prefix is unknown, so that the answer takes as long as for a known one.
_NOBODY = hashlib.sha256(b"nobody").hexdigest()


class KeyRefused(Exception):
    """The key is missing, unknown, expired or revoked; the message does not say which of the last three."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Whoever holds a key. `tenant_id` is None for an operator; `name` is `key:<prefix>`, for histories."""

    tenant_id: int | None
    scopes: frozenset[str]
    name: str


@dataclass(frozen=True, kw_only=True)
class KeyView:
    """A key as lists show it."""

    prefix: str
    name: str
    tenant: str | None
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class NewKey(KeyView):
    """A key just made, with the only sight of it there will be."""

    key: str


def create_key(
    hub: Hub,
    *,
    tenant: str | None,
    name: str,
    scopes: Collection[str] = (READ, WRITE),
    life: timedelta | None = None,
) -> NewKey:
    """Make a key for a tenant (its slug), or an operator's for `tenant` None. Raises NotFound, BadChoice."""
    wanted = sorted(set(scopes), key=lambda scope: _SCOPES.index(scope) if scope in _SCOPES else -1)
    unknown = [scope for scope in wanted if scope not in _SCOPES]
    if unknown or not wanted:
        raise BadChoice("scopes", f"{', '.join(unknown) or 'No scope'} is not a scope.", "Use read, write or operator.")
    if (OPERATOR in wanted) != (tenant is None):
        raise BadChoice(
            "scopes",
            "The scope operator goes with no tenant, the others go with one.",
            "Make two keys where both are needed.",
        )
    if life is not None and life <= timedelta(0):
        raise BadChoice("expires_in_days", "A key must live for some time.", "Give a number above zero.")
    tenant_id = find_tenant(hub, tenant).id if tenant is not None else None
    prefix = secrets.token_hex(6)
    key = f"lp_{prefix}_{secrets.token_urlsafe(32)}"
    now = hub.clock.now()
    with hub.database.everything() as session:
        row = ApiKey(
            tenant_id=tenant_id,
            name=name,
            prefix=prefix,
            digest=_digest(key),
            scopes=wanted,
            created_at=now,
            expires_at=now + life if life is not None else None,
        )
        session.add(row)
    return NewKey(
        key=key,
        prefix=prefix,
        name=name,
        tenant=tenant,
        scopes=wanted,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=None,
    )


def list_keys(hub: Hub, *, tenant: str | None) -> list[KeyView]:
    """A tenant's keys, or the operators' for None. Raises NotFound."""
    tenant_id = find_tenant(hub, tenant).id if tenant is not None else None
    with hub.database.everything(read=True) as session:
        rows = session.scalars(select(ApiKey).where(ApiKey.tenant_id == tenant_id).order_by(ApiKey.id))
        return [_view(row, tenant) for row in rows]


def revoke_key(hub: Hub, *, prefix: str) -> None:
    """End a key at once. Raises NotFound."""
    with hub.database.everything() as session:
        row = session.scalars(select(ApiKey).where(ApiKey.prefix == prefix)).one_or_none()
        if row is None:
            raise NotFound(f"There is no key with the prefix {prefix}.")
        row.revoked_at = row.revoked_at or hub.clock.now()


def read_key(hub: Hub, key: str) -> Caller:
    """Who holds this key. Raises KeyRefused."""
    shape = _KEY.fullmatch(key)
    if shape is None:
        raise KeyRefused("This is not an API key of this hub. It looks like lp_..._..., sent as a bearer token.")
    prefix = shape.group(1)
    with hub.database.everything(read=True) as session:
        row = session.scalars(select(ApiKey).where(ApiKey.prefix == prefix)).one_or_none()
    same = hmac.compare_digest(row.digest if row is not None else _NOBODY, _digest(key))
    now = hub.clock.now()
    ended = row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now)
    if row is None or ended or not same:
        raise KeyRefused("This API key is unknown, has expired or was revoked.")
    return Caller(tenant_id=row.tenant_id, scopes=frozenset(row.scopes), name=f"key:{row.prefix}")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _view(row: ApiKey, tenant: str | None) -> KeyView:
    return KeyView(
        prefix=row.prefix,
        name=row.name,
        tenant=tenant,
        scopes=list(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
