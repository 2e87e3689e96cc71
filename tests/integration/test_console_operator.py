"""The operator's pages: who may see them, and that a click does what its words say, at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from tests.factories import make_connection, make_hub, save, sqlite_url
from tests.integration.picky_books import Picky, picky
from tests.web_stage import Browser, browser, signed_in, words

from ledgerport.db.models import ApiKey, Connection, ConnectionState, Customer, ProviderSwitch, Tenant
from ledgerport.services.api_keys import create_key
from ledgerport.services.context import Hub
from ledgerport.services.drain_connection import drain
from ledgerport.services.tenants import create_tenant
from ledgerport.services.users import create_user

PAGES = (
    "/operator",
    "/operator/tenants",
    "/operator/tenants/new",
    "/operator/tenants/blue",
    "/operator/tenants/blue/providers/alpha/off",
    "/operator/providers",
)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = make_hub(sqlite_url(tmp_path))
    tenant = create_tenant(hub, slug="blue", name="Blue & <b>Sons</b>").id
    make_connection(hub, tenant)
    yield hub
    hub.database.close()


@pytest.fixture
def operator(hub: Hub) -> Iterator[Browser]:
    with signed_in(hub, role="operator") as made:
        yield made


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Picky]:
    made = picky(tmp_path)
    with made.hub.database.everything() as session:
        session.scalars(select(Tenant)).one().slug = "blue"
    yield made
    made.hub.database.close()


def connection(hub: Hub) -> Connection:
    with hub.database.everything(read=True) as session:
        return session.scalars(select(Connection)).one()


def test_only_operators_see_the_operators_pages(hub: Hub) -> None:
    with signed_in(hub, role="admin", tenant="blue") as admin:
        for address in PAGES:
            admin.get(address, status=404)
        admin.http.cookies.clear()
        for address in PAGES:
            assert admin.http.get(address, follow_redirects=False).headers["location"].startswith("/sign-in")


def test_names_with_markup_in_them_are_shown_as_they_are(operator: Browser) -> None:
    for address in PAGES:
        page = operator.get(address)
        assert "<b>Sons" not in page
        assert page.count("<h1>") == 1


def test_the_first_page_names_each_connection_its_trouble_and_what_moves_the_work(hub: Hub, operator: Browser) -> None:
    create = create_tenant(hub, slug="red", name="Red LLC").id
    make_connection(hub, create, "beta", state=ConnectionState.NEEDS_RECONNECTION)
    told = words(operator.get("/operator"))
    assert "No scheduler is running." in told
    assert "All 2" in told
    assert "Need attention 1" in told
    assert told.index("Red LLC") < told.index("Blue & <b>Sons</b>")
    assert "Red LLC" not in words(operator.get("/operator?show=none"))
    assert "0 of 100 calls a minute" in told
    operator.get("/operator?show=nonsense", status=409)


def test_an_empty_hub_says_what_to_do_first(tmp_path: Path) -> None:
    empty = make_hub(sqlite_url(tmp_path))
    with signed_in(empty, role="operator") as operator:
        assert "Nothing is connected yet." in words(operator.get("/operator"))
        assert "There is no tenant yet." in words(operator.get("/operator/tenants"))
    empty.database.close()


def test_a_tenant_is_added_and_what_is_wrong_is_said_next_to_its_field(hub: Hub, operator: Browser) -> None:
    told = operator.send("/operator/tenants", status=422, name="Green", slug="Not Good", currency="USD")
    assert 'value="Green"' in told
    assert "cannot be a slug" in words(told)
    assert "There is a tenant" in words(
        operator.send("/operator/tenants", status=422, name="B", slug="blue", currency="usd")
    )
    assert "The name is missing." in words(operator.send("/operator/tenants", status=422, slug="x", currency="USD"))
    told = words(operator.send("/operator/tenants", name="Green", slug="green", currency="usd"))
    assert "Green is a tenant now." in told
    assert "Nobody of Green may sign in yet." in told


def test_tenants_are_searched_and_paged(hub: Hub, operator: Browser) -> None:
    for number in range(60):
        create_tenant(hub, slug=f"t-{number}", name=f"Tenant {number}")
    first = operator.get("/operator/tenants")
    assert "Next page" in first
    assert "Tenant 59" in first
    assert "Tenant 5<" not in first
    assert "Tenant 7" in operator.get("/operator/tenants?q=nant 7")
    assert "No tenant is named like" in words(operator.get("/operator/tenants?q=50%25"))
    operator.get("/operator/tenants?cursor=x", status=409)


def test_a_tenants_page_shows_its_people_keys_and_connections(hub: Hub, operator: Browser) -> None:
    create_user(hub, email="ann@example.com", name="Ann", role="viewer", tenant="blue")
    told = words(operator.get("/operator/tenants/blue"))
    assert "Ann ann@example.com Viewer" in told
    assert "Blue Plumbing LLC" in told
    assert "Gamma" not in told
    assert "it needs contract 2" in told
    operator.get("/operator/tenants/nobody", status=404)


def test_a_key_is_shown_once_and_revoked_at_once(hub: Hub, operator: Browser) -> None:
    page = words(operator.send("/operator/tenants/blue/keys", name="host app", scope="read"))
    with hub.database.everything(read=True) as session:
        row = session.scalars(select(ApiKey)).one()
    assert f"lp_{row.prefix}_" in page
    assert row.scopes == ["read"]
    assert f"lp_{row.prefix}_" not in operator.get("/operator/tenants/blue")
    assert "revoked" in words(operator.send(f"/operator/tenants/blue/keys/{row.prefix}/revoke"))
    other = create_key(hub, tenant=None, name="op", scopes=["operator"])
    operator.send(f"/operator/tenants/blue/keys/{other.prefix}/revoke", status=404)


def test_settings_of_a_tenant_are_changed(hub: Hub, operator: Browser) -> None:
    operator.send("/operator/tenants/blue", name="Blue Plumbing")
    with hub.database.everything(read=True) as session:
        tenant = session.scalars(select(Tenant)).one()
    assert (tenant.name, tenant.promote_drafts) == ("Blue Plumbing", False)
    assert "The name is missing." in words(operator.send("/operator/tenants/blue", status=422, name=" "))


def test_a_provider_is_turned_off_with_who_and_when_and_the_form_needs_its_token(hub: Hub, operator: Browser) -> None:
    address = "/operator/tenants/blue/providers/alpha"
    assert operator.post(address, {"to": "off"}).status_code == 403
    told = words(operator.send(address, to="off"))
    assert "Alpha is turned off for Blue & <b>Sons</b>. Nothing is sent from now on; changes wait." in told
    assert "by operator.hub@example.com" in told
    with hub.database.everything(read=True) as session:
        switch = session.scalars(select(ProviderSwitch)).one()
    assert (switch.enabled, switch.changed_by) == (False, "user:operator.hub@example.com")
    assert "Alpha is turned on" in words(operator.send(address, to="on"))
    operator.send(address, status=422, to="sideways")
    operator.send("/operator/tenants/blue/providers/nobody", status=404, to="off")


def test_a_provider_turned_off_has_no_hook_called_until_it_is_on_again(books: Picky) -> None:
    with signed_in(books.hub, role="operator") as operator:
        operator.send("/operator/tenants/blue/providers/picky", to="off")
        books.save({"kind": "customer", "ref": "C-1", "name": "Jon Doe"})
        assert not drain(books.hub, books.connection).worked
        assert books.plugin.requests == []
        with signed_in(books.hub, tenant="blue") as admin:
            assert "Picky" not in words(admin.get("/t/blue/integrations"))
        operator.send("/operator/tenants/blue/providers/picky", to="on")
        books.drain()
    assert len(books.plugin.requests) == 1


def test_a_pause_is_asked_for_on_a_page_and_comes_back_to_where_it_was_asked(hub: Hub, operator: Browser) -> None:
    address = "/t/blue/integrations/alpha"
    assert "It stays paused until somebody resumes it." in words(operator.get(f"{address}/pause?back=operator"))
    told = words(operator.send(f"{address}/pause", reason="Year end.", back="operator"))
    assert told.startswith("Health")
    assert "is paused. Changes wait until it is resumed." in told
    assert "Paused by operator.hub@example.com. Year end." in told
    assert "paused already" in words(operator.get(f"{address}/pause"))
    save(hub, connection(hub).tenant_id, "customer", "C-1")
    assert connection(hub).state == ConnectionState.PAUSED
    assert words(operator.send(f"{address}/resume", back="tenant")).startswith("Blue & <b>Sons</b>")
    assert connection(hub).state == ConnectionState.ACTIVE
    with hub.database.everything(read=True) as session:
        assert session.scalars(select(Customer)).one().ref == "C-1"


def test_a_viewer_may_look_at_the_pause_page_and_not_pause(hub: Hub) -> None:
    with signed_in(hub, role="viewer", tenant="blue") as viewer:
        page = viewer.get("/t/blue/integrations/alpha/pause")
        assert 'action="/t/blue/integrations/alpha/pause"' not in page
        viewer.send("/t/blue/integrations/alpha/pause", status=403, reason="x")
    assert connection(hub).state == ConnectionState.ACTIVE


def test_an_admin_who_says_operator_still_goes_back_to_their_own_page(hub: Hub) -> None:
    with signed_in(hub, role="admin", tenant="blue") as admin:
        token = {"csrf": admin.csrf(), "reason": "x" * 501, "back": "operator"}
        told = admin.http.post("/t/blue/integrations/alpha/pause", data=token)
        assert told.status_code == 422
        assert "x" * 501 in told.text
        answer = admin.post("/t/blue/integrations/alpha/pause", {**token, "reason": ""})
    assert answer.headers["location"] == "/t/blue/integrations/alpha"


def test_providers_are_installed_quarantined_or_missing(hub: Hub, operator: Browser) -> None:
    tenant = connection(hub).tenant_id
    make_connection(hub, tenant, "gamma")
    make_connection(hub, tenant, "delta")
    told = words(operator.get("/operator/providers"))
    assert "ledgerport-alpha 1.0" in told
    assert "The plugin ledgerport-gamma 1.2 did not load: it needs contract 2. Its 1 connection waits." in told
    assert "delta Missing" in told


def test_rest_and_operators_keys_pause_and_look(hub: Hub) -> None:
    with browser(hub) as nobody:
        http: TestClient = nobody.http
        own = {"Authorization": f"Bearer {create_key(hub, tenant='blue', name='app').key}"}
        op = {"Authorization": f"Bearer {create_key(hub, tenant=None, name='op', scopes=['operator']).key}"}
        paused = http.post("/v1/connections/alpha/pause", headers=own, json={"reason": "Year end."}).json()
        assert (paused["state"], paused["reason"][:15]) == ("paused", "Paused by API k")
        assert http.post("/v1/connections/alpha/resume", headers=own).json()["state"] == "active"
        assert http.post("/v1/tenants/blue/connections/alpha/pause", headers=own).status_code == 403
        assert http.post("/v1/tenants/blue/connections/alpha/pause", headers=op).json()["state"] == "paused"
        (row,) = http.get("/v1/health/connections", headers=op, params={"show": "paused"}).json()["rows"]
        assert (row["tenant"], row["trouble"], row["windows"][0]["count"]) == ("blue", "paused", 100)
        assert http.get("/v1/health/queue", headers=op).json()["scheduler"] == "none"
        assert http.get("/v1/health/connections", headers=own).status_code == 403
        assert http.post("/v1/tenants/blue/connections/alpha/resume", headers=op).json()["state"] == "active"
