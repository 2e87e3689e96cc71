"""What services work with. Built once by `wiring.py`, passed to every service as its first argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from pydantic import SecretStr

from ledgerport.contract import Clock
from ledgerport.db.session import Database
from ledgerport.engine.pacing import Limiter
from ledgerport.host import Host
from ledgerport.memory.port import Memory
from ledgerport.queue import Queue
from ledgerport.vault import Vault


@dataclass(frozen=True, kw_only=True)
class ProviderApp:
    """Our app at one provider: client id and secret, and the origin that replaces the provider's own where one is set.

    `api_address` replaces the origin of the API alone, and goes before `address` there.
    """

    client_id: str
    client_secret: SecretStr
    address: str = ""
    api_address: str = ""
    webhook_secret: SecretStr = SecretStr("")


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where letters are handed in. `security`: `starttls`, `tls` or `none`; `ca_file` names who vouches for it, empty:
    whom this machine trusts."""

    host: str
    port: int
    security: str
    sender: str
    username: str = ""
    password: SecretStr = SecretStr("")
    ca_file: str = ""


@dataclass(frozen=True, kw_only=True)
class Hub:
    """The parts of a running hub."""

    database: Database
    clock: Clock
    host: Host
    vault: Vault
    queue: Queue
    limiter: Limiter
    # The shared connection pool to providers; every client is made over it in engine/exchange.py.
    wire: httpx.BaseTransport
    apps: Mapping[str, ProviderApp]
    public_url: str
    session_secret: SecretStr
    # Names this process in leases.
    owner: str
    # Seconds (of the hub's clock) that a provider may take to answer one request.
    request_seconds: float
    # None: no letters are sent.
    mail: MailServer | None = None
    # None: past prices are not remembered, and nothing of it is loaded.
    memory: Memory | None = None
