"""What every installed provider must keep, whoever wrote it: terms that make sense, hooks that fit them."""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import entry_points
from urllib.parse import urlsplit

import pytest

from ledgerport.contract import CONTRACT_VERSION, Broken, KeyTrust, Kind, Lookup, ProviderTerms, Refused
from ledgerport.host import GROUP, Host, Provider, find_plugins

SANDBOXES = "ledgerport.sandboxes"
NAMES = sorted({point.name for point in entry_points(group=GROUP)})


@pytest.fixture(scope="module")
def host() -> Host:
    return find_plugins()


@pytest.fixture(params=NAMES)
def provider(request: pytest.FixtureRequest, host: Host) -> Provider:
    return host.for_provider(request.param)


@pytest.fixture
def terms(provider: Provider) -> ProviderTerms:
    return provider.terms


def test_nothing_that_is_installed_is_in_quarantine(host: Host) -> None:
    assert host.quarantined == ()
    assert [provider.terms.slug for provider in host.providers] == NAMES


def test_it_ships_a_sandbox_under_its_own_name(terms: ProviderTerms) -> None:
    assert terms.slug in {point.name for point in entry_points(group=SANDBOXES)}


def test_its_addresses_are_https(terms: ProviderTerms) -> None:
    oauth = terms.oauth
    addresses = [terms.api_url, oauth.authorize_url, oauth.token_url, *filter(None, [oauth.revoke_url])]
    assert {urlsplit(address).scheme for address in addresses} == {"https"}


def test_it_speaks_this_contract(terms: ProviderTerms) -> None:
    assert terms.contract[0] <= CONTRACT_VERSION <= terms.contract[1]


def test_every_kind_it_takes_has_a_push_hook_and_a_batch_hook_where_it_batches(
    provider: Provider, terms: ProviderTerms
) -> None:
    for kind, its in terms.kinds.items():
        assert provider.offers(f"push_{kind}") == its.push
        assert provider.offers(f"push_{kind}_batch") == (its.batch_size > 1)


def test_every_kind_can_be_looked_up_after_an_unknown_outcome_or_repeated_with_its_key(
    provider: Provider, terms: ProviderTerms
) -> None:
    if terms.idempotency.trust is KeyTrust.REPEAT:
        assert terms.idempotency.lifetime > terms.request_timeout + timedelta(minutes=2)
    else:
        assert provider.offers("find_pushed")
        assert all(its.lookups for its in terms.kinds.values() if its.push)


def test_a_unique_name_that_is_taken_can_be_asked_after(provider: Provider, terms: ProviderTerms) -> None:
    unique = any(its.name is not None and its.name.unique for its in terms.kinds.values())
    assert provider.offers("on_duplicate_name") or not unique


def test_customers_that_can_be_found_by_email_have_the_hook_for_it(provider: Provider, terms: ProviderTerms) -> None:
    searchable = Kind.CUSTOMER in terms.kinds and Lookup.EMAIL in terms.kinds[Kind.CUSTOMER].lookups
    assert provider.offers("find_customers") == searchable


def test_its_limits_and_times_are_above_zero(terms: ProviderTerms) -> None:
    assert terms.limits
    assert all(limit.count > 0 and limit.per > timedelta(0) for limit in terms.limits)
    assert terms.concurrency >= 1
    assert terms.request_timeout > timedelta(0)
    assert terms.throttle_wait > timedelta(0)


def test_an_object_page_has_a_place_for_the_id(terms: ProviderTerms) -> None:
    assert all("{id}" in url for url in terms.object_urls.values())


def test_asking_for_the_terms_twice_gives_the_same(provider: Provider, terms: ProviderTerms) -> None:
    assert provider.ask("provider_terms") == terms


def test_a_delivery_without_a_signature_is_refused(provider: Provider) -> None:
    if provider.offers("read_webhook"):
        with pytest.raises(Refused):
            provider.ask("read_webhook", headers={}, body=b"[]", secret="a secret")
    else:
        assert provider.terms.webhook_kinds == frozenset()


def test_a_hook_asked_with_nonsense_is_broken_and_repeats_nothing_of_it(provider: Provider) -> None:
    with pytest.raises(Broken) as caught:
        provider.ask("refresh_token", grant="a secret", endpoint="another secret")
    assert "secret" not in str(caught.value) + caught.value.detail
