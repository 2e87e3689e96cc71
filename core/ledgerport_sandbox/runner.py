"""Serves a sandbox with uvicorn: blocking, or in a thread beside a test or a demo."""

from __future__ import annotations

import asyncio
import importlib.metadata
import socket
import threading
from types import TracebackType
from typing import Any, Self, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

GROUP = "ledgerport.sandboxes"
#: Emulators of services that are no accounting provider: they are served like a provider's and listed nowhere.
SERVICES = {"voyage": "ledgerport_sandbox.voyage.app:create_app"}


class BreakableProtocol(H11Protocol):
    """HTTP/1.1 whose app can reach the TCP connection, to break it on purpose."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """A server that says when it listens (or that it never will)."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


def load(provider: str, **options: Any) -> Any:
    """Build the installed sandbox of a provider by its entry point, or one of SERVICES.

    Raises LookupError, naming what is installed.
    """
    services = [importlib.metadata.EntryPoint(name, value, GROUP) for name, value in SERVICES.items()]
    found = {entry.name: entry for entry in [*importlib.metadata.entry_points(group=GROUP), *services]}
    if provider not in found:
        raise LookupError(f"no sandbox for {provider!r}; installed: {', '.join(sorted(found)) or 'none'}")
    return found[provider].load()(**options)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. Raises OSError when the port is taken."""
    # asyncio turns Nagle's delay off only for sockets that name TCP as their protocol;
    # without it every answer waits 40 ms.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def serve(app: Any, host: str = "127.0.0.1", port: int = 0) -> None:
    """Serve until the process is interrupted, then close the app. Prints the address first, then the app's notice."""
    with listen(host, port) as sock:
        print(f"sandbox listens on http://{host}:{sock.getsockname()[1]}", flush=True)
        if app.notice:
            print(app.notice, flush=True)
        try:
            _Server(_config(app)).run(sockets=[sock])
        finally:
            app.close()


class Running:
    """A sandbox in a thread: `with Running(app) as sandbox: httpx.get(sandbox.url + "/...")`."""

    def __init__(self, app: Any, host: str = "127.0.0.1", port: int = 0) -> None:
        self.app = app
        self._sock = listen(host, port)
        self.port: int = self._sock.getsockname()[1]
        self.url = f"http://{host}:{self.port}"
        self._server = _Server(_config(app))
        self._thread = threading.Thread(target=self._run, name=f"sandbox-{self.port}", daemon=True)

    def start(self, timeout: float = 10.0) -> Self:
        """Begin to listen. Raises RuntimeError when it does not within `timeout` wall seconds."""
        self._thread.start()
        if not self._server.listening.wait(timeout) or not self._server.started:
            raise RuntimeError(f"the sandbox did not start on {self.url}")
        return self

    def stop(self, *, close_app: bool = True, timeout: float = 10.0) -> None:
        """Stop listening; `close_app` also closes the app's store. Raises RuntimeError when the thread does not end."""
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(timeout)
        self._sock.close()
        if self._thread.is_alive():
            raise RuntimeError(f"the sandbox on {self.url} did not stop")
        if close_app:
            cast("Any", self.app).close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._sock])
        finally:
            self._server.listening.set()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BreakableProtocol,
        # uvicorn takes uvloop when some other package has brought it; its transports are no asyncio.Transport.
        loop="asyncio",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=75,
        backlog=512,
    )
