"""Tokens of a grant, sealed into its row and opened from it. Row `grant:<id>`; kinds access, refresh, previous."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from ledgerport.contract import Grant
from ledgerport.db import models
from ledgerport.engine.transport import AccessToken
from ledgerport.vault import Vault

# For how long the refresh token before the present one is kept, encrypted.
KEEP_PREVIOUS = timedelta(hours=24)
# When an API key ends, as a Grant must tell; its row tells no moment.
NEVER = datetime.max.replace(tzinfo=UTC)


def put_grant(vault: Vault, row: models.Grant, grant: Grant, now: datetime) -> None:
    """Seal what a consent gave us as the first generation. The row must have its id (flush it first)."""
    row.generation = 1
    _put(vault, row, grant, now)


def renew_grant(vault: Vault, row: models.Grant, new: Grant, old: Grant, now: datetime) -> None:
    """Seal a refreshed grant as the next generation; the refresh token it replaces is kept for a day."""
    if old.refresh_token is not None and old.refresh_token != new.refresh_token:
        row.previous_generation = row.generation
        row.previous_until = now + KEEP_PREVIOUS
        row.previous_cipher = _seal(vault, row, "previous", row.generation, old.refresh_token)
    row.generation += 1
    _put(vault, row, new, now)


def open_access(vault: Vault, row: models.Grant) -> AccessToken:
    """The access token with its generation. Raises VaultError; ValueError when the row has none."""
    return AccessToken(value=_open(vault, row, "access", row.access_cipher), generation=row.generation)


def open_grant(vault: Vault, row: models.Grant) -> Grant:
    """The grant as a plugin gets it. Raises VaultError; ValueError when the row has no access token."""
    refresh = _open(vault, row, "refresh", row.refresh_cipher) if row.refresh_cipher is not None else None
    return Grant(
        access_token=_open(vault, row, "access", row.access_cipher),
        access_expires_at=row.access_expires_at or NEVER,
        refresh_token=refresh,
        refresh_expires_at=row.refresh_expires_at,
        hard_expires_at=row.hard_expires_at,
        scopes=tuple(row.scopes),
    )


def _put(vault: Vault, row: models.Grant, grant: Grant, now: datetime) -> None:
    row.access_cipher = _seal(vault, row, "access", row.generation, grant.access_token)
    row.refresh_cipher = (
        _seal(vault, row, "refresh", row.generation, grant.refresh_token) if grant.refresh_token is not None else None
    )
    row.access_expires_at = None if grant.access_expires_at == NEVER else grant.access_expires_at
    row.refresh_expires_at = grant.refresh_expires_at
    row.hard_expires_at = grant.hard_expires_at
    row.scopes = list(grant.scopes)
    row.refreshed_at = now
    row.lost_reason = ""


def _seal(vault: Vault, row: models.Grant, kind: str, generation: int, plain: SecretStr) -> bytes:
    return vault.seal(plain, tenant_id=row.tenant_id, row=f"grant:{row.id}", kind=kind, generation=generation)


def _open(vault: Vault, row: models.Grant, kind: str, cipher: bytes | None) -> SecretStr:
    if cipher is None:
        raise ValueError(f"grant:{row.id} has no {kind} token.")
    return vault.open(cipher, tenant_id=row.tenant_id, row=f"grant:{row.id}", kind=kind, generation=row.generation)
