"""Asks Voyage for the vectors of texts that have none, and keeps each answer before anything else is done with it.

Voyage knows no idempotency key. The one request that is under way when a process is killed can therefore be paid twice,
and no other: whatever answered was committed here first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ledgerport.db.repositories import memory_vectors, memory_work
from ledgerport.db.repositories.memory_vectors import Made, Space
from ledgerport.memory.batches import cut
from ledgerport.memory.documents import estimate_tokens
from ledgerport.memory.errors import MemoryAway, MemoryRefused
from ledgerport.memory.port import Memory, What
from ledgerport.services.context import Hub
from ledgerport.services.memory.pace import Pace

# A moment that is waited for here; what takes longer is left to the scheduler.
_PATIENCE = timedelta(seconds=5)
# After a 429 that names no pause.
_UNSAID = timedelta(seconds=20)


class NotYet(Exception):
    """Our own pace says: not before `at` (of the hub's clock)."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A text that has no vector yet."""

    hash: str
    what: What
    text: str


@dataclass
class Requests:
    """Requests of one job. `refused`: hash -> why, of single texts that Voyage does not take."""

    hub: Hub
    memory: Memory
    space: Space
    refused: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._pace = Pace(self.hub)

    def make(self, wanted: Mapping[str, Wanted], told: Callable[[], None]) -> dict[str, bytes]:
        """The vectors by hash, all of them kept; `told` is called after each request.

        Raises MemoryAway, MemoryRefused and NotYet; what was answered before stays kept. A text that is refused alone,
        where others pass, is left out and noted in `refused`.
        """
        vectors: dict[str, bytes] = {}
        left = [one for one in wanted.values() if one.hash not in self.refused]
        for part in cut(left, self.memory.limits, text_of=_text_of):
            try:
                vectors |= self._ask(part)
            except MemoryRefused as refusal:
                vectors |= self._without_the_guilty(part, refusal)
            told()
        return vectors

    def _ask(self, part: list[Wanted]) -> dict[str, bytes]:
        """One request, paced, its answer committed."""
        weights = [estimate_tokens(one.text) for one in part]
        turn = self._pace.take(sum(weights), patience=_PATIENCE)
        if isinstance(turn, datetime):
            raise NotYet(turn)
        try:
            answer = self.memory.embedder.embed([one.text for one in part], purpose="document")
        except MemoryAway as away:
            if away.throttled:
                self._pace.hold(self.hub.clock.now() + (away.after or _UNSAID))
            raise
        finally:
            turn.end()
        vectors = {one.hash: vector for one, vector in zip(part, answer.vectors, strict=True)}
        shares = _shares(weights, answer.tokens)
        made = [
            Made(text_hash=one.hash, what=one.what, vector=vectors[one.hash], tokens=share)
            for one, share in zip(part, shares, strict=True)
        ]
        now = self.hub.clock.now()
        with self.hub.database.tenant(self.space.tenant_id) as session:
            memory_vectors.keep(session, self.space, made, now)
            memory_vectors.spend(session, self.space.tenant_id, model=self.space.model, tokens=answer.tokens, now=now)
            memory_work.count_paid(session, self.space.tenant_id, answer.tokens)
        self._pace.correct(turn, answer.tokens)
        return vectors

    def _without_the_guilty(self, part: list[Wanted], refusal: MemoryRefused) -> dict[str, bytes]:
        """Find the texts that spoil a request. Raises the refusal where not even its first or its last text passes:
        then it is no text's fault (a wrong key, another dimension), and a person must act.
        """
        vectors: dict[str, bytes] = {}
        for probe in (part[0], part[-1]):
            if len(part) > 1 and not vectors:
                vectors |= self._alone(probe)
        if not vectors:
            raise refusal
        self._halve([one for one in part if one.hash not in vectors], vectors)
        return vectors

    def _halve(self, part: list[Wanted], vectors: dict[str, bytes]) -> None:
        """Texts of which some are guilty: those that pass into `vectors`, the others into `refused`."""
        half = -(-len(part) // 2)
        for some in (part[:half], part[half:]):
            if not some:
                continue
            try:
                vectors |= self._ask(some)
            except MemoryRefused as refusal:
                if len(some) == 1:
                    self.refused[some[0].hash] = refusal.sentence
                else:
                    self._halve(some, vectors)

    def _alone(self, one: Wanted) -> dict[str, bytes]:
        try:
            return self._ask([one])
        except MemoryRefused:
            return {}


def _text_of(one: Wanted) -> str:
    return one.text


def _shares(weights: list[int], tokens: int) -> list[int]:
    """What each text cost, by its estimate, whole tokens that add up to what was paid."""
    whole, shares, before = sum(weights) or 1, [], 0
    for weight in weights:
        share = tokens * (before + weight) // whole - tokens * before // whole
        shares.append(share)
        before += weight
    return shares
