"""Builds a hub from the settings, and takes it down again. The only reader of settings."""

from __future__ import annotations

import ipaddress
import os
import secrets
import socket
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from pydantic import SecretStr

from ledgerport.contract import Clock, ScaledClock, SystemClock
from ledgerport.db.migrate import upgrade
from ledgerport.db.session import Database, open_engine
from ledgerport.engine.pacing import Limiter
from ledgerport.engine.pacing_memory import MemoryLimiter
from ledgerport.engine.pacing_redis import RedisLimiter
from ledgerport.engine.transport import make_wire
from ledgerport.host import find_plugins
from ledgerport.logs import set_up as set_up_logs
from ledgerport.queue import QUEUE_NAME, InProcessBroker, MessageQueue, redis_broker, redis_client
from ledgerport.services.context import Hub, ProviderApp
from ledgerport.settings import ClockSettings, Settings
from ledgerport.vault import Vault, make_key_file, parse_keys

__all__ = ["QUEUE_NAME", "CannotStart", "broker_of", "build", "close", "set_up_logs"]


class CannotStart(Exception):
    """The settings do not make a hub. The message names each setting that is missing or wrong."""


def build(
    settings: Settings | None = None, *, clock: Clock | None = None, broker: dramatiq.Broker | None = None
) -> Hub:
    """A hub, its database at the newest schema. Without `settings` they are read from the environment.

    Raises CannotStart before anything is opened, and VaultError for unusable keys.
    """
    settings = Settings() if settings is None else settings
    _check(settings)
    if settings.embedded:
        home = _make_home(settings.home)
        keys = settings.vault_keys or make_key_file(home / "vault.key")
        session_secret = settings.session_secret
        if not session_secret.get_secret_value():
            session_secret = _make_secret(home / "session.secret")
        database_url = f"sqlite:///{home / 'ledgerport.db'}"
    else:
        keys, session_secret, database_url = settings.vault_keys, settings.session_secret, settings.database_url
    vault = Vault(parse_keys(keys))
    clock = clock or _clock(settings.clock)
    # Every job thread may hold one connection, each of its sends another, and the doors need some too.
    engine = open_engine(database_url, pool_size=max(20, 2 * settings.worker_threads))
    upgrade(engine)
    return Hub(
        database=Database(engine),
        clock=clock,
        host=find_plugins(allow=settings.plugins_allow, hook_seconds=settings.hook_seconds),
        vault=vault,
        queue=MessageQueue(broker or (redis_broker(settings.redis_url) if settings.redis_url else InProcessBroker())),
        limiter=_limiter(settings.redis_url, clock),
        wire=make_wire(),
        apps={slug: _app(settings, slug) for slug in settings.providers},
        public_url=settings.public_url.rstrip("/"),
        session_secret=session_secret,
        owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
        request_seconds=settings.request_seconds,
    )


def close(hub: Hub) -> None:
    """Give back what `build` opened. Workers and schedulers over the hub must have stopped before."""
    broker = broker_of(hub)
    broker.close()
    if isinstance(broker, RedisBroker):
        # Dramatiq's close leaves the connections to Redis open.
        broker.client.close()
    hub.wire.close()
    if isinstance(hub.limiter, RedisLimiter):
        hub.limiter.close()
    hub.database.close()


def broker_of(hub: Hub) -> dramatiq.Broker:
    """The broker that carries the hub's messages. Raises TypeError for a hub whose queue is not Dramatiq's."""
    if not isinstance(hub.queue, MessageQueue):
        raise TypeError(f"{type(hub.queue).__name__} has no broker to work for.")
    return hub.queue.broker


def _check(settings: Settings) -> None:
    wrong = []
    if settings.embedded:
        if not _is_loopback(settings.public_url):
            wrong.append(
                f"LEDGERPORT_PUBLIC_URL is {settings.public_url}, but the embedded mode serves this machine only. "
                "Set LEDGERPORT_DATABASE_URL and LEDGERPORT_REDIS_URL to serve others"
            )
    else:
        if not settings.database_url:
            wrong.append("LEDGERPORT_DATABASE_URL is missing (LEDGERPORT_REDIS_URL is set)")
        if not settings.vault_keys:
            wrong.append("LEDGERPORT_VAULT_KEYS is missing: keys that encrypt tokens")
        if not settings.session_secret.get_secret_value():
            wrong.append("LEDGERPORT_SESSION_SECRET is missing: it signs the browser's connect cookie")
    if wrong:
        raise CannotStart(f"Ledgerport cannot start. {'; '.join(wrong)}.")


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _clock(settings: ClockSettings) -> Clock:
    system = SystemClock()
    if settings.rate == 1 and settings.at is None:
        return system
    return ScaledClock(rate=settings.rate, at=settings.at or system.now(), since=settings.since)


def _limiter(redis_url: str, clock: Clock) -> Limiter:
    if not redis_url:
        return MemoryLimiter(clock)
    return RedisLimiter(redis_client(redis_url), clock)


def _app(settings: Settings, slug: str) -> ProviderApp:
    given = settings.providers[slug]
    return ProviderApp(
        client_id=given.client_id,
        client_secret=given.client_secret,
        address=str(given.address).rstrip("/") if given.address else "",
        api_address=str(given.api_address).rstrip("/") if given.api_address else "",
        webhook_secret=given.webhook_secret,
    )


def _make_home(path: Path) -> Path:
    """The folder for database and keys, readable by nobody else."""
    home = path.resolve()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.chmod(0o700)
    return home


def _make_secret(path: Path) -> SecretStr:
    """The secret kept in `path`; made when it is not there. Two processes at once end with the same one."""
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(48))
            # A link does not replace what another process put there first; then that one is read below.
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            Path(draft).unlink()
    return SecretStr(path.read_text().strip())
