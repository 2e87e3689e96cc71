"""Builds a hub from the settings, and takes it down again. The only reader of settings."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import re
import secrets
import socket
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from pydantic import SecretStr

from ledgerport.contract import Clock, ScaledClock, SystemClock
from ledgerport.db.migrate import upgrade
from ledgerport.db.session import Database, open_engine
from ledgerport.engine.exchange import make_wire
from ledgerport.engine.pacing import Limiter
from ledgerport.engine.pacing_memory import MemoryLimiter
from ledgerport.engine.pacing_redis import RedisLimiter
from ledgerport.engine.retry_after import retry_after
from ledgerport.host import Guard, Rules, find_plugins, read_allowed
from ledgerport.logs import hide
from ledgerport.logs import set_up as set_up_logs
from ledgerport.memory.chroma import ChromaIndex
from ledgerport.memory.folder_index import FolderIndex
from ledgerport.memory.port import Index, Memory
from ledgerport.memory.prices import MODELS, Limits, limits_of
from ledgerport.memory.stores import ServerStore
from ledgerport.memory.voyage import VoyageEmbedder
from ledgerport.queue import QUEUE_NAME, InProcessBroker, MessageQueue, redis_broker, redis_client
from ledgerport.services.context import Hub, MailServer, ProviderApp
from ledgerport.services.plugin_circuits import circuit_keeper
from ledgerport.settings import ClockSettings, MemorySettings, Settings, SmtpSettings
from ledgerport.vault import Vault, make_key_file, parse_keys

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")

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
    database = Database(engine)
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    guard = Guard(
        clock=clock,
        rules=Rules(
            failures=settings.plugin_failures,
            rest=timedelta(seconds=settings.plugin_rest_seconds),
            longest=timedelta(seconds=settings.plugin_longest_rest_seconds),
        ),
        told=circuit_keeper(database, owner),
        hide=hide,
        trace=settings.trace_hooks,
    )
    return Hub(
        database=database,
        clock=clock,
        host=find_plugins(allow=settings.plugins_allow, hook_seconds=settings.hook_seconds, guard=guard),
        vault=vault,
        queue=MessageQueue(broker or (redis_broker(settings.redis_url) if settings.redis_url else InProcessBroker())),
        limiter=_limiter(settings.redis_url, clock),
        wire=make_wire(),
        apps={slug: _app(settings, slug) for slug in settings.providers},
        public_url=settings.public_url.rstrip("/"),
        session_secret=session_secret,
        owner=owner,
        request_seconds=settings.request_seconds,
        mail=_mail(settings.smtp),
        memory=_memory(settings),
    )


def close(hub: Hub) -> None:
    """Give back what `build` opened. Workers and schedulers over the hub must have stopped before."""
    broker = broker_of(hub)
    broker.close()
    if isinstance(broker, RedisBroker):
        # Dramatiq's close leaves the connections to Redis open.
        broker.client.close()
    hub.wire.close()
    if hub.memory is not None:
        hub.memory.close()
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
    try:
        read_allowed(settings.plugins_allow)
    except ValueError as error:
        wrong.append(str(error))
    wrong.extend(_wrong_mail(settings.smtp))
    if settings.rag_billing_embed_enabled:
        wrong.extend(_wrong_memory(settings.memory, several=bool(settings.redis_url)))
    if wrong:
        raise CannotStart(f"Ledgerport cannot start. {'; '.join(wrong)}.")


def _wrong_mail(smtp: SmtpSettings) -> list[str]:
    if not smtp.host:
        return []
    wrong = []
    if not _ADDRESS.fullmatch(parseaddr(smtp.sender)[1]):
        wrong.append("LEDGERPORT_SMTP__SENDER is missing or no e-mail address (LEDGERPORT_SMTP__HOST is set)")
    if smtp.username and smtp.security == "none" and not _is_loopback(f"//{smtp.host}"):
        wrong.append(
            "LEDGERPORT_SMTP__USERNAME is set, but LEDGERPORT_SMTP__SECURITY is none: a password would travel in clear"
        )
    if smtp.ca_file is not None and not smtp.ca_file.is_file():
        wrong.append(f"LEDGERPORT_SMTP__CA_FILE is {smtp.ca_file}, and there is no such file")
    return wrong


def _mail(smtp: SmtpSettings) -> MailServer | None:
    if not smtp.host:
        return None
    return MailServer(
        host=smtp.host,
        port=smtp.port,
        security=smtp.security,
        sender=smtp.sender,
        username=smtp.username,
        password=smtp.password,
        ca_file=str(smtp.ca_file) if smtp.ca_file is not None else "",
    )


def _wrong_memory(memory: MemorySettings, *, several: bool) -> list[str]:
    """`several`: whether more than one process may run."""
    on = "(RAG_BILLING_EMBED_ENABLED is set)"
    wrong = [
        f"{library} is not installed {on}: pip install 'ledgerport[memory]'"
        for library in ("chromadb", "voyageai")
        if importlib.util.find_spec(library) is None
    ]
    if not memory.api_key.get_secret_value():
        wrong.append(f"LEDGERPORT_MEMORY__API_KEY is missing: your key at Voyage {on}")
    if several and memory.chroma_url is None:
        wrong.append(
            f"LEDGERPORT_MEMORY__CHROMA_URL is missing {on}: with LEDGERPORT_REDIS_URL several processes may run, and "
            "they need a Chroma server"
        )
    if memory.chroma_url is not None and ((memory.chroma_url.path or "/") != "/" or memory.chroma_url.username):
        wrong.append("LEDGERPORT_MEMORY__CHROMA_URL must be an origin, http://host:port")
    known = MODELS.get(memory.model)
    if known is None and memory.price_per_million is None:
        wrong.append(
            f"LEDGERPORT_MEMORY__MODEL is {memory.model}, whose price is not known: set "
            f"LEDGERPORT_MEMORY__PRICE_PER_MILLION, or take one of {', '.join(MODELS)}"
        )
    if known is not None and memory.dimension not in known.dimensions:
        wrong.append(
            f"LEDGERPORT_MEMORY__DIMENSION is {memory.dimension}, but {memory.model} offers "
            f"{', '.join(str(dimension) for dimension in sorted(known.dimensions))}"
        )
    return wrong


def _memory(settings: Settings) -> Memory | None:
    """The memory, with nothing opened and none of its libraries loaded."""
    if not settings.rag_billing_embed_enabled:
        return None
    given = settings.memory
    index: Index
    if given.chroma_url is None:
        folder = (given.folder or settings.home / "memory").resolve()
        where, index = str(folder), FolderIndex(folder, model=given.model, dimension=given.dimension)
    else:
        where = str(given.chroma_url).rstrip("/")
        store = ServerStore(where, token=given.chroma_token, seconds=given.request_seconds)
        index = ChromaIndex(store, model=given.model, dimension=given.dimension)
    return Memory(
        embedder=VoyageEmbedder(
            api_key=given.api_key,
            model=given.model,
            dimension=given.dimension,
            seconds=given.request_seconds,
            pause_in=retry_after,
            address=str(given.address or ""),
        ),
        index=index,
        threshold=given.threshold,
        limits=_limits(given),
        price_override=given.price_per_million,
        where=where,
    )


def _limits(given: MemorySettings) -> Limits:
    limits = limits_of(given.model)
    a_minute = given.tokens_per_minute or limits.tokens_per_minute
    return replace(
        limits,
        # One request heavier than a whole minute's allowance would never go.
        tokens=min(limits.tokens, a_minute),
        requests_per_minute=given.requests_per_minute or limits.requests_per_minute,
        tokens_per_minute=a_minute,
    )


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
