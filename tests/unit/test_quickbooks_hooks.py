"""The QuickBooks plugin fits the contract: every hook is there, and what it declares holds together."""

from __future__ import annotations

from datetime import timedelta

import pluggy

from ledgerport.contract import CONTRACT_VERSION, KeyTrust, Kind, hookspecs
from ledgerport_quickbooks import hooks
from ledgerport_quickbooks.terms import TERMS


def manager() -> pluggy.PluginManager:
    found = pluggy.PluginManager(hookspecs.PROJECT)
    found.add_hookspecs(hookspecs)
    found.register(hooks)
    return found


def test_every_hook_is_known_to_the_contract_with_its_arguments() -> None:
    manager().check_pending()
    assert manager().hook.provider_terms() is TERMS


def test_every_hook_of_the_contract_is_implemented() -> None:
    found = manager()
    lacking = [
        name for name in vars(found.hook) if not name.startswith("_") and not getattr(found.hook, name).get_hookimpls()
    ]
    # Webhooks are set up in Intuit's portal, and begin without a handshake.
    assert sorted(lacking) == ["confirm_webhook", "register_webhook"]


def test_batches_are_as_large_as_quickbooks_bears() -> None:
    sizes = {kind: terms.batch_size for kind, terms in TERMS.kinds.items()}
    assert sizes == {Kind.CUSTOMER: 30, Kind.ITEM: 30, Kind.INVOICE: 10, Kind.ESTIMATE: 10, Kind.PAYMENT: 10}


def test_the_limits_are_the_published_ones() -> None:
    assert {(limit.meter, limit.per): limit.count for limit in TERMS.limits} == {
        ("request", timedelta(minutes=1)): 500,
        ("request", timedelta(seconds=1)): 10,
        ("batch", timedelta(minutes=1)): 40,
    }


def test_an_unknown_outcome_is_looked_up_before_it_is_repeated() -> None:
    assert TERMS.idempotency.trust is KeyTrust.LOOK_FIRST
    assert TERMS.request_timeout == timedelta(seconds=120)


def test_the_contract_spoken_is_the_one_that_is_installed() -> None:
    assert TERMS.contract == (CONTRACT_VERSION, CONTRACT_VERSION)


def test_every_kind_that_is_pushed_opens_in_quickbooks() -> None:
    assert TERMS.object_urls.keys() == TERMS.kinds.keys()
    assert all(url.startswith("https://app.qbo.intuit.com/") and "{id}" in url for url in TERMS.object_urls.values())
