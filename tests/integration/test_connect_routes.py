"""The two addresses a browser visits to connect, over a real application."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.connecting import BLUE, TOKEN_ROUTE, Stage, stage

from ledgerport.api.routes import oauth
from ledgerport.services.connect_refused import ConnectRefused
from ledgerport.services.connect_ticket import Ticket, connect_address, read_ticket

HUB = "http://127.0.0.1:8080"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


@pytest.fixture
def browser(here: Stage) -> Iterator[TestClient]:
    app = FastAPI()
    app.state.hub = here.hub
    app.include_router(oauth.router)
    with TestClient(app, base_url=HUB, follow_redirects=False) as client:
        yield client


def ticket(here: Stage, **more: object) -> Ticket:
    return Ticket(**{"tenant_id": here.tenant_id, "provider": "quickbooks", "requested_by": "Ann", **more})  # type: ignore[arg-type]


def go(browser: TestClient, here: Stage, **more: object) -> str:
    """Open a connect address; where the browser is sent."""
    answer = browser.get(connect_address(here.hub, ticket(here, **more)))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_person_connects_from_ticket_to_page(browser: TestClient, here: Stage) -> None:
    query = here.consent(go(browser, here))
    page = browser.get("/oauth/quickbooks/callback", params=query)
    assert page.status_code == 200
    assert "QuickBooks Online is connected to &quot;Blue Plumbing LLC&quot;." in page.text
    assert here.messages()[0][0] == "sync.drain"


def test_the_cookie_is_kept_from_scripts_and_other_sites(browser: TestClient, here: Stage) -> None:
    cookie = browser.get(connect_address(here.hub, ticket(here))).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=600" in cookie
    assert "Secure" not in cookie


def test_the_pages_are_kept_by_no_cache_and_tell_nobody_where_they_came_from(browser: TestClient) -> None:
    page = browser.get("/oauth/quickbooks/callback")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"


def test_another_browser_cannot_finish(browser: TestClient, here: Stage) -> None:
    query = here.consent(go(browser, here))
    browser.cookies.clear()
    page = browser.get("/oauth/quickbooks/callback", params=query)
    assert page.status_code == 400
    assert "started in another browser" in page.text
    assert here.calls(TOKEN_ROUTE) == {}


def test_two_tabs_of_one_browser_both_work(browser: TestClient, here: Stage) -> None:
    first, second = go(browser, here), go(browser, here)
    for address in (first, second):
        assert browser.get("/oauth/quickbooks/callback", params=here.consent(address)).status_code == 200


def test_after_connecting_the_browser_goes_back_to_where_it_came_from(browser: TestClient, here: Stage) -> None:
    query = here.consent(go(browser, here, return_to="/connections?new=1"))
    answer = browser.get("/oauth/quickbooks/callback", params=query)
    assert (answer.status_code, answer.headers["location"]) == (303, "/connections?new=1")


def test_after_a_refusal_the_page_offers_the_way_back(browser: TestClient, here: Stage) -> None:
    query = here.consent(go(browser, here, return_to="/connections"), decision="deny")
    page = browser.get("/oauth/quickbooks/callback", params=query)
    assert page.status_code == 400
    assert "You did not allow access" in page.text
    assert '<a href="/connections">' in page.text


def test_words_of_the_provider_are_shown_as_words_and_not_as_a_page(browser: TestClient, here: Stage) -> None:
    query = here.consent(go(browser, here), decision="deny")
    page = browser.get(
        "/oauth/quickbooks/callback", params={"state": query["state"], "error": "<script>alert(1)</script>"}
    )
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\nb",
        "http://127.0.0.1:9/",
    ],
)
def test_nobody_is_sent_away_from_the_hub(here: Stage, address: str) -> None:
    with pytest.raises(ConnectRefused, match="not one of this hub"):
        connect_address(here.hub, ticket(here, return_to=address))


def test_an_address_of_the_hub_itself_may_be_returned_to(here: Stage) -> None:
    assert connect_address(here.hub, ticket(here, return_to=f"{HUB}/connections")).startswith(f"{HUB}/connect/")


def test_a_ticket_that_was_written_by_somebody_else_is_refused(browser: TestClient, here: Stage) -> None:
    good = urlsplit(connect_address(here.hub, ticket(here))).query.removeprefix("ticket=")
    page = browser.get("/connect/quickbooks", params={"ticket": good[:-3] + "AAA"})
    assert page.status_code == 400
    assert "not one that we made" in page.text


def test_a_ticket_is_good_for_ten_minutes_and_one_provider(here: Stage) -> None:
    text = urlsplit(connect_address(here.hub, ticket(here))).query.removeprefix("ticket=")
    assert read_ticket(here.hub, text, "quickbooks") == ticket(here)
    with pytest.raises(ConnectRefused, match="another provider"):
        read_ticket(here.hub, text, "xero")
    here.pass_time(timedelta(minutes=10))
    with pytest.raises(ConnectRefused, match="ten minutes old"):
        read_ticket(here.hub, text, "quickbooks")


def test_an_unknown_provider_is_told_in_words(browser: TestClient, here: Stage) -> None:
    page = browser.get("/oauth/sage/callback", params={"state": "x", "code": "y", "realmId": BLUE})
    assert page.status_code == 404
    assert "no provider named &#x27;sage&#x27;" in page.text
    assert here.messages() == []
