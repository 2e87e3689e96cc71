"""The suite on a company by its access token, and on the recording of that: a sandbox stands for the real company."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.taping import Source
from tests.stage import PROVIDERS

from ledgerport.conformance import Outcome, Result, Unasked
from ledgerport.services.judge_plugin import judge_plugin
from ledgerport.services.rejections import Conflict
from ledgerport.testing.checks import CATALOGUE
from ledgerport.testing.real_books import ADDRESS, COMPANY, QUERY, TOKEN, NoBooks
from ledgerport.testing.run import run_conformance

LIVE = {check.name for check in CATALOGUE if check.live}


@pytest.fixture
def no_access(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (TOKEN, COMPANY, QUERY, ADDRESS):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def company(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, no_access: None, provider: str
) -> Iterator[Source]:
    """A company of the provider's sandbox, its access in the environment as that of a real one would be."""
    with importlib.import_module(f"tests.contract.{provider}_tape").sandbox_source() as source:
        monkeypatch.setenv(TOKEN, source.grant.access_token.get_secret_value())
        monkeypatch.setenv(COMPANY, source.company.id)
        monkeypatch.setenv(QUERY, f"realmId={source.company.id}")
        monkeypatch.setenv(ADDRESS, source.address)
        yield source


def outcomes(result: Result) -> dict[str, Outcome]:
    return {check.name: check.outcome for check in result.checks if check.name in LIVE}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_company_is_judged_left_clean_and_replayed_without_a_network(
    company: Source, provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert company.sandbox is not None
    live = run_conformance(provider, against="live", cassettes=tmp_path)
    failed = {check.name: check.reason for check in live.checks if check.outcome is Outcome.FAILED}
    assert failed == {}
    assert sum(outcome is Outcome.PASSED for outcome in outcomes(live).values()) >= 8
    needs_a_sandbox = [check for check in live.checks if check.money]
    assert {check.unasked for check in needs_a_sandbox} <= {Unasked.CANNOT_BE_TRIED, Unasked.NOT_OFFERED}
    assert live.against == "live"

    ledger = company.sandbox.ledger(company.company.id)
    assert ledger["payments"] == []
    assert {row["balance"] for row in ledger["invoices"]} <= {"0.00"}
    recorded = "".join(path.read_text() for path in tmp_path.glob("*.yaml"))
    assert company.grant.access_token.get_secret_value() not in recorded
    assert "by the conformance suite" in recorded

    for name in (TOKEN, COMPANY, QUERY, ADDRESS):
        monkeypatch.delenv(name)
    calls = company.sandbox.calls()["total"]
    replayed = run_conformance(provider, against="cassettes", cassettes=tmp_path)
    assert outcomes(replayed) == outcomes(live)
    assert {check.name: check.reason for check in replayed.checks if check.outcome is Outcome.FAILED} == {}
    assert company.sandbox.calls()["total"] == calls


@pytest.mark.parametrize("provider", ["quickbooks"])
def test_a_check_without_a_recording_is_not_asked_and_says_how_to_record_it(
    company: Source, provider: str, tmp_path: Path
) -> None:
    run_conformance(provider, against="live", cassettes=tmp_path, names=["connection.tax_codes_can_be_chosen"])
    replayed = run_conformance(provider, against="cassettes", cassettes=tmp_path, groups=["real books"])
    assert {check.unasked for check in replayed.checks} == {Unasked.CANNOT_BE_TRIED}
    assert all("--against live" in check.reason for check in replayed.checks)


def test_without_an_access_it_says_what_to_set(no_access: None) -> None:
    with pytest.raises(NoBooks, match=TOKEN):
        run_conformance("quickbooks", against="live")


@pytest.mark.parametrize("provider", ["wave"])
def test_an_access_that_is_refused_is_said_once_with_the_next_step(
    company: Source, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, "an-old-one")
    with pytest.raises(NoBooks, match="does not accept the access token"):
        run_conformance(provider, against="live")


@pytest.mark.parametrize("provider", ["freshbooks"])
def test_the_command_judges_a_company_and_its_recording(company: Source, provider: str, tmp_path: Path) -> None:
    live = judge_plugin(provider, against="live", cassettes=tmp_path, groups=["real books"], quiet=True)
    replayed = judge_plugin(provider, against="cassettes", cassettes=tmp_path, groups=["real books"], quiet=True)
    assert (live.failed, replayed.failed) == (0, 0)
    assert outcomes(live.result) == outcomes(replayed.result)


def test_no_grade_comes_of_it() -> None:
    with pytest.raises(Conflict, match="Grades come from runs against the sandbox"):
        judge_plugin("wave", against="live", write=True)
    with pytest.raises(Conflict, match="replayed from a folder"):
        judge_plugin("wave", against="cassettes")
