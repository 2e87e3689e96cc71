"""One line for each hook call, for who writes or mends a plugin: what went in, what came out, how long it took.

Nothing of a secret or of a person: values show their kind, our refs and the provider's ids; everything else shows how
much there is of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from ledgerport.contract import Account, Company, ContractError, Kind, Page, Push, Refused, Remote, TryLater

_log = structlog.get_logger("ledgerport.hooks")

# Longer lists show their beginning.
_SHOWN = 5


def trace(
    provider: str, hook: str, arguments: Mapping[str, Any], outcome: Any, seconds: float, *, nonsense: str = ""
) -> None:
    """Write the line. `outcome`: the answer or the exception. `nonsense`: why the answer was not taken."""
    given = {name: told(value) for name, value in arguments.items()}
    said = {"nonsense": nonsense} if nonsense else {}
    _log.info(
        "hook", provider=provider, hook=hook, given=given, outcome=told(outcome), ms=round(seconds * 1000, 2), **said
    )


def told(value: Any) -> Any:
    """A value as a trace may show it."""
    match value:
        case None | bool():
            return value
        case datetime():
            return value.isoformat()
        case ContractError():
            return _error(value)
        case BaseException():
            # Only the type: a message may hold what the plugin was given.
            return {"raised": type(value).__name__}
        case str() | bytes():
            return f"{type(value).__name__} of {len(value)}"
        case Mapping():
            return f"mapping of {len(value)}"
        case Sequence():
            shown = [told(each) for each in value[:_SHOWN]]
            return shown if len(value) <= _SHOWN else [*shown, f"and {len(value) - _SHOWN:,} more"]
    return _of_the_contract(value)


def _of_the_contract(value: object) -> Any:
    match value:
        case Account():
            return {"company": value.company.id}
        case Company():
            return {"company": value.id}
        case Push():
            pushed = {
                "kind": type(value.value).__name__,
                "ref": value.value.ref,
                "remote_id": value.remote_id,
                "operation": value.operation_id,
                "position": value.position,
            }
            return {name: each for name, each in pushed.items() if each is not None}
        case Remote():
            # A kind that is none of ours is the provider's own word.
            return {"remote": value.id, "kind": str(value.kind) if value.kind in list(Kind) else "another"}
        case Page():
            return {"rows": len(value.rows), "more": value.next is not None}
    return type(value).__name__


def _error(error: ContractError) -> dict[str, Any]:
    """The decision; not its words, which may name people."""
    shown: dict[str, Any] = {"raised": type(error).__name__}
    if error.trace_id:
        shown["trace_id"] = error.trace_id
    if isinstance(error, TryLater):
        shown["throttled"] = error.throttled
    if isinstance(error, Refused):
        shown["whole_batch"] = error.whole_batch
    return shown
