"""The secret that signs what goes to a host app: made here or given, sealed to its row."""

from __future__ import annotations

import secrets

from pydantic import SecretStr

from ledgerport.db.models import Webhook
from ledgerport.services.context import Hub
from ledgerport.vault import VaultError

_KIND = "webhook_secret"


def make_secret() -> SecretStr:
    """A new one."""
    return SecretStr(f"whsec_{secrets.token_urlsafe(32)}")


def seal_secret(hub: Hub, row: Webhook, secret: SecretStr) -> None:
    """Keep a secret; the row has its id."""
    row.secret_cipher = hub.vault.seal(
        secret, tenant_id=row.tenant_id, row=f"webhook:{row.id}", kind=_KIND, generation=0
    )


def open_secret(hub: Hub, row: Webhook) -> SecretStr:
    """The secret of a webhook. Raises VaultError."""
    if row.secret_cipher is None:
        raise VaultError(f"The webhook {row.id} has no secret.")
    return hub.vault.open(row.secret_cipher, tenant_id=row.tenant_id, row=f"webhook:{row.id}", kind=_KIND, generation=0)
