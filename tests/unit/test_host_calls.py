"""Every call of a hook is guarded: time, answers, exits, and how much of a plugin may hang."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from tests.factories import HandClock, terms

from ledgerport.contract import (
    Account,
    Broken,
    Company,
    Endpoint,
    Grant,
    Item,
    Kind,
    KindTerms,
    Push,
    Refused,
    Remote,
    TryLater,
    hookimpl,
)
from ledgerport.host import Circuit, Guard, Provider, Rules
from ledgerport.host.threads import HookThreads, Hung, TooManyHang

REMOTE = Remote(id="41", kind="item")
GRANT = Grant(access_token=SecretStr("access-token-1"), access_expires_at=datetime(2030, 1, 1, tzinfo=UTC))


class Plugin:
    """Does as it is told with each push, and with each refresh."""

    def __init__(self, act: Callable[[], Any], refresh: Callable[[], Any] = lambda: GRANT) -> None:
        self.act, self.refresh, self.calls = act, refresh, 0

    @hookimpl
    def provider_terms(self) -> Any:
        return replace(terms("alpha"), kinds={Kind.ITEM: KindTerms()})

    @hookimpl
    def push_item(self, account: Account, push: Push[Item]) -> Any:
        self.calls += 1
        return self.act()

    @hookimpl
    def refresh_token(self, grant: Grant, endpoint: Endpoint) -> Any:
        return self.refresh()

    @hookimpl
    def read_webhook(self, headers: Any, body: bytes, secret: str) -> Any:
        return self.act()


def provider_of(plugin: Plugin, *, seconds: float = 5.0, **guard: Any) -> Provider:
    its = replace(terms("alpha"), kinds={Kind.ITEM: KindTerms()})
    guard = {"clock": HandClock(), "rules": Rules(failures=3, rest=timedelta(seconds=30)), **guard}
    return Provider(its, plugin, "alpha 1", seconds, guard=Guard(**guard))


def account(company: str = "9130") -> Account:
    return Account(http=httpx.Client(), company=Company(id=company, name="Blue"))


def push(provider: Provider, company: str = "9130") -> Any:
    return provider.ask("push_item", account=account(company), push=None)


def crash() -> Any:
    raise KeyError("a value of somebody's")


@pytest.mark.parametrize("fault", [crash, sys.exit, lambda: None, lambda: "41", lambda: replace(REMOTE, id="")])
def test_what_is_the_plugins_own_fault_is_broken_and_makes_it_rest(fault: Callable[[], Any]) -> None:
    plugin = Plugin(fault)
    provider = provider_of(plugin)
    for _ in range(3):
        with pytest.raises(Broken, match="push_item"):
            push(provider)
    with pytest.raises(TryLater, match="3 times in a row") as caught:
        push(provider)
    assert plugin.calls == 3, "it was not entered again"
    assert caught.value.at == HandClock().now() + timedelta(seconds=30)
    assert caught.value.throttled, "a rest does not use up a record's tries"
    assert "somebody" not in f"{caught.value.reason} {caught.value.detail}"


def test_what_the_provider_says_does_not_make_it_rest() -> None:
    def refuse() -> Any:
        raise Refused("The books are closed.")

    def later() -> Any:
        raise TryLater("502")

    def nonsense() -> Any:
        raise Broken("The provider answered a page of HTML.")

    for decision in (refuse, later, nonsense):
        plugin = Plugin(decision)
        provider = provider_of(plugin)
        for _ in range(20):
            with pytest.raises((Refused, TryLater, Broken)):
                push(provider)
        assert plugin.calls == 20
        assert provider.circuits == ()


def test_one_trial_after_the_rest_closes_it() -> None:
    clock = HandClock()
    told: list[tuple[str, str, Circuit | None]] = []
    plugin = Plugin(crash)
    provider = provider_of(plugin, clock=clock, told=lambda *news: told.append(news))
    for _ in range(3):
        with pytest.raises(Broken):
            push(provider)
    plugin.act = lambda: REMOTE
    with pytest.raises(TryLater):
        push(provider)
    clock.pass_time(timedelta(seconds=30))
    assert push(provider) is REMOTE
    assert push(provider) is REMOTE
    assert provider.circuits == ()
    assert [(slug, whose, circuit is not None) for slug, whose, circuit in told] == [
        ("alpha", "9130", True),
        ("alpha", "9130", False),
    ]
    assert told[0][2] is not None
    assert told[0][2].why == "push_item: KeyError"


def test_a_record_that_one_tenant_chokes_it_with_does_not_stop_another_tenant() -> None:
    plugin = Plugin(crash)
    provider = provider_of(plugin)
    for _ in range(3):
        with pytest.raises(Broken):
            push(provider, "9130")
    plugin.act = lambda: REMOTE
    with pytest.raises(TryLater):
        push(provider, "9130")
    assert push(provider, "77") is REMOTE


def test_a_decision_that_makes_no_sense_is_broken() -> None:
    def confused() -> Any:
        raise TryLater("Soon.", at=datetime(2026, 5, 1))  # noqa: DTZ001 - that is the fault

    with pytest.raises(Broken, match="TryLater whose at is of type datetime"):
        push(provider_of(Plugin(confused)))


def test_what_strangers_send_cannot_make_a_plugin_rest() -> None:
    provider = provider_of(Plugin(crash))
    for _ in range(20):
        with pytest.raises(Broken, match="read_webhook"):
            provider.ask("read_webhook", headers={}, body=b"{", secret="shh")
    assert provider.circuits == ()


def test_two_calls_in_a_row_that_hang_make_it_rest_and_healthy_calls_of_others_go_on() -> None:
    release = threading.Event()
    plugin = Plugin(lambda: release.wait(30) and REMOTE)
    provider = provider_of(plugin, seconds=0.05)
    try:
        for _ in range(2):
            with pytest.raises(Broken, match=r"did not return from push_item in 0\.05 s"):
                push(provider)
        assert provider.hung == 2
        with pytest.raises(TryLater):
            push(provider)
        plugin.act = lambda: REMOTE
        assert push(provider, "77") is REMOTE
    finally:
        release.set()
    assert _becomes(lambda: provider.hung, 0), "what returns late is not counted any more"


def test_calls_that_hang_hold_no_place_of_those_that_do_not() -> None:
    release = threading.Event()
    threads = HookThreads("t", at_once=2, may_hang=10)
    try:
        for _ in range(6):
            with pytest.raises(Hung):
                threads.run(lambda: release.wait(30), 0.01)
        assert threads.run(lambda: "well", 5) == "well"
    finally:
        release.set()


def test_so_many_may_hang_and_then_none_begins_until_one_returns() -> None:
    release = threading.Event()
    begun: list[int] = []
    threads = HookThreads("t", may_hang=3)

    def hang() -> None:
        begun.append(1)
        release.wait(30)

    try:
        for _ in range(3):
            with pytest.raises(Hung):
                threads.run(hang, 0.01)
        with pytest.raises(TooManyHang):
            threads.run(lambda: begun.append(1), 5)
        assert len(begun) == 3
    finally:
        release.set()
    assert _becomes(lambda: threads.hung, 0)
    assert threads.run(lambda: "again", 5) == "again"


def test_a_hook_that_waits_for_a_token_gets_it_although_every_place_is_taken() -> None:
    provider: Provider

    def with_a_token() -> Any:
        assert provider.ask("refresh_token", grant=GRANT, endpoint=None) is GRANT
        return REMOTE

    provider = provider_of(Plugin(with_a_token))
    provider._threads = HookThreads("narrow", at_once=2)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda number: push(provider, str(number + 1)), range(40))) == [REMOTE] * 40


def test_a_hook_that_hangs_does_not_keep_the_process_from_ending() -> None:
    threads = HookThreads("t")
    seen: list[bool] = []
    threads.run(lambda: seen.append(threading.current_thread().daemon), 5)
    assert seen == [True]


def test_tokens_that_a_hook_is_given_or_returns_are_told_to_be_hidden() -> None:
    hidden: list[str] = []
    renewed = replace(GRANT, access_token=SecretStr("access-token-2"), refresh_token=SecretStr("refresh-token-2"))
    provider = provider_of(Plugin(crash, refresh=lambda: renewed), hide=hidden.append)
    provider.ask("refresh_token", grant=GRANT, endpoint=None)
    assert hidden == ["access-token-1", "access-token-2", "refresh-token-2"]


def _becomes(look: Callable[[], object], wanted: object) -> bool:
    """Whether it becomes so within five seconds."""
    done = threading.Event()
    for _ in range(500):
        if look() == wanted:
            return True
        done.wait(0.01)
    return False
