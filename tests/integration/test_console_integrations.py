"""Cards of providers, and the way to connect, reconnect and disconnect one, in a browser without script."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.connecting import ACME, Stage, stage
from tests.factories import make_connection, make_hub, make_tenant, sqlite_url
from tests.web_stage import Browser, signed_in, words

from ledgerport.db.models import Connection, ConnectionState, Tenant
from ledgerport.services.context import Hub, ProviderApp
from ledgerport.services.show_connections import find_connection
from ledgerport.services.switch_provider import switch_provider

AT = "/t/blue/integrations"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = make_hub(sqlite_url(tmp_path))
    yield made
    made.database.close()


@pytest.fixture
def tenant(hub: Hub) -> int:
    return make_tenant(hub, "blue")


@pytest.fixture
def ann(hub: Hub, tenant: int) -> Iterator[Browser]:
    with signed_in(hub, tenant="blue") as browser:
        yield browser


def cards(page: str) -> dict[str, str]:
    """What each card says, by the provider's name."""
    found = re.findall(r'<li class="card.*?</li>', page, re.DOTALL)
    return {words(re.findall(r"<h2>(.*?)</h2>", card)[0]): words(card) for card in found}


# -- cards -------------------------------------------------------------------------------------------------------------


def test_a_provider_that_is_not_connected_offers_to_connect(ann: Browser) -> None:
    page = ann.get(AT)

    assert list(cards(page)) == ["Alpha", "Beta"]
    assert cards(page)["Alpha"].endswith("Connect Alpha")
    assert f'action="{AT}/alpha/connect"' in page


def test_a_connected_one_tells_company_and_health_and_how_to_go_on(hub: Hub, tenant: int, ann: Browser) -> None:
    make_connection(hub, tenant, "alpha")

    assert cards(ann.get(AT))["Alpha"] == (
        "Alpha Up to date Company Blue Plumbing LLC Last sync never Manage Alpha Disconnect Alpha"
    )


def test_a_lost_one_is_amber_and_keeps_manage_beside_reconnect(hub: Hub, tenant: int, ann: Browser) -> None:
    reason = 'Reconnect required. Alpha no longer accepts our connection to "Blue" (since 14:02 UTC).'
    make_connection(hub, tenant, "alpha", state=ConnectionState.NEEDS_RECONNECTION, reason=reason)
    page = ann.get(AT)

    assert 'class="card warn"' in page
    told = cards(page)["Alpha"]
    assert "Reconnect required" in told
    assert 'Alpha no longer accepts our connection to "Blue" (since 14:02 UTC).' in told
    assert told.endswith("Manage Alpha Reconnect Alpha Disconnect Alpha")


def test_a_provider_that_the_operator_turned_off_has_no_card(hub: Hub, tenant: int, ann: Browser) -> None:
    make_connection(hub, tenant, "alpha")
    switch_provider(hub, tenant_id=tenant, provider="alpha", enabled=False, by="op")

    assert list(cards(ann.get(AT))) == ["Beta"]


def test_where_every_provider_is_off_a_sentence_says_so(hub: Hub, tenant: int, ann: Browser) -> None:
    for provider in ("alpha", "beta"):
        switch_provider(hub, tenant_id=tenant, provider=provider, enabled=False, by="op")

    assert "No provider is turned on for blue. Ask your operator to turn one on." in words(ann.get(AT))


def test_an_app_that_is_not_set_up_is_said_plainly_and_offers_no_button(hub: Hub, tenant: int) -> None:
    bare = dataclasses.replace(hub, apps={"beta": ProviderApp(client_id="", client_secret=SecretStr(""))})
    with signed_in(bare, tenant="blue") as ann:
        told = cards(ann.get(AT))["Alpha"]
        assert told.endswith("Your operator has not finished setting up Alpha, so it cannot be connected.")
        assert "LEDGERPORT_" not in told
    with signed_in(bare, role="operator") as op:
        assert "LEDGERPORT_PROVIDERS__ALPHA__CLIENT_ID" in cards(op.get(AT))["Alpha"]


def test_names_with_markup_are_text(hub: Hub, tenant: int, ann: Browser) -> None:
    make_connection(hub, tenant, "alpha", company_name="<script>alert(1)</script>")

    assert "<script>alert" not in ann.get(AT)
    assert "<script>alert" not in ann.get(f"{AT}/alpha")


# -- who may -----------------------------------------------------------------------------------------------------------


def test_a_viewer_sees_no_button_and_may_not_press_one(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant, "alpha")
    with signed_in(hub, role="viewer", tenant="blue") as vi:
        page = vi.get(AT)
        assert "Disconnect" not in words(page)
        assert "/connect" not in page
        for act in ("connect", "disconnect", "sync", "settings"):
            vi.send(f"{AT}/alpha/{act}", status=403)

    assert find_connection(hub, tenant_id=tenant, provider="alpha") is not None


def test_another_tenant_s_pages_are_not_there(hub: Hub, tenant: int, ann: Browser) -> None:
    make_connection(hub, make_tenant(hub, "green"), "alpha")

    for path in ("", "/alpha", "/alpha/mapping", "/alpha/wizard/accounts", "/alpha/disconnect"):
        ann.get(f"/t/green/integrations{path}", status=404)
    ann.send("/t/green/integrations/alpha/disconnect", status=404)


