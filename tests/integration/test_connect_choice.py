"""A consent that reaches several companies: the person chooses one; a reconnection knows which."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.connecting import ACME, BLUE, Stage, stage

import ledgerport_quickbooks.hooks
from ledgerport.contract import Account, Callback, Company, hookimpl
from ledgerport.db import models
from ledgerport.host import Host, Provider
from ledgerport.services.connect_refused import ConnectRefused
from ledgerport.services.finish_connect import CompanyChoice, choose_company


@pytest.fixture(params=["sqlite", "postgres"])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    url = request.getfixturevalue("empty_postgres_url") if request.param == "postgres" else ""
    with stage(tmp_path, url) as made:
        yield made


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


def count(here: Stage, model: type[models.Base]) -> int:
    with here.hub.database.everything(read=True) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@hookimpl
def open_companies(account: Account, callback: Callback) -> list[Company]:
    """A third party's provider whose consent reaches two companies."""
    return [
        Company(id=BLUE, name="Blue Plumbing LLC", country="US"),
        Company(id=ACME, name="Acme Inc", country="US"),
    ]


def with_two_companies(here: Stage) -> None:
    plugin = types.ModuleType("two_companies")
    vars(plugin).update(
        {name: value for name, value in vars(ledgerport_quickbooks.hooks).items() if not name.startswith("__")}
    )
    vars(plugin)["open_companies"] = open_companies
    terms = here.hub.host.for_provider("quickbooks").terms
    here.hub = dataclasses.replace(here.hub, host=Host([Provider(terms, plugin, "test", 30.0)]))


def test_a_grant_for_several_companies_waits_for_a_choice(here: Stage) -> None:
    with_two_companies(here)
    choice = here.finish(here.consent(here.begin()))
    assert isinstance(choice, CompanyChoice)
    assert [company.name for company in choice.companies] == ["Blue Plumbing LLC", "Acme Inc"]
    assert (count(here, models.Connection), count(here, models.Grant)) == (0, 1)
    done = choose_company(here.hub, tenant_id=here.tenant_id, grant_id=choice.grant_id, company_id=BLUE)
    assert done.company_name == "Blue Plumbing LLC"
    assert here.connection(done.connection_id).grant_id == choice.grant_id


def test_a_company_the_grant_does_not_reach_cannot_be_chosen(lite: Stage) -> None:
    with_two_companies(lite)
    choice = lite.finish(lite.consent(lite.begin()))
    assert isinstance(choice, CompanyChoice)
    with pytest.raises(ConnectRefused, match="does not reach that company"):
        choose_company(lite.hub, tenant_id=lite.tenant_id, grant_id=choice.grant_id, company_id="77")


def test_a_reconnection_needs_no_choice(lite: Stage) -> None:
    first = lite.connect()
    with_two_companies(lite)
    again = lite.connect(connection_id=first.connection_id)
    assert again.connection_id == first.connection_id
