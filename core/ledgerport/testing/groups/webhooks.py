"""Deliveries: a true one is read, a forged one refused, a repeated one known by its id."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from typing import Any

from ledgerport.contract import ChangeNotice, ContractError, Kind, Refused
from ledgerport.host import Provider
from ledgerport.testing.checks import CannotBeTried, Needs, check
from ledgerport.testing.desk import Desk
from ledgerport.testing.making import make

GROUP = "webhooks"
_NEEDS = Needs(hooks=("read_webhook",), promise="webhooks")
_SECRET = "a secret that was agreed upon for this check"  # noqa: S105 - of nobody
Letter = tuple[dict[str, str], bytes]


class Inbox(ThreadingHTTPServer):
    """An address that keeps what is posted to it, and answers as the hub does: 401 where the signature does not fit."""

    def __init__(self, plugin: Provider) -> None:
        super().__init__(("127.0.0.1", 0), _Taker)
        self.plugin = plugin
        self.secret = ""
        self.letters: list[Letter] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/webhooks"

    def fits(self, letter: Letter) -> bool:
        """Before a secret is known everything is taken: it may be the handshake that brings it."""
        if not self.secret:
            return True
        try:
            self.plugin.ask("read_webhook", headers=letter[0], body=letter[1], secret=self.secret)
        except ContractError:
            return False
        return True


class _Taker(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        letter = ({name.lower(): value for name, value in self.headers.items()}, body)
        self.server.letters.append(letter)
        self.send_response(200 if self.server.fits(letter) else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the report is pytest's."""


@contextmanager
def listening(desk: Desk) -> Iterator[Inbox]:
    """An inbox to which the provider delivers, its secret agreed upon."""
    with Inbox(desk.plugin) as inbox:
        thread = threading.Thread(target=inbox.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            _subscribe(desk, inbox)
            inbox.letters.clear()
            yield inbox
        finally:
            inbox.shutdown()
            thread.join()


def _subscribe(desk: Desk, inbox: Inbox) -> None:
    if not desk.plugin.offers("register_webhook"):
        inbox.secret = _SECRET
        desk.sandbox.control("webhooks", {"url": inbox.address, "secret": _SECRET})
        return
    assert desk.ask("register_webhook", address=inbox.address), "register_webhook returns no registration"
    desk.sandbox.control("webhooks/deliver", {})
    secrets = [desk.ask("confirm_webhook", body=body) for _, body in inbox.letters]
    told = [secret.get_secret_value() for secret in secrets if secret is not None]
    assert told, f"of {len(secrets)} handshakes confirm_webhook took none"
    inbox.secret = "\n".join(told)


def deliveries(desk: Desk, inbox: Inbox, *, repeat: int = 1) -> tuple[list[Letter], dict[str, str]]:
    """Make a record of each kind that is told, and let it be delivered; the letters, and kind -> remote id."""
    kinds = [kind for kind in Kind if kind in desk.terms.webhook_kinds and kind in desk.terms.kinds]
    if not kinds:
        raise CannotBeTried("No kind that is told by webhook is pushed by the plugin.")
    made = {kind.value: make(desk, kind, number).remote.id for number, kind in enumerate(kinds, 1)}
    # Plugins compare a signature's age with the machine's clock.
    desk.sandbox.control("clock", {"rate": 1, "at": time()})
    desk.sandbox.control("webhooks/deliver", {"repeat": repeat})
    desk.sandbox.follow(desk.clock)
    letters, inbox.letters = inbox.letters, []
    assert letters, "the sandbox delivers nothing"
    return letters, made


def read(desk: Desk, letter: Letter, secret: str) -> list[ChangeNotice]:
    """As the hub reads a delivery."""
    return list(desk.plugin.ask("read_webhook", headers=letter[0], body=letter[1], secret=secret))


@check(
    "webhooks.true_delivery",
    group=GROUP,
    needs=_NEEDS,
    change="Let read_webhook return a ChangeNotice with company, kind, remote id and a moment with its zone for each "
    "event "
    "of the kinds in webhook_kinds.",
    why="A payment that the bookkeeper enters over there would be seen here a day late, or never.",
)
def true_delivery(desk: Desk) -> None:
    with listening(desk) as inbox:
        letters, made = deliveries(desk, inbox)
        # A handshake that comes with the first delivery has nothing to tell.
        notices = [
            notice
            for letter in letters
            if _is_genuine(desk, letter, inbox)
            for notice in read(desk, letter, inbox.secret)
        ]
    told = {(str(notice.kind), notice.remote_id) for notice in notices}
    missing = [f"{kind} {remote_id}" for kind, remote_id in made.items() if (kind, remote_id) not in told]
    assert not missing, f"made over there, and not told: {missing[0]}; told is {sorted(told)[:5]}"
    assert {notice.company_id for notice in notices} == {desk.company}, "a notice names another company"
    assert all(notice.at.tzinfo is not None and notice.event_id for notice in notices), (
        "a notice has no zone or no event_id"
    )


@check(
    "webhooks.forged_delivery",
    group=GROUP,
    needs=_NEEDS,
    change="Verify the signature over the raw bytes with hmac.compare_digest before anything is parsed; raise Refused.",
    why="A stranger could make the hub believe that an invoice was paid or deleted.",
)
def forged_delivery(desk: Desk) -> None:
    with listening(desk) as inbox:
        letters, _ = deliveries(desk, inbox)
        headers, body = next(letter for letter in letters if _is_genuine(desk, letter, inbox))
        other = "\n".join("x" * len(line) for line in inbox.secret.split("\n"))
        secret = inbox.secret
    forged = {
        "with another secret": (headers, body, other),
        "with a byte more": (headers, body + b" ", secret),
        "with a byte changed": (headers, body.replace(b"1", b"2", 1) if b"1" in body else body[:-1], secret),
        "without a signature": ({"content-type": headers.get("content-type", "application/json")}, body, secret),
        "without anything": ({}, b"", secret),
    }
    for how, (its_headers, its_body, its_secret) in forged.items():
        try:
            read(desk, (its_headers, its_body), its_secret)
        except Refused:
            continue
        except ContractError as error:
            raise AssertionError(f"a delivery {how} gives {type(error).__name__}, not Refused") from error
        raise AssertionError(f"a delivery {how} is taken for a true one")


@check(
    "webhooks.replayed_delivery",
    group=GROUP,
    needs=Needs(hooks=("read_webhook",), promise="known_replays"),
    change="Make event_id of the provider's own id for the event, or of what never changes about it: not of the time "
    "of "
    "arrival, not at random.",
    why="A delivery that comes twice would be worked on twice.",
)
def replayed_delivery(desk: Desk) -> None:
    with listening(desk) as inbox:
        letters, _ = deliveries(desk, inbox, repeat=2)
        genuine = [letter for letter in letters if _is_genuine(desk, letter, inbox)]
        first = [notice.event_id for notice in read(desk, genuine[0], inbox.secret)]
        again = [notice.event_id for notice in read(desk, genuine[0], inbox.secret)]
        everything = [notice.event_id for letter in genuine for notice in read(desk, letter, inbox.secret)]
    assert first and first == again, f"the same delivery is read as {first[:2]} and then as {again[:2]}"
    doubled = [event for event in set(everything) if everything.count(event) > 1]
    assert len(doubled) == len(set(everything)), "a repeated delivery has another event_id"


def _is_genuine(desk: Desk, letter: Letter, inbox: Inbox) -> bool:
    """Whether it is signed and tells something: a handshake is neither a delivery nor a forgery."""
    try:
        return bool(read(desk, letter, inbox.secret))
    except Refused:
        return False
