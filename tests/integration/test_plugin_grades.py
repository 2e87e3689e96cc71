"""Operators see each plugin's grade, on the page and by REST; it comes from the files that the plugin ships."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.factories import make_hub, sqlite_url
from tests.integration.picky_books import Picky, picky
from tests.web_stage import signed_in, words
from typer.testing import CliRunner

from ledgerport.cli.main import app
from ledgerport.conformance import CheckResult, Outcome, Result, write_result
from ledgerport.conformance.grades import BASICS
from ledgerport.db.models import Attempt, Link
from ledgerport.host import find_plugins
from ledgerport.plugin_files import CONFORMANCE, QUALITY, PluginFiles
from ledgerport.services.api_keys import create_key
from ledgerport.services.context import Hub
from ledgerport.services.plugin_grades import grade_plugin
from ledgerport.services.plugin_overview import PluginView, plugin_overview
from ledgerport.services.switch_provider import switch_provider

CODE = "ab" * 32
PROMISES = 'provider = "alpha"\n[promises]\ncustomers = "done"\n'
CHECKS = (
    *(CheckResult(name=f"{group}.works", group=group, outcome=Outcome.PASSED) for group in BASICS),
    CheckResult(name="payment.cut_after", group="unknown outcome", outcome=Outcome.PASSED, money=True),
)
WON = Result(provider="alpha", distribution="ledgerport-alpha", version="1.0", contract=1, sha256=CODE, checks=CHECKS)


def files_in(package: Path, *, result: str = "", promises: str = PROMISES, sha256: str = CODE) -> PluginFiles:
    """A plugin whose package holds these files."""
    package.mkdir(exist_ok=True)
    (package / QUALITY).write_text(promises)
    if result:
        (package / CONFORMANCE).write_text(result)
    return PluginFiles(distribution="ledgerport-alpha", version="1.0", sha256=sha256, package=package, sources=None)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """`alpha` is gold, `beta` has no files of its own, `gamma` is in quarantine."""
    made = make_hub(sqlite_url(tmp_path))
    made.host.for_provider("alpha").files = files_in(tmp_path / "alpha", result=write_result(WON))
    yield made
    made.database.close()


def seen(hub: Hub, provider: str) -> PluginView:
    return next(each for each in plugin_overview(hub).plugins if each.provider == provider)


def test_a_plugin_is_graded_by_its_files_and_one_without_any_is_not(hub: Hub) -> None:
    alpha, beta, gamma = seen(hub, "alpha"), seen(hub, "beta"), seen(hub, "gamma")
    assert alpha.grade is not None and beta.grade is not None
    assert (alpha.grade.level, alpha.grade.safe_for_money, alpha.sha256) == ("gold", True, CODE)
    assert (beta.grade.level, beta.grade.safe_for_money, beta.sha256) == ("not graded", False, "")
    assert "not installed as a distribution" in beta.grade.reasons[0]
    assert gamma.grade is None


def test_other_code_than_the_result_was_won_with_is_not_graded(hub: Hub, tmp_path: Path) -> None:
    files = hub.host.for_provider("alpha").files
    assert files is not None
    hub.host.for_provider("alpha").files = replace(files, sha256="cd" * 32)
    grade = seen(hub, "alpha").grade
    assert grade is not None
    assert (grade.level, grade.safe_for_money) == ("not graded", False)
    assert "abababababab there, cdcdcdcdcdcd installed" in grade.reasons[0]


@pytest.mark.parametrize(
    ("result", "promises", "reason"),
    [
        ("", PROMISES, "It ships no conformance.json."),
        ("{", PROMISES, "Its conformance.json cannot be read: Expecting"),
        (write_result(WON), "[promises", "Its quality.toml cannot be read"),
        (write_result(WON), '[promises]\nvoids = "maybe"', "its row 'voids' is neither"),
    ],
)
def test_files_that_are_missing_or_nonsense_are_a_reason_and_no_error(
    tmp_path: Path, result: str, promises: str, reason: str
) -> None:
    told = grade_plugin("alpha", files_in(tmp_path / "alpha", result=result, promises=promises))
    assert (told.level, told.safe_for_money) == ("not graded", False)
    assert reason in told.reasons[0]


def test_the_page_shows_grade_money_and_code_and_what_is_missing(hub: Hub, tmp_path: Path) -> None:
    torn = replace(
        WON,
        checks=(*CHECKS, replace(CHECKS[-1], name="payment.cut", outcome=Outcome.FAILED, reason="Two <b>there</b>.")),
    )
    with signed_in(hub, role="operator") as operator:
        gold = words(operator.get("/operator/providers"))
        files_in(tmp_path / "alpha", result=write_result(torn))
        page = operator.get("/operator/providers")
    assert "Grade Gold Safe for money Yes Checks passed 5 of 5" in gold
    assert f"alpha@sha256:{CODE}" in gold
    assert "Grade Not graded Safe for money Not proven Checks passed None" in gold
    assert "Grade Bronze Safe for money Not proven Checks passed 5 of 6" in words(page)
    assert "payment.cut failed: Two &lt;b&gt;there&lt;/b&gt;." in page


def test_rest_tells_operators_the_same(hub: Hub) -> None:
    key = create_key(hub, tenant=None, name="op", scopes=["operator"]).key
    with signed_in(hub, role="operator") as operator:
        told = operator.http.get("/v1/plugins", headers={"Authorization": f"Bearer {key}"}).json()
    alpha, beta, gamma = told
    assert (alpha["grade"]["level"], alpha["grade"]["safe_for_money"], alpha["sha256"]) == ("gold", True, CODE)
    assert beta["grade"]["reasons"]
    assert (gamma["state"], gamma["grade"]) == ("quarantined", None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An embedded hub of the command line's own."""
    monkeypatch.setenv("LEDGERPORT_HOME", str(tmp_path / "home"))
    for name in ("LEDGERPORT_DATABASE_URL", "LEDGERPORT_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


def cli(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["providers", *arguments])
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.usefixtures("home")
def test_the_command_line_lists_plugins_with_their_grade_and_the_line_that_allows_them() -> None:
    listed = cli("list")
    rows = {row["provider"]: row for row in json.loads(cli("list", "--json"))}
    for plugin in find_plugins().providers:
        slug, files = plugin.terms.slug, plugin.files
        assert files is not None
        grade = grade_plugin(slug, files)
        assert f"{slug}@sha256:{files.sha256}" in listed
        assert (rows[slug]["grade"]["level"], rows[slug]["state"]) == (grade.level, "installed")
        assert re.search(rf"{slug} .* installed .* {grade.level.split()[0]} ", listed)


@pytest.mark.usefixtures("home")
def test_the_command_line_shows_one_plugin_and_says_what_to_do_about_an_unknown_one() -> None:
    (xero,) = (plugin for plugin in find_plugins().providers if plugin.terms.slug == "xero")
    assert xero.files is not None
    told = cli("show", "xero")
    assert told.startswith("Xero (ledgerport-xero 0.1.0), installed")
    assert f"Its code: xero@sha256:{xero.files.sha256}" in told
    assert f"Its grade: {grade_plugin('xero', xero.files).level}" in told
    assert json.loads(cli("show", "xero", "--json"))["sha256"] == xero.files.sha256
    assert "There is no plugin named 'nobody'. Next: ledgerport providers list" in cli("show", "nobody", code=2)


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Picky]:
    made = picky(tmp_path)
    yield made
    made.hub.database.close()


def test_a_provider_turned_off_keeps_links_and_history_and_goes_on_where_it_was(books: Picky) -> None:
    books.save({"kind": "customer", "ref": "C-1", "name": "Jon Doe"})
    books.drain()
    before = kept(books)
    assert before[0] and before[1]
    switch_provider(books.hub, tenant_id=books.tenant, provider="picky", enabled=False, by="test")
    books.save({"kind": "customer", "ref": "C-1", "name": "Jon Doe Plumbing"})
    assert kept(books) == before
    switch_provider(books.hub, tenant_id=books.tenant, provider="picky", enabled=True, by="test")
    books.drain()
    assert kept(books)[0] == before[0]
    assert len(kept(books)[1]) == len(before[1]) + 1


def kept(books: Picky) -> tuple[list[str], list[int]]:
    """The remote ids that are linked, and the attempts there were."""
    with books.hub.database.everything(read=True) as session:
        links = list(session.scalars(select(Link.remote_id).order_by(Link.id)))
        return links, list(session.scalars(select(Attempt.id).order_by(Attempt.id)))
