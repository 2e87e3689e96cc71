"""Runs a hub as a process: the API, and in the embedded mode the worker and the scheduler beside it.

The one place where doors and jobs come together; commands and the demo start a hub through it. What it runs ends on
SIGTERM or Ctrl-C: requests and jobs under way are finished first.
"""

from __future__ import annotations

import contextlib
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Self
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI

from ledgerport import actors, wiring
from ledgerport.api.app import create_app
from ledgerport.services.context import Hub
from ledgerport.settings import Settings
from ledgerport.web.app import create_console

__all__ = ["ApiServer", "background", "create_site", "listen", "run_scheduler", "run_worker", "serve", "until_signal"]

# How long requests under way may go on after the stop was asked for, in seconds.
_GRACE = 10
_START_SECONDS = 15.0


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, because asyncio turns Nagle's delay off only then: 40 ms an answer otherwise.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


class ApiServer:
    """The API over a socket, in a thread."""

    def __init__(self, hub: Hub, sock: socket.socket) -> None:
        self._sock = sock
        self._server = _Server(_config(hub))
        self._thread = threading.Thread(target=self._run, name="api", daemon=True)

    def start(self) -> Self:
        """Returns when requests are answered. Raises RuntimeError when that does not happen."""
        self._thread.start()
        if not self._server.settled.wait(_START_SECONDS) or not self._server.started:
            raise RuntimeError("The API did not start; the log says why.")
        return self

    def stop(self) -> None:
        """End once the requests under way are answered. Raises RuntimeError when they do not end."""
        self._server.should_exit = True
        self._thread.join(_GRACE + 5)
        self._sock.close()
        if self._thread.is_alive():
            raise RuntimeError("The API did not stop.")

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._sock])
        finally:
            self._server.settled.set()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextlib.contextmanager
def background(hub: Hub, *, threads: int) -> Iterator[None]:
    """The embedded mode's worker and scheduler, stopped at the end."""
    running = actors.start_background(hub, threads=threads)
    try:
        yield
    finally:
        running.stop()


def serve(*, host: str | None, port: int | None, told: Callable[[str], None]) -> None:
    """`ledgerport serve`, for the main thread. Where `host` and `port` are None, the public address decides the port.

    `told` is given the address once requests are answered. Raises CannotStart, and OSError for a port that is taken.
    """
    settings = Settings()
    host = host or "127.0.0.1"
    with contextlib.ExitStack() as stack:
        end = stack.enter_context(until_signal())
        sock = listen(host, _port_of(settings) if port is None else port)
        stack.callback(sock.close)
        # Asked of the socket, since a name such as localhost says nothing before it was looked up.
        if settings.embedded and not ipaddress.ip_address(sock.getsockname()[0]).is_loopback:
            raise wiring.CannotStart(
                f"The embedded mode serves this machine only, so it cannot listen on {host}. "
                "Set LEDGERPORT_DATABASE_URL and LEDGERPORT_REDIS_URL to serve others."
            )
        hub = stack.enter_context(_hub(settings))
        if settings.embedded:
            stack.enter_context(background(hub, threads=settings.worker_threads))
        stack.enter_context(ApiServer(hub, sock))
        told(f"http://{f'[{host}]' if ':' in host else host}:{sock.getsockname()[1]}")
        end.wait()


def run_worker(threads: int | None, told: Callable[[], None]) -> None:
    """`ledgerport worker`: work on jobs; `threads` None takes the settings' number. Raises CannotStart.

    `told` is called once jobs are taken.
    """
    settings = _with_broker("worker")
    with _hub(settings) as hub:
        actors.run_worker(hub, threads=threads or settings.worker_threads, ready=told)


def run_scheduler(told: Callable[[], None]) -> None:
    """`ledgerport scheduler`: send what becomes due. Raises CannotStart. `told` is called once it ticks."""
    with _hub(_with_broker("scheduler")) as hub:
        actors.run_scheduler(hub, ready=told)


@contextlib.contextmanager
def until_signal() -> Iterator[threading.Event]:
    """An event that SIGTERM or SIGINT (Ctrl-C) sets. For the main thread; the handlers are put back at the end."""
    told = threading.Event()

    def tell(_signal: int, _frame: FrameType | None) -> None:
        told.set()

    before = {number: signal.signal(number, tell) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _hub(settings: Settings) -> Iterator[Hub]:
    hub = wiring.build(settings)
    try:
        yield hub
    finally:
        wiring.close(hub)


def _with_broker(command: str) -> Settings:
    """Jobs of another process can only be had from a broker that both reach."""
    settings = Settings()
    if not settings.redis_url:
        raise wiring.CannotStart(
            f"Without LEDGERPORT_REDIS_URL jobs run inside `ledgerport serve`; a {command} of its own would have none."
        )
    return settings


def _port_of(settings: Settings) -> int:
    parts = urlsplit(settings.public_url)
    return parts.port or 8080


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.settled.set()


def create_site(hub: Hub, *, look_every: float = 0.5) -> FastAPI:
    """REST API and console as one application; what the API does not know is a page's."""
    site = create_app(hub, look_every=look_every)
    site.mount("/", create_console(hub, look_every=look_every))
    return site


def _config(hub: Hub) -> uvicorn.Config:
    return uvicorn.Config(
        create_site(hub),
        ws="none",
        lifespan="auto",
        # By itself it would be uvloop wherever that is: chromadb brings it along, and no extra changes how we serve.
        loop="asyncio",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
