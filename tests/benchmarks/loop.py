"""Another client's plain loop beside the hub: what it sent, how fast, and at what cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from tests.architecture.tracked_files import ROOT
from tests.benchmarks.cpu import cpu_of
from tests.stage import Sandbox

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Loop:
    """`seconds` on the wall and `cpu` of the client's process for so many `calls` with so many `records` in all."""

    records: int
    calls: int
    seconds: float
    cpu: float

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    def figures(self, name: str) -> dict[str, Any]:
        """For a finding."""
        return {
            f"{name} without limits, calls per second": self.calls / self.seconds,
            f"{name}, records per second": self.records / self.seconds,
            f"{name}, microseconds of CPU per record": self.cpu / self.records * 1e6,
        }


def in_a_loop(requests: Iterable[T], send: Callable[[T], object], *, records: int) -> Loop:
    """Send one after the other, in this process."""
    work, calls = list(requests), []

    def run() -> None:
        for one in work:
            send(one)
            calls.append(one)

    began = time.perf_counter()
    cpu = cpu_of(run)
    return Loop(records=records, calls=len(calls), seconds=time.perf_counter() - began, cpu=cpu)


def beside_the_hub(sandbox: Sandbox, what: str, client: str = "") -> dict[str, Any]:
    """What a whole drain of the hub costs without limits, and beside it the loop of another client (none without a
    name); both over the same sandbox, made new for each.
    """
    ours = _asked("unpaced", sandbox, sandbox.provider, sandbox.url, what).figures("the hub")
    theirs = _asked(f"peer_{sandbox.provider}", sandbox, sandbox.url, what).figures(client) if client else {}
    return {**ours, **theirs}


def _asked(module: str, sandbox: Sandbox, *arguments: str) -> Loop:
    sandbox.control("reset")
    sandbox.control("limits", {"enabled": False})
    # The hub takes today's clock there: a token of another time would have ended.
    sandbox.control("clock", {"rate": 1, "at": time.time()})
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments]
    environment = {
        **os.environ,
        "FRESHBOOKS_API_URL": sandbox.url,
        "FRESHBOOKS_AUTH_URL": sandbox.url,
        # A proxy has no business between this machine and itself.
        "NO_PROXY": "127.0.0.1",
    }
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
    return Loop(**json.loads(done.stdout.splitlines()[-1]))
