"""The host guards plugins: what is wrong with one stays with it."""

from __future__ import annotations

import dataclasses
import threading
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from tests.factories import terms

from ledgerport.contract import (
    Account,
    Broken,
    Endpoint,
    Grant,
    Item,
    Kind,
    KindTerms,
    Push,
    Refused,
    TryLater,
    hookimpl,
)
from ledgerport.host import Host, Provider, UnknownProvider, find_plugins


class Plugin:
    """A whole plugin for items; `terms` and what a push does may be changed."""

    def __init__(self, slug: str = "alpha", **changes: Any) -> None:
        plain = dataclasses.replace(terms(slug), kinds={Kind.ITEM: KindTerms()})
        self.terms = dataclasses.replace(plain, **changes)

    @hookimpl
    def provider_terms(self) -> Any:
        return self.terms

    @hookimpl
    def open_companies(self) -> list[Any]:
        return []

    @hookimpl
    def refresh_token(self, grant: Grant, endpoint: Endpoint) -> Any:
        raise TryLater("Not now.")

    @hookimpl
    def push_item(self, account: Account, push: Push[Item]) -> Any:
        raise ValueError(f"what the plugin was given: {push}")


class WrongArguments(Plugin):
    @hookimpl
    def push_item(self, account: Account, token: str) -> Any:  # type: ignore[override]
        raise AssertionError(token)


class WithoutRefresh:
    @hookimpl
    def provider_terms(self) -> Any:
        return Plugin().terms


class NoTerms(Plugin):
    @hookimpl
    def provider_terms(self) -> Any:
        return "these are no terms"


class Found(EntryPoint):
    """An entry point whose object is given instead of imported."""

    def load(self) -> Any:
        plugin = PLUGINS[self.value]
        if isinstance(plugin, BaseException):
            raise plugin
        return plugin


PLUGINS: dict[str, Any] = {
    "good": Plugin(),
    "other": Plugin("beta"),
    "twin": Plugin("alpha"),
    "import fails": ImportError("no module named nothing"),
    "exits": SyntaxError("invalid syntax"),
    "wrong arguments": WrongArguments(),
    "without refresh": WithoutRefresh(),
    "no terms": NoTerms(),
    "newer contract": Plugin(contract=(2, 3)),
    "batch without hook": Plugin(kinds={Kind.ITEM: KindTerms(batch_size=30)}),
    "meter without limit": Plugin(kinds={Kind.ITEM: KindTerms(batch_meter="batch")}),
    "no concurrency": Plugin(concurrency=0),
}


def host_of(*plugins: str) -> Host:
    return find_plugins(found=[Found(name=name, value=name, group="ledgerport.providers") for name in plugins])


@pytest.mark.parametrize(
    ("plugin", "reason"),
    [
        ("import fails", "ImportError: no module named nothing"),
        ("exits", "SyntaxError"),
        ("wrong arguments", "token"),
        ("without refresh", "refresh_token, open_companies, push_item"),
        ("no terms", "returned str, not ProviderTerms"),
        ("newer contract", "it needs contract 2 to 3, this hub speaks 1"),
        ("batch without hook", "push_item_batch"),
        ("meter without limit", "meters without a limit: batch"),
        ("no concurrency", "concurrency must be at least 1"),
    ],
)
def test_a_faulty_plugin_is_quarantined_with_its_reason_and_the_others_start(plugin: str, reason: str) -> None:
    host = host_of("other", plugin)
    assert [provider.terms.slug for provider in host.providers] == ["beta"]
    (quarantined,) = host.quarantined
    assert reason in quarantined.reason
    with pytest.raises(UnknownProvider, match="did not load"):
        host.for_provider(plugin)


def test_of_two_plugins_with_one_slug_the_second_is_quarantined() -> None:
    host = host_of("good", "twin")
    assert len(host.providers) == 1
    assert "the slug 'alpha' is taken" in host.quarantined[0].reason


def test_an_unknown_provider_is_told_what_is_installed() -> None:
    with pytest.raises(UnknownProvider, match="Installed: alpha, beta"):
        host_of("good", "other").for_provider("gamma")


def test_only_allowed_plugins_are_loaded() -> None:
    points = [Found(name=name, value=name, group="ledgerport.providers") for name in ("good", "other")]
    assert [provider.terms.slug for provider in find_plugins(found=points, allow=["other"]).providers] == ["beta"]


def test_an_exception_of_the_plugins_own_becomes_broken_and_repeats_nothing_it_was_given() -> None:
    with pytest.raises(Broken) as caught:
        host_of("good").for_provider("alpha").ask("push_item", account=None, push="a secret")
    assert "secret" not in caught.value.reason + caught.value.detail
    assert caught.value.detail == "ValueError"


def test_a_decision_of_the_contract_passes_as_it_is() -> None:
    with pytest.raises(TryLater, match="Not now"):
        host_of("good").for_provider("alpha").ask("refresh_token", grant=None, endpoint=None)


def test_a_hook_that_is_not_offered_is_broken() -> None:
    provider = host_of("good").for_provider("alpha")
    assert not provider.offers("push_payment")
    with pytest.raises(Broken, match="does not offer push_payment"):
        provider.ask("push_payment", account=None, push=None)


def test_a_hook_that_does_not_return_is_given_up_after_its_time() -> None:
    release = threading.Event()

    class Hanging(Plugin):
        @hookimpl
        def push_item(self, account: Account, push: Push[Item]) -> Any:
            release.wait(20)
            raise Refused("too late")

    plugin = Hanging()
    provider = Provider(plugin.terms, plugin, "alpha 1", 0.05)
    try:
        with pytest.raises(Broken, match=r"did not return from push_item in 0\.05 s"):
            provider.ask("push_item", account=None, push=None)
    finally:
        release.set()
