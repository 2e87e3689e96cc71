"""`ledgerport demo --provider all`: one tenant on each provider, side by side in one hub, all books agree."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.acceptance.demo_process import Ended, play

PROVIDERS = {"freshbooks", "quickbooks", "wave", "xero"}


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return play(tmp_path_factory.mktemp("demo"), "--provider", "all", "--items", "60", "--invoices", "20")


@pytest.fixture
def parts(every: Ended) -> dict[str, Any]:
    found: dict[str, Any] = every.report.get("providers", {})
    assert found.keys() == PROVIDERS, every.output
    return found


def test_every_providers_books_agree_without_a_cent_apart(every: Ended, parts: dict[str, Any]) -> None:
    verdicts = {slug: part["books"]["verdict"] for slug, part in parts.items()}

    assert verdicts == dict.fromkeys(PROVIDERS, "0 differences, 0.00 apart"), every.output
    assert every.code == 0


def test_every_provider_got_the_same_records(parts: dict[str, Any]) -> None:
    expected = {"customers": 240, "items": 60, "invoices": 20, "estimates": 1}

    for part in parts.values():
        there = {kind: counted["there"] for kind, counted in part["books"]["counts"].items()}
        assert there.pop("payments") > 0
        assert there == expected
    assert len({part["books"]["money"]["invoiced"]["here"] for part in parts.values()}) == 1


def test_each_provider_has_a_tenant_of_its_own(parts: dict[str, Any]) -> None:
    assert {slug: part["tenant"] for slug, part in parts.items()} == {slug: f"demo-{slug}" for slug in PROVIDERS}


def test_no_provider_had_to_refuse_a_call_as_over_its_limits(parts: dict[str, Any]) -> None:
    assert {slug: part["pace"]["refused_calls"] for slug, part in parts.items()} == dict.fromkeys(PROVIDERS, 0)


def test_what_differs_by_rounding_is_no_more_than_a_cent_a_line_and_said(every: Ended, parts: dict[str, Any]) -> None:
    rounding = {slug: part["books"] for slug, part in parts.items() if part["books"]["rounded"]}

    # Wave rounds the tax of every line.
    assert "wave" in rounding
    for books in rounding.values():
        assert all(abs(Decimal(one["variance"])) <= Decimal("0.08") for one in books["rounded"])
        assert f"{books['rounding']}:\n  {books['rounded'][0]['sentence']}" in every.output
