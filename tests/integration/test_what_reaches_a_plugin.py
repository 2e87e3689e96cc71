"""A plugin is handed a company's books and nothing of the house: no token, no database, no settings."""

from __future__ import annotations

import functools
import types
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from tests.connecting import Stage, stage
from tests.stage import CLIENT, drain_dry, load, map_defaults

from ledgerport.contract import Grant
from ledgerport.db.session import Database
from ledgerport.engine.exchange import make_client
from ledgerport.host import Host, Provider
from ledgerport.services.context import Hub, ProviderApp
from ledgerport.services.disconnect import disconnect
from ledgerport.services.grant_secrets import open_grant
from ledgerport.services.refresh_token import renew_token
from ledgerport.settings import Settings
from ledgerport.vault import Vault

# What no attribute of an argument leads to.
HOUSE = (Hub, Host, Provider, ProviderApp, Settings, Database, Engine, Session, Vault)
# Code, and what holds nothing of ours.
_OPAQUE = (types.ModuleType, type, types.BuiltinFunctionType, types.CodeType, int, float, complex)


def everything_in(value: object) -> Iterator[object]:
    """All that attributes, members and items lead to, each once."""
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, _OPAQUE):
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, str | bytes):
            continue
        if isinstance(one, Mapping):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | Set):
            waiting += one
        elif isinstance(one, functools.partial):
            waiting += [one.func, *one.args, *one.keywords.values()]
        waiting.append(getattr(one, "__self__", None))
        waiting += vars(one).values() if hasattr(one, "__dict__") else []
        for kind in type(one).__mro__:
            names = vars(kind).get("__slots__", ())
            waiting += [getattr(one, name, None) for name in ([names] if isinstance(names, str) else names)]


def texts_in(values: Iterator[object]) -> Iterator[str]:
    for one in values:
        if isinstance(one, SecretStr):
            yield one.get_secret_value()
        elif isinstance(one, bytes):
            yield one.decode("latin-1")
        elif isinstance(one, str):
            yield one


@dataclass
class Watched:
    """What each hook was handed, as it was when the hook ended: by then every token it needed was at hand."""

    found: dict[str, list[object]] = field(default_factory=lambda: defaultdict(list))

    def watch(self, provider: Provider) -> None:
        def before(_hook: str, _impls: Any, _given: Any) -> None:
            return

        def after(_outcome: Any, hook: str, _impls: Any, given: Mapping[str, Any]) -> None:
            self.found[hook] += everything_in(dict(given))

        provider._manager.add_hookcall_monitoring(before, after)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Watched, set[str]]]:
    """A life at a provider: connect, sync, renew, disconnect. Every token there was is kept."""
    folder: Path = tmp_path_factory.mktemp("hub")
    with stage(folder) as here:
        watched = Watched()
        watched.watch(here.hub.host.for_provider("quickbooks"))
        connected = here.connect()
        map_defaults(here.hub, here.tenant_id, connected.connection_id)
        tokens = _tokens(here)
        customer = {"kind": "customer", "ref": "C-1", "name": "Jon Doe", "email": "jon@doe.example"}
        load(here.hub, here.tenant_id, [customer])
        here.pass_time(timedelta(minutes=5))
        drain_dry(here.hub, connected.connection_id)
        grant = here.grant()
        renew_token(here.hub, tenant_id=here.tenant_id, grant_id=grant.id, generation=grant.generation)
        tokens |= _tokens(here)
        disconnect(here.hub, tenant_id=here.tenant_id, connection_id=connected.connection_id, by="Ann")
        yield here, watched, tokens


def _tokens(here: Stage) -> set[str]:
    grant = open_grant(here.hub.vault, here.grant())
    return {token.get_secret_value() for token in (grant.access_token, grant.refresh_token) if token is not None}


def test_the_whole_life_was_watched(here: tuple[Stage, Watched, set[str]]) -> None:
    _, watched, tokens = here
    assert {"open_companies", "pull_accounts", "push_customer", "refresh_token", "revoke_token"} <= set(watched.found)
    assert len(tokens) == 4, "two pairs: the first, and the renewed one"


def test_no_token_is_in_reach_but_the_grants_own_to_who_renews_or_ends_it(
    here: tuple[Stage, Watched, set[str]],
) -> None:
    _, watched, tokens = here
    for hook, found in watched.found.items():
        seen = {token for token in tokens for text in texts_in(iter(found)) if token in text}
        if hook in ("refresh_token", "revoke_token"):
            assert seen, hook
        else:
            assert not seen, hook
            assert not [one for one in found if isinstance(one, SecretStr | Grant)], hook


def test_nothing_of_the_house_is_in_reach(here: tuple[Stage, Watched, set[str]]) -> None:
    stage_, watched, _ = here
    ours = [CLIENT[1], stage_.hub.session_secret.get_secret_value()]
    for hook, found in watched.found.items():
        assert [type(one).__name__ for one in found if isinstance(one, HOUSE)] == [], hook
        assert not [one for one in found if isinstance(one, type(stage_.hub.limiter))], hook
        texts = list(texts_in(iter(found)))
        assert not [secret for secret in ours if any(secret in text for text in texts)], hook


class Bare(httpx.BaseTransport):
    """A transport that holds a token, as the hub's own does."""

    def __init__(self) -> None:
        self.held = SecretStr("a-token-within-reach")


def test_the_walk_finds_what_a_client_would_show_without_our_door() -> None:
    with httpx.Client(transport=Bare()) as open_to_all, make_client(Bare()) as ours:
        assert "a-token-within-reach" in texts_in(everything_in({"http": functools.partial(open_to_all.get)}))
        assert "a-token-within-reach" not in texts_in(everything_in({"http": functools.partial(ours.get)}))
