"""Consent, codes, tokens, rotation and withdrawal over real HTTP."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

import pytest

from ledgerport_quickbooks_sandbox.app import create_app
from ledgerport_quickbooks_sandbox.visitor import REALM, Visitor
from ledgerport_sandbox import Clock, Running


@pytest.fixture
def app() -> Iterator[Visitor]:
    """A visitor who has not signed in; the clock stands still until it is advanced."""
    with Running(create_app(clock=Clock(rate=0))) as sandbox, Visitor(sandbox.url) as visitor:
        yield visitor


def test_the_consent_page_is_a_form_with_companies_and_two_buttons(app: Visitor) -> None:
    page = app.http.get(app.authorize_url()).text
    assert page.count('type="radio"') == 2
    assert 'value="allow">Allow' in page
    assert 'value="deny">Deny' in page


def test_allowing_returns_code_state_and_realm(app: Visitor) -> None:
    callback = app.decide(state="s-42")
    assert callback.keys() == {"code", "state", "realmId"}
    assert (callback["state"], callback["realmId"]) == ("s-42", REALM)


def test_denying_returns_the_error_and_no_realm(app: Visitor) -> None:
    assert app.decide("deny") == {"error": "access_denied", "state": "state-1"}


def test_a_code_is_traded_for_tokens_without_a_realm(app: Visitor) -> None:
    answer = app.exchange(app.decide()["code"])
    tokens = answer.json()
    assert answer.headers["cache-control"] == "no-cache, no-store"
    assert (tokens["token_type"], tokens["expires_in"], tokens["x_refresh_token_expires_in"]) == (
        "bearer",
        3600,
        8726400,
    )
    assert "realmId" not in tokens


def test_a_code_works_once(app: Visitor) -> None:
    code = app.decide()["code"]
    app.exchange(code)
    again = app.exchange(code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


def test_a_code_is_dead_after_five_minutes(app: Visitor) -> None:
    code = app.decide()["code"]
    app.control("clock", {"advance": 301})
    assert app.exchange(code).json()["error"] == "invalid_grant"


def test_a_code_is_refused_with_another_redirect_uri(app: Visitor) -> None:
    code = app.decide()["code"]
    assert app.exchange(code, redirect_uri="http://127.0.0.1:9/other").json()["error"] == "invalid_grant"


def test_an_unregistered_redirect_gets_a_page_and_no_redirect(app: Visitor) -> None:
    answer = app.http.get(app.authorize_url(redirect_uri="https://elsewhere.example/callback"))
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert "redirect_uri" in answer.text


def test_the_switch_for_exact_redirects_closes_the_loopback_door(app: Visitor) -> None:
    app.control("switches", {"exact_redirects": True})
    assert app.http.get(app.authorize_url()).status_code == 400


def test_a_challenge_needs_its_verifier(app: Visitor) -> None:
    verifier = "v" * 50
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    wish = {"code_challenge": challenge, "code_challenge_method": "S256"}
    assert app.exchange(app.decide(**wish)["code"]).status_code == 400
    assert app.exchange(app.decide(**wish)["code"], code_verifier="w" * 50).status_code == 400
    assert app.exchange(app.decide(**wish)["code"], code_verifier=verifier).status_code == 200


def test_a_wrong_client_secret_is_401_with_a_challenge(app: Visitor) -> None:
    app.client = ("sandbox-client", "wrong")
    answer = app.exchange(app.decide()["code"])
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    assert answer.headers["www-authenticate"] == 'Basic realm="Intuit"'


def test_a_client_may_send_its_secret_in_the_form(app: Visitor) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": app.decide()["code"],
        "redirect_uri": "http://127.0.0.1:9/callback",
    }
    keys = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    assert app.http.post("/oauth2/v1/tokens/bearer", data={**form, **keys}).status_code == 200


def test_each_refresh_rotates_and_the_old_value_dies(app: Visitor) -> None:
    first = app.sign_in()
    second = app.refresh().json()
    assert second["refresh_token"] != first["refresh_token"]
    stale = app.refresh(first["refresh_token"])
    assert (stale.status_code, stale.json()["error"]) == (400, "invalid_grant")
    assert stale.json()["error_description"] == "Incorrect or invalid refresh token"
    assert app.refresh(second["refresh_token"]).status_code == 200


def test_the_switch_revokes_the_family_when_an_old_value_comes_back(app: Visitor) -> None:
    app.control("switches", {"refresh_reuse": "revoke"})
    first = app.sign_in()
    second = app.refresh().json()
    app.refresh(first["refresh_token"])
    assert app.refresh(second["refresh_token"]).json() == {"error": "invalid_grant"}


def test_the_switch_keeps_a_refresh_token_for_24_hours(app: Visitor) -> None:
    app.control("switches", {"refresh_rotation": "after_24h"})
    first = app.sign_in()
    assert app.refresh().json()["refresh_token"] == first["refresh_token"]
    app.control("clock", {"advance": 86400})
    assert app.refresh().json()["refresh_token"] != first["refresh_token"]


def test_an_access_token_is_no_refresh_token(app: Visitor) -> None:
    tokens = app.sign_in()
    assert app.refresh(tokens["access_token"]).json() == {
        "error": "invalid_grant",
        "error_description": "Incorrect Token type or clientID",
    }


def test_the_hard_expiry_is_told_to_those_who_ask_and_not_extended_by_refreshing(app: Visitor) -> None:
    tokens = app.sign_in()
    app.control("clock", {"advance": 1000})
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    answer = app.token(form, {"x-include-refresh-token-hard-expires-in": "true"})
    assert answer.json()["x_refresh_token_hard_expires_in"] == 157680000 - 1000
    assert "x_refresh_token_hard_expires_in" not in tokens


def test_an_access_token_ends_after_an_hour_with_the_gateways_401(app: Visitor) -> None:
    app.sign_in()
    app.control("clock", {"advance": 3600})
    answer = app.get(f"companyinfo/{REALM}")
    error = answer.json()["fault"]["error"][0]
    assert (answer.status_code, error["code"]) == (401, "3200")
    assert error["message"] == "message=AuthenticationFailed; errorCode=003200; statusCode=401"
    assert answer.headers["www-authenticate"] == 'Bearer realm="Intuit", error="invalid_token"'


def test_a_client_that_does_not_take_json_gets_the_401_as_xml(app: Visitor) -> None:
    answer = app.http.get(f"/v3/company/{REALM}/companyinfo/{REALM}", headers={"accept": "application/xml"})
    assert answer.status_code == 401
    assert answer.text.startswith('<?xml version="1.0"')
    assert '<Error code="3200">' in answer.text


def test_a_token_of_another_company_is_403(app: Visitor) -> None:
    app.sign_in()
    app.realm = "9341450000000002"
    answer = app.get(f"companyinfo/{app.realm}")
    assert (answer.status_code, answer.json()["fault"]["error"][0]["code"]) == (403, "3100")


def test_revoking_ends_the_grant(app: Visitor) -> None:
    tokens = app.sign_in()
    path = "/v2/oauth2/tokens/revoke"
    assert app.http.post(path, auth=app.client, json={"token": tokens["refresh_token"]}).status_code == 200
    app.hold(tokens)
    assert app.get(f"companyinfo/{REALM}").status_code == 401
    assert app.refresh().json() == {"error": "invalid_grant"}
    assert app.http.post(path, auth=app.client, json={"token": tokens["refresh_token"]}).status_code == 400


def test_discovery_names_the_addresses_of_this_origin(app: Visitor) -> None:
    for path in ("/.well-known/openid_configuration/", "/.well-known/openid_sandbox_configuration/"):
        found = app.http.get(path).json()
        assert found["token_endpoint"] == f"{app.url}/oauth2/v1/tokens/bearer"
        assert found["authorization_endpoint"] == f"{app.url}/connect/oauth2"


def test_every_answer_carries_a_trace_id(app: Visitor) -> None:
    app.sign_in()
    ids = {app.get(f"companyinfo/{REALM}").headers["intuit_tid"], app.refresh().headers["intuit_tid"]}
    assert len(ids) == 2
