"""Building a hub: embedded with nothing set, and refusing to start half set up."""

from __future__ import annotations

import base64
import os
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import AnyHttpUrl, SecretStr
from sqlalchemy import inspect

from ledgerport import wiring
from ledgerport.contract import ScaledClock, SystemClock
from ledgerport.engine.pacing_memory import MemoryLimiter
from ledgerport.engine.pacing_redis import RedisLimiter
from ledgerport.queue import InProcessBroker
from ledgerport.settings import ClockSettings, ProviderSettings, Settings

KEY = SecretStr("first:" + base64.b64encode(bytes(32)).decode())


def embedded(home: Path, **more: object) -> Settings:
    return Settings.model_validate({"home": home, **more})


def test_with_nothing_set_it_makes_its_home_that_nobody_else_may_read(tmp_path: Path) -> None:
    home = tmp_path / "deep" / ".ledgerport"
    before = os.umask(0)
    try:
        hub = wiring.build(embedded(home))
    finally:
        os.umask(before)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    for name in ("vault.key", "session.secret"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
    assert "connections" in inspect(hub.database.engine).get_table_names()
    assert isinstance(hub.limiter, MemoryLimiter) and isinstance(wiring.broker_of(hub), InProcessBroker)
    assert isinstance(hub.clock, SystemClock)
    wiring.close(hub)


def test_a_second_start_finds_the_same_keys(tmp_path: Path) -> None:
    first = wiring.build(embedded(tmp_path))
    sealed = first.vault.seal(SecretStr("plain"), tenant_id=1, row="grant:1", kind="access", generation=1)
    wiring.close(first)
    second = wiring.build(embedded(tmp_path))
    opened = second.vault.open(sealed, tenant_id=1, row="grant:1", kind="access", generation=1)
    assert opened.get_secret_value() == "plain"
    assert second.session_secret == first.session_secret
    assert second.owner != first.owner
    wiring.close(second)


def test_processes_that_start_at_once_agree_on_secrets_and_schema(tmp_path: Path) -> None:
    hubs = []
    threads = [threading.Thread(target=lambda: hubs.append(wiring.build(embedded(tmp_path)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hubs) == 4
    assert len({hub.session_secret.get_secret_value() for hub in hubs}) == 1
    assert len({hub.vault.key_names for hub in hubs}) == 1
    for hub in hubs:
        wiring.close(hub)


def test_the_full_mode_names_every_setting_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(wiring.CannotStart) as failed:
        wiring.build(embedded(tmp_path, redis_url="redis://127.0.0.1:1/0"))
    told = str(failed.value)
    assert "LEDGERPORT_DATABASE_URL" in told
    assert "LEDGERPORT_VAULT_KEYS" in told
    assert "LEDGERPORT_SESSION_SECRET" in told
    assert list(tmp_path.iterdir()) == []


def test_the_full_mode_takes_its_parts_from_the_settings(tmp_path: Path, redis_url: str) -> None:
    hub = wiring.build(
        embedded(
            tmp_path / "unused",
            database_url=f"sqlite:///{tmp_path / 'hub.db'}",
            redis_url=redis_url,
            vault_keys=[KEY],
            session_secret=SecretStr("signs cookies"),
            public_url="https://hub.example/",
        )
    )
    assert isinstance(hub.limiter, RedisLimiter)
    assert hub.public_url == "https://hub.example"
    assert hub.vault.key_names == ("first",)
    assert not (tmp_path / "unused").exists()
    hub.queue.add("sync.drain", 1)
    wiring.close(hub)


@pytest.mark.parametrize("url", ["http://localhost:8080", "http://127.1.2.3", "http://[::1]:8080"])
def test_the_embedded_mode_serves_this_machine(tmp_path: Path, url: str) -> None:
    hub = wiring.build(embedded(tmp_path, public_url=url))
    assert hub.public_url == url
    wiring.close(hub)


@pytest.mark.parametrize("url", ["https://hub.example", "http://0.0.0.0:8080", "http://192.168.1.5", "nonsense"])
def test_the_embedded_mode_serves_nobody_else(tmp_path: Path, url: str) -> None:
    with pytest.raises(wiring.CannotStart, match="LEDGERPORT_PUBLIC_URL"):
        wiring.build(embedded(tmp_path, public_url=url))


def test_our_apps_and_a_scaled_clock_come_from_the_settings(tmp_path: Path) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    app = ProviderSettings(
        client_id="our-app", client_secret=SecretStr("s"), address=AnyHttpUrl("http://127.0.0.1:9001")
    )
    hub = wiring.build(
        embedded(tmp_path, providers={"acme": app}, clock=ClockSettings(rate=60, at=at, since=1_000_000.0))
    )
    assert hub.apps["acme"].address == "http://127.0.0.1:9001"
    assert isinstance(hub.clock, ScaledClock)
    assert (hub.clock.rate, hub.clock.at, hub.clock.since) == (60, at, 1_000_000.0)
    wiring.close(hub)


def test_settings_come_from_the_environment_when_none_are_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGERPORT_HOME", str(tmp_path))
    monkeypatch.setenv("LEDGERPORT_PROVIDERS__ACME__CLIENT_ID", "from the environment")
    hub = wiring.build()
    assert hub.apps["acme"].client_id == "from the environment"
    assert (tmp_path / "ledgerport.db").exists()
    wiring.close(hub)
