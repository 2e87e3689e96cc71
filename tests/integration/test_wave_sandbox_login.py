"""Wave's consent, tokens, rotation, plan and withdrawal over real HTTP."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from ledgerport_sandbox import Clock, Running
from ledgerport_wave_sandbox.app import create_app
from ledgerport_wave_sandbox.state import COMPANY, OTHER_COMPANY
from ledgerport_wave_sandbox.visitor import CALLBACK, SCOPE, Visitor

NAMES = "{ businesses { edges { node { name } } } }"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with Running(create_app(clock=Clock(rate=0, at=1_790_000_000))) as sandbox:
        yield sandbox


@pytest.fixture
def app(running: Running) -> Iterator[Visitor]:
    """A visitor who has not signed in; the clock stands still until it is advanced."""
    with Visitor(running.url) as visitor:
        visitor.control("reset", {})
        visitor.control("clock", {"at": 1_790_000_000})
        yield visitor


def code_of(app: Visitor, query: str = NAMES) -> str:
    code: str = app.ask(query).json()["errors"][0]["extensions"]["code"]
    return code


def names(app: Visitor) -> list[str]:
    return [edge["node"]["name"] for edge in app.data(NAMES)["businesses"]["edges"]]


def test_the_consent_page_lets_a_person_tick_several_businesses(app: Visitor) -> None:
    page = app.http.get(app.authorize_url()).text
    assert page.count('type="checkbox"') == 2
    assert "Blue Heron Plumbing" in page
    assert "Second Street Heating" in page


def test_a_consent_that_covers_one_business_shows_a_choice(app: Visitor) -> None:
    app.control("switches", {"consent_covers": "one"})
    assert app.http.get(app.authorize_url()).text.count('type="radio"') == 2


def test_the_recommended_business_stands_first(app: Visitor) -> None:
    page = app.http.get(app.authorize_url(businessId=OTHER_COMPANY)).text
    assert page.index(OTHER_COMPANY) < page.index(COMPANY)


def test_a_grant_reaches_what_was_ticked_and_nothing_else(app: Visitor) -> None:
    app.sign_in(COMPANY, OTHER_COMPANY)
    assert names(app) == ["Blue Heron Plumbing", "Second Street Heating"]
    app.sign_in(OTHER_COMPANY)
    assert names(app) == ["Second Street Heating"]
    assert code_of(app, f'{{ business(id: "{COMPANY}") {{ name }} }}') == "NOT_FOUND"


def test_a_business_without_an_id_is_the_only_one_of_the_grant(app: Visitor) -> None:
    app.sign_in(OTHER_COMPANY)
    assert app.data("{ business { name } }") == {"business": {"name": "Second Street Heating"}}


def test_denying_returns_the_error_and_the_state(app: Visitor) -> None:
    assert app.decide("deny") == {"error": "access_denied", "state": "state-1"}


def test_an_unknown_client_is_told_on_a_page_and_not_by_a_redirect(app: Visitor) -> None:
    answer = app.http.get(app.authorize_url(client_id="nobody"))
    assert answer.status_code == 400
    assert "Invalid client_id parameter value" in answer.text


def test_loopback_callbacks_may_be_refused(app: Visitor) -> None:
    app.control("switches", {"exact_redirects": True})
    answer = app.http.get(app.authorize_url())
    assert (answer.status_code, "redirect_uri" in answer.text) == (400, True)


@pytest.mark.parametrize("scope", ["invoice:create", "books:read", ""])
def test_a_scope_that_does_not_exist_is_invalid_scope(app: Visitor, scope: str) -> None:
    assert app.decide(scope=scope) == {"error": "invalid_scope", "state": "state-1"}


def test_a_valid_token_makes_a_second_consent_silent_when_asked_for(app: Visitor) -> None:
    app.sign_in()
    again = app.http.get(app.authorize_url(approval_prompt="auto"))
    assert (again.status_code, "code=" in again.headers["location"]) == (302, True)
    assert app.http.get(app.authorize_url(approval_prompt="force")).status_code == 200
    assert app.http.get(app.authorize_url(approval_prompt="auto", scope="user:read")).status_code == 200


def test_a_code_is_traded_for_tokens(app: Visitor) -> None:
    tokens = app.exchange(app.decide()["code"]).json()
    assert tokens.keys() == {"access_token", "refresh_token", "token_type", "expires_in", "scope"}
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 7200, SCOPE)


def test_token_answers_may_name_user_and_business(app: Visitor) -> None:
    app.control("switches", {"token_answer_ids": "ids"})
    assert app.sign_in()["businessId"] == COMPANY
    assert app.sign_in(COMPANY, OTHER_COMPANY)["businessId"] is None


def test_a_code_works_once_and_for_ten_minutes(app: Visitor) -> None:
    code, late = app.decide()["code"], app.decide()["code"]
    assert app.exchange(code).status_code == 200
    assert (app.exchange(code).status_code, app.exchange(code).json()) == (400, {"error": "invalid_grant"})
    app.control("clock", {"advance": 601})
    assert app.exchange(late).json() == {"error": "invalid_grant"}


def test_a_code_wants_the_callback_it_was_made_for(app: Visitor) -> None:
    answer = app.exchange(app.decide()["code"], redirect_uri=CALLBACK + "/other")
    assert answer.json() == {"error": "invalid_grant"}


def test_a_challenge_that_was_sent_is_checked(app: Visitor) -> None:
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    assert app.exchange(app.decide(**asked)["code"], code_verifier="wrong").json() == {"error": "invalid_grant"}
    assert app.exchange(app.decide(**asked)["code"], code_verifier=verifier).status_code == 200


def test_a_wrong_secret_is_invalid_client_and_a_secret_outside_the_body_is_none(app: Visitor) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x", "redirect_uri": CALLBACK}
    wrong = app.token({**form, "client_secret": "guess"})
    assert (wrong.status_code, wrong.json()) == (401, {"error": "invalid_client"})
    assert app.http.post("/oauth2/token/", data=form, auth=app.client).json() == {"error": "invalid_client"}


def test_the_trailing_slash_belongs_to_the_address(app: Visitor) -> None:
    assert app.http.post("/oauth2/token", data={}).status_code == 404


def test_a_refresh_rotates_and_ends_the_previous_access_token(app: Visitor) -> None:
    old = app.sign_in()
    new = app.refresh().json()
    assert new["refresh_token"] != old["refresh_token"]
    assert code_of(app) == "UNAUTHENTICATED"
    app.hold(new)
    assert names(app) == ["Blue Heron Plumbing"]
    spent = app.refresh(old["refresh_token"])
    assert (spent.status_code, spent.json()) == (400, {"error": "invalid_grant"})


def test_a_spent_refresh_token_may_have_a_grace_and_another_status(app: Visitor) -> None:
    app.control("switches", {"refresh_grace_seconds": 60, "invalid_grant_status": 401})
    old = app.sign_in()["refresh_token"]
    app.refresh()
    assert app.refresh(old).status_code == 200
    app.control("clock", {"advance": 61})
    assert app.refresh(old).status_code == 401


def test_a_refresh_may_leave_the_refresh_token_out_and_keep_it(app: Visitor) -> None:
    app.control("switches", {"refresh_rotation": "never"})
    app.sign_in()
    assert "refresh_token" not in app.refresh().json()
    assert app.refresh().status_code == 200


@pytest.mark.parametrize(("habit", "status"), [("invalid_request", 400), ("invalid_client", 401), ("accept", 200)])
def test_a_refresh_without_the_callback(app: Visitor, habit: str, status: int) -> None:
    app.control("switches", {"refresh_without_redirect": habit})
    form = {"grant_type": "refresh_token", "refresh_token": app.sign_in()["refresh_token"]}
    answer = app.token(form)
    assert answer.status_code == status
    assert answer.json().get("error", "accept") == habit


def test_without_offline_access_there_may_be_no_refresh_token(app: Visitor) -> None:
    app.control("switches", {"offline_access": "needed"})
    assert "refresh_token" not in app.sign_in()
    assert "refresh_token" in app.sign_in(scope=f"{SCOPE} offline_access")
    app.control("switches", {"offline_access": "refused"})
    assert app.decide(scope=f"{SCOPE} offline_access")["error"] == "invalid_scope"


def test_an_access_token_ends_after_its_time(app: Visitor) -> None:
    app.sign_in()
    app.control("clock", {"advance": 7201})
    answer = app.ask("{ user { id } }")
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["data"]) == (200, {"user": None})
    assert body["errors"][0]["message"] == "authentication expired"
    assert (body["errors"][0]["extensions"]["code"], body["errors"][0]["path"]) == ("UNAUTHENTICATED", ["user"])


def test_an_unauthenticated_answer_may_come_with_401(app: Visitor) -> None:
    app.control("switches", {"unauthenticated_status": 401})
    assert app.ask("{ user { id } }").status_code == 401


def test_a_revoked_grant_is_dead_whichever_token_was_sent(app: Visitor) -> None:
    identity = {"client_id": app.client[0], "client_secret": app.client[1]}
    tokens = app.sign_in()
    answer = app.http.post("/oauth2/token-revoke/", data={**identity, "token": tokens["refresh_token"]})
    assert answer.status_code == 200
    assert code_of(app) == "UNAUTHENTICATED"
    assert app.refresh().json() == {"error": "invalid_grant"}
    assert app.http.post("/oauth2/token-revoke/", data={**identity, "token": "unknown"}).status_code == 200


def test_a_lapsed_plan_is_403_on_refresh_and_on_use_until_it_is_renewed(app: Visitor) -> None:
    app.sign_in()
    app.control("person", {"company": COMPANY, "action": "lapse_plan"})
    assert [app.refresh().status_code, app.ask("{ business { name } }").status_code] == [403, 403]
    app.control("person", {"company": COMPANY, "action": "renew_plan"})
    assert names(app) == ["Blue Heron Plumbing"]
    assert app.refresh().status_code == 200


def test_a_plan_that_lapsed_for_one_business_leaves_the_other_one_open(app: Visitor) -> None:
    app.sign_in(COMPANY, OTHER_COMPANY)
    app.control("person", {"company": COMPANY, "action": "lapse_plan"})
    assert names(app) == ["Blue Heron Plumbing", "Second Street Heating"]
    assert app.ask(f'{{ business(id: "{COMPANY}") {{ name }} }}').status_code == 403
    assert app.ask(f'{{ business(id: "{OTHER_COMPANY}") {{ name }} }}').status_code == 200
    assert app.refresh().status_code == 200


def test_a_business_without_the_plan_is_not_offered_at_consent(app: Visitor) -> None:
    app.control("person", {"company": COMPANY, "action": "lapse_plan"})
    page = app.http.get(app.authorize_url()).text
    assert ("Blue Heron Plumbing" in page, "Second Street Heating" in page) == (False, True)


@pytest.mark.parametrize(("kind", "length"), [("html", True), ("empty", False), ("json", True)])
def test_a_403_has_a_body_of_the_kind_that_was_asked_for(app: Visitor, kind: str, length: bool) -> None:
    app.control("switches", {"forbidden_body": kind})
    app.sign_in()
    app.control("person", {"company": COMPANY, "action": "lapse_plan"})
    answer = app.refresh()
    assert (answer.status_code, bool(answer.content), "<html>" in answer.text) == (403, length, kind == "html")


@pytest.mark.parametrize("scope", ["user:read business:read customer:write", "user:read business:read invoice:*"])
def test_write_does_not_include_read(app: Visitor, scope: str) -> None:
    app.sign_in(scope=scope)
    query = "{ business { customers { edges { node { id } } } } }"
    assert app.ask(query).status_code == 403
    app.control("switches", {"missing_scope": "error"})
    assert code_of(app, query) == "INTERNAL_SERVER_ERROR"


def test_a_star_is_every_operation_of_a_resource(app: Visitor) -> None:
    app.sign_in(scope="business:* customer:*")
    buyer = app.customer()
    found = app.books("customer(id: $id) { name }", id=("ID!", buyer))
    assert found == {"customer": {"name": "Harbor View HOA"}}
