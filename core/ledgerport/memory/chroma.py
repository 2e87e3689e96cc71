"""Chroma as the index: in a folder of this process, or on a server.

A collection per tenant, kind of passage, model and dimension: one tenant's vectors are out of another's reach by
construction, and vectors of two models never meet. Chroma gets ids and vectors and nothing else; no text leaves the
database. `embedding_function=None` everywhere, or Chroma would fetch a model from the network.

chromadb is imported when the store is opened: it comes with an extra of ours and takes a second or more to load.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from ledgerport.memory.errors import MemoryAway, MemoryFault, MemoryRefused
from ledgerport.memory.port import Near, What
from ledgerport.memory.stores import Store

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api.client import Client

R = TypeVar("R")
_PAGE = 50
_MOST_DETAIL = 300
# At most so many ids in one deletion: SQLite takes no statement of any length.
_REMOVE = 500


class ChromaIndex:
    """Passages in Chroma. `store` opens it and gives it back; see `stores.py`."""

    def __init__(self, store: Store, *, model: str, dimension: int) -> None:
        self._store = store
        self._model = model
        self._dimension = dimension
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._collections: dict[str, Collection] = {}

    def put(self, tenant_id: int, what: What, passages: Sequence[tuple[str, bytes]]) -> None:
        # One vector an id, the last: Chroma refuses a whole batch that names an id twice.
        rows = list(dict(passages).items())
        if not rows:
            return
        size = self._opened().get_max_batch_size()
        for start in range(0, len(rows), size):
            part = rows[start : start + size]
            ids, vectors = [id for id, _ in part], self._rows(vector for _, vector in part)
            self._with(tenant_id, what, lambda found: found.upsert(ids=ids, embeddings=vectors))  # noqa: B023 - at once

    def near(self, tenant_id: int, what: What, vector: bytes, limit: int) -> list[Near]:
        asked = self._rows([vector])
        found = self._with(
            tenant_id,
            what,
            lambda there: there.query(query_embeddings=asked, n_results=limit, include=["distances"]),
        )
        distances = found["distances"] or [[]]
        # Rounding puts the distance of a vector to itself a hair off zero.
        return [
            Near(id=id, similarity=min(1.0, max(-1.0, 1.0 - distance)))
            for id, distance in zip(found["ids"][0], distances[0], strict=True)
        ]

    def remove(self, tenant_id: int, what: What, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), _REMOVE):
            part = list(ids[start : start + _REMOVE])
            self._with(tenant_id, what, lambda there: there.delete(ids=part))  # noqa: B023 - called at once

    def drop(self, tenant_id: int) -> None:
        client = self._opened()
        prefix = f"ledgerport-t{tenant_id}-"
        with _translated(self._store.where):
            for name in [name for name in _names(client) if name.startswith(prefix)]:
                with self._lock:
                    self._collections.pop(name, None)
                client.delete_collection(name)

    def count(self, tenant_id: int, what: What) -> int:
        return self._with(tenant_id, what, lambda there: there.count())

    def close(self) -> None:
        with self._lock:
            client, self._client = self._client, None
            self._collections.clear()
            if client is not None:
                self._store.close(client)

    def _opened(self) -> Client:
        with self._lock, _translated(self._store.where):
            if self._client is None:
                self._client = self._store.open()
            return self._client

    def _with(self, tenant_id: int, what: What, act: Callable[[Collection], R]) -> R:
        """Act on the collection; once more on a new one when another process has dropped it meanwhile."""
        name = f"ledgerport-t{tenant_id}-{what}-{self._model}-{self._dimension}"
        client = self._opened()
        with _translated(self._store.where):
            try:
                return act(self._collection(client, name))
            except Exception as error:
                if type(error).__name__ != "NotFoundError":
                    raise
                with self._lock:
                    self._collections.pop(name, None)
                return act(self._collection(client, name))

    def _collection(self, client: Client, name: str) -> Collection:
        with self._lock:
            if (kept := self._collections.get(name)) is not None:
                return kept
        made = client.get_or_create_collection(
            name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        with self._lock:
            self._collections[name] = made
        return made

    def _rows(self, vectors: Sequence[bytes] | Iterator[bytes]) -> list[Sequence[float]]:
        """Raises MemoryRefused for a vector of another dimension."""
        import numpy  # noqa: PLC0415 - comes with chromadb

        rows = [numpy.frombuffer(vector, dtype="<f4") for vector in vectors]
        for row in rows:
            if len(row) != self._dimension:
                raise MemoryRefused(
                    f"A vector of {len(row)} numbers does not go with vectors of {self._dimension}: "
                    "LEDGERPORT_MEMORY__DIMENSION was changed. Run `ledgerport memory backfill`."
                )
        return rows  # type: ignore[return-value]  # Chroma takes arrays as well as lists


def _names(client: Client) -> Iterator[str]:
    """Of all collections; gathered before any is deleted, page by page."""
    start = 0
    while page := client.list_collections(limit=_PAGE, offset=start):
        yield from (found.name for found in page)
        start += len(page)


@contextmanager
def _translated(where: str) -> Iterator[None]:
    """Whatever Chroma raises, as one of ours."""
    try:
        yield
    except MemoryFault:
        raise
    except Exception as error:
        # A server's unknown answer is a bare Exception, a lost connection an error of httpx, a bad argument ValueError.
        raise _fault(error, where) from error


def _fault(error: Exception, where: str) -> MemoryFault:
    kind, said = type(error).__name__, str(error)[:_MOST_DETAIL]
    if kind in ("AuthorizationError", "ChromaAuthError"):
        return MemoryRefused(f"The Chroma server at {where} does not let us in. Check LEDGERPORT_MEMORY__CHROMA_TOKEN.")
    if kind in ("InvalidDimensionException", "InvalidArgumentError"):
        return MemoryRefused(f"Chroma ({where}) does not take this: {said}.")
    if "file is not a database" in said or "malformed" in said:
        return MemoryRefused(
            f"The vectors in {where} are damaged. Stop Ledgerport, delete that folder and run "
            "`ledgerport memory rebuild`, which costs nothing."
        )
    return MemoryAway(f"Chroma ({where}) does not answer as it should: {kind}, {said}.")
