"""A provider's sandbox in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from tests.conftest import wait_until
from tests.stage import Sandbox

_SERVE = "import sys; from ledgerport_sandbox import load, serve; serve(load(sys.argv[1]))"
_START_SECONDS = 20
_STOP_SECONDS = 10


@contextmanager
def sandbox_process(provider: str) -> Iterator[Sandbox]:
    """Start `provider`'s sandbox on a free port; stopped and waited for at the end."""
    command = [sys.executable, "-c", _SERVE, provider]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            # Its first line says where it listens; no line at all says that it ended.
            words = process.stdout.readline().split()
            assert words, f"the sandbox of {provider} ended at its start with {process.wait(_STOP_SECONDS)}"
            running = Sandbox(words[-1], provider)
            # The address is bound when it is printed, and answers a moment later.
            wait_until(lambda: _answers(running), seconds=_START_SECONDS, what=f"the sandbox of {provider}")
            yield running
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _answers(sandbox: Sandbox) -> bool:
    try:
        sandbox.control("clock", method="GET")
    except httpx.ConnectError:
        return False
    return True
