"""The conformance suite as a pytest plugin: judges one provider's plugin through the real hub, against its sandbox.

    pytest -p ledgerport.testing.provider_contract --provider acme [--group money] [--conformance-report FILE]

needs no test file: every check is a test of its own, named by it. To have them among your own tests, write a test file
with

    from ledgerport.testing.provider_contract import conformance

    test_contract = conformance("acme")

A check that your terms leave without an object is not asked; the end of the report lists those, with the reason.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from ledgerport.conformance import CheckResult, Outcome, Unasked, write_result
from ledgerport.contract import ContractError
from ledgerport.testing.checks import CASSETTES, CATALOGUE, LIVE, SANDBOX, CannotBeTried, Check, left_out
from ledgerport.testing.real_books import RealBooks
from ledgerport.testing.run import Stand, choose, judge, result_of, stand, unasked
from ledgerport.testing.subject import Subject, find_subject

_PROPERTY = "ledgerport_conformance"


class Stands:
    """One desk per provider, made when the first of its checks runs; and what was found."""

    def __init__(self) -> None:
        self._subjects: dict[str, Subject] = {}
        self._desks: dict[str, Stand] = {}
        self._homes = tempfile.TemporaryDirectory(prefix="ledgerport-conformance-")
        self.asked: dict[str, list[CheckResult]] = {}
        self.not_asked: dict[str, list[CheckResult]] = {}
        self.whole = True
        self.against = SANDBOX
        self.cassettes: Path | None = None
        # What stays in somebody's real books.
        self.left: list[str] = []

    def subject(self, provider: str) -> Subject:
        """Raises NoSuchPlugin."""
        if provider not in self._subjects:
            self._subjects[provider] = find_subject(provider)
        return self._subjects[provider]

    def desk(self, provider: str) -> Stand:
        """Raises what `stand` does."""
        if provider not in self._desks:
            self._desks[provider] = stand(
                self.subject(provider),
                Path(self._homes.name) / provider,
                against=self.against,
                cassettes=self.cassettes,
            )
        return self._desks[provider]

    def clean_up(self) -> None:
        """Take down what was made; safe to call again."""
        while self._desks:
            _, desk = self._desks.popitem()
            desk.close()
            if isinstance(desk, RealBooks):
                self.left += desk.left

    def close(self) -> None:
        self.clean_up()
        self._homes.cleanup()


_STANDS = pytest.StashKey[Stands]()


def _stands(config: pytest.Config) -> Stands:
    """Those of this session, taken down at its end; also where this module is imported only and no plugin."""
    if _STANDS not in config.stash:
        config.stash[_STANDS] = Stands()
        config.add_cleanup(config.stash[_STANDS].close)
    return config.stash[_STANDS]


# --- which checks are tests -------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    options = parser.getgroup("ledgerport", "Ledgerport: judge a provider's plugin")
    options.addoption("--provider", help="the plugin to judge, by its entry point's name")
    options.addoption("--group", action="append", default=[], help="only this group of checks; may be repeated")
    options.addoption(
        "--against",
        choices=(SANDBOX, LIVE, CASSETTES),
        default=SANDBOX,
        help="its sandbox; a real test company, by LEDGERPORT_LIVE_TOKEN; or a recording of that",
    )
    options.addoption("--cassettes", metavar="FOLDER", help="record a live run here, or replay one from here")
    options.addoption("--conformance-report", metavar="FILE", help="write what was found to this file, as JSON")


class ConformanceCollector(pytest.Collector):
    """The checks of one plugin."""

    def __init__(self, *, provider: str, groups: tuple[str, ...], **more: Any) -> None:
        super().__init__(**more)
        self.provider, self.groups = provider, groups

    def collect(self) -> Iterator[ConformanceItem]:
        stands = _stands(self.config)
        for check in _asked(stands, stands.subject(self.provider), choose(groups=self.groups)):
            # What stands in brackets is shown as it is; elsewhere pytest takes a dot for a module's.
            yield ConformanceItem.from_parent(self, name=f"{self.provider}[{check.name}]", check=check)


class ConformanceItem(pytest.Item):
    """One check."""

    def __init__(self, *, check: Check, **more: Any) -> None:
        super().__init__(**more)
        self.check = check

    def runtest(self) -> None:
        provider = self.getparent(ConformanceCollector).provider  # type: ignore[union-attr]
        _run(_stands(self.config), provider, self.check, self.user_properties)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],  # noqa: ARG001 - pytest's name
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed check tells what to change; hundreds of lines of an HTTP library's log would bury it."""
    report = yield
    if isinstance(item, ConformanceItem):
        report.sections = [section for section in report.sections if "Captured log" not in section[0]]
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> bool | None:
    """With `--provider` the checks are the tests, whatever else lies in the folder."""
    provider = session.config.getoption("--provider")
    if not provider:
        return None
    groups = tuple(session.config.getoption("--group"))
    stands, cassettes = _stands(session.config), session.config.getoption("--cassettes")
    stands.whole, stands.against = not groups, session.config.getoption("--against")
    stands.cassettes = Path(cassettes) if cassettes else None
    try:
        stands.subject(provider)
        choose(groups=groups)
        if stands.against != SANDBOX:
            # Said once, and not by every check.
            stands.desk(provider)
    except LookupError as error:
        raise pytest.UsageError(str(error)) from error
    except (CannotBeTried, ContractError) as error:
        raise pytest.UsageError(f"The books cannot be opened: {error}") from error
    collector = ConformanceCollector.from_parent(session, name=provider, provider=provider, groups=groups)
    report = session.ihook.pytest_make_collect_report(collector=collector)
    session.ihook.pytest_collectreport(report=report)
    session.items = list(report.result)
    session.testscollected = len(session.items)
    session.config.hook.pytest_collection_modifyitems(session=session, config=session.config, items=session.items)
    session.config.hook.pytest_collection_finish(session=session)
    return True


