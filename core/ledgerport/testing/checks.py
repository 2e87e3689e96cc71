"""The list of checks: what each is called, what it needs of a plugin, and what its author is told when it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledgerport.conformance import Unasked
from ledgerport.contract import Kind, ProviderTerms

if TYPE_CHECKING:
    from ledgerport.host import Provider
    from ledgerport.testing.desk import Desk
    from ledgerport.testing.subject import Subject


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What must be there before a check can be asked.

    `kinds` must be pushed by the plugin and `hooks` offered. `terms` says in a sentence why these terms leave the check
    without an object, "" when they do not. `promise`: a row of quality.toml whose `todo` or `exempt` leaves it out.
    `books`: a fresh sandbox with a connected company. `plugin`: without a plugin that loads there is nothing to ask.
    """

    kinds: tuple[Kind, ...] = ()
    hooks: tuple[str, ...] = ()
    terms: Callable[[ProviderTerms], str] | None = None
    promise: str = ""
    books: bool = True
    plugin: bool = True


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check. `money`: it injects faults whose wrong handling doubles or loses money. `live`: it may be run against
    a real company: it reads only, or takes away what it made.

    `change` says what the plugin's author must change, `why` why that matters to a bookkeeper; whole sentences.
    """

    name: str
    group: str
    change: str
    why: str
    run: Callable[[Desk], None]
    needs: Needs = Needs()
    money: bool = False
    live: bool = False

    def advice(self, seen: str) -> str:
        """A failure in the words of the report."""
        return f"{self.name}: {seen}\n  What to change: {self.change}\n  Why it matters: {self.why}"


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Why a check is not asked, as a sentence."""

    unasked: Unasked
    reason: str


class CannotBeTried(Exception):
    """Raised by a check that finds no way to try this plugin in this sandbox; the message is a sentence."""


@dataclass
class Catalogue:
    """All checks by name, in the order in which the groups are listed."""

    checks: dict[str, Check] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks.values())

    def add(self, check: Check) -> None:
        """Raises ValueError for a name that is taken."""
        if check.name in self.checks:
            raise ValueError(f"There are two checks named {check.name}.")
        self.checks[check.name] = check


CATALOGUE = Catalogue()
# What a plugin is judged against; grades come of the first.
SANDBOX, LIVE, CASSETTES = "sandbox", "live", "cassettes"
PerKind = Callable[["Desk", Kind], None]
Plain = Callable[["Desk"], None]


def check(
    name: str,
    *,
    group: str,
    change: str,
    why: str,
    needs: Needs = Needs(),
    money: bool = False,
    live: bool = False,
) -> Callable[[Plain], Plain]:
    """Put a function on the list. It is given a Desk, and raises AssertionError with what was seen."""

    def register(run: Plain) -> Plain:
        CATALOGUE.add(
            Check(name=name, group=group, change=change, why=why, run=run, needs=needs, money=money, live=live)
        )
        return run

    return register


def check_each(
    kinds: tuple[Kind, ...],
    name: str,
    *,
    group: str,
    change: str,
    why: str,
    hooks: tuple[str, ...] = (),
    terms: Callable[[ProviderTerms, Kind], str] | None = None,
    promises: Mapping[Kind, str] | None = None,
    money: bool = False,
    live: bool = False,
) -> Callable[[PerKind], PerKind]:
    """The same, once for each kind: `{kind}` is replaced in the texts and in the hooks' names."""

    def register(run: PerKind) -> PerKind:
        for kind in kinds:
            needs = Needs(
                kinds=(kind,),
                hooks=tuple(hook.format(kind=kind) for hook in hooks),
                terms=None if terms is None else _bound_terms(terms, kind),
                promise=(promises or {}).get(kind, ""),
            )
            CATALOGUE.add(
                Check(
                    name=name.format(kind=kind),
                    group=group,
                    change=change.format(kind=kind),
                    why=why.format(kind=kind),
                    run=_bound(run, kind),
                    needs=needs,
                    money=money,
                    live=live,
                )
            )
        return run

    return register


def left_out(check: Check, subject: Subject, against: str = SANDBOX) -> LeftOut | None:
    """Why a check is not asked of this plugin; None when it is. `against`: what the plugin talks to."""
    needs, provider = check.needs, subject.provider
    if not needs.plugin:
        return None
    if provider is None:
        return LeftOut(unasked=Unasked.CANNOT_BE_TRIED, reason="The plugin did not load.")
    why = _not_offered(needs, provider)
    if why:
        return LeftOut(unasked=Unasked.NOT_OFFERED, reason=why)
    if needs.promise and subject.quality is not None:
        if needs.promise in subject.quality.exempt:
            return LeftOut(unasked=Unasked.EXEMPT, reason=subject.quality.exempt[needs.promise])
        if needs.promise in subject.quality.todo:
            return LeftOut(unasked=Unasked.TODO, reason=f"quality.toml has {needs.promise} still to do.")
    if needs.books and against == SANDBOX and not subject.has_sandbox:
        return LeftOut(unasked=Unasked.CANNOT_BE_TRIED, reason=f"{provider.terms.label} ships no sandbox.")
    if needs.books and against != SANDBOX and not check.live:
        return LeftOut(unasked=Unasked.CANNOT_BE_TRIED, reason="It takes faults or books that only a sandbox has.")
    return None


def _not_offered(needs: Needs, provider: Provider) -> str:
    label = provider.terms.label
    for kind in needs.kinds:
        if kind not in provider.terms.kinds or not provider.terms.kinds[kind].push:
            return f"{label} takes no {kind}s."
    for hook in needs.hooks:
        if not provider.offers(hook):
            return f"The plugin of {label} does not offer {hook}."
    return needs.terms(provider.terms) if needs.terms is not None else ""


def _bound(run: PerKind, kind: Kind) -> Plain:
    return lambda desk: run(desk, kind)


def _bound_terms(judge: Callable[[ProviderTerms, Kind], str], kind: Kind) -> Callable[[ProviderTerms], str]:
    return lambda terms: judge(terms, kind)
