"""The two addresses a browser visits to connect, over a real application."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from tests.connecting import ACME, BLUE, TOKEN_ROUTE, Stage, stage
from tests.web_stage import signed_in, site_of, words

from ledgerport.services.connect_refused import ConnectRefused
from ledgerport.services.connect_ticket import Ticket, connect_address, read_ticket

HUB = "http://127.0.0.1:8080"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


@pytest.fixture
def browser(here: Stage) -> Iterator[TestClient]:
    with site_of(here.hub) as site, TestClient(site, base_url=HUB, follow_redirects=False) as client:
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
    assert 'QuickBooks Online is connected to "Blue Plumbing LLC".' in words(page.text)
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
    # Not "no-referrer": with that a browser sends our own forms as somebody else's.
    assert page.headers["referrer-policy"] == "strict-origin"


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
    assert "no provider named &#39;sage&#39;" in page.text
    assert here.messages() == []


# -- as somebody who came from the console sees them ---------------------------------------------------------------


def test_who_came_from_the_console_stays_in_it_and_may_try_again_at_once(here: Stage) -> None:
    with signed_in(here.hub, tenant="blue-plumbing") as ann:
        back = "/t/blue-plumbing/integrations/quickbooks/welcome"
        answer = ann.http.get(connect_address(here.hub, ticket(here, return_to=back)), follow_redirects=False)
        query = here.consent(answer.headers["location"], decision="deny")
        page = ann.http.get("/oauth/quickbooks/callback", params=query)

        assert page.status_code == 400
        told = words(page.text)
        assert "Blue Plumbing" in told
        assert "Sync history" in told
        assert 'action="/t/blue-plumbing/integrations/quickbooks/connect"' in page.text
        assert "Try again Go back" in told
        assert "You go on to QuickBooks Online" in words(ann.send("/t/blue-plumbing/integrations/quickbooks/connect"))


def test_who_may_only_look_and_who_is_not_signed_in_are_offered_no_second_try(browser: TestClient, here: Stage) -> None:
    back = "/t/blue-plumbing/integrations/quickbooks/welcome"
    page = browser.get(
        "/oauth/quickbooks/callback", params=here.consent(go(browser, here, return_to=back), decision="deny")
    )
    assert "Try again" not in page.text
    assert "Sync history" not in page.text
    with signed_in(here.hub, role="viewer", tenant="blue-plumbing") as vic:
        answer = vic.http.get(connect_address(here.hub, ticket(here, return_to=back)), follow_redirects=False)
        query = here.consent(answer.headers["location"], decision="deny")
        assert "Try again" not in vic.http.get("/oauth/quickbooks/callback", params=query).text


def test_another_company_is_refused_with_both_names_on_a_page_of_the_console(here: Stage) -> None:
    connection = here.connect().connection_id
    with signed_in(here.hub, tenant="blue-plumbing") as ann:
        back = "/t/blue-plumbing/integrations/quickbooks/reconnected"
        asked = ticket(here, return_to=back, connection_id=connection)
        answer = ann.http.get(connect_address(here.hub, asked), follow_redirects=False)
        query = here.consent(answer.headers["location"], company=ACME)
        told = words(ann.http.get("/oauth/quickbooks/callback", params=query).text)

    assert 'You signed in to "Acme Inc", but this connection belongs to "Blue Plumbing LLC".' in told
    assert "Sign in to that company, or disconnect first. Try again Go back" in told
