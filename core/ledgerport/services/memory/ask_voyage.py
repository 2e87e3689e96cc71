"""The vector of a question: one small request to Voyage, at its pace, counted as spent."""

from __future__ import annotations

from datetime import datetime, timedelta

from ledgerport.db.repositories import memory_vectors
from ledgerport.memory.documents import estimate_tokens
from ledgerport.memory.errors import MemoryAway
from ledgerport.memory.port import Memory
from ledgerport.services.context import Hub
from ledgerport.services.memory.pace import Pace

# Somebody waits for the answer: a backfill that has used up this minute's requests is not waited for any longer.
_PATIENCE = timedelta(seconds=3)
# After a 429 that names no pause.
_UNSAID = timedelta(seconds=20)


def question_vector(hub: Hub, memory: Memory, tenant_id: int, text: str) -> bytes:
    """Raises MemoryAway and MemoryRefused."""
    pace = Pace(hub)
    turn = pace.take(estimate_tokens(text), patience=_PATIENCE)
    if isinstance(turn, datetime):
        raise MemoryAway("Voyage's limit for this minute is used up.", after=turn - hub.clock.now(), throttled=True)
    try:
        answer = memory.embedder.embed([text], purpose="query")
    except MemoryAway as away:
        if away.throttled:
            pace.hold(hub.clock.now() + (away.after or _UNSAID))
        raise
    finally:
        turn.end()
    with hub.database.tenant(tenant_id) as session:
        memory_vectors.spend(session, tenant_id, model=memory.embedder.model, tokens=answer.tokens, now=hub.clock.now())
    return answer.vectors[0]
