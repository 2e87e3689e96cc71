"""Run as a program: many processes ask for one grant's token in the same moment; prints what each was told, as JSON.

    python -m tests.token_askers < {"settings": {...}, "tenant_id": 1, "grant_id": 1, "count": 32}

A program of its own, because forking a process that has threads (a sandbox, a test runner) is not safe.
"""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import sys
from multiprocessing.synchronize import Barrier
from typing import Any

from ledgerport import wiring
from ledgerport.services.context import Hub
from ledgerport.services.refresh_token import access_token
from ledgerport.settings import Settings


def ask(hub: Hub, job: dict[str, Any], gate: Barrier, answers: Any) -> None:
    """One process: at the same moment as the others the question, over connections of its own."""
    hub = dataclasses.replace(hub, owner=f"process-{os.getpid()}")
    try:
        gate.wait(timeout=60)
        token = access_token(hub, tenant_id=job["tenant_id"], grant_id=job["grant_id"])
        answers.put([token.generation, token.value.get_secret_value()])
    except Exception as error:
        answers.put([-1, repr(error)])
        raise
    finally:
        hub.database.close()


def main() -> None:
    job = json.load(sys.stdin)
    hub = wiring.build(Settings(_env_file=None, **job["settings"]))
    # No connection may be open when the process forks: two processes would talk over it.
    hub.database.close()
    context: Any = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(job["count"]), context.Queue()
    processes = [context.Process(target=ask, args=(hub, job, gate, answers)) for _ in range(job["count"])]
    for process in processes:
        process.start()
    told = [answers.get(timeout=90) for _ in processes]
    for process in processes:
        process.join(timeout=30)
    json.dump({"told": told, "exits": [process.exitcode for process in processes]}, sys.stdout)
    wiring.close(hub)


if __name__ == "__main__":
    main()
