"""What it would cost to let the memory have all past documents. Nothing is sent: texts are made and counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.repositories import memory_candidates
from ledgerport.db.repositories.memory_texts import DOCUMENTS
from ledgerport.db.repositories.memory_vectors import Space
from ledgerport.memory.documents import TEXT_VERSION, estimate_tokens
from ledgerport.memory.port import Memory
from ledgerport.memory.prices import AS_OF
from ledgerport.services.context import Hub
from ledgerport.services.memory.compose import Composer
from ledgerport.services.memory.plan import wanted_texts
from ledgerport.services.memory.unavailable import memory_of

_PAGE = 500


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """`documents` are to be gone through, `unchanged` ones are in the memory as they are. `texts` have no vector yet:
    those of documents, and one for each distinct thing sold; about `tokens` in all, `dollars` at `price` a million.

    `as_of`: the day of the price table; None where the operator set the price.
    """

    documents: int
    unchanged: int
    texts: int
    tokens: int
    dollars: Decimal
    model: str
    price: Decimal
    as_of: date | None


def estimate_backfill(hub: Hub, *, tenant_id: int, progress: Callable[[int, int], None] | None = None) -> Estimate:
    """Count documents, texts and tokens; `progress` is told (documents read, documents in all). Raises Conflict where
    the memory is off.
    """
    memory = memory_of(hub)
    with hub.database.tenant(tenant_id, read=True) as session:
        wanted = outdated(session, space_of(memory, tenant_id))
        counted = memory_candidates.count_sent(session, tenant_id)
    total = sum(len(ids) for ids in wanted.values())
    composer, seen, tokens, done = Composer(), set[str](), 0, 0
    for kind, ids in wanted.items():
        for start in range(0, len(ids), _PAGE):
            page = ids[start : start + _PAGE]
            with hub.database.tenant(tenant_id, read=True) as session:
                made = composer.compose(session, tenant_id, kind, page)
                texts = wanted_texts(session, space_of(memory, tenant_id), composer, list(made.values()))
            tokens += sum(estimate_tokens(one.text) for hash_, one in texts.items() if hash_ not in seen)
            seen.update(texts)
            done += len(page)
            if progress is not None:
                progress(done, total)
    return Estimate(
        documents=total,
        unchanged=max(0, counted.sent - counted.forgotten - total),
        texts=len(seen),
        tokens=tokens,
        dollars=memory.dollars(tokens),
        model=memory.embedder.model,
        price=memory.price_per_million,
        as_of=AS_OF if memory.price_override is None else None,
    )


def space_of(memory: Memory, tenant_id: int) -> Space:
    """Where this memory's vectors of a tenant are compared."""
    return Space(tenant_id=tenant_id, model=memory.embedder.model, dimension=memory.embedder.dimension)


def outdated(session: Session, space: Space) -> dict[Kind, Sequence[int]]:
    """The documents of each kind that the memory lacks or has an older text of."""
    return {kind: memory_candidates.candidates(session, space, kind, text_version=TEXT_VERSION) for kind in DOCUMENTS}
