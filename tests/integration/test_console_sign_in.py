"""Signing in and out: what is refused, what a session is worth, what its cookie may do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.factories import HandClock, make_hub, sqlite_url
from tests.web_stage import HUB, Browser, browser, hash_cheaply, signed_in, words

from ledgerport.services.context import Hub
from ledgerport.services.sign_in import IDLE, LIFE, LINK_LIFE, make_link
from ledgerport.services.tenants import create_tenant
from ledgerport.services.users import create_user, switch_user

ANN, PASSWORD = "ann@example.com", "correct horse battery"
WRONG = "This e-mail and password do not belong together."


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def hub(tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    hash_cheaply(monkeypatch)
    hub = make_hub(sqlite_url(tmp_path), clock=clock)
    create_tenant(hub, slug="blue", name="Blue Plumbing LLC")
    create_tenant(hub, slug="red", name="Red Roofing Inc")
    create_user(hub, email=ANN, name="Ann", role="admin", tenant="blue", password=PASSWORD)
    yield hub
    hub.database.close()


@pytest.fixture
def somebody(hub: Hub) -> Iterator[Browser]:
    with browser(hub) as made:
        yield made


def enter(who: Browser, password: str = PASSWORD, *, email: str = ANN, go_to: str = "", status: int = 303) -> str:
    """Send the sign-in form; where it leads, or what it says."""
    answer = who.post("/sign-in", {"email": email, "password": password, "go_to": go_to})
    assert answer.status_code == status, answer.text
    return answer.headers["location"] if status == 303 else words(answer.text)


def used(who: Browser, link: str) -> int:
    return who.post(link.removeprefix(HUB), {}).status_code


def test_e_mail_in_any_case_and_password_open_the_persons_own_tenant(somebody: Browser) -> None:
    assert enter(somebody, email="ANN@Example.com") == "/"
    assert "Blue Plumbing LLC" in words(somebody.get("/t/blue/notices"))


@pytest.mark.parametrize(("email", "password"), [(ANN, "something else"), ("nobody@example.com", PASSWORD), ("", "")])
def test_a_wrong_password_and_an_unknown_e_mail_are_told_in_the_same_words(
    somebody: Browser, email: str, password: str
) -> None:
    told = enter(somebody, password, email=email, status=401)
    assert WRONG in told


def test_what_was_typed_as_e_mail_is_kept_and_escaped_and_the_password_is_not(somebody: Browser) -> None:
    answer = somebody.post("/sign-in", {"email": '"><script>x', "password": "secret words"})
    assert "<script>x" not in answer.text
    assert "&gt;&lt;script&gt;x" in answer.text
    assert "secret words" not in answer.text


def test_after_five_wrong_passwords_even_the_right_one_waits_a_minute(somebody: Browser, clock: HandClock) -> None:
    for _ in range(5):
        enter(somebody, "wrong", status=401)
    assert "Too many wrong passwords" in enter(somebody, status=401)
    clock.pass_time(timedelta(seconds=61))
    assert enter(somebody) == "/"


def test_somebody_who_is_kept_out_is_out_at_once_and_told_nothing_more(hub: Hub, somebody: Browser) -> None:
    enter(somebody)
    switch_user(hub, email=ANN, on=False)
    assert "Sign in" in words(somebody.get("/t/blue/notices"))
    assert WRONG in enter(somebody, status=401)
    switch_user(hub, email=ANN, on=True)
    assert enter(somebody) == "/"


def test_a_link_signs_in_once_and_looking_at_its_page_does_not_use_it_up(hub: Hub, somebody: Browser) -> None:
    link = make_link(hub, email=ANN)
    assert "signs you in once" in somebody.get(link.removeprefix(HUB))
    assert "signs you in once" in somebody.get(link.removeprefix(HUB))
    assert used(somebody, link) == 303
    assert used(somebody, link) == 401


@pytest.mark.parametrize("case", ["old", "kept out", "not ours"])
def test_a_link_that_is_no_good_is_refused(hub: Hub, somebody: Browser, clock: HandClock, case: str) -> None:
    link = make_link(hub, email=ANN)
    if case == "old":
        clock.pass_time(LINK_LIFE)
    elif case == "kept out":
        switch_user(hub, email=ANN, on=False)
    else:
        link += "x"
    assert used(somebody, link) == 401


def test_a_form_without_the_sessions_token_or_with_another_sessions_does_nothing(hub: Hub) -> None:
    with signed_in(hub, tenant="blue") as one, signed_in(hub, tenant="red") as other:
        for token in ("", other.csrf(), "0" * 64, "\u00e4"):
            answer = one.post("/sign-out", {"csrf": token})
            assert answer.status_code == 403, token
        one.get("/t/blue/notices")


def test_a_form_from_another_site_does_nothing_whatever_it_carries(hub: Hub, somebody: Browser) -> None:
    enter(somebody)
    token = somebody.csrf()
    for origin in ("https://evil.example", "null", f"{HUB}.evil.example"):
        for address in ("/sign-out", "/sign-in"):
            answer = somebody.http.post(
                address,
                data={"csrf": token, "email": ANN, "password": PASSWORD},
                headers={"Origin": origin},
                follow_redirects=False,
            )
            assert answer.status_code == 403, (origin, address)
    somebody.get("/t/blue/notices")


def test_a_session_ends_after_a_while_without_a_visit_and_signing_in_leads_back(
    somebody: Browser, clock: HandClock
) -> None:
    enter(somebody)
    clock.pass_time(IDLE)
    answer = somebody.http.get("/t/blue/history?provider=alpha", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?next=%2Ft%2Fblue%2Fhistory%3Fprovider%3Dalpha",
    )
    assert 'value="/t/blue/history?provider=alpha"' in somebody.get(answer.headers["location"])
    assert enter(somebody, go_to="/t/blue/history?provider=alpha") == "/t/blue/history?provider=alpha"


def test_a_session_that_is_used_every_day_ends_after_two_weeks(somebody: Browser, clock: HandClock) -> None:
    enter(somebody)
    for _ in range(LIFE // timedelta(hours=11)):
        clock.pass_time(timedelta(hours=11))
        assert somebody.http.get("/t/blue/notices", follow_redirects=False).status_code == 200
    clock.pass_time(timedelta(hours=11))
    assert somebody.http.get("/t/blue/notices", follow_redirects=False).status_code == 303


def test_a_form_sent_after_the_session_ended_says_so_and_does_nothing(somebody: Browser, clock: HandClock) -> None:
    enter(somebody)
    token = somebody.csrf()
    clock.pass_time(IDLE)
    answer = somebody.http.post("/me/letters", data={"csrf": token})
    assert "You were signed out. Sign in, then send the form again." in words(answer.text)


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_signing_in_leads_to_no_other_site(somebody: Browser, address: str) -> None:
    assert enter(somebody, go_to=address) == "/"


def test_signing_out_in_one_tab_signs_the_other_out_too(somebody: Browser) -> None:
    enter(somebody)
    token = somebody.csrf()
    assert "Sign in" in words(somebody.send("/sign-out"))
    assert somebody.http.get("/t/blue/notices", follow_redirects=False).status_code == 303
    answer = somebody.post("/me/letters", {"csrf": token})
    assert answer.headers["location"] == "/sign-in?ended=1"


def test_the_secret_of_a_session_is_worth_nothing_after_signing_out(hub: Hub, somebody: Browser) -> None:
    enter(somebody)
    kept = somebody.http.cookies["ledgerport_session"]
    somebody.send("/sign-out")
    with browser(hub) as thief:
        thief.http.cookies.set("ledgerport_session", kept)
        assert thief.http.get("/t/blue/notices", follow_redirects=False).status_code == 303


def test_two_browsers_of_one_person_have_sessions_of_their_own(hub: Hub, somebody: Browser) -> None:
    with browser(hub) as phone:
        enter(somebody)
        enter(phone)
        assert somebody.csrf() != phone.csrf()
        phone.send("/sign-out")
        somebody.get("/t/blue/notices")


def test_a_viewer_looks_and_may_not_act(hub: Hub) -> None:
    with signed_in(hub, role="viewer", tenant="blue") as viewer:
        viewer.get("/t/blue/notices")
        told = words(viewer.send("/t/blue/notices/settings", status=403, url="https://app.example.com"))
        assert "Ask an admin" in told


def test_people_of_one_tenant_learn_nothing_of_another_and_nobody_but_operators_operates(hub: Hub) -> None:
    with signed_in(hub, tenant="blue") as ann:
        for address in ("/t/red/notices", "/t/none/notices", "/operator/users"):
            assert "There is no such page." in words(ann.get(address, status=404))
        ann.send("/operator/users", status=404, email="x@example.com", role="operator")
    with signed_in(hub, role="operator") as operator:
        operator.get("/t/red/notices")
        operator.get("/operator/users")


def test_the_sessions_cookie_is_kept_from_scripts_and_from_other_sites(hub: Hub, somebody: Browser) -> None:
    answer = somebody.post("/sign-in", {"email": ANN, "password": PASSWORD})
    flags = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", f"max-age={int(LIFE.total_seconds())}"} <= flags
    assert "secure" not in flags


def test_over_https_the_cookie_never_travels_in_clear(hub: Hub) -> None:
    with browser(dataclasses.replace(hub, public_url="https://hub.example")) as who:
        answer = who.post("/sign-in", {"email": ANN, "password": PASSWORD})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_pages_are_not_kept_by_the_browser_and_load_nothing_from_elsewhere(somebody: Browser) -> None:
    enter(somebody)
    headers = somebody.http.get("/t/blue/notices").headers
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_an_address_that_nobody_knows_keeps_the_way_around_for_who_is_signed_in(hub: Hub) -> None:
    with signed_in(hub, tenant="blue") as ann:
        page = ann.get("/t/blue/nowhere", status=404)
    assert "There is no such page." in words(page)
    assert "Sign out" in words(page)


def test_an_address_that_nobody_knows_says_so_to_a_stranger(hub: Hub) -> None:
    with browser(hub) as stranger:
        page = stranger.get("/t/blue/nowhere", status=404)
    assert "There is no such page." in words(page)
    assert "Sign out" not in words(page)
