"""Why the memory cannot answer just now, in words that every door says alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from ledgerport.memory.errors import MemoryAway, MemoryBusy, MemoryFault, MemoryRefused
from ledgerport.memory.port import Memory
from ledgerport.services.context import Hub
from ledgerport.services.rejections import Conflict

OFF = "The memory of past prices is turned off on this hub."
_TURN_ON = "Your operator turns it on with RAG_BILLING_EMBED_ENABLED=true and a Voyage API key."
_LATER = "Ask again in a minute. Billing goes on; what is to be remembered waits."
_PERSON = "Your operator must put that right. Billing goes on; what is to be remembered waits."


class MemoryUnavailable(Exception):
    """Voyage or Chroma cannot be used now. `reason` says why, `next_step` what to do, `after` when to ask again."""

    def __init__(self, reason: str, next_step: str, *, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.next_step = next_step
        self.after = after


def memory_of(hub: Hub) -> Memory:
    """The hub's memory. Raises Conflict where it is turned off."""
    if hub.memory is None:
        raise Conflict(OFF, _TURN_ON)
    return hub.memory


@contextmanager
def for_people() -> Iterator[None]:
    """What Voyage or Chroma refuse inside becomes MemoryUnavailable."""
    try:
        yield
    except MemoryFault as fault:
        raise MemoryUnavailable(
            fault.sentence, _next_step(fault), after=fault.after if isinstance(fault, MemoryAway) else None
        ) from fault


def _next_step(fault: MemoryFault) -> str:
    if isinstance(fault, MemoryBusy):
        # Its sentence says where to ask instead.
        return ""
    return _PERSON if isinstance(fault, MemoryRefused) else _LATER