def conformance(provider: str, *, groups: tuple[str, ...] = ()) -> Callable[..., None]:
    """A test function that is every check of a plugin, each named by it. Raises NoSuchPlugin, LookupError."""
    subject = find_subject(provider)
    checks = choose(groups=groups)
    asked = [check for check in checks if left_out(check, subject) is None]

    @pytest.mark.parametrize("conformance_check", asked, ids=lambda check: check.name)
    def test_contract(conformance_check: Check, request: pytest.FixtureRequest) -> None:
        _run(_stands(request.config), provider, conformance_check, request.node.user_properties)

    return test_contract


def _asked(stands: Stands, subject: Subject, chosen: list[Check]) -> Iterator[Check]:
    for check in chosen:
        why = left_out(check, subject, stands.against)
        if why is None:
            yield check
        else:
            stands.not_asked.setdefault(subject.name, []).append(unasked(check, why))


def _run(stands: Stands, provider: str, check: Check, properties: list[tuple[str, object]]) -> None:
    found = judge(check, stands.desk(provider))
    properties.append((_PROPERTY, [provider, found.name, found.outcome.value, found.reason]))
    if found.outcome is Outcome.FAILED:
        pytest.fail(check.advice(found.reason), pytrace=False)


# --- what was found ---------------------------------------------------------------------------------------------------


class _Reporter:
    """Gathers outcomes where reports arrive: also from the workers of pytest-xdist."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call":
            return
        for name, value in report.user_properties:
            if name == _PROPERTY and isinstance(value, list | tuple):
                provider, check, outcome, reason = value
                its = CATALOGUE.checks[check]
                stands = _stands(self._config)
                tried = Outcome(outcome) is not Outcome.NOT_ASKED
                (stands.asked if tried else stands.not_asked).setdefault(provider, []).append(
                    CheckResult(
                        name=check,
                        group=its.group,
                        outcome=Outcome(outcome),
                        money=its.money,
                        promise=its.needs.promise,
                        reason=reason,
                        unasked=None if tried else Unasked.CANNOT_BE_TRIED,
                    )
                )


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.pluginmanager.register(_Reporter(session.config), "ledgerport-conformance-reporter")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    stands = _stands(config)
    stands.clean_up()
    if stands.left:
        terminalreporter.section("left in the books")
        for words in stands.left:
            terminalreporter.line(f"  {words}")
    for provider, unheard in stands.not_asked.items():
        asked = stands.asked.get(provider, [])
        passed = sum(each.outcome is Outcome.PASSED for each in asked)
        terminalreporter.section(f"conformance of {provider}")
        terminalreporter.line(f"{passed} of {len(asked)} checks passed, {len(unheard)} were not asked.")
        for each in unheard:
            terminalreporter.line(f"  not asked: {each.name}: {each.reason}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    provider, file = config.getoption("--provider"), config.getoption("--conformance-report")
    if provider and file and not hasattr(config, "workerinput"):
        stands = _stands(config)
        found = [*stands.asked.get(provider, []), *stands.not_asked.get(provider, [])]
        # A run that was broken off, or whose tests were deselected, has looked at a part only.
        whole = stands.whole and {each.name for each in found} == CATALOGUE.checks.keys()
        result = result_of(stands.subject(provider), found, whole=whole, against=stands.against)
        Path(file).write_text(write_result(result), encoding="utf-8")
