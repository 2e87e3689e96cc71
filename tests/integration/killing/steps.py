"""What the kill tests of every provider do: fill a hub, let workers die at named points, let another one go on."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.integration.killing.shop import shop
from tests.integration.killing.world import World, assert_books_agree, fill, world
from tests.stage import terms_of

from ledgerport.contract import Kind

# After this long no request that a dead worker sent can still be running at any provider.
LONG_ENOUGH = timedelta(minutes=10)


@dataclass(frozen=True)
class Step:
    """Die at `point` of a request of `kind`, after passing it `skip` times."""

    point: str
    kind: Kind
    skip: int = 0

    def __str__(self) -> str:
        return f"{self.point}: {self.kind} {self.skip}"


def each(steps: Iterable[Step]) -> pytest.MarkDecorator:
    """One test a step, named by it."""
    return pytest.mark.parametrize("step", steps, ids=str)


def small_shop(provider: str, choices: Container[str] = ()) -> Iterable[Mapping[str, Any]]:
    """Records for more than one request of every kind."""
    kinds = terms_of(provider).kinds
    sizes = {
        kind: its.batch_size if not its.batch_choice or its.batch_choice in choices else 1
        for kind, its in kinds.items()
    }
    few = max(sizes.values()) == 1
    return shop(
        customers=4 if few else sizes[Kind.CUSTOMER] + 3,
        items=4 if few else sizes[Kind.ITEM] + 4,
        invoices=4 if few else sizes[Kind.INVOICE] + 2,
    )


def one_of(provider: str, kind: Kind, choices: Container[str] = ()) -> dict[str, str]:
    """The match of a fault that strikes a request which carries records of a kind, in batches where they are sent."""
    its = terms_of(provider).kinds[kind]
    batched = its.batch_size > 1 and (not its.batch_choice or its.batch_choice in choices)
    return {"entity": kind.capitalize(), "operation": "batch" if batched else "create"}


def go_on(made: World) -> None:
    """A new worker, after the dead one's lease has run out."""
    with made.hub() as hub:
        made.let_lease_run_out(hub)
        made.finish(hub)
        assert_books_agree(made, hub)


def kill_once(home: Path, provider: str, step: Step, *, database_url: str = "") -> None:
    """A worker dies at the step, another one goes on: nothing is lost, nothing is doubled."""
    with world(home, provider, database_url=database_url) as made:
        with made.hub() as hub:
            fill(made, hub, small_shop(provider))
        made.kill_at(step.point, step.kind, skip=step.skip)
        go_on(made)


def kill_before_it_is_applied(home: Path, provider: str, kind: Kind) -> None:
    """The provider works on the dead worker's request for so long that the worker's lease runs out before."""
    with world(home, provider) as made:
        with made.hub() as hub:
            fill(made, hub, small_shop(provider))
        seconds = made.terms.request_timeout.total_seconds() * 0.8
        made.sandbox.fault("slow", seconds=seconds, match=one_of(provider, kind))
        made.kill_at("request left", kind)
        go_on(made)


def kill_in_a_row(home: Path, provider: str, steps: Sequence[Step]) -> None:
    """One worker after the other dies; the next comes when the lease has run out and the request cannot be running."""
    with world(home, provider) as made:
        with made.hub() as hub:
            fill(made, hub, small_shop(provider))
        for step in steps:
            made.kill_at(step.point, step.kind, skip=step.skip)
            made.pass_time(LONG_ENOUGH)
            with made.hub() as hub:
                made.let_lease_run_out(hub)
        go_on(made)
