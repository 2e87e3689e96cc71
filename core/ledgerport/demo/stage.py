"""Starts everything a demo needs in this process: a hub on a home of its own and the providers' sandboxes, one clock
for all of them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AnyHttpUrl, SecretStr

from ledgerport import wiring
from ledgerport.contract import ScaledClock
from ledgerport.demo.sandboxes import RunningSandbox
from ledgerport.services.context import Hub
from ledgerport.serving import ApiServer, background, listen
from ledgerport.settings import MemorySettings, ProviderSettings, Settings

if sys.platform != "win32":
    import fcntl

HOST = "127.0.0.1"
# Just after the last day of the made-up company's records, so that no invoice lies in the future.
STARTS_AT = datetime(2026, 10, 1, 9, tzinfo=UTC)
# A drain holds a thread for as long as there is work; a few more see to everything else.
SPARE_THREADS = 3


class DemoFailed(Exception):
    """The demo cannot go on. The message says what happened."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for. `rate`: how many times as fast as the machine's the shared clock runs; `memory`: past prices
    are remembered too, with Voyage's sandbox."""

    home: Path
    providers: tuple[str, ...]
    data: Path | None = None
    invoices: int | None = None
    items: int | None = None
    rate: float = 60.0
    memory: bool = False


@dataclass(frozen=True, kw_only=True)
class Running:
    """The demo's hub while it serves. `voyage`: where texts are embedded; None where nothing is remembered."""

    hub: Hub
    url: str
    sandboxes: Mapping[str, RunningSandbox]
    clock: ScaledClock
    voyage: RunningSandbox | None = None

    def at_true_pace(self) -> None:
        """From now on for people, whose ten minutes at a consent page are ten minutes."""
        self.clock.change_rate(1)
        for sandbox in (*self.sandboxes.values(), *([self.voyage] if self.voyage else [])):
            sandbox.follow(self.clock)


@contextmanager
def running(options: Options) -> Iterator[Running]:
    """Sandboxes, API, worker and scheduler over an empty home; all stopped at the end."""
    with ExitStack() as stack:
        stack.enter_context(_only_one(options.home))
        _empty(options.home)
        sandboxes = {}
        for provider in options.providers:
            sandboxes[provider] = RunningSandbox(provider, store=options.home / f"sandbox-{provider}.db")
            stack.callback(sandboxes[provider].stop)
        voyage = None
        if options.memory:
            voyage = RunningSandbox("voyage")
            stack.callback(voyage.stop)
        clock = ScaledClock(rate=options.rate, at=STARTS_AT)
        for sandbox in (*sandboxes.values(), *([voyage] if voyage else [])):
            sandbox.follow(clock)
        sock = listen(HOST, 0)
        url = f"http://{HOST}:{sock.getsockname()[1]}"
        hub = wiring.build(_settings(options.home, url, sandboxes, voyage), clock=clock)
        stack.callback(wiring.close, hub)
        # A tenant's memory holds a thread for as long as there is something to remember.
        busy = len(options.providers) * (2 if options.memory else 1)
        stack.enter_context(background(hub, threads=busy + SPARE_THREADS))
        stack.enter_context(ApiServer(hub, sock))
        yield Running(hub=hub, url=url, sandboxes=sandboxes, clock=clock, voyage=voyage)


def _settings(home: Path, url: str, sandboxes: Mapping[str, RunningSandbox], voyage: RunningSandbox | None) -> Settings:
    # Not read from anywhere: the user's own environment and `.env` have no say in a demo.
    return Settings.model_construct(
        home=home,
        public_url=url,
        providers={
            provider: ProviderSettings(
                client_id=sandbox.keys.client_id,
                client_secret=SecretStr(sandbox.keys.client_secret),
                address=AnyHttpUrl(sandbox.url),
            )
            for provider, sandbox in sandboxes.items()
        },
        rag_billing_embed_enabled=voyage is not None,
        memory=MemorySettings()
        if voyage is None
        else MemorySettings(api_key=SecretStr("demo-key"), address=AnyHttpUrl(f"{voyage.url}/v1")),
    )


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Two demos would empty each other's home; on Windows files that are open protect themselves. Raises DemoFailed."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / f"{home.name}.lock").open("a+b") as lock:
        if sys.platform != "win32":
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise DemoFailed(f"A demo is running on {home} already. End it first, or start elsewhere.") from None
        yield


def _empty(home: Path) -> None:
    """Take away what an earlier demo left. Raises DemoFailed for a folder that no demo made."""
    mark = home / "demo.home"
    if home.exists():
        if not mark.exists() and any(home.iterdir()):
            raise DemoFailed(f"{home} holds files that no demo made. Move them away, or start the demo elsewhere.")
        shutil.rmtree(home)
    home.mkdir(mode=0o700)
    mark.touch()
