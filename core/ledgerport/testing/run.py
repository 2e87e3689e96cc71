"""Runs checks and says what came of them; pytest's plugin and `run_conformance` stand on this."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import cast

from ledgerport.conformance import CheckResult, Outcome, Result, Unasked
from ledgerport.contract import CONTRACT_VERSION, ContractError
from ledgerport.testing import groups as _groups  # noqa: F401 - fills the catalogue
from ledgerport.testing.checks import CASSETTES, CATALOGUE, LIVE, SANDBOX, CannotBeTried, Check, LeftOut, left_out
from ledgerport.testing.desk import Desk
from ledgerport.testing.real_books import Access, NoBooks, RealBooks
from ledgerport.testing.subject import Subject, find_subject
from ledgerport.testing.tapes import Tapes

Stand = Desk | RealBooks
_LONGEST = 600


def choose(*, groups: Collection[str] = (), names: Collection[str] = ()) -> list[Check]:
    """The checks of these groups (all without any) and names. Raises LookupError for one that there is not."""
    known = {check.group for check in CATALOGUE}
    if strange := set(groups) - known:
        raise LookupError(f"There is no group {', '.join(sorted(strange))}. There are: {', '.join(sorted(known))}.")
    if strange := set(names) - CATALOGUE.checks.keys():
        raise LookupError(f"There is no check {', '.join(sorted(strange))}.")
    return [each for each in CATALOGUE if (not groups or each.group in groups) and (not names or each.name in names)]


def stand(subject: Subject, home: Path, *, against: str = SANDBOX, cassettes: Path | None = None) -> Stand:
    """Where checks work. `home`: where a hub keeps its database. `cassettes`: the folder that a run against `live` is
    recorded in (None: it is not), and that one against `cassettes` comes from.

    Raises NoBooks, with what is missing; CannotBeTried where there is no recording; the contract's errors when the
    books cannot be opened.
    """
    if against == SANDBOX:
        return Desk(subject, home)
    if subject.provider is None:
        raise NoBooks(f"The plugin {subject.name} did not load: {subject.quarantine}")
    if against == LIVE:
        tapes = Tapes(cassettes, record=True) if cassettes is not None else None
        return RealBooks(subject, Access.read(os.environ), tapes)
    if against != CASSETTES:
        raise NoBooks(f"A plugin is judged against {SANDBOX}, {LIVE} or {CASSETTES}, not {against!r}.")
    if cassettes is None:
        raise NoBooks("Name the folder of the cassettes.")
    return RealBooks(subject, None, Tapes(cassettes, record=False))


def judge(check: Check, desk: Stand) -> CheckResult:
    """Run one check that is asked. Whatever it or the plugin raises is the check's failure."""
    try:
        with desk.trying(check):
            # Only checks that need no more than Books are asked of real ones.
            check.run(cast("Desk", desk))
    except CannotBeTried as error:
        return unasked(check, LeftOut(unasked=Unasked.CANNOT_BE_TRIED, reason=str(error)))
    except AssertionError as error:
        return _told(check, Outcome.FAILED, str(error) or "An assertion of the check does not hold.")
    except ContractError as error:
        words = " ".join(filter(None, (f"{type(error).__name__}: {error.reason}", error.detail)))
        return _told(check, Outcome.FAILED, words)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and every check has an outcome
        return _told(check, Outcome.FAILED, f"{type(error).__name__}: {error}")
    return _told(check, Outcome.PASSED)


def unasked(check: Check, why: LeftOut) -> CheckResult:
    """The outcome of a check that is not asked."""
    return CheckResult(
        name=check.name,
        group=check.group,
        outcome=Outcome.NOT_ASKED,
        money=check.money,
        promise=check.needs.promise,
        reason=why.reason,
        unasked=why.unasked,
    )


def result_of(
    subject: Subject, checks: Iterable[CheckResult], *, whole: bool = True, against: str = "sandbox"
) -> Result:
    """What is written to `conformance.json`."""
    return Result(
        provider=subject.name,
        distribution=subject.distribution,
        version=subject.version,
        contract=CONTRACT_VERSION,
        sha256=subject.files.sha256 if subject.files is not None else "",
        checks=tuple(checks),
        whole=whole,
        against=against,
    )


def run_conformance(
    provider: str,
    *,
    groups: Collection[str] = (),
    names: Collection[str] = (),
    home: Path | None = None,
    against: str = SANDBOX,
    cassettes: Path | None = None,
) -> Result:
    """Judge an installed plugin in this process, against its own sandbox unless said otherwise (`stand`).

    `home`: where the hub keeps its database; a temporary folder without one. Raises NoSuchPlugin, LookupError.
    """
    subject = find_subject(provider)
    with tempfile.TemporaryDirectory(prefix="ledgerport-conformance-") as folder:
        desk = stand(subject, home or Path(folder), against=against, cassettes=cassettes)
        try:
            found = []
            for check in choose(groups=groups, names=names):
                why = left_out(check, subject, against)
                found.append(unasked(check, why) if why is not None else judge(check, desk))
        finally:
            desk.close()
    return result_of(subject, found, whole=not groups and not names, against=against)


def _told(check: Check, outcome: Outcome, reason: str = "") -> CheckResult:
    return CheckResult(
        name=check.name,
        group=check.group,
        outcome=outcome,
        money=check.money,
        promise=check.needs.promise,
        reason=reason[:_LONGEST],
    )
