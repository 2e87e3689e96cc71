"""The worker process is killed with -9 at each step of a drain and another one goes on.

The provider's ledger then shows nothing lost and nothing doubled, to the cent, payments included.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.killing.shop import shop
from tests.integration.killing.world import World, assert_books_agree, fill, world

from ledgerport.contract import Kind

STEPS = [
    ("lease taken", Kind.ITEM, 0),
    ("permit taken, claim not committed", Kind.ITEM, 0),
    ("claim committed", Kind.ITEM, 1),
    ("claim committed", Kind.PAYMENT, 0),
    ("request about to leave", Kind.CUSTOMER, 0),
    ("half of the request left", Kind.INVOICE, 0),
    ("request left", Kind.CUSTOMER, 0),
    ("request left", Kind.ITEM, 1),
    ("request left", Kind.INVOICE, 0),
    ("request left", Kind.PAYMENT, 1),
    ("answer began", Kind.PAYMENT, 0),
    ("answer came", Kind.CUSTOMER, 0),
    ("answer came", Kind.INVOICE, 1),
    ("answer came", Kind.PAYMENT, 0),
    ("settled, not committed", Kind.ITEM, 0),
    ("settled, not committed", Kind.PAYMENT, 1),
    ("settle committed", Kind.INVOICE, 0),
    ("settle committed", Kind.PAYMENT, 0),
    ("before the look-up by e-mail", Kind.CUSTOMER, 0),
    ("after the look-up by e-mail", Kind.CUSTOMER, 0),
    ("lease about to be given back", Kind.PAYMENT, 0),
]


def go_on(made: World) -> None:
    """A new worker, after the dead one's lease has run out."""
    with made.hub() as hub:
        made.let_lease_run_out(hub)
        made.finish(hub)
        assert_books_agree(made, hub)


@pytest.mark.parametrize(
    ("point", "kind", "skip"), STEPS, ids=[f"{point}: {kind} {skip}" for point, kind, skip in STEPS]
)
def test_a_worker_killed_at_this_point_loses_and_doubles_nothing(
    tmp_path: Path, point: str, kind: Kind, skip: int
) -> None:
    with world(tmp_path) as made:
        with made.hub() as hub:
            fill(made, hub, shop())
        made.kill_at(point, kind, skip=skip)
        go_on(made)


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.ITEM, Kind.INVOICE, Kind.PAYMENT])
def test_a_request_that_is_applied_only_after_the_worker_died_is_not_sent_again(tmp_path: Path, kind: Kind) -> None:
    """The provider works on it for 100 s, which is longer than the dead worker's lease lasts."""
    with world(tmp_path) as made:
        with made.hub() as hub:
            fill(made, hub, shop())
        entity = kind.value.capitalize()
        made.sandbox.fault("slow", seconds=100, match={"entity": entity, "operation": "batch"})
        made.kill_at("request left", kind)
        go_on(made)


RESOLVING = [
    ("before the look-up of unknown outcomes", Kind.INVOICE),
    ("after the look-up of unknown outcomes", Kind.PAYMENT),
    ("resolved, not committed", Kind.ITEM),
    ("resolved, not committed", Kind.PAYMENT),
]


@pytest.mark.parametrize(("point", "kind"), RESOLVING, ids=[f"{point}: {kind}" for point, kind in RESOLVING])
def test_a_second_worker_killed_while_it_resolves_what_the_first_left_doubles_nothing(
    tmp_path: Path, point: str, kind: Kind
) -> None:
    with world(tmp_path) as made:
        with made.hub() as hub:
            fill(made, hub, shop())
        made.kill_at("request left", kind)
        made.pass_time(timedelta(minutes=4))
        with made.hub() as hub:
            made.let_lease_run_out(hub)
        made.kill_at(point, kind)
        go_on(made)


def test_three_workers_killed_one_after_the_other_double_no_payment(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        with made.hub() as hub:
            fill(made, hub, shop())
        for point in ("request left", "before the look-up of unknown outcomes", "resolved, not committed"):
            made.kill_at(point, Kind.PAYMENT)
            made.pass_time(timedelta(minutes=4))
            with made.hub() as hub:
                made.let_lease_run_out(hub)
        go_on(made)
