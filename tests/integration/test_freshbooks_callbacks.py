"""The FreshBooks plugin's webhooks against the running sandbox: registered, confirmed, delivered, verified."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.contract import freshbooks_tape
from tests.contract.freshbooks_records import customer, invoice, sent
from tests.contract.taping import Tape

from ledgerport.contract import ChangeNotice, Refused

NOUNS = 5


class Inbox(ThreadingHTTPServer):
    """An address that takes whatever is posted to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taker)
        self.letters: list[tuple[dict[str, str], bytes]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/webhooks/freshbooks"

    def taken(self) -> list[tuple[dict[str, str], bytes]]:
        letters, self.letters = self.letters, []
        return letters


class _Taker(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.letters.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a test's output is its own."""


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def tape() -> Iterator[Tape]:
    with signed_in() as opened:
        yield opened


@contextmanager
def signed_in() -> Iterator[Tape]:
    with freshbooks_tape.sandbox_source() as source, Tape(source, "callbacks") as opened:
        control(opened, "switches", verification="held")
        yield opened


def control(tape: Tape, route: str, **body: Any) -> Any:
    assert tape.source.sandbox is not None
    return tape.source.sandbox.control(route, body)


def connected(tape: Tape, inbox: Inbox) -> str:
    """Register the address and confirm every handshake: the connection's secrets."""
    ids = tape.ask("register_webhook", address=inbox.address)
    assert len(set(ids)) == NOUNS
    control(tape, "webhooks/deliver")
    secrets = [tape.ask("confirm_webhook", body=body) for _, body in inbox.taken()]
    assert len(secrets) == NOUNS
    return "\n".join(secret.get_secret_value() for secret in secrets)


def notices(tape: Tape, inbox: Inbox, secret: str) -> list[ChangeNotice]:
    control(tape, "webhooks/deliver")
    found: list[ChangeNotice] = []
    for headers, body in inbox.taken():
        found += tape.plugin.ask("read_webhook", headers=headers, body=body, secret=secret)
    return found


def test_changes_are_told_and_verified_with_the_secrets_of_the_handshakes(tape: Tape, inbox: Inbox) -> None:
    secret = connected(tape, inbox)
    whose = sent(tape, "customer", customer(tape))
    bill = sent(tape, "invoice", invoice(tape, whose))
    tape.ask("void_invoice", push=tape.push(invoice(tape, whose), remote_id=bill.id))

    found = notices(tape, inbox, secret)

    told = {(notice.kind, notice.remote_id, notice.deleted) for notice in found}
    assert {("customer", whose.id, False), ("invoice", bill.id, False), ("invoice", bill.id, True)} <= told
    assert {notice.company_id for notice in found} == {tape.source.company.id}


def test_a_delivery_is_refused_without_its_own_registrations_secret(tape: Tape, inbox: Inbox) -> None:
    secret = connected(tape, inbox)
    sent(tape, "customer", customer(tape))
    control(tape, "webhooks/deliver")
    ((headers, body),) = inbox.taken()

    fitting = []
    for one in secret.split():
        try:
            fitting += tape.plugin.ask("read_webhook", headers=headers, body=body, secret=one)
        except Refused:
            continue

    assert len(fitting) == 1


def test_registering_twice_asks_for_the_missed_handshakes_and_makes_nothing_new(tape: Tape, inbox: Inbox) -> None:
    first = tape.ask("register_webhook", address=inbox.address)
    again = tape.ask("register_webhook", address=inbox.address)
    control(tape, "webhooks/deliver")

    assert again == first
    assert len(inbox.taken()) == 2 * NOUNS


@pytest.mark.parametrize("errors", ["old", "new"])
def test_a_verifier_that_a_stranger_made_up_gives_no_secret(tape: Tape, errors: str) -> None:
    control(tape, "switches", events_errors=errors)
    first = tape.ask("register_webhook", address="https://hub.example/webhooks/freshbooks")[0]

    with pytest.raises(Refused):
        tape.ask("confirm_webhook", body=f"object_id={first}&verifier=made-up".encode())


def test_an_address_that_freshbooks_does_not_take_is_refused(tape: Tape) -> None:
    with pytest.raises(Refused):
        tape.ask("register_webhook", address="ftp://hub.example/webhooks")
