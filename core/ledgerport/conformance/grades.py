"""From a result and the author's promises to a grade: pure, and told in words by `core/docs/grades.md`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ledgerport.conformance.quality import Quality
from ledgerport.conformance.result import CheckResult, Outcome, Result, Unasked

# Without these nothing of the rest means anything: they decide bronze.
BASICS = ("terms", "connection", "tokens", "create and update")


class Level(StrEnum):
    """`not graded`: there is nothing to judge by. `below bronze`: there is, and it is not enough."""

    NOT_GRADED = "not graded"
    BELOW = "below bronze"
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


@dataclass(frozen=True, kw_only=True)
class Grade:
    """`reasons`: sentences, what keeps it from the next level. `risks`: sentences, what keeps it from `safe_for_money`.

    `passed` and `asked` count checks; both are 0 where nothing could be judged.
    """

    level: Level
    safe_for_money: bool
    reasons: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    passed: int = 0
    asked: int = 0


def grade(result: Result | None, quality: Quality | None, *, provider: str, sha256: str, contract: int) -> Grade:
    """The grade of the code that hashes to `sha256`, under the contract version that this hub speaks."""
    useless = _useless(result, provider=provider, sha256=sha256, contract=contract)
    if useless or result is None:
        return Grade(
            level=Level.NOT_GRADED,
            safe_for_money=False,
            reasons=(useless,),
            risks=("What happens to money when an answer is lost is not proven.",),
        )
    checks = result.checks
    risks = _risks(checks)
    steps = (
        (Level.BRONZE, _basics(checks)),
        (Level.SILVER, _failures(checks, quality.todo if quality is not None else ())),
        (Level.GOLD, [*_failures(checks, ()), *_promises(quality, provider)]),
    )
    level, reasons = Level.BELOW, []
    for step, against in steps:
        if against:
            reasons = against
            break
        level = step
    return Grade(
        level=level,
        safe_for_money=not risks,
        reasons=tuple(reasons),
        risks=tuple(risks),
        passed=sum(check.outcome is Outcome.PASSED for check in checks),
        asked=sum(check.outcome is not Outcome.NOT_ASKED for check in checks),
    )


def _useless(result: Result | None, *, provider: str, sha256: str, contract: int) -> str:
    """Why a result says nothing about this code; empty when it does."""
    if result is None:
        return "It ships no conformance.json."
    if result.provider != provider:
        return f"Its conformance.json is about {result.provider!r}, not {provider!r}."
    if not sha256 or result.sha256 != sha256:
        return (
            f"Its conformance.json was won with other code: {result.sha256[:12]} there, "
            f"{sha256[:12] or 'unknown'} installed."
        )
    if result.contract != contract:
        return f"It was judged under contract {result.contract}, this hub speaks {contract}."
    if result.against != "sandbox":
        return f"It was judged against {result.against}; grades come from runs against the sandbox."
    if not result.whole:
        return "Only a part of the suite was run."
    return ""


def _basics(checks: Collection[CheckResult]) -> list[str]:
    missing = [
        f"Nothing of the group {group!r} passed."
        for group in BASICS
        if not any(check.group == group and check.outcome is Outcome.PASSED for check in checks)
    ]
    return missing + _failures([check for check in checks if check.group in BASICS], ())


def _failures(checks: Iterable[CheckResult], excused: Collection[str]) -> list[str]:
    """A check is excused by a row of quality.toml with the name of its promise or its own."""
    return [
        f"{check.name} failed: {check.reason or 'no reason is told.'}"
        for check in checks
        if check.outcome is Outcome.FAILED and not {check.name, check.promise} & set(excused)
    ]


def _promises(quality: Quality | None, provider: str) -> list[str]:
    """What of quality.toml stands against gold."""
    if quality is None:
        return ["It ships no quality.toml, so nobody knows what it leaves out."]
    wrong = [f"Its quality.toml is about {quality.provider!r}."] if quality.provider != provider else []
    wrong += [f"{_plain(name)} is still to do." for name in sorted(quality.todo)]
    wrong += [f"{_plain(name)} is left out without a reason." for name in sorted(_unreasoned(quality.exempt))]
    return wrong


def _risks(checks: Collection[CheckResult]) -> list[str]:
    """What was not asked because the provider does not offer it cannot double anything; all else counts."""
    money = [check for check in checks if check.money]
    if not any(check.outcome is Outcome.PASSED for check in money):
        return ["No check that loses an answer on purpose has passed."]
    return _failures(money, ()) + [
        f"{check.name} was not asked: {check.reason or check.unasked}"
        for check in money
        if check.outcome is Outcome.NOT_ASKED and check.unasked is not Unasked.NOT_OFFERED
    ]


def _unreasoned(exempt: Mapping[str, str]) -> list[str]:
    return [name for name, why in exempt.items() if not why]


def _plain(name: str) -> str:
    """`pull_items` -> `Pull items`."""
    return name.replace("_", " ").capitalize()
