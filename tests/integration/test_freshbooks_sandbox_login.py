"""Consent, codes, single-use refresh tokens, withdrawal and identity over real HTTP."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

import pytest

from ledgerport_freshbooks_sandbox.app import create_app
from ledgerport_freshbooks_sandbox.state import COMPANY, OTHER_COMPANY
from ledgerport_freshbooks_sandbox.visitor import Visitor
from ledgerport_sandbox import Running

NOT_LOGGED_IN = {
    "error": "unauthenticated",
    "error_description": "This action requires authentication to continue.",
}
ME = "/auth/api/v1/users/me"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with Running(create_app()) as running:
        yield running


@pytest.fixture
def app(server: Running) -> Iterator[Visitor]:
    """A visitor of a fresh sandbox who has not signed in; the clock stands still until it is advanced."""
    with Visitor(server.url) as visitor:
        visitor.control("reset", {})
        visitor.control("clock", {"rate": 0, "at": 1_790_000_000})
        yield visitor


def test_the_consent_page_names_both_businesses_and_leaves_nothing_to_choose(app: Visitor) -> None:
    page = app.http.get(app.authorize_url()).text
    assert "Blue Heron Plumbing" in page
    assert "Second Street Heating" in page
    assert "<input" not in page


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/authorize/", "/service/auth/oauth/authorize"])
def test_every_authorize_address_returns_code_and_state(app: Visitor, path: str) -> None:
    address = app.authorize_url(state="s-42").replace("/oauth/authorize/", path)
    answer = app.http.post(address, data={"decision": "allow"})
    assert "state=s-42" in answer.headers["location"]
    assert "code=" in answer.headers["location"]


def test_denying_returns_the_error(app: Visitor) -> None:
    assert app.decide("deny") == {"error": "access_denied", "state": "state-1"}


def test_a_yes_for_one_business_reaches_the_other_too(app: Visitor) -> None:
    app.sign_in()
    app.account = OTHER_COMPANY
    assert app.call("GET", "taxes/taxes").status_code == 200


def test_an_unknown_client_id_is_500_at_the_consent_address(app: Visitor) -> None:
    assert app.http.get(app.authorize_url(client_id="nobody")).status_code == 500


def test_a_callback_with_a_query_or_elsewhere_gets_a_page(app: Visitor) -> None:
    for callback in ("http://127.0.0.1:9/callback?tenant=1", "https://elsewhere.example/callback"):
        assert app.http.get(app.authorize_url(redirect_uri=callback)).status_code == 400


def test_an_unknown_scope_fails_the_whole_consent_after_the_login(app: Visitor) -> None:
    address = app.authorize_url(scope="user:clients:read user:profile:write")
    assert app.http.get(address).status_code == 200
    answer = app.http.post(address, data={"decision": "allow"})
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert "invalid, unknown, or malformed" in answer.text


def test_the_switch_sends_a_bad_scope_back_to_the_app(app: Visitor) -> None:
    app.control("switches", {"bad_scope": "redirect"})
    assert app.decide(scope="user:dragons:read")["error"] == "invalid_scope"


def test_a_token_answer_has_twelve_hours_and_the_scopes_asked_for(app: Visitor) -> None:
    tokens = app.sign_in(scope="user:clients:read")
    assert (tokens["token_type"], tokens["expires_in"], tokens["created_at"]) == ("Bearer", 43200, 1_790_000_000)
    assert tokens["scope"] == "user:clients:read user:profile:read"
    assert len(tokens["refresh_token"]) == 64
    assert tokens["access_token"].count(".") == 2


def test_a_call_outside_the_scopes_is_403(app: Visitor) -> None:
    app.sign_in(scope="user:clients:read")
    assert app.call("GET", "users/clients").status_code == 200
    refused = app.post("Customer", {"organization": "Harbor View HOA"})
    assert (refused.status_code, refused.json()["response"]["errors"][0]["errno"]) == (403, 1003)


def test_a_code_works_once_and_for_five_minutes(app: Visitor) -> None:
    code, slow = app.decide()["code"], app.decide()["code"]
    assert app.exchange(code).status_code == 200
    assert app.exchange(code).json()["error"] == "invalid_grant"
    app.control("clock", {"advance": 301})
    assert app.exchange(slow).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(("checked", "status"), [(True, 400), (False, 200)])
def test_a_wrong_verifier_is_refused_where_the_switch_says_so(app: Visitor, checked: bool, status: int) -> None:
    app.control("switches", {"pkce_checked": checked})
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"right").digest()).rstrip(b"=").decode()
    code = app.decide(code_challenge=challenge, code_challenge_method="S256")["code"]
    assert app.exchange(code, code_verifier="wrong").status_code == status


def test_a_refresh_token_works_once_without_grace(app: Visitor) -> None:
    first = app.sign_in()["refresh_token"]
    app.hold(app.refresh().json())
    again = app.refresh(first)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert again.json()["error_description"].startswith("The provided authorization grant is invalid, expired")
    assert app.refresh().status_code == 200


def test_a_refresh_without_redirect_uri_is_an_invalid_client(app: Visitor) -> None:
    app.sign_in()
    answer = app.refresh(redirect_uri="")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert app.refresh().status_code == 200


def test_a_wrong_secret_is_an_invalid_client(app: Visitor) -> None:
    app.sign_in()
    assert (app.refresh(client_secret="guess").status_code, app.refresh().status_code) == (401, 200)


def test_the_token_endpoint_reads_json_too(app: Visitor) -> None:
    app.sign_in()
    body = {"grant_type": "refresh_token", "refresh_token": app.tokens["refresh_token"], "redirect_uri": "x"}
    client = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    assert app.http.post("/auth/oauth/token", json={**body, **client}).json()["token_type"] == "Bearer"


def test_created_at_may_be_the_first_grants_and_the_sum_is_right(app: Visitor) -> None:
    app.control("switches", {"created_at": "grant"})
    app.sign_in()
    app.control("clock", {"advance": 40_000})
    later = app.refresh().json()
    assert (later["created_at"], later["created_at"] + later["expires_in"]) == (1_790_000_000, 1_790_083_200)


def test_an_access_token_dies_after_twelve_hours(app: Visitor) -> None:
    app.sign_in()
    app.control("clock", {"advance": 43_201})
    answer = app.http.get(ME)
    assert (answer.status_code, answer.json()) == (401, NOT_LOGGED_IN)
    app.hold(app.refresh().json())
    assert app.http.get(ME).status_code == 200


def test_revoking_kills_the_access_token_at_once(app: Visitor) -> None:
    app.sign_in()
    form = {"client_id": "sandbox-client", "client_secret": "sandbox-secret", "token": app.tokens["access_token"]}
    answer = app.http.post("/auth/oauth/revoke", data=form)
    assert (answer.status_code, answer.json()) == (200, {})
    assert app.http.get(ME).status_code == 401
    assert app.refresh().json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("wording", "body"),
    [
        ("unauthenticated", NOT_LOGGED_IN),
        ("flat", {"errno": 401, "message": "invalid_token: The request token failed to authenticate or validate."}),
    ],
)
def test_a_dead_token_at_accounting_reads_as_the_switch_says(
    app: Visitor, wording: str, body: dict[str, object]
) -> None:
    app.control("switches", {"accounting_401": wording})
    answer = app.call("GET", "users/clients")
    assert (answer.status_code, answer.json()) == (401, body)


@pytest.mark.parametrize(("one", "status"), [(False, 200), (True, 401)])
def test_a_second_consent_ends_the_first_one_where_the_switch_says_so(app: Visitor, one: bool, status: int) -> None:
    app.control("switches", {"one_grant_per_app": one})
    app.sign_in()
    app.exchange(app.decide()["code"])
    assert app.http.get(ME).status_code == status


def test_the_identity_names_three_ids_for_each_business(app: Visitor) -> None:
    app.sign_in()
    businesses = [one["business"] for one in app.http.get(ME).json()["response"]["business_memberships"]]
    assert [(one["account_id"], one["id"], one["business_uuid"][-4:]) for one in businesses] == [
        (COMPANY, 439000, "0001"),
        (OTHER_COMPANY, 439001, "0002"),
    ]


def test_the_switch_hides_account_ids_from_the_memberships(app: Visitor) -> None:
    app.control("switches", {"account_id_in_membership": "null"})
    app.sign_in()
    person = app.http.get(ME).json()["response"]
    assert [one["business"]["account_id"] for one in person["business_memberships"]] == [None, None]
    assert [role["accountid"] for role in person["roles"]] == [COMPANY, OTHER_COMPANY]


def test_a_business_of_which_one_is_only_a_client_shows_nothing_and_takes_nothing(app: Visitor) -> None:
    app.control("person", {"action": "invite", "id": "Zr8tq", "name": "Somebody Else Ltd"})
    app.sign_in()
    roles = {role["accountid"]: role["role"] for role in app.http.get(ME).json()["response"]["roles"]}
    assert roles["Zr8tq"] == "client"
    app.account = "Zr8tq"
    taxes = app.list("Tax")
    assert (taxes["total"], taxes["rows"]) == (2, [])
    refused = app.post("Customer", {"organization": "Mine"})
    error = refused.json()["response"]["errors"][0]
    assert (refused.status_code, error["errno"], error["message"]) == (403, 1003, "Permission Denied")


def test_the_metadata_names_the_second_set_of_addresses(app: Visitor) -> None:
    found = app.http.get("/.well-known/oauth-authorization-server").json()
    assert found["token_endpoint"] == f"{app.url}/service/auth/oauth/token"