def test_a_form_without_the_session_s_token_does_nothing(hub: Hub, tenant: int, ann: Browser) -> None:
    make_connection(hub, tenant, "alpha")

    assert ann.post(f"{AT}/alpha/disconnect", {"csrf": "0" * 64}).status_code == 403
    assert find_connection(hub, tenant_id=tenant, provider="alpha") is not None


# -- disconnect --------------------------------------------------------------------------------------------------------


def test_disconnect_asks_first_and_then_says_what_is_kept(hub: Hub, tenant: int, ann: Browser) -> None:
    make_connection(hub, tenant, "alpha")

    asked = words(ann.get(f"{AT}/alpha/disconnect"))
    assert "Our access there ends." in asked
    assert "It can be undone" in asked
    done = ann.send(f"{AT}/alpha/disconnect")
    assert 'Alpha is disconnected from "Blue Plumbing LLC". Links and history are kept.' in words(done)
    assert cards(done)["Alpha"].endswith("Connect Alpha")


def test_a_second_click_on_disconnect_is_no_error(hub: Hub, tenant: int, ann: Browser) -> None:
    make_connection(hub, tenant, "alpha")
    ann.send(f"{AT}/alpha/disconnect")

    assert "Alpha is not connected." in words(ann.send(f"{AT}/alpha/disconnect"))


# -- connect, over a sandbox -------------------------------------------------------------------------------------------

QB = f"{AT}/quickbooks"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        with made.hub.database.everything() as session:
            session.get_one(Tenant, made.tenant_id).slug = "blue"
        yield made


def consent(here: Stage, browser: Browser, **more: str) -> str:
    """Press the button, follow to the provider, decide there; the page one comes back to."""
    page = browser.send(f"{QB}/connect")
    link = unescape(re.findall(r'<a class="button main" href="([^"]+)"', page)[0])
    answer = browser.http.get(link, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    query = here.consent(answer.headers["location"], **more)
    return browser.http.get("/oauth/quickbooks/callback", params=query, follow_redirects=False).headers.get(
        "location", ""
    )


def test_connect_leads_through_consent_into_the_wizard(here: Stage) -> None:
    with signed_in(here.hub, tenant="blue") as ann:
        assert consent(here, ann) == f"{QB}/welcome"
        assert ann.http.get(f"{QB}/welcome", follow_redirects=False).headers["location"] == f"{QB}/wizard/customers"
        page = words(ann.get(f"{QB}/wizard/accounts"))
        assert 'QuickBooks Online is connected to "Blue Plumbing LLC".' in page


def test_the_way_to_the_provider_is_a_page_since_forms_may_not_be_redirected_there(here: Stage) -> None:
    with signed_in(here.hub, tenant="blue") as ann:
        answer = ann.post(f"{QB}/connect", {"csrf": ann.csrf()})

        assert answer.status_code == 200
        assert answer.headers["refresh"].startswith(f"0; url={here.hub.public_url}/connect/quickbooks?ticket=")
        assert "form-action 'self'" in answer.headers["content-security-policy"]


def test_reconnecting_keeps_the_connection_and_lets_work_go_on(here: Stage) -> None:
    before = here.connect().connection_id
    with here.hub.database.tenant(here.tenant_id) as session:
        session.get_one(Connection, before).state = ConnectionState.NEEDS_RECONNECTION
    with signed_in(here.hub, tenant="blue") as ann:
        assert consent(here, ann) == f"{QB}/reconnected"
        page = words(ann.get(f"{QB}/reconnected"))

    assert 'QuickBooks Online is connected to "Blue Plumbing LLC" again. What waited goes on.' in page
    assert find_connection(here.hub, tenant_id=here.tenant_id, provider="quickbooks") == before


def test_another_company_at_reconnecting_is_refused_with_both_names(here: Stage) -> None:
    connection_id = here.connect().connection_id
    with here.hub.database.tenant(here.tenant_id) as session:
        session.get_one(Connection, connection_id).state = ConnectionState.NEEDS_RECONNECTION
    with signed_in(here.hub, tenant="blue") as ann:
        page = ann.send(f"{QB}/connect")
        link = unescape(re.findall(r'<a class="button main" href="([^"]+)"', page)[0])
        location = ann.http.get(link, follow_redirects=False).headers["location"]
        answer = ann.http.get("/oauth/quickbooks/callback", params=here.consent(location, company=ACME))

        assert 'You signed in to "Acme Inc", but this connection belongs to "Blue Plumbing LLC".' in words(answer.text)
        assert f'href="{QB}/reconnected"' in answer.text
        assert "Reconnect required" in words(ann.get(f"{QB}/reconnected"))


def test_coming_back_without_a_connection_leads_to_the_cards(here: Stage) -> None:
    with signed_in(here.hub, tenant="blue") as ann:
        page = ann.send(f"{QB}/connect")
        link = unescape(re.findall(r'<a class="button main" href="([^"]+)"', page)[0])
        location = ann.http.get(link, follow_redirects=False).headers["location"]
        answer = ann.http.get("/oauth/quickbooks/callback", params=here.consent(location, decision="deny"))

        assert "You did not allow access" in words(answer.text)
        assert "QuickBooks Online is not connected." in words(ann.get(f"{QB}/welcome"))
