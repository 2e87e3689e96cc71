"""The Xero plugin fits the contract: every hook is there, and what it declares holds together."""

from __future__ import annotations

from datetime import timedelta

import pluggy

from ledgerport.contract import CONTRACT_VERSION, KeyTrust, Kind, Scope, hookspecs
from ledgerport_xero import hooks
from ledgerport_xero.terms import TERMS


def manager() -> pluggy.PluginManager:
    found = pluggy.PluginManager(hookspecs.PROJECT)
    found.add_hookspecs(hookspecs)
    found.register(hooks)
    return found


def test_every_hook_is_known_to_the_contract_with_its_arguments() -> None:
    manager().check_pending()
    assert manager().hook.provider_terms() is TERMS


def test_every_hook_of_the_contract_is_implemented_but_those_for_webhooks_by_api() -> None:
    found = manager()
    lacking = {
        name for name in vars(found.hook) if not name.startswith("_") and not getattr(found.hook, name).get_hookimpls()
    }
    assert lacking == {"register_webhook", "confirm_webhook"}


def test_every_kind_travels_fifty_at_a_time() -> None:
    assert {kind: terms.batch_size for kind, terms in TERMS.kinds.items()} == dict.fromkeys(Kind, 50)


def test_the_limits_are_the_published_ones() -> None:
    assert [(limit.count, limit.per, limit.scope) for limit in TERMS.limits] == [
        (60, timedelta(minutes=1), Scope.COMPANY),
        (5_000, timedelta(days=1), Scope.COMPANY),
        (10_000, timedelta(minutes=1), Scope.APP),
    ]
    assert TERMS.concurrency == 5


def test_a_limit_that_names_no_wait_is_a_short_one() -> None:
    assert TERMS.throttle_wait <= timedelta(seconds=5)


def test_an_unknown_outcome_is_looked_up_because_a_key_is_soon_forgotten() -> None:
    assert TERMS.idempotency.trust is KeyTrust.LOOK_FIRST
    assert TERMS.idempotency.lifetime == timedelta(minutes=6)


def test_a_lost_refresh_may_be_repeated_for_half_an_hour() -> None:
    assert TERMS.oauth.grace == timedelta(minutes=30)
    assert TERMS.oauth.refresh_life == timedelta(days=60)


def test_the_scopes_are_granular_and_keep_us_signed_in() -> None:
    assert "offline_access" in TERMS.oauth.scopes
    assert not any(scope.startswith("accounting.transactions") for scope in TERMS.oauth.scopes)


def test_the_contract_spoken_is_the_one_that_is_installed() -> None:
    assert TERMS.contract == (CONTRACT_VERSION, CONTRACT_VERSION)
