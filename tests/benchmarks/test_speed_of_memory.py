"""A year of a real shop is backfilled into the memory through the Voyage sandbox, beside two plain loops.

One upserts the very vectors, ready made, and does nothing else: no texts, no request, no database. The other has the
texts ready made, asks the sandbox with Voyage's own client, a request after the other, and upserts each answer. The
sandbox runs in a process of its own. `LEDGERPORT_BENCH_INVOICES` makes it smaller.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any

import chromadb
import numpy
import pytest
from chromadb.config import Settings as ChromaSettings
from sqlalchemy import select
from tests.benchmarks.figures import Finding
from tests.benchmarks.sandbox_process import sandbox_process
from tests.factories import make_tenant
from tests.memory_stage import remembering, remembering_settings
from tests.stage import Sandbox, load
from voyageai.client import Client

from ledgerport.contract import Kind, SystemClock
from ledgerport.db.models import MemoryEntry, MemoryVector
from ledgerport.demo import retail
from ledgerport.memory.batches import cut
from ledgerport.memory.port import What
from ledgerport.memory.prices import limits_of
from ledgerport.services.context import Hub
from ledgerport.services.memory.backfill import start_backfill, work_backfill
from ledgerport.services.memory.compose import Composer
from ledgerport.services.memory.estimate_backfill import estimate_backfill
from ledgerport.services.memory.store import passage_id
from ledgerport.services.record_input import as_record
from ledgerport.services.save_records import save_record

INVOICES = int(os.environ.get("LEDGERPORT_BENCH_INVOICES", "20000"))
# The pace of this model leaves room for them all: what is measured is the machine.
MODEL = "voyage-3.5-lite"
_QUERIES = 500
_NEAREST = 20
_AT_ONCE = 500
_SAVED = 600


@pytest.fixture(scope="module")
def voyage() -> Iterator[Sandbox]:
    with sandbox_process("voyage") as running:
        yield running


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, voyage: Sandbox) -> Iterator[Hub]:
    settings = remembering_settings(tmp_path_factory.mktemp("memory"), voyage.url, model=MODEL)
    with remembering(settings, SystemClock(), own_process=True) as hub:
        yield hub


@pytest.fixture(scope="module")
def tenant(hub: Hub, shared: Path) -> int:
    """The shop's invoices, sent while the memory was off."""
    tenant = make_tenant(hub, "shop")
    data = retail.read(shared / "data" / "online_retail.csv.gz", invoices=INVOICES)
    loaded = load(dataclasses.replace(hub, memory=None), tenant, data.records)
    assert loaded.accepted > INVOICES
    return tenant


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measured:
    """Seconds of each piece of work, and what it was about."""

    documents: int
    vectors: int
    requests: int
    estimated_tokens: int
    paid_tokens: int
    estimating: float
    marking: float
    working: float
    again: float
    upserting: float
    looping: float
    ours: Sequence[float]
    theirs: Sequence[float]


