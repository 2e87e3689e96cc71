"""An import is to be read, or brought over."""

from __future__ import annotations

from ledgerport.actors.broker import actor
from ledgerport.services.context import Hub
from ledgerport.services.imports.work_import import work_import


@actor("imports.work")
def work(hub: Hub, import_id: int) -> None:
    if work_import(hub, import_id):
        hub.queue.add("imports.work", import_id)
