"""A message that no actor takes is work that never happens, and nobody sees it."""

from __future__ import annotations

import ast
from pathlib import Path

from ledgerport import queue
from ledgerport.actors import ACTORS

ROOT = Path(__file__).resolve().parents[2]


def jobs_sent() -> dict[str, str]:
    """Each literal job name in a call of `....add("noun.verb", ...)` on something named queue, with its place."""
    found = {}
    for path in ROOT.glob("core/ledgerport/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add"):
                continue
            on_queue = ast.unparse(node.func.value).rsplit(".", 1)[-1] == "queue"
            if on_queue and node.args and isinstance(node.args[0], ast.Constant):
                found[str(node.args[0].value)] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return found


def test_every_job_has_an_actor_and_every_actor_a_job() -> None:
    assert set(ACTORS) == set(queue.JOBS)


def test_every_actor_listens_to_its_own_name() -> None:
    assert {name: actor.actor_name for name, actor in ACTORS.items()} == {name: name for name in queue.JOBS}


def test_every_job_that_is_sent_is_declared() -> None:
    undeclared = {job: place for job, place in jobs_sent().items() if job not in queue.JOBS}

    assert undeclared == {}
