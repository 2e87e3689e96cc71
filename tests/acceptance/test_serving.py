"""The long-running commands as processes: they serve, work together over one broker, and end when they are told to."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledgerport.demo.browser import Browser
from ledgerport.demo.rest import HubClient

COMMAND = [sys.executable, "-P", "-c", "from ledgerport.cli.main import app; app(prog_name='ledgerport')"]
SECONDS = 60.0


def clean(folder: Path, **settings: str) -> dict[str, str]:
    """The environment without the developer's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEDGERPORT_")}
    return {**kept, "HOME": str(folder), "PYTHONUNBUFFERED": "1", **settings}


def ask(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words], cwd=folder, env=clean(folder, **settings), capture_output=True, text=True, timeout=SECONDS
    )


@contextmanager
def process(folder: Path, *words: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on; ended at the end whatever happens."""
    started = subprocess.Popen(
        [*COMMAND, *words],
        cwd=folder,
        env=clean(folder, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield started
    finally:
        started.kill()
        started.wait(SECONDS)
        if started.stdout is not None:
            started.stdout.close()


def address_of(started: subprocess.Popen[str]) -> str:
    """Where it serves, as it says itself; what it prints later is read and dropped, so that its pipe never fills up."""
    return said(started, r" on (http://\S+)").group(1)


def said(started: subprocess.Popen[str], words: str) -> re.Match[str]:
    """Wait until a command has said this."""
    assert started.stdout is not None
    seen = []
    for line in started.stdout:
        seen.append(line)
        if found := re.search(words, line):
            threading.Thread(target=started.stdout.read, daemon=True).start()
            return found
    raise AssertionError("".join(seen))


def until(what: Callable[[], Any]) -> Any:
    """The first true answer."""
    end = time.monotonic() + SECONDS
    while not (answer := what()):
        assert time.monotonic() < end, "it never came true"
        threading.Event().wait(0.1)
    return answer


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_embedded_hub_answers_and_ends_well_when_it_is_told_to(tmp_path: Path, number: signal.Signals) -> None:
    with process(tmp_path, "serve", "--port", "0") as hub:
        answer = httpx.get(f"{address_of(hub)}/healthz", timeout=10)
        hub.send_signal(number)

        assert (answer.status_code, hub.wait(SECONDS)) == (200, 0)


def test_the_embedded_hub_never_listens_for_other_machines(tmp_path: Path) -> None:
    done = ask(tmp_path, "serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104 - that it is refused is the point

    assert done.returncode == 2
    assert "serves this machine only" in done.stderr


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with process(tmp_path, "serve", "--port", "0") as hub:
        port = address_of(hub).rpartition(":")[2]
        done = ask(tmp_path, "serve", "--port", port)

    assert done.returncode == 2
    assert "Ledgerport cannot start. Address already in use" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["worker", "scheduler"])
def test_without_a_broker_there_is_nothing_for_a_process_of_its_own(tmp_path: Path, command: str) -> None:
    done = ask(tmp_path, command)

    assert done.returncode == 2
    assert "LEDGERPORT_REDIS_URL" in done.stderr


def test_a_sandbox_that_nobody_installed_is_refused_with_those_that_are_there(tmp_path: Path) -> None:
    done = ask(tmp_path, "sandbox", "nobodys")

    assert done.returncode == 2
    assert "quickbooks" in done.stderr


def test_hub_worker_and_scheduler_sync_over_one_broker_and_end_well(tmp_path: Path, redis_url: str) -> None:
    with ExitStack() as stack:
        sandbox = stack.enter_context(process(tmp_path, "sandbox", "quickbooks"))
        settings = {
            "LEDGERPORT_DATABASE_URL": f"sqlite:///{tmp_path / 'hub.db'}",
            "LEDGERPORT_REDIS_URL": redis_url,
            "LEDGERPORT_VAULT_KEYS": json.dumps(["test:" + "A" * 43 + "="]),
            "LEDGERPORT_SESSION_SECRET": "s" * 64,
            "LEDGERPORT_PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
            "LEDGERPORT_PROVIDERS__QUICKBOOKS__CLIENT_ID": "sandbox-client",
            "LEDGERPORT_PROVIDERS__QUICKBOOKS__CLIENT_SECRET": "sandbox-secret",
            "LEDGERPORT_PROVIDERS__QUICKBOOKS__ADDRESS": address_of(sandbox),
        }
        hub = stack.enter_context(process(tmp_path, "serve", **settings))
        url = address_of(hub)
        key = ask(tmp_path, "keys", "create", "--operator", "--name", "test", "--json", **settings).stdout
        with HubClient(url, json.loads(key)["key"]) as desk:
            desk.create_tenant("blue", "Blue")
            tenant_key = desk.create_key("blue", "host app")
        api = stack.enter_context(HubClient(url, tenant_key))
        with Browser() as browser:
            browser.consent(api.connect_address("quickbooks"))
        api.load(b'{"kind": "customer", "ref": "C-1", "name": "Doe Plumbing"}\n')
        scheduler = stack.enter_context(process(tmp_path, "scheduler", **settings))
        worker = stack.enter_context(process(tmp_path, "worker", **settings))
        run_id = api.sync("quickbooks")["run_id"]

        run = until(lambda: (seen := api.run(run_id))["state"] != "running" and seen)

        assert (run["state"], run["created"], run["failed"]) == ("finished", 1, 0)
        for one in (worker, scheduler):
            # Before they say so the signal would find nobody who listens to it.
            said(one, "is running")
        for one in (worker, scheduler, hub, sandbox):
            one.send_signal(signal.SIGTERM)
        assert [one.wait(SECONDS) for one in (worker, scheduler, hub, sandbox)] == [0, 0, 0, 0]


def free_port() -> int:
    """A port that nobody uses at this moment; the hub must know its public address before it listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
