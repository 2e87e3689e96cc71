"""The embedder over the true client, against what Voyage's sandbox said: requests to the letter, answers, refusals."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from tests.contract.voyage_tape import VoyageSource, replayed

from ledgerport.engine.retry_after import retry_after
from ledgerport.memory.errors import MemoryAway, MemoryRefused
from ledgerport.memory.voyage import VoyageEmbedder

PROVIDER = "voyage"
pytestmark = [pytest.mark.vcr]
# The smallest there is: a cassette is to be read.
DIMENSION = 256
TEXTS = ["Install water heater standard hours (Labour, service)", "Drain cleaning (Labour, service)"]


@pytest.fixture
def taped(vcr: Any, source: VoyageSource | None) -> Iterator[VoyageSource]:
    """Recorded or replayed; every recording must be used up."""
    if source is not None:
        for name, value in source.metadata().items():
            vcr.get_metadata(name, value)
        yield source
        return
    yield replayed(vcr.get_metadata)
    assert vcr.all_played, "the cassette holds requests that the embedder no longer makes"


def embedder(taped: VoyageSource, *, dimension: int = DIMENSION, key: str = "") -> VoyageEmbedder:
    return VoyageEmbedder(
        api_key=SecretStr(key) if key else taped.api_key,
        model="voyage-3.5",
        dimension=dimension,
        seconds=10,
        pause_in=retry_after,
        address=taped.address,
    )


def floats(vector: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{DIMENSION}f", vector)


def test_documents_become_vectors_that_a_question_finds(taped: VoyageSource) -> None:
    voyage = embedder(taped)

    kept = voyage.embed(TEXTS, purpose="document")
    asked = voyage.embed(["what did we charge for a water heater install?"], purpose="query")

    likeness = [sum(map(float.__mul__, floats(asked.vectors[0]), floats(vector))) for vector in kept.vectors]
    assert likeness[0] > 0.5 > 0.2 > likeness[1]
    assert (kept.tokens, asked.tokens) == (22, 11)


def test_a_wrong_key_is_refused(taped: VoyageSource) -> None:
    with pytest.raises(MemoryRefused, match="does not accept the API key") as caught:
        embedder(taped, key="bad-key").embed(TEXTS, purpose="document")

    assert "bad-key" not in caught.value.sentence


def test_a_dimension_that_the_model_has_not_is_refused_in_voyages_words(taped: VoyageSource) -> None:
    with pytest.raises(MemoryRefused, match=r"accepted values for 'voyage-3\.5' are"):
        embedder(taped, dimension=300).embed(TEXTS, purpose="document")


@pytest.mark.sandbox_only
def test_over_the_limit_it_is_later_when_voyage_says(taped: VoyageSource) -> None:
    taped.fault("throttle", retry_after=20)

    with pytest.raises(MemoryAway) as caught:
        embedder(taped).embed(TEXTS, purpose="document")

    assert (caught.value.after, caught.value.throttled) == (timedelta(seconds=20), True)


@pytest.mark.sandbox_only
@pytest.mark.parametrize(("status", "body"), [(500, "json"), (503, "html")])
def test_trouble_at_voyage_is_later(taped: VoyageSource, status: int, body: str) -> None:
    taped.fault("status", status=status, body=body)

    with pytest.raises(MemoryAway, match=f"HTTP {status}"):
        embedder(taped).embed(TEXTS, purpose="document")
