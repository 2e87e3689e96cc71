"""A consent that reaches several companies: the person chooses one; a reconnection knows which."""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from tests.connecting import ACME, BLUE, Stage, stage
from tests.web_stage import HUB, site_of, words

import ledgerport_quickbooks.hooks
from ledgerport.contract import Account, Callback, Company, hookimpl
from ledgerport.db import models
from ledgerport.host import Host, Provider
from ledgerport.services.connect_refused import ConnectRefused
from ledgerport.services.connect_ticket import Ticket, connect_address
from ledgerport.services.finish_connect import CompanyChoice, choose_company


@pytest.fixture(params=["sqlite", "postgres"])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    url = request.getfixturevalue("migrated_postgres_url") if request.param == "postgres" else ""
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


# -- the page on which a person chooses -------------------------------------------------------------------------------


@pytest.fixture
def browser(lite: Stage) -> Iterator[TestClient]:
    with_two_companies(lite)
    with site_of(lite.hub) as site, TestClient(site, base_url=HUB, follow_redirects=False) as client:
        yield client


def offered(browser: TestClient, lite: Stage, **more: object) -> str:
    """Go through the consent; the ticket of the page that asks for a company."""
    ticket = Ticket(tenant_id=lite.tenant_id, provider="quickbooks", requested_by="Ann", **more)  # type: ignore[arg-type]
    address = browser.get(connect_address(lite.hub, ticket)).headers["location"]
    page = browser.get("/oauth/quickbooks/callback", params=lite.consent(address))
    assert page.status_code == 200
    assert 'action="/oauth/quickbooks/choose"' in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert re.findall(r'name="company" value="(\d+)"', page.text) == [BLUE, ACME]
    return re.findall(r'name="ticket" value="([^"]+)"', page.text)[0]


def test_the_company_chosen_on_the_page_is_connected(browser: TestClient, lite: Stage) -> None:
    ticket = offered(browser, lite)
    page = browser.post("/oauth/quickbooks/choose", data={"ticket": ticket, "company": BLUE})
    assert page.status_code == 200
    assert 'is connected to "Blue Plumbing LLC"' in words(page.text)
    assert count(lite, models.Connection) == 1


def test_after_the_choice_the_browser_goes_back_to_where_it_came_from(browser: TestClient, lite: Stage) -> None:
    ticket = offered(browser, lite, return_to="/settings")
    answer = browser.post("/oauth/quickbooks/choose", data={"ticket": ticket, "company": ACME})
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings")


def test_a_choice_offered_to_another_browser_connects_nothing(browser: TestClient, lite: Stage) -> None:
    ticket = offered(browser, lite)
    browser.cookies.clear()
    page = browser.post("/oauth/quickbooks/choose", data={"ticket": ticket, "company": BLUE})
    assert (page.status_code, count(lite, models.Connection)) == (400, 0)
    assert "offered in another browser" in page.text


def test_a_choice_is_good_for_ten_minutes(browser: TestClient, lite: Stage) -> None:
    ticket = offered(browser, lite)
    lite.pass_time(timedelta(minutes=10, seconds=1))
    page = browser.post("/oauth/quickbooks/choose", data={"ticket": ticket, "company": BLUE})
    assert (page.status_code, count(lite, models.Connection)) == (400, 0)
    assert "more than ten minutes ago" in page.text


@pytest.mark.parametrize("company", ["", "77"])
def test_no_company_or_a_foreign_one_is_refused_in_words(browser: TestClient, lite: Stage, company: str) -> None:
    ticket = offered(browser, lite)
    page = browser.post("/oauth/quickbooks/choose", data={"ticket": ticket, "company": company})
    assert (page.status_code, count(lite, models.Connection)) == (400, 0)
    assert "No company was chosen" in page.text or "does not reach that company" in page.text


def test_a_made_up_choice_is_refused(browser: TestClient, lite: Stage) -> None:
    offered(browser, lite)
    page = browser.post("/oauth/quickbooks/choose", data={"ticket": "made.up", "company": BLUE})
    assert (page.status_code, count(lite, models.Connection)) == (400, 0)
