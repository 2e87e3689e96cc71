"""Time-outs and broken answers are told as what they are, and never waited out in the plugin."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import Any

from ledgerport.contract import ContractError, Kind, LoginNeeded, TryLater, Unknown
from ledgerport.testing import records
from ledgerport.testing.checks import Needs, check
from ledgerport.testing.desk import Desk

GROUP = "time-outs"
# Of the clock: a third of a second of the machine's. The provider needs six times as long.
_PATIENCE = 20.0
_SLOW = 120.0
# What a sandbox may call the request that creates one record.
_OPERATIONS = ("create", "save")
_REST = timedelta(minutes=15)
_REAL_SECONDS_AT_MOST = 10.0


_READ = Needs(hooks=("pull_accounts",))
_WRITE = Needs(kinds=(Kind.CUSTOMER,))


def _raised(desk: Desk, hook: str, **arguments: Any) -> ContractError:
    """What a hook raises. Raises AssertionError when it answers, or keeps its caller waiting."""
    began = monotonic()
    try:
        desk.ask(hook, seconds=_PATIENCE, **arguments)
    except ContractError as error:
        took = monotonic() - began
        assert took < _REAL_SECONDS_AT_MOST, f"{hook} kept its caller waiting for {took:.0f} s"
        return error
    raise AssertionError(f"{hook} answers as if nothing had happened")


def _push_meets(desk: Desk, number: int, **fault: Any) -> ContractError:
    """What push_customer raises when its request meets a fault."""
    for operation in _OPERATIONS:
        desk.fault(**fault, match={"entity": "customer", "operation": operation})
    error = _raised(desk, "push_customer", push=records.push(records.customer_value(number), desk.mapping))
    met = desk.sandbox.control("faults", method="GET")["spent"]
    assert met, "the sandbox saw no request that creates a customer"
    desk.sandbox.control("faults", method="DELETE")
    return error


@check(
    "timeouts.read",
    group=GROUP,
    needs=_READ,
    change="Let what account.http raises pass; mark a POST that only reads with call_options(read=True).",
    why="A plugin that waits by itself holds a worker; other companies' invoices wait behind it.",
)
def read(desk: Desk) -> None:
    desk.fault("slow", seconds=_SLOW)
    error = _raised(desk, "pull_accounts")
    assert isinstance(error, TryLater), f"a reading that timed out gives {type(error).__name__}: {error.reason}"


@check(
    "timeouts.write",
    group=GROUP,
    needs=_WRITE,
    money=True,
    change="Let Unknown from account.http pass through push_customer; do not turn it into another error, do not send "
    "again.",
    why="Only an outcome that is told as unknown is looked up before anything is sent again.",
)
def write(desk: Desk) -> None:
    error = _push_meets(desk, 1, name="slow", seconds=_SLOW)
    assert isinstance(error, Unknown), f"a write that timed out gives {type(error).__name__}: {error.reason}"


@check(
    "timeouts.gateway_while_reading",
    group=GROUP,
    needs=_READ,
    change="Raise TryLater for a reading that is answered with 5xx or a page of a gateway, whatever its body is.",
    why="A minute's trouble over there would stop the sync as if the plugin were broken.",
)
def gateway_while_reading(desk: Desk) -> None:
    for fault in (
        {"name": "status", "status": 500, "body": "json"},
        {"name": "status", "status": 502, "body": "html"},
        {"name": "status", "status": 503, "body": "empty"},
        {"name": "status", "status": 504, "body": "text"},
        {"name": "drop_before"},
        {"name": "cut_after", "bytes": 5},
    ):
        told = " ".join(str(part) for part in fault.values())
        desk.fault(**fault)
        error = _raised(desk, "pull_accounts")
        desk.faults_struck()
        # The hub lets a provider rest that fails again and again.
        desk.pass_time(_REST)
        assert isinstance(error, TryLater), f"{told}: a reading gives {type(error).__name__}: {error.reason}"


@check(
    "timeouts.nonsense_is_no_success",
    group=GROUP,
    needs=_WRITE,
    money=True,
    change="Return a Remote only for an answer that holds the object's id; a success without one has an unknown "
    "outcome.",
    why="A record that counts as done and is not in the books is never sent again.",
)
def nonsense_is_no_success(desk: Desk) -> None:
    for applied in (True, False):
        error = _push_meets(desk, 1 + applied, name="html_page", applied=applied)
        assert not isinstance(error, LoginNeeded | TryLater), (
            f"a page with status 200 gives {type(error).__name__}, which says that nothing was applied: {error.reason}"
        )
