"""`conformance.json`: what the suite found in one plugin, and in which code of it.

The suite writes it; the hub, the command line and the README's table read it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

FORMAT = 1


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_ASKED = "not asked"


class Unasked(StrEnum):
    """Why a check was not asked."""

    # The terms do not declare what it is about, so nothing can go wrong there.
    NOT_OFFERED = "not offered"
    # quality.toml leaves it out.
    EXEMPT = "exempt"
    TODO = "todo"
    # The sandbox (cassettes, live company) has no way to try it.
    CANNOT_BE_TRIED = "cannot be tried"


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """One check. `promise`: the row of quality.toml that it belongs to, empty for none.

    `money`: it injects faults whose wrong handling doubles or loses money. `reason`: a sentence for what did not pass;
    `unasked` is set for what was not asked, and only then.
    """

    name: str
    group: str
    outcome: Outcome
    money: bool = False
    promise: str = ""
    reason: str = ""
    unasked: Unasked | None = None


@dataclass(frozen=True, kw_only=True)
class Result:
    """One run of the suite. `sha256`: of the plugin's code (`plugin_files`). `contract`: the version it was judged by.

    `whole`: every check there is was looked at, none was left out on the command line. `against`: `sandbox`,
    `cassettes` or `live`.
    """

    provider: str
    distribution: str
    version: str
    contract: int
    sha256: str
    checks: tuple[CheckResult, ...]
    whole: bool = True
    against: str = "sandbox"


def write_result(result: Result) -> str:
    """The file's text; two runs that found the same write the same."""
    checks = [_short(check) for check in sorted(result.checks, key=lambda check: (check.group, check.name))]
    told = {"format": FORMAT, **asdict(result), "checks": checks}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def read_result(text: str) -> Result:
    """The opposite. Raises ValueError, which says what is wrong with the file."""
    told = json.loads(text)
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise ValueError(f"it is not of format {FORMAT}")
    try:
        return Result(
            provider=str(told["provider"]),
            distribution=str(told["distribution"]),
            version=str(told["version"]),
            contract=int(told["contract"]),
            sha256=str(told["sha256"]),
            checks=tuple(_check(each) for each in told["checks"]),
            whole=told["whole"] is True,
            against=str(told["against"]),
        )
    except KeyError as error:
        raise ValueError(f"it has no {error.args[0]!r}") from error
    except (TypeError, AttributeError) as error:
        raise ValueError("its shape is not that of a conformance result") from error


def _short(check: CheckResult) -> dict[str, Any]:
    return {name: value for name, value in asdict(check).items() if value not in ("", None, False)}


def _check(told: dict[str, Any]) -> CheckResult:
    unasked = told.get("unasked")
    check = CheckResult(
        name=str(told["name"]),
        group=str(told["group"]),
        outcome=Outcome(told["outcome"]),
        money=told.get("money") is True,
        promise=str(told.get("promise", "")),
        reason=str(told.get("reason", "")),
        unasked=Unasked(unasked) if unasked is not None else None,
    )
    if (check.outcome is Outcome.NOT_ASKED) != (check.unasked is not None):
        raise ValueError(f"the check {check.name!r} does not say why it was not asked, or says so and was")
    return check
