"""Server-sent events of something that goes on until it is over: one for each change, the last one is `end`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from ledgerport.services.rejections import NotFound

# How many looks without news make a comment, so that proxies keep the line open.
_QUIET_LOOKS = 30


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is told of one moment (JSON, a line), and whether that was the last."""

    data: str
    over: bool


async def events(first: Look, look: Callable[[], Awaitable[Look]], every: float) -> AsyncIterator[str]:
    """At most one event every `every` seconds. `look` reads the database, the only source; ends quietly when it raises
    NotFound."""
    seen, shown, quiet = first, None, 0
    while True:
        if seen != shown:
            yield _event("progress", seen)
            shown, quiet = seen, 0
        if seen.over:
            yield _event("end", seen)
            return
        await asyncio.sleep(every)
        quiet += 1
        if quiet >= _QUIET_LOOKS:
            yield ": still running\n\n"
            quiet = 0
        try:
            seen = await look()
        except NotFound:
            return


def _event(name: str, look: Look) -> str:
    return f"event: {name}\ndata: {look.data}\n\n"
