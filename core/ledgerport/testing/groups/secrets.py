"""Nothing secret and nobody's e-mail gets into a log, an output or an error's words."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace

import structlog

from ledgerport.contract import ContractError, Kind
from ledgerport.testing import records
from ledgerport.testing.checks import check
from ledgerport.testing.desk import Desk
from ledgerport.testing.wires import WatchingWire

GROUP = "secrets in logs"
# These say every address and header at DEBUG; the hub silences them wherever it runs (ledgerport.logs).
_NOT_THE_PLUGINS = ("httpx", "httpcore", "httpx2", "httpcore2", "hpack", "uvicorn", "asyncio")
# Shorter texts turn up by chance.
_LONG_ENOUGH = 8


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] not in _NOT_THE_PLUGINS:
            self.lines.append(self.format(record))


@contextmanager
def listening() -> Iterator[list[str]]:
    """Every line that is logged or printed meanwhile, at DEBUG."""
    heard, root = _Heard(), logging.getLogger()
    before, printed = root.level, io.StringIO()
    root.addHandler(heard)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(printed), redirect_stderr(printed), structlog.testing.capture_logs() as events:
            yield heard.lines
    finally:
        root.setLevel(before)
        root.removeHandler(heard)
        heard.lines.extend(map(str, events))
        heard.lines.extend(printed.getvalue().splitlines())


def _leaks(lines: list[str], private: set[str]) -> list[tuple[str, str]]:
    """(what, the beginning of the line) of each line that holds something private."""
    return [
        (what, line.replace(what, "[...]")[:160])
        for line in lines
        for what in private
        if len(what) >= _LONG_ENOUGH and what in line
    ]


CHANGE = (
    "Log ids and counts only; put no header, body or value into a log line, a print or an error's reason or detail."
)
WHY = "Logs are sent around and kept for years: a token in one opens the books, an e-mail in one breaks the law."


@check("secrets.whole_sync_logs_none", group=GROUP, change=CHANGE, why=WHY)
def whole_sync(desk: Desk) -> None:
    wire = WatchingWire(desk.hub.wire)
    hub = replace(desk.hub, wire=wire)
    kinds = desk.terms.kinds
    with listening() as lines:
        if desk.terms.api_key is None:
            desk.pass_time(desk.terms.oauth.access_life)
        wished = [records.customer(1), records.item(1), records.invoice(1), records.payment(1, parts={1: "1.00"})]
        desk.load(record for record in wished if Kind(record["kind"]) in kinds)
        desk.drain(hub=hub)
        for hook in ("pull_accounts", "pull_tax_codes"):
            if desk.plugin.offers(hook):
                desk.ask(hook, wire=wire)
    private = {*wire.secrets, desk.sandbox.client[1], "customer1@example.com"}
    assert wire.secrets, "no token was seen on the wire"
    leaks = _leaks(lines, private)
    assert not leaks, f"{_named(leaks[0][0])} stands in a log line: {leaks[0][1]}"


@check("secrets.trouble_tells_none", group=GROUP, change=CHANGE, why=WHY)
def trouble(desk: Desk) -> None:
    wire = WatchingWire(desk.hub.wire)
    desk.works()
    words: list[str] = []
    with listening() as lines:
        for fault in (
            {"name": "status", "status": 500},
            {"name": "status", "status": 503, "body": "html"},
            {"name": "html_page"},
            {"name": "drop_before"},
            {"name": "throttle"},
            {"name": "expired_token"},
        ):
            for kind, value in (
                (Kind.CUSTOMER, records.customer_value(1)),
                (Kind.ITEM, records.item_value(1)),
            ):
                if kind not in desk.terms.kinds:
                    continue
                desk.fault(**fault)
                try:
                    desk.ask(f"push_{kind}", wire=wire, push=records.push(value, desk.mapping))
                except ContractError as error:
                    words += [str(error), error.reason, error.detail, error.code, repr(error.__cause__)]
                desk.sandbox.control("faults", method="DELETE")
                desk.pass_time(desk.terms.throttle_wait)
    private = {*wire.secrets, desk.sandbox.client[1]}
    leaks = _leaks(lines, {*private, "customer1@example.com"}) + _leaks(words, private)
    assert not leaks, f"{_named(leaks[0][0])} is told after trouble: {leaks[0][1]}"


def _named(what: str) -> str:
    return "an e-mail" if "@" in what else "a token or secret"
