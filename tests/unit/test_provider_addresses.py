"""Where an app's calls go: the provider's own addresses, or the origins that the settings put in their place."""

from __future__ import annotations

from dataclasses import replace

from pydantic import SecretStr

from ledgerport.services.context import ProviderApp
from ledgerport.services.provider_apps import oauth_addresses
from ledgerport_quickbooks.terms import TERMS

APP = ProviderApp(client_id="id", client_secret=SecretStr("secret"))


def test_without_settings_every_address_is_the_providers_own() -> None:
    addresses = oauth_addresses(TERMS, APP)

    assert (addresses.api_url, addresses.token_url) == (TERMS.api_url, TERMS.oauth.token_url)


def test_an_address_takes_sign_ins_and_calls_to_another_origin() -> None:
    addresses = oauth_addresses(TERMS, replace(APP, address="http://127.0.0.1:9001"))

    assert addresses.api_url == "http://127.0.0.1:9001"
    assert addresses.token_url == "http://127.0.0.1:9001/oauth2/v1/tokens/bearer"


def test_an_address_for_the_api_leaves_sign_ins_where_they_are() -> None:
    addresses = oauth_addresses(TERMS, replace(APP, api_address="https://sandbox-quickbooks.api.intuit.com"))

    assert addresses.api_url == "https://sandbox-quickbooks.api.intuit.com"
    assert addresses.token_url == TERMS.oauth.token_url
