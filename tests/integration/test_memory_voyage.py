"""The embedder over Voyage's own client and the sandbox: vectors, and every failure as one of our decisions."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta

import httpx
import numpy
import pytest
from pydantic import SecretStr

from ledgerport.engine.retry_after import retry_after
from ledgerport.memory.errors import MemoryAway, MemoryFault, MemoryRefused
from ledgerport.memory.voyage import VoyageEmbedder
from ledgerport_sandbox.runner import Running
from ledgerport_sandbox.voyage.app import create_app


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with Running(create_app()) as running:
        yield running


def embedder(
    url: str, *, key: str = "pa-1", model: str = "voyage-3.5", dimension: int = 1024, seconds: float = 10.0
) -> VoyageEmbedder:
    return VoyageEmbedder(
        api_key=SecretStr(key),
        model=model,
        dimension=dimension,
        seconds=seconds,
        pause_in=retry_after,
        address=f"{url}/v1/",
    )


def strike(sandbox: Running, name: str, **arguments: object) -> None:
    httpx.post(f"{sandbox.url}/_sandbox/faults", json={"name": name, **arguments}, timeout=10).raise_for_status()


def paid(sandbox: Running) -> dict[str, object]:
    report: dict[str, object] = httpx.get(f"{sandbox.url}/_sandbox/paid", timeout=10).json()
    return report


def failure(embedder: VoyageEmbedder) -> MemoryFault:
    with pytest.raises(MemoryFault) as failed:
        embedder.embed(["Drain cleaning"], purpose="document")
    return failed.value


def away(embedder: VoyageEmbedder) -> MemoryAway:
    fault = failure(embedder)
    assert isinstance(fault, MemoryAway)
    return fault


def refused(embedder: VoyageEmbedder) -> str:
    fault = failure(embedder)
    assert isinstance(fault, MemoryRefused)
    return fault.sentence


@pytest.mark.parametrize("dimension", [256, 1024])
def test_a_text_becomes_a_vector_of_the_dimension_that_was_asked_for(sandbox: Running, dimension: int) -> None:
    made = embedder(sandbox.url, dimension=dimension).embed(["Water heater install", "Tap"], purpose="document")

    assert [len(vector) for vector in made.vectors] == [4 * dimension] * 2
    assert made.tokens > 0


def test_a_model_of_one_dimension_is_asked_without_naming_it(sandbox: Running) -> None:
    made = embedder(sandbox.url, model="voyage-finance-2").embed(["Water heater install"], purpose="document")

    assert len(made.vectors[0]) == 4 * 1024


def test_a_question_finds_the_text_it_is_about(sandbox: Running) -> None:
    voyage = embedder(sandbox.url)
    texts = ["Drain cleaning", "Water heater installation, 50 gal", "Toilet flapper"]
    rows = numpy.array([numpy.frombuffer(v, "<f4") for v in voyage.embed(texts, purpose="document").vectors])
    asked = voyage.embed(["What did we charge for a water heater install?"], purpose="query").vectors[0]

    assert texts[int((rows @ numpy.frombuffer(asked, "<f4")).argmax())] == "Water heater installation, 50 gal"


def test_the_tokens_it_names_are_those_that_are_charged(sandbox: Running) -> None:
    tokens = embedder(sandbox.url).embed(["Water heater install", "Tap"], purpose="document").tokens

    assert f"'tokens': {tokens}" in str(paid(sandbox))


def test_a_wrong_key_is_for_a_person_and_is_not_told(sandbox: Running) -> None:
    told = refused(embedder(sandbox.url, key="bad-secret"))

    assert "LEDGERPORT_MEMORY__API_KEY" in told and "HTTP 401" in told
    assert "bad-secret" not in told


def test_a_key_that_voyage_quotes_is_taken_out_of_its_words(sandbox: Running) -> None:
    # The sandbox names the model in its refusal: a key with the same letters stands for one that is quoted.
    told = refused(embedder(sandbox.url, key="voyage-8", model="voyage-8"))

    assert "voyage-8" not in told and "Model *** is not supported" in told


def test_a_request_it_cannot_use_is_for_a_person(sandbox: Running) -> None:
    assert "HTTP 400" in refused(embedder(sandbox.url, dimension=300))


@pytest.mark.parametrize("status", [403, 404, 409, 413, 422])
def test_a_refusal_by_status_is_for_a_person(sandbox: Running, status: int) -> None:
    strike(sandbox, "status", status=status)

    assert f"HTTP {status}" in refused(embedder(sandbox.url))


@pytest.mark.parametrize("status", [408, 500, 501, 502, 503, 504])
@pytest.mark.parametrize("body", ["json", "html", "empty"])
def test_trouble_of_its_own_waits(sandbox: Running, status: int, body: str) -> None:
    strike(sandbox, "status", status=status, body=body)

    fault = away(embedder(sandbox.url))

    assert "Voyage" in fault.sentence
    assert not fault.throttled


def test_a_limit_waits_for_as_long_as_voyage_says(sandbox: Running) -> None:
    strike(sandbox, "throttle", retry_after=17)

    fault = away(embedder(sandbox.url))

    assert (fault.throttled, fault.after) == (True, timedelta(seconds=17))


def test_a_limit_without_a_time_waits_and_says_what_voyage_says(sandbox: Running) -> None:
    strike(sandbox, "throttle")

    fault = away(embedder(sandbox.url))

    assert (fault.throttled, fault.after) == (True, None)
    assert "You have exceeded your rate limit" in fault.sentence


def test_no_answer_in_time_waits(sandbox: Running) -> None:
    strike(sandbox, "slow", seconds=3)

    assert away(embedder(sandbox.url, seconds=0.2)).sentence == "Voyage did not answer within 0.2 seconds."


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_a_lost_connection_waits(sandbox: Running, fault: str) -> None:
    strike(sandbox, fault)

    assert away(embedder(sandbox.url)).sentence == "Voyage cannot be reached."


def test_half_an_answer_waits(sandbox: Running) -> None:
    strike(sandbox, "cut_after", bytes=40)

    assert "Voyage" in away(embedder(sandbox.url)).sentence


def test_a_page_in_place_of_an_answer_waits(sandbox: Running) -> None:
    strike(sandbox, "html_page")

    assert "cannot be read" in away(embedder(sandbox.url)).sentence


def test_nobody_there_waits() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))

        assert away(embedder(f"http://127.0.0.1:{taken.getsockname()[1]}")).sentence == "Voyage cannot be reached."


def test_it_tries_once(sandbox: Running) -> None:
    strike(sandbox, "status", status=503)
    voyage = embedder(sandbox.url)
    failure(voyage)

    # A second attempt of the client's own would have been answered.
    assert voyage.embed(["Drain cleaning"], purpose="document").tokens > 0
    calls = httpx.get(f"{sandbox.url}/_sandbox/calls", timeout=10).json()
    assert str(calls).count("'path': '/v1/embeddings'") == 2


def test_vectors_of_another_dimension_than_was_asked_for_are_refused(sandbox: Running) -> None:
    # A model of which we believe that it has one dimension, and of which the sandbox knows the same: ask for another.
    told = refused(embedder(sandbox.url, model="voyage-3-lite", dimension=1024))

    assert "1 vectors of 512 numbers" in told and "LEDGERPORT_MEMORY__DIMENSION is 1024" in told
