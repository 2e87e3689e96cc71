"""What a hub does all day, in a process of its own: records come in, are sent and paid, and reach the books."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from tests.integration.killing.shop import customer, invoice, item, payment, total
from tests.integration.killing.world import assert_books_agree, fill, world

from ledgerport import serving
from ledgerport.cli.found import COMMANDS, load
from ledgerport.db.models import MemoryEntry
from ledgerport.services.tick import Sent, tick


def live(home: Path) -> dict[str, Any]:
    """One such day with every door open; what it loaded, whom it called, what the memory wants afterwards."""
    called: set[tuple[str, int]] = set()
    sys.addaudithook(lambda event, told: _note(called, event, told))
    with world(home) as made, made.hub() as hub:
        site = serving.create_site(hub)
        fill(made, hub, [customer(1), item(1), invoice(1), payment(1, customer=1, parts={1: total(1)})])
        tick(hub, Sent())
        made.finish(hub)
        assert_books_agree(made, hub)
        with hub.database.everything(read=True) as session:
            marked = session.scalar(select(func.count()).select_from(MemoryEntry))
        return {
            "commands": len([load(name) for name in COMMANDS]),
            "routes": len(site.routes),
            "called": sorted(f"{host}:{port}" for host, port in called),
            "sandbox": made.sandbox.url.removeprefix("http://"),
            "pushed": {kind: len(rows) for kind, rows in made.sandbox.ledger().items() if isinstance(rows, list)},
            "memory": hub.memory is not None,
            "marked": marked,
            "modules": sorted({name.partition(".")[0] for name in sys.modules}),
        }


def _note(called: set[tuple[str, int]], event: str, told: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(told[1], tuple):
        called.add((str(told[1][0]), int(told[1][1])))
