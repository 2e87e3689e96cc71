"""Estimates move no money, but nobody wants an offer twice: lost answers at every provider."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.integration.killing.failures import Fault, assert_all_struck, called
from tests.integration.killing.shop import customer, invoice, item
from tests.integration.killing.steps import one_of
from tests.integration.killing.world import assert_nothing_left, fill, links, world
from tests.stage import PROVIDERS

from ledgerport.contract import Kind

LOST: list[Fault] = [
    {"name": "drop_before"},
    {"name": "drop_after"},
    {"name": "status", "status": 502, "body": "html", "applied": True},
]


def estimate(number: int) -> dict[str, Any]:
    """An offer of `number` pieces of item 1, which cost 1.25."""
    return {**invoice(number), "kind": "estimate", "ref": f"EST{number}", "number": f"E-{number}"}


@pytest.mark.parametrize("fault", LOST, ids=called)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_estimate_whose_answer_got_lost_is_there_once(tmp_path: Path, provider: str, fault: Fault) -> None:
    with world(tmp_path, provider, rate=60) as made, made.hub() as hub:
        fill(made, hub, [customer(1), item(1), estimate(4), estimate(8)])
        made.sandbox.fault(**fault, match=one_of(provider, Kind.ESTIMATE))
        made.finish(hub)
        assert_all_struck(made)
        rows = made.sandbox.ledger()["estimates"]
        assert sorted(row["total"] for row in rows) == ["10.00", "5.00"]
        assert set(links(hub, made.connection, Kind.ESTIMATE).values()) == {row["id"] for row in rows}
        assert_nothing_left(hub, made.connection)
