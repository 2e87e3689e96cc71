"""How a request says who we are: a bearer token, or an API key where and as the terms want it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace

import httpx
import pytest
from pydantic import SecretStr
from tests.integration.acme_books import TERMS as OAUTH_TERMS

from ledgerport.contract import NO_OAUTH, ApiKeyTerms, Broken, Company, KeyAuth, KeyField, ProviderTerms
from ledgerport.engine.signing import api_address, sign

OFFICE = KeyField(name="office", label="Office")


def terms(its: ApiKeyTerms, *, api_url: str = "https://api.acme.example") -> ProviderTerms:
    return replace(OAUTH_TERMS, oauth=NO_OAUTH, api_key=its, api_url=api_url)


def signed(its: ProviderTerms, facts: Mapping[str, str] | None = None, key: str = "k-1") -> httpx.Headers:
    headers = httpx.Headers({"Accept": "application/json"})
    sign(headers, its, Company(id="7", name="Blue", facts=facts or {}), SecretStr(key))
    return headers


def pair(headers: httpx.Headers) -> str:
    scheme, _, value = headers["Authorization"].partition(" ")
    assert scheme == "Basic"
    return b64decode(value).decode()


def test_an_access_token_is_a_bearer_token() -> None:
    assert signed(OAUTH_TERMS)["Authorization"] == "Bearer k-1"


def test_a_key_is_a_bearer_token_where_the_terms_say_nothing_else() -> None:
    assert signed(terms(ApiKeyTerms(where="There.")))["Authorization"] == "Bearer k-1"


def test_a_key_stands_alone_in_a_header_of_its_own() -> None:
    headers = signed(terms(ApiKeyTerms(where="There.", header="X-Api-Key", scheme="")))
    assert headers["X-Api-Key"] == "k-1"
    assert "Authorization" not in headers


@pytest.mark.parametrize(
    ("user", "password", "sent"),
    [("{key}", "", "k-1:"), ("{office}", "{key}", "north:k-1"), ("{key}", "X", "k-1:X")],
)
def test_a_key_is_part_of_a_basic_pair(user: str, password: str, sent: str) -> None:
    its = ApiKeyTerms(where="There.", auth=KeyAuth.BASIC, basic_user=user, basic_password=password, field=OFFICE)
    assert pair(signed(terms(its), {"office": "north"})) == sent


def test_what_was_typed_beside_the_key_goes_into_its_header() -> None:
    its = terms(ApiKeyTerms(where="There.", field=replace(OFFICE, header="X-Office")))
    assert signed(its, {"office": "north"})["X-Office"] == "north"


@pytest.mark.parametrize(
    ("typed", "host"), [("north", "north.acme.example"), ("evil.example/", "evil.example%2f.acme.example")]
)
def test_what_was_typed_names_the_host_and_cannot_lead_to_another_one(typed: str, host: str) -> None:
    its = terms(ApiKeyTerms(where="There.", field=OFFICE), api_url="https://{office}.acme.example/v1")
    assert api_address(its, {"office": typed}).lower() == f"https://{host}/v1"


def test_an_address_without_a_place_for_it_stays() -> None:
    assert api_address(terms(ApiKeyTerms(where="There.")), {}) == "https://api.acme.example"
    assert api_address(OAUTH_TERMS, {"office": "north"}) == OAUTH_TERMS.api_url


@pytest.mark.parametrize("token", ["", "two words", "k\u00e9y", "line\nbreak"])
def test_a_key_that_cannot_travel_is_told_without_it(token: str) -> None:
    with pytest.raises(Broken) as broken:
        signed(terms(ApiKeyTerms(where="There.")), key=token)
    assert not token or token not in str(broken.value)


def test_what_was_typed_and_cannot_travel_is_told_by_its_label() -> None:
    its = terms(ApiKeyTerms(where="There.", field=replace(OFFICE, header="X-Office")))
    with pytest.raises(Broken, match="The Office holds characters"):
        signed(its, {"office": "n\u00f6rth"})


# -- what terms may say ------------------------------------------------------------------------------------------------


def test_a_provider_is_signed_in_to_in_one_way() -> None:
    with pytest.raises(ValueError, match="by oauth or by api_key"):
        replace(OAUTH_TERMS, oauth=NO_OAUTH)
    with pytest.raises(ValueError, match="by oauth or by api_key"):
        replace(OAUTH_TERMS, api_key=ApiKeyTerms(where="There."))


def test_the_page_where_the_key_is_found_is_an_https_address() -> None:
    with pytest.raises(ValueError, match="must be an https address"):
        ApiKeyTerms(where="There.", url="javascript:alert(1)")


@pytest.mark.parametrize("name", ["key", "two words", ""])
def test_the_second_field_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="must be a plain word"):
        KeyField(name=name, label="Office")


def test_a_pattern_that_cannot_be_read_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="pattern of the field office cannot be read"):
        KeyField(name="office", label="Office", pattern="[")
