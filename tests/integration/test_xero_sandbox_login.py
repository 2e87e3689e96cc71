"""Xero's sandbox: authorise, token, revocation and connections, to the letter."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

import pytest
from tests.integration.xero_desk import JUNK, fresh, served

from ledgerport_sandbox import Running
from ledgerport_xero_sandbox.state import COMPANY, OTHER_COMPANY
from ledgerport_xero_sandbox.visitor import CALLBACK, SCOPES, Visitor

INVALID_GRANT = b'{"error":"invalid_grant"}'
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with served() as sandbox:
        yield sandbox


@pytest.fixture
def app(running: Running) -> Iterator[Visitor]:
    with fresh(running) as visitor:
        yield visitor


def advance(app: Visitor, seconds: float) -> None:
    app.control("clock", {"advance": seconds})


def tenants(app: Visitor) -> list[str]:
    return [row["tenantId"] for row in app.http.get("/connections").json()]


def test_a_code_is_traded_for_tokens_of_half_an_hour(app: Visitor) -> None:
    answer = app.exchange(app.decide()["code"])
    tokens = answer.json()
    assert tokens.keys() == {"id_token", "access_token", "expires_in", "token_type", "refresh_token", "scope"}
    assert (tokens["expires_in"], tokens["token_type"], tokens["scope"]) == (1800, "Bearer", SCOPES)
    assert tokens["access_token"].count(".") == 2
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert "no-store" in answer.headers["cache-control"]


def test_without_offline_access_and_openid_there_is_only_an_access_token(app: Visitor) -> None:
    tokens = app.exchange(app.decide(scope="accounting.contacts")["code"]).json()
    assert tokens.keys() == {"access_token", "expires_in", "token_type", "scope"}


def test_the_client_may_authenticate_in_the_form(app: Visitor) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": app.decide()["code"],
        "redirect_uri": CALLBACK,
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
    }
    assert app.http.post("/connect/token", data=form).status_code == 200


def test_a_wrong_secret_is_invalid_client_with_400(app: Visitor) -> None:
    app.client = ("sandbox-client", "guess")
    answer = app.exchange("x")
    assert (answer.status_code, answer.content) == (400, b'{"error":"invalid_client"}')


def test_an_unknown_grant_type_is_refused(app: Visitor) -> None:
    answer = app.token({"grant_type": "password"})
    assert (answer.status_code, answer.json()) == (400, {"error": "unsupported_grant_type"})


@pytest.mark.parametrize("changes", [{"redirect_uri": "http://127.0.0.1:9/else"}, {"code": "guess"}])
def test_a_code_that_does_not_fit_is_invalid_grant_exactly(app: Visitor, changes: dict[str, str]) -> None:
    answer = app.exchange(**{"code": app.decide()["code"], **changes})
    assert (answer.status_code, answer.content) == (400, INVALID_GRANT)


def test_a_code_is_used_once_and_dies_after_five_minutes(app: Visitor) -> None:
    code = app.decide()["code"]
    assert app.exchange(code).status_code == 200
    assert app.exchange(code).content == INVALID_GRANT
    late = app.decide()["code"]
    advance(app, 301)
    assert app.exchange(late).content == INVALID_GRANT


def test_every_refresh_rotates_and_the_old_token_works_for_half_an_hour_more(app: Visitor) -> None:
    first = app.sign_in()
    second = app.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    advance(app, 29 * 60)
    assert app.refresh(first["refresh_token"]).status_code == 200
    assert app.refresh(second["refresh_token"]).status_code == 200
    advance(app, 2 * 60)
    assert app.refresh(first["refresh_token"]).content == INVALID_GRANT


def test_a_refresh_token_dies_after_sixty_days_unused(app: Visitor) -> None:
    app.sign_in()
    advance(app, 59 * 86400)
    app.hold(app.refresh().json())
    advance(app, 60 * 86400 + 1)
    assert app.refresh().content == INVALID_GRANT


def test_an_access_token_expires_after_thirty_minutes_with_the_recorded_body(app: Visitor) -> None:
    app.sign_in()
    advance(app, 1800)
    answer = app.get("Organisation")
    assert answer.status_code == 401
    assert answer.json().keys() == {"Title", "Status", "Detail", "Instance"}
    assert answer.json()["Detail"].startswith("TokenExpired: token expired at ")


def test_an_app_without_a_secret_uses_pkce(app: Visitor) -> None:
    app.client = ("sandbox-pkce", "")
    code = app.decide(code_challenge=CHALLENGE, code_challenge_method="S256")["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "client_id": "sandbox-pkce",
    }
    assert app.http.post("/connect/token", data=form).content == INVALID_GRANT
    tokens = app.http.post("/connect/token", data={**form, "code_verifier": VERIFIER}).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": "sandbox-pkce"}
    assert app.http.post("/connect/token", data=refresh).status_code == 200


def test_an_app_without_a_secret_cannot_ask_without_a_challenge(app: Visitor) -> None:
    app.client = ("sandbox-pkce", "")
    assert app.decide()["error"] == "invalid_request"


@pytest.mark.parametrize(
    "changes",
    [{"redirect_uri": "https://evil.example/cb"}, {"client_id": "nobody"}, {"scope": "accounting.everything"}],
)
def test_bad_authorise_parameters_show_a_page_and_never_redirect(app: Visitor, changes: dict[str, str]) -> None:
    answer = app.http.get(app.authorize_url(**changes))
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")


def test_retired_scopes_are_refused_for_new_apps(app: Visitor) -> None:
    url = app.authorize_url(scope="accounting.transactions offline_access")
    assert app.http.get(url).status_code == 200
    app.control("switches", {"broad_scopes": False})
    assert app.http.get(url).status_code == 400


def test_a_person_who_refuses_sends_access_denied_back(app: Visitor) -> None:
    assert app.decide("deny") == {"error": "access_denied", "state": "state-1"}


def test_connections_have_the_recorded_shape(app: Visitor) -> None:
    app.sign_in()
    answer = app.http.get("/connections")
    (row,) = answer.json()
    members = ("id", "authEventId", "tenantId", "tenantType", "tenantName", "createdDateUtc", "updatedDateUtc")
    assert tuple(row) == members
    assert (row["tenantId"], row["tenantType"], row["tenantName"]) == (COMPANY, "ORGANISATION", "Blue Heron Plumbing")
    assert row["createdDateUtc"] == "2026-09-21T14:13:20.0000000"
    assert "x-appminlimit-remaining" in answer.headers
    assert "x-minlimit-remaining" not in answer.headers


def test_a_second_consent_of_the_same_user_widens_what_earlier_tokens_see(app: Visitor) -> None:
    first = app.sign_in()
    app.tenant = OTHER_COMPANY
    app.sign_in()
    app.hold(first)
    assert tenants(app) == [COMPANY, OTHER_COMPANY]
    assert app.get("Organisation").status_code == 200


def test_another_user_sees_only_what_that_user_opened(app: Visitor) -> None:
    app.sign_in()
    app.tenant = OTHER_COMPANY
    app.sign_in(person="owner")
    assert tenants(app) == [OTHER_COMPANY]


def test_connections_of_one_consent_are_found_by_its_event(app: Visitor) -> None:
    app.sign_in()
    app.tenant = OTHER_COMPANY
    app.sign_in()
    rows = app.http.get("/connections").json()
    found = app.http.get("/connections", params={"authEventId": rows[1]["authEventId"]}).json()
    assert [row["tenantId"] for row in found] == [OTHER_COMPANY]


def test_scopes_add_up_over_consents(app: Visitor) -> None:
    app.sign_in(scope="offline_access accounting.contacts")
    assert app.sign_in(scope="accounting.settings")["scope"] == "offline_access accounting.contacts accounting.settings"


def test_the_switch_lets_a_second_consent_end_the_first_token_set(app: Visitor) -> None:
    app.control("switches", {"second_consent": "replaces"})
    first = app.sign_in()
    app.sign_in()
    assert app.refresh(first["refresh_token"]).content == INVALID_GRANT


def test_disconnecting_takes_the_connection_id_and_leaves_the_token(app: Visitor) -> None:
    app.sign_in()
    app.tenant = OTHER_COMPANY
    app.sign_in()
    first, second = app.http.get("/connections").json()
    assert app.http.delete(f"/connections/{second['id']}").status_code == 204
    assert app.get("Organisation").status_code == 403
    app.tenant = COMPANY
    assert app.get("Organisation").status_code == 200
    assert app.http.delete(f"/connections/{first['tenantId']}").status_code == 403
    assert app.http.delete(f"/connections/{JUNK}").status_code == 404


def test_revoking_ends_the_token_set_and_all_connections_of_the_user(app: Visitor) -> None:
    tokens = app.sign_in()
    gone = app.http.post("/connect/revocation", auth=app.client, data={"token": tokens["refresh_token"]})
    assert (gone.status_code, gone.content) == (200, b"")
    assert app.refresh().content == INVALID_GRANT
    assert app.http.get("/connections").status_code == 401
    app.sign_in()
    assert tenants(app) == [COMPANY]


def test_a_consent_after_a_withdrawal_opens_only_what_is_chosen_then(app: Visitor) -> None:
    app.sign_in()
    app.control("revoke", {"company": COMPANY})
    app.tenant = OTHER_COMPANY
    app.sign_in()
    assert tenants(app) == [OTHER_COMPANY]


def test_a_user_who_disconnects_in_xero_leaves_a_403(app: Visitor) -> None:
    app.sign_in()
    assert app.person("disconnect") == {"disconnected": 1}
    answer = app.get("Organisation")
    assert (answer.status_code, answer.json()["Detail"]) == (403, "AuthenticationUnsuccessful")
    assert tenants(app) == []


def test_error_descriptions_come_only_by_switch(app: Visitor) -> None:
    app.control("switches", {"error_description": True})
    assert app.refresh("guess").json() == {"error": "invalid_grant", "error_description": "unknown"}


def test_discovery_names_the_endpoints_of_this_origin(app: Visitor) -> None:
    found = app.http.get("/.well-known/openid-configuration").json()
    assert found["token_endpoint"] == f"{app.url}/connect/token"
    assert found["authorization_endpoint"] == f"{app.url}/identity/connect/authorize"
    assert found["code_challenge_methods_supported"] == ["S256"]


def test_a_scope_without_offline_access_cannot_be_refreshed(app: Visitor) -> None:
    issued = app.exchange(app.decide(scope="accounting.contacts")["code"]).json()
    assert app.refresh(issued["access_token"]).content == INVALID_GRANT
