"""Who may open the console, as operators and admins manage it, and what people change about themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.factories import HandClock, make_hub, sqlite_url
from tests.web_stage import HUB, Browser, browser, hash_cheaply, signed_in, words

from ledgerport.services.context import Hub
from ledgerport.services.sign_in import make_link
from ledgerport.services.tenants import create_tenant
from ledgerport.services.users import create_user, list_users, set_password, switch_user

PEOPLE, USERS = "/t/blue/people", "/operator/users"
PASSWORD, NEW = "correct horse battery", "another good password"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def hub(tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    hash_cheaply(monkeypatch)
    hub = make_hub(sqlite_url(tmp_path), clock=clock)
    create_tenant(hub, slug="blue", name="Blue Plumbing LLC")
    create_tenant(hub, slug="red", name="Red Roofing Inc")
    yield hub
    hub.database.close()


@pytest.fixture
def ann(hub: Hub) -> Iterator[Browser]:
    """An admin of Blue, signed in by link, without a password."""
    with signed_in(hub, tenant="blue", email="ann@example.com") as made:
        yield made


@pytest.fixture
def root(hub: Hub) -> Iterator[Browser]:
    with signed_in(hub, role="operator", email="root@example.com") as made:
        yield made


def link_in(page: str) -> str:
    (found,) = re.findall(rf'<code class="secret">{HUB}(/sign-in/[\w-]+)</code>', page)
    return str(found)


def id_of(hub: Hub, email: str) -> int:
    return next(user.id for user in list_users(hub) if user.email == email)


def opens(hub: Hub, link: str, address: str) -> bool:
    with browser(hub) as who:
        return who.post(link, {}).status_code == 303 and who.http.get(address).status_code == 200


def test_an_admin_lets_a_viewer_in_by_a_link_that_is_shown_once(hub: Hub, ann: Browser) -> None:
    page = ann.send(PEOPLE, email="vera@example.com", name="Vera <b>", role="viewer")
    assert "Vera &lt;b&gt;" in page
    assert "/sign-in/" not in ann.get(PEOPLE)
    assert opens(hub, link_in(page), "/t/blue/notices")
    assert not opens(hub, link_in(page), "/t/blue/notices")


def test_a_person_who_lost_the_link_gets_another(hub: Hub, ann: Browser) -> None:
    ann.send(PEOPLE, email="vera@example.com", role="viewer")
    page = ann.send(f"{PEOPLE}/{id_of(hub, 'vera@example.com')}/link")
    assert opens(hub, link_in(page), "/t/blue/notices")


def test_who_is_kept_out_is_out_at_once_and_may_be_let_in_again(hub: Hub, ann: Browser) -> None:
    with signed_in(hub, role="viewer", tenant="blue", email="vera@example.com") as vera:
        at = f"{PEOPLE}/{id_of(hub, 'vera@example.com')}"
        assert "kept out, and signed out everywhere" in words(ann.send(f"{at}/out"))
        assert vera.http.get("/t/blue/notices", follow_redirects=False).status_code == 303
        assert "Let them in again first." in words(ann.send(f"{at}/link", status=409))
        assert "may sign in again" in words(ann.send(f"{at}/in"))
        assert opens(hub, link_in(ann.send(f"{at}/link")), "/t/blue/notices")


def test_nobody_keeps_themselves_out(hub: Hub, ann: Browser) -> None:
    told = words(ann.send(f"{PEOPLE}/{id_of(hub, 'ann@example.com')}/out", status=409))
    assert "You cannot keep yourself out." in told


@pytest.mark.parametrize("act", ["link", "out", "in"])
def test_an_admin_reaches_neither_people_of_another_tenant_nor_operators(hub: Hub, ann: Browser, act: str) -> None:
    create_user(hub, email="bob@example.com", name="Bob", role="admin", tenant="red")
    create_user(hub, email="root@example.com", name="Root", role="operator")
    for email in ("bob@example.com", "root@example.com"):
        assert "There is no such person." in words(ann.send(f"{PEOPLE}/{id_of(hub, email)}/{act}", status=404))
        assert email not in ann.get(PEOPLE)
    ann.send(f"/t/red/people/{id_of(hub, 'bob@example.com')}/{act}", status=404)


def test_an_admin_makes_no_operator_and_nobody_of_another_tenant(hub: Hub, ann: Browser) -> None:
    assert "Only an operator lets operators in." in ann.send(
        PEOPLE, status=422, email="eve@example.com", role="operator", tenant=""
    )
    ann.send(PEOPLE, email="eve@example.com", role="admin", tenant="red")
    assert [user.tenant for user in list_users(hub) if user.email == "eve@example.com"] == ["blue"]


def test_viewers_manage_nobody(hub: Hub) -> None:
    with signed_in(hub, role="viewer", tenant="blue") as viewer:
        viewer.get(PEOPLE, status=403)
        viewer.send(PEOPLE, status=403, email="eve@example.com", role="viewer")
        assert PEOPLE not in viewer.get("/t/blue/notices")
    assert len(list_users(hub)) == 1


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"email": "no address", "role": "viewer"}, "is no e-mail address"),
        ({"email": "x@example.com", "role": "king"}, "There is no role"),
        ({"email": "ANN@example.com", "role": "viewer"}, "may open the console already"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_what_was_typed_is_kept(
    ann: Browser, fields: dict[str, str], told: str
) -> None:
    page = ann.send(PEOPLE, status=422, **fields)
    assert told in page
    assert f'value="{fields["email"]}"' in page
    assert "/sign-in/" not in page


def test_operators_see_everybody_and_let_in_people_of_any_tenant_and_operators(hub: Hub, root: Browser) -> None:
    made = root.send(USERS, email="bob@example.com", role="admin", tenant="red")
    assert opens(hub, link_in(made), "/t/red/notices")
    made = root.send(USERS, email="ops@example.com", role="operator", tenant="")
    assert opens(hub, link_in(made), USERS)
    told = words(root.get(USERS))
    assert all(email in told for email in ("bob@example.com", "ops@example.com", "root@example.com"))
    assert "Operators belong to no tenant" in root.send(
        USERS, status=422, email="x@example.com", role="operator", tenant="red"
    )
    root.send(f"{USERS}/{id_of(hub, 'bob@example.com')}/out")
    assert [user.email for user in list_users(hub) if user.disabled_at] == ["bob@example.com"]
    root.send(f"{USERS}/{id_of(hub, 'bob@example.com')}/crown", status=404)
    root.send(f"{USERS}/999/out", status=404)


def test_who_came_by_link_sets_a_first_password_and_stays_signed_in(hub: Hub, ann: Browser) -> None:
    assert "Your password now" not in ann.get("/me")
    told = words(ann.send("/me/password", password=PASSWORD, again=PASSWORD))
    assert "Your password is set." in told
    with browser(hub) as other:
        answer = other.post("/sign-in", {"email": "ann@example.com", "password": PASSWORD})
        assert answer.status_code == 303


def test_a_change_asks_for_the_old_password_and_signs_other_browsers_out(hub: Hub, clock: HandClock) -> None:
    create_user(hub, email="ann@example.com", name="Ann", role="admin", tenant="blue", password=PASSWORD)
    with browser(hub) as here, browser(hub) as there:
        for one in (here, there):
            one.post("/sign-in", {"email": "ann@example.com", "password": PASSWORD})
        wrong = here.send("/me/password", status=422, current="wrong", password=NEW, again=NEW)
        assert "This is not your password." in wrong
        assert NEW not in wrong
        assert "Your password is set." in words(here.send("/me/password", current=PASSWORD, password=NEW, again=NEW))
        assert there.http.get("/me", follow_redirects=False).status_code == 303
        here.get("/me")
        for _ in range(5):
            here.send("/me/password", status=422, current="wrong", password=PASSWORD, again=PASSWORD)
        locked = here.send("/me/password", status=422, current=NEW, password=PASSWORD, again=PASSWORD)
        assert "Too many wrong passwords." in locked


def test_who_forgot_the_password_sets_another_right_after_coming_by_link_and_not_later(
    hub: Hub, ann: Browser, clock: HandClock
) -> None:
    set_password(hub, email="ann@example.com", password=PASSWORD)
    ann.http.cookies.clear()
    with browser(hub) as who:
        who.post(make_link(hub, email="ann@example.com").removeprefix(HUB), {})
        assert "Your password now" not in who.get("/me")
        clock.pass_time(timedelta(hours=1, seconds=1))
        assert "Your password now" in who.get("/me")
        assert "This is not your password." in who.send("/me/password", status=422, password=NEW, again=NEW)


@pytest.mark.parametrize(
    ("password", "again", "told"),
    [("short", "short", "too short"), (NEW, NEW + "x", "not the same"), ("x" * 1001, "x" * 1001, "too long")],
)
def test_a_password_that_is_too_easy_or_written_differently_is_refused(
    ann: Browser, password: str, again: str, told: str
) -> None:
    assert told in ann.send("/me/password", status=422, password=password, again=again)


def test_an_admin_stops_letters_and_wants_them_again(hub: Hub, ann: Browser) -> None:
    assert "You get no e-mail about notices." in words(ann.send("/me/letters"))
    assert 'value="on" checked' not in ann.get("/me")
    ann.send("/me/letters", wanted="on")
    assert 'value="on" checked' in ann.get("/me")


def test_operators_have_an_account_too(hub: Hub, root: Browser) -> None:
    page = root.get("/me")
    assert "E-mail about notices" not in page
    switch_user(hub, email="root@example.com", on=False)
    assert root.http.get("/me", follow_redirects=False).status_code == 303
