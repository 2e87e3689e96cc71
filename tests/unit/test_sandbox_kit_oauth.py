"""The parts of the kit's OAuth that QuickBooks does not use, for the providers that do."""

from __future__ import annotations

import base64
import hashlib

import pytest

from ledgerport_sandbox import Clock
from ledgerport_sandbox.oauth import Authority, Client, Issued, OAuthError, TokenRules

APP = Client("app", "hush", ("https://app.example/cb",))


def authority(**rules: object) -> tuple[Authority, Clock]:
    clock = Clock(rate=0, at=0)
    return Authority(clock, TokenRules(**rules), [APP, Client("other", "hush")]), clock  # type: ignore[arg-type]


def connect(desk: Authority) -> Issued:
    code = desk.allow(APP, ["1", "2"], "books", APP.redirects[0], None, "plain")
    return desk.exchange(APP, code, APP.redirects[0], None)


def test_an_old_refresh_token_works_within_the_grace() -> None:
    desk, clock = authority(grace=1800)
    first = connect(desk)
    desk.refresh(APP, first.refresh)
    clock.advance(1799)
    assert desk.refresh(APP, first.refresh).access
    clock.advance(1801)
    with pytest.raises(OAuthError) as refused:
        desk.refresh(APP, first.refresh)
    assert refused.value.why == "old"


def test_a_refresh_token_that_never_rotates_stays_the_same() -> None:
    desk, _ = authority(rotation="never")
    first = connect(desk)
    assert desk.refresh(APP, first.refresh).refresh == first.refresh


def test_a_refresh_token_ends_when_it_is_not_used() -> None:
    desk, clock = authority(refresh_life=100)
    first = connect(desk)
    clock.advance(101)
    with pytest.raises(OAuthError) as refused:
        desk.refresh(APP, first.refresh)
    assert refused.value.why == "expired"


def test_required_pkce_refuses_consent_without_a_challenge() -> None:
    desk, _ = authority(pkce="required")
    with pytest.raises(OAuthError, match="PKCE"):
        connect(desk)


def test_another_app_cannot_use_a_refresh_token() -> None:
    desk, _ = authority()
    with pytest.raises(OAuthError) as refused:
        desk.refresh(desk.clients["other"], connect(desk).refresh)
    assert refused.value.why == "foreign"


def test_one_grant_may_reach_several_companies_and_is_withdrawn_by_any() -> None:
    desk, _ = authority()
    issued = connect(desk)
    assert desk.revoke_company("2") == 1
    assert desk.check(issued.access)[1] == "revoked"


def test_a_restored_authority_knows_its_tokens() -> None:
    desk, clock = authority()
    issued = connect(desk)
    second = Authority(clock, TokenRules(), [APP])
    second.restore(desk.state())
    assert second.check(issued.access)[1] == ""
    assert second.refresh(APP, issued.refresh).access


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://app.example/cb", True),
        ("https://app.example/cb/", False),
        ("https://app.example/cb?x=1", False),
        ("http://127.0.0.1:5000/cb", False),
    ],
)
def test_a_callback_must_be_registered_letter_for_letter(address: str, allowed: bool) -> None:
    assert APP.may_redirect(address) is allowed


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("http://127.0.0.1:5000/cb", True),
        ("http://localhost:1/x", True),
        ("http://10.0.0.1/cb", False),
        ("https://127.0.0.1/", False),
    ],
)
def test_development_keys_allow_any_loopback_callback(address: str, allowed: bool) -> None:
    assert Client("dev", "hush", loopback=True).may_redirect(address) is allowed


VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PUBLIC = Client("public", None, ("https://app.example/cb",))


def public_desk() -> Authority:
    return Authority(Clock(rate=0, at=0), TokenRules(pkce="off"), [APP, PUBLIC])


def test_a_public_app_names_itself_without_a_secret() -> None:
    desk = public_desk()
    assert desk.client_of({}, {"client_id": "public"}) is PUBLIC
    with pytest.raises(OAuthError, match="wrong secret"):
        desk.client_of({}, {"client_id": "public", "client_secret": "guess"})


@pytest.mark.parametrize(("challenge", "method"), [(None, "plain"), (VERIFIER, "plain")])
def test_a_public_app_must_use_a_hashed_challenge(challenge: str | None, method: str) -> None:
    with pytest.raises(OAuthError, match="PKCE"):
        public_desk().allow(PUBLIC, ["1"], "books", PUBLIC.redirects[0], challenge, method)


@pytest.mark.parametrize("verifier", [None, "w" * 43])
def test_a_public_app_gets_no_tokens_without_its_verifier(verifier: str | None) -> None:
    desk = public_desk()
    code = desk.allow(PUBLIC, ["1"], "books", PUBLIC.redirects[0], CHALLENGE, "S256")
    with pytest.raises(OAuthError, match="code_verifier"):
        desk.exchange(PUBLIC, code, PUBLIC.redirects[0], verifier)
    assert desk.exchange(PUBLIC, code, PUBLIC.redirects[0], VERIFIER).access


def test_a_grant_keeps_who_gave_it() -> None:
    desk = public_desk()
    code = desk.allow(APP, ["1"], "books", APP.redirects[0], None, "plain", "ann")
    assert desk.exchange(APP, code, APP.redirects[0], None).grant.owner == "ann"
