"""While more waits than can go, a claim fills every batch and takes every place that is free."""

from __future__ import annotations

from pathlib import Path

from tests.integration.killing.shop import item
from tests.integration.killing.world import World, fill, world
from tests.stage import CLIENT, plugin_of

from ledgerport.db.repositories import drain_leases
from ledgerport.engine.items_there import ItemsThere
from ledgerport.services.context import Hub
from ledgerport.services.draining.claim import claim
from ledgerport.services.draining.orders import Memory, SendOrder

SIZE = 50


def claim_for(made: World, hub: Hub, memory: Memory, *, free: int) -> list[int]:
    """One claim for so many places, as a drain makes it: how many records each request got."""
    with hub.database.everything() as session:
        held = drain_leases.load(session, made.connection)
        claimed = claim(hub, session, held, plugin_of(made.sandbox.provider), CLIENT[0], memory, free)
    return [len(order.parcels) for order in claimed.orders if isinstance(order, SendOrder)]


def looked() -> Memory:
    """A drain that knows already that none of the items is over there."""
    return Memory(items_there=ItemsThere(()))


def test_a_claim_for_several_places_after_one_for_a_single_place_takes_them_all(tmp_path: Path) -> None:
    with world(tmp_path, "xero") as made, made.hub() as hub:
        fill(made, hub, (item(number) for number in range(1, 8 * SIZE + 1)))
        with hub.database.everything() as session:
            assert drain_leases.take(session, made.connection, hub.owner)
        memory = looked()
        assert claim_for(made, hub, memory, free=1) == [SIZE]
        assert claim_for(made, hub, memory, free=4) == [SIZE] * 4


def test_records_that_fill_no_batch_of_their_own_go_when_nothing_else_waits(tmp_path: Path) -> None:
    with world(tmp_path, "xero") as made, made.hub() as hub:
        fill(made, hub, (item(number) for number in range(1, SIZE + 4)))
        with hub.database.everything() as session:
            assert drain_leases.take(session, made.connection, hub.owner)
        assert claim_for(made, hub, looked(), free=4) == [SIZE, 3]