@pytest.fixture(scope="module")
def measured(hub: Hub, tenant: int, voyage: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Measured:
    _warm_up(hub, tenant, voyage)
    estimate, estimating = _timed(lambda: estimate_backfill(hub, tenant_id=tenant))
    _, marking = _timed(lambda: start_backfill(hub, tenant_id=tenant, estimate=estimate))
    done, working = _timed(lambda: work_backfill(hub, tenant_id=tenant))
    assert (done.documents, done.waiting, done.failed) == (estimate.documents, 0, 0)
    paid = voyage.control("paid", method="GET")
    assert (paid["texts"], paid["again"]) == (estimate.texts, 0)
    second, again = _timed(lambda: _once_more(hub, tenant))
    assert second.paid_tokens == 0
    vectors = _vectors(hub, tenant)
    plain = _plain(tmp_path_factory.mktemp("plain"))
    _, upserting = _timed(lambda: _upsert(plain, vectors))
    ours, theirs = _queries(hub, tenant, plain, vectors)
    texts = _texts(hub, tenant)
    assert sum(len(some) for some in texts.values()) == len(vectors)
    voyage.control("reset")
    looped = _plain(tmp_path_factory.mktemp("looped"))
    _, looping = _timed(lambda: _embed_and_upsert(voyage, looped, texts))
    return Measured(
        documents=done.documents,
        vectors=len(vectors),
        requests=paid["requests"],
        estimated_tokens=estimate.tokens,
        paid_tokens=done.paid_tokens,
        estimating=estimating,
        marking=marking,
        working=working,
        again=again,
        upserting=upserting,
        looping=looping,
        ours=ours,
        theirs=theirs,
    )


@pytest.mark.timeout(1800)
def test_a_backfill_takes_little_longer_than_a_plain_upsert_of_its_vectors(
    measured: Measured, found: Callable[[Finding], None]
) -> None:
    found(
        Finding(
            bench=f"backfill of {measured.documents:,} invoices beside a plain Chroma upsert of its vectors",
            value=measured.working / measured.upserting,
            unit="x its time",
            target=1.25,
            figures={
                "texts embedded": measured.vectors,
                "requests": measured.requests,
                "backfill, s": measured.working,
                "backfill, documents a second": measured.documents / measured.working,
                "plain upsert, s": measured.upserting,
                "plain upsert, vectors a second": measured.vectors / measured.upserting,
                "rate beside the plain upsert": measured.upserting / measured.working,
                "estimate before it, s": measured.estimating,
                "marking, s": measured.marking,
                "tokens estimated": measured.estimated_tokens,
                "tokens paid": measured.paid_tokens,
            },
        )
    )


def test_a_backfill_takes_little_longer_than_a_plain_loop_that_embeds_and_upserts(
    measured: Measured, found: Callable[[Finding], None]
) -> None:
    found(
        Finding(
            bench=f"backfill of {measured.documents:,} invoices beside a plain loop that embeds and upserts",
            value=measured.working / measured.looping,
            unit="x its time",
            target=1.25,
            figures={
                "backfill, s": measured.working,
                "plain loop, s": measured.looping,
                "rate beside the plain loop": measured.looping / measured.working,
            },
        )
    )


def test_a_second_backfill_takes_next_to_no_time(measured: Measured, found: Callable[[Finding], None]) -> None:
    found(
        Finding(
            bench="a second backfill, its estimate included, beside the first",
            value=100 * measured.again / measured.working,
            unit="% of its time",
            target=2.0,
            figures={"second, ms": 1000 * measured.again, "first, s": measured.working},
        )
    )


def test_the_index_is_asked_nearly_as_fast_as_plain_chroma(
    measured: Measured, found: Callable[[Finding], None]
) -> None:
    ours, theirs = measured.ours, measured.theirs
    found(
        Finding(
            bench=f"asking the index among {measured.vectors:,} passages, 99th percentile",
            value=_p99(ours) / _p99(theirs),
            unit="x plain Chroma's",
            target=2.0,
            figures={
                "ours, ms (median, 99th)": [1000 * median(ours), 1000 * _p99(ours)],
                "plain, ms (median, 99th)": [1000 * median(theirs), 1000 * _p99(theirs)],
            },
        )
    )


@pytest.mark.timeout(600)
def test_billing_with_the_memory_on_is_hardly_slower(hub: Hub, found: Callable[[Finding], None]) -> None:
    """On and off in turns, record by record, so that whatever else the machine does counts for both."""
    hubs = {"off": dataclasses.replace(hub, memory=None), "on": hub}
    tenants = {name: make_tenant(one) for name, one in hubs.items()}
    for name, one in hubs.items():
        save_record(one, tenant_id=tenants[name], ref="C", record=as_record(Kind.CUSTOMER, {"name": "Jon Doe"}))
    times: dict[str, list[float]] = {"off": [], "on": []}
    for at in range(_SAVED):
        for name, one in hubs.items():
            times[name].append(_timed(partial(_bill, one, tenants[name], at))[1])
    on, off = (_without_extremes(times[name]) for name in ("on", "off"))
    found(
        Finding(
            bench="billing with the memory on beside off, record by record (a sent invoice and its payment)",
            value=on / off,
            unit="x its time",
            target=1 / 0.95,
            figures={
                "throughput on beside off": off / on,
                "on, ms for both records": 1000 * on,
                "off, ms for both records": 1000 * off,
            },
        )
    )


def _warm_up(hub: Hub, tenant: int, voyage: Sandbox) -> None:
    """Load the client's library, and Chroma's in its process: seconds that a process pays once."""
    assert hub.memory is not None
    hub.memory.index.count(tenant, "line")
    hub.memory.embedder.embed(["Water heater"], purpose="query")
    voyage.control("paid", method="DELETE")


def _once_more(hub: Hub, tenant: int) -> Any:
    start_backfill(hub, tenant_id=tenant)
    return work_backfill(hub, tenant_id=tenant)


def _bill(hub: Hub, tenant: int, at: int) -> None:
    line = {"description": "Water heater, 50 gallons, fitted", "quantity": "1", "unit_price": "100.00"}
    invoice = {"customer": "C", "number": str(at), "issued_on": "2026-05-01", "status": "SENT", "lines": [line] * 5}
    save_record(hub, tenant_id=tenant, ref=f"I-{at}", record=as_record(Kind.INVOICE, invoice))
    parts = [{"invoice": f"I-{at}", "amount": "500.00"}]
    paid = {"customer": "C", "paid_on": "2026-05-04", "amount": "500.00", "method": "check", "allocations": parts}
    save_record(hub, tenant_id=tenant, ref=f"P-{at}", record=as_record(Kind.PAYMENT, paid))


def _without_extremes(times: Sequence[float]) -> float:
    """The mean of the middle half."""
    quarter = len(times) // 4
    return mean(sorted(times)[quarter : len(times) - quarter])


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    done = work()
    return done, time.perf_counter() - began


def _vectors(hub: Hub, tenant: int) -> list[tuple[str, What, bytes]]:
    """(id, what, vector) of everything in the index."""
    with hub.database.tenant(tenant, read=True) as session:
        rows = session.execute(
            select(MemoryVector.id, MemoryVector.what, MemoryVector.vector).order_by(MemoryVector.id)
        ).all()
    return [(passage_id("row", row.id), row.what, row.vector) for row in rows]


def _plain(folder: Path) -> dict[What, Any]:
    """Two collections as anybody would make them."""
    client = chromadb.PersistentClient(str(folder), settings=ChromaSettings(anonymized_telemetry=False))
    kinds: tuple[What, What] = ("line", "document")
    return {
        what: client.create_collection(what, embedding_function=None, configuration={"hnsw": {"space": "cosine"}})
        for what in kinds
    }


def _upsert(plain: dict[What, Any], vectors: Sequence[tuple[str, What, bytes]]) -> None:
    for what, collection in plain.items():
        mine = [(id_, vector) for id_, its, vector in vectors if its == what]
        for start in range(0, len(mine), _AT_ONCE):
            part = mine[start : start + _AT_ONCE]
            collection.upsert(
                ids=[id_ for id_, _ in part], embeddings=[numpy.frombuffer(vector, dtype="<f4") for _, vector in part]
            )


def _texts(hub: Hub, tenant: int) -> dict[What, list[str]]:
    """Everything that was embedded."""
    composer, documents, lines = Composer(), list[str](), dict[str, str]()
    with hub.database.tenant(tenant, read=True) as session:
        ids = session.scalars(select(MemoryEntry.record_id).order_by(MemoryEntry.record_id)).all()
        for start in range(0, len(ids), _AT_ONCE):
            made = composer.compose(session, tenant, Kind.INVOICE, ids[start : start + _AT_ONCE])
            documents.extend(one.text for one in made.values())
            # It remembers so many at a time.
            lines |= composer.line_texts
    return {"line": list(lines.values()), "document": list(dict.fromkeys(documents))}


def _embed_and_upsert(voyage: Sandbox, plain: dict[What, Any], texts: dict[What, list[str]]) -> None:
    client = Client(api_key="bench-key", base_url=f"{voyage.url}/v1", max_retries=0)
    for what, collection in plain.items():
        for start, part in _parts(texts[what]):
            answer = client.embed(part, model=MODEL, input_type="document", output_dimension=1024)
            ids = [str(start + at) for at in range(len(part))]
            collection.upsert(ids=ids, embeddings=numpy.asarray(answer.embeddings, dtype="<f4"))


def _parts(texts: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """As large as the hub's own requests."""
    start = 0
    for part in cut(texts, limits_of(MODEL), text_of=str):
        yield start, part
        start += len(part)


def _queries(
    hub: Hub, tenant: int, plain: dict[What, Any], vectors: Sequence[tuple[str, What, bytes]]
) -> tuple[list[float], list[float]]:
    """Seconds of each query, ours and plain Chroma's, in turns."""
    assert hub.memory is not None
    index = hub.memory.index
    asked = [vector for _, its, vector in vectors if its == "document"]
    asked = [asked[at * 7919 % len(asked)] for at in range(_QUERIES)]
    collection = plain["document"]

    def near(vector: bytes) -> object:
        return index.near(tenant, "document", vector, _NEAREST)

    def query(vector: bytes) -> object:
        row = numpy.frombuffer(vector, dtype="<f4")
        return collection.query(query_embeddings=[row], n_results=_NEAREST, include=["distances"])

    ours, theirs = [], []
    for vector in asked:
        ours.append(_timed(partial(near, vector))[1])
        theirs.append(_timed(partial(query, vector))[1])
    return ours, theirs


def _p99(times: Sequence[float]) -> float:
    return quantiles(times, n=100)[98]
