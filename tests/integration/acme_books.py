"""A provider of the tests that speaks over real sockets, and an office that opens accounts there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from ledgerport.contract import (
    Choices,
    Clock,
    Company,
    ContractError,
    Idempotency,
    KeyTrust,
    Limit,
    OAuthTerms,
    ProviderTerms,
    SystemClock,
)
from ledgerport.engine.pacing import Permit, route_for
from ledgerport.engine.pacing_memory import MemoryLimiter
from ledgerport.engine.transport import AccessToken, AccountCall, open_account

TERMS = ProviderTerms(
    slug="acme",
    label="Acme Books",
    color="#123456",
    api_url="https://api.acme.example",
    kinds={},
    limits=(
        Limit(count=100, per=timedelta(minutes=1)),
        Limit(count=2, per=timedelta(minutes=1), meter="batch"),
    ),
    concurrency=4,
    idempotency=Idempotency(trust=KeyTrust.NONE),
    oauth=OAuthTerms(authorize_url="https://acme.example/a", token_url="https://acme.example/t"),
    contract=(1, 1),
    throttle_wait=timedelta(seconds=60),
    trace_headers=("intuit_tid", "x-trace"),
)
ROUTE = route_for(TERMS, client_id="our-app", company_id="7", meters=())
SECRET = "tok-en-nobody-may-see-1"


@dataclass
class Heard:
    """One request as it came over the socket."""

    line: str
    headers: dict[str, str]
    body: bytes


class Server:
    """Answers each request with the next of `answers`: bytes are sent, then the connection is closed; a function gets
    the socket.
    """

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answers: list[bytes | Callable[[socket.socket], None]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        # A blocked accept() is not woken by close(); a connection that says nothing ends the thread.
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                heard = self._read(connection)
                if heard is None:
                    return
                self.heard.append(heard)
                answer = self.answers.pop(0)
                if callable(answer):
                    answer(connection)
                else:
                    connection.sendall(answer)

    @staticmethod
    def _read(connection: socket.socket) -> Heard | None:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return None
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        line, *rows = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
        while len(body) < int(headers.get("content-length", 0)):
            body += connection.recv(65536)
        return Heard(line, headers, body)


def answer(status: int, body: bytes = b"{}", **headers: str) -> bytes:
    rows = {"content-length": str(len(body)), "connection": "close", **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in rows.items())
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body


@dataclass
class Tokens:
    """A grant that gives a new token whenever the last one was refused."""

    generation: int = 1
    refused: list[int] = field(default_factory=list)
    error: ContractError | None = None

    def __call__(self, refused: int | None) -> AccessToken:
        if refused is not None:
            self.refused.append(refused)
            if self.error is not None:
                raise self.error
            self.generation += 1
        return AccessToken(SecretStr(f"{SECRET}-{self.generation}"), self.generation)


class Office:
    """Opens accounts at the server of the test."""

    def __init__(self, wire: httpx.HTTPTransport, url: str) -> None:
        self.wire, self.url = wire, url
        self.clock: Clock = SystemClock()
        self.tokens = Tokens()
        self.limiter = MemoryLimiter(self.clock)
        self.request_seconds = 5.0

    @contextmanager
    def open(self, permit: Permit | None = None) -> Iterator[AccountCall]:
        with open_account(
            wire=self.wire,
            terms=TERMS,
            api_url=self.url,
            token=self.tokens,
            limiter=self.limiter,
            client_id="our-app",
            company=Company(id="7", name="Acme", currency="USD"),
            choices=Choices(),
            clock=self.clock,
            request_seconds=self.request_seconds,
            permit=permit,
        ) as call:
            yield call

    def permit(self) -> Permit:
        given = self.limiter.ask(ROUTE)
        assert not isinstance(given, datetime)
        return given

    def under_way(self) -> int:
        """How many calls the limiter believes to be under way: those of the four places that are not free."""
        free = []
        while not isinstance(permit := self.limiter.ask(ROUTE), datetime):
            free.append(permit)
        for permit in free:
            permit.give_back()
        return TERMS.concurrency - len(free)


def cut(connection: socket.socket) -> None:
    """The connection is reset without an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


def cut_within(connection: socket.socket) -> None:
    """The answer ends in the middle of its body."""
    connection.sendall(answer(200, b'{"id": 5}')[:-4])


def nonsense(connection: socket.socket) -> None:
    connection.sendall(b"this is no HTTP\r\n\r\n")


def badly_compressed(connection: socket.socket) -> None:
    connection.sendall(answer(200, b"not gzip at all", content_encoding="gzip"))


def silent(connection: socket.socket) -> None:
    """The connection is closed in good order, without a word."""
    connection.shutdown(socket.SHUT_WR)


def chain(error: BaseException | None) -> str:
    """All that a log of this error and its causes could say."""
    told: list[Any] = []
    while error is not None:
        told += [repr(error), str(error), vars(error)]
        error = error.__cause__ or error.__context__
    return repr(told)


def unanswered_until(released: threading.Event) -> Callable[[socket.socket], None]:
    """A server that keeps the connection open and says nothing until the test lets it go."""

    def wait(_connection: socket.socket) -> None:
        released.wait(10)

    return wait
