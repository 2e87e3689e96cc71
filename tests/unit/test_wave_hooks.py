"""The Wave plugin fits the contract: every hook it offers is known, and what it declares holds together."""

from __future__ import annotations

from datetime import timedelta

import pluggy

from ledgerport.contract import CONTRACT_VERSION, ClientAuth, KeyTrust, Kind, hookspecs
from ledgerport_wave import hooks
from ledgerport_wave.terms import TERMS

# Wave's webhooks are set up by hand in its portal and begin with no handshake.
NOT_OFFERED = {"register_webhook", "confirm_webhook"}


def manager() -> pluggy.PluginManager:
    found = pluggy.PluginManager(hookspecs.PROJECT)
    found.add_hookspecs(hookspecs)
    found.register(hooks)
    return found


def test_every_hook_is_known_to_the_contract_with_its_arguments() -> None:
    manager().check_pending()
    assert manager().hook.provider_terms() is TERMS


def test_every_hook_that_wave_has_something_for_is_implemented() -> None:
    found = manager()
    names = [name for name in vars(found.hook) if not name.startswith("_")]
    assert {name for name in names if not getattr(found.hook, name).get_hookimpls()} == NOT_OFFERED


def test_several_records_travel_together_only_by_the_operators_choice() -> None:
    assert {terms.batch_choice for terms in TERMS.kinds.values()} == {choice.name for choice in TERMS.choices}
    assert all(terms.batch_size == 5 for terms in TERMS.kinds.values())


def test_there_are_at_most_two_calls_at_a_time_and_no_more_than_one_in_120_ms() -> None:
    (limit,) = TERMS.limits
    assert TERMS.concurrency == 2
    assert limit.per / limit.count >= timedelta(milliseconds=120)


def test_an_unknown_outcome_is_looked_up_because_there_is_no_key() -> None:
    assert TERMS.idempotency.trust is KeyTrust.NONE


def test_wave_is_said_to_need_what_its_inputs_require() -> None:
    assert TERMS.kinds[Kind.ITEM].needs_income_account
    assert TERMS.kinds[Kind.PAYMENT].needs_deposit_account
    for kind in (Kind.INVOICE, Kind.ESTIMATE):
        assert TERMS.kinds[kind].lines_need_items
        assert TERMS.kinds[kind].needs_tax_codes
    assert TERMS.computes_tax
    assert TERMS.voids_delete


def test_writing_does_not_include_reading_so_both_are_asked_for() -> None:
    scopes = set(TERMS.oauth.scopes)
    written = {scope.removesuffix(":write") for scope in scopes if scope.endswith(":write")}
    assert {f"{name}:read" for name in written} <= scopes
    assert not {scope for scope in scopes if scope.startswith("transaction") or scope.endswith((":create", ":send"))}


def test_the_token_endpoint_gets_the_secret_in_the_form_and_has_trailing_slashes() -> None:
    oauth = TERMS.oauth
    assert oauth.client_auth is ClientAuth.POST
    assert all(url.endswith("/") for url in (oauth.authorize_url, oauth.token_url, oauth.revoke_url))
    assert oauth.rotates


def test_the_contract_spoken_is_the_one_that_is_installed() -> None:
    assert TERMS.contract == (CONTRACT_VERSION, CONTRACT_VERSION)
