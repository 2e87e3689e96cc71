"""The PyPI client voyageai, unchanged but for its base address, works against the sandbox over real HTTP."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from tests.stage import HTTP, Sandbox
from voyageai import error
from voyageai.api_resources import Embedding
from voyageai.client import Client

from ledgerport_sandbox import Running
from ledgerport_sandbox.voyage.app import create_app

MODEL = "voyage-3.5"
TEXTS = ["Install water heater standard hours (Labour, service)", "Drain cleaning"]


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Running(create_app()) as served:
        yield Sandbox(served.url, "voyage")


@pytest.fixture
def sandbox(running: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """As at the start."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running.control("reset")
    return running


def client(sandbox: Sandbox, key: str = "pa-plumbing", seconds: float = 10) -> Any:
    return Client(api_key=key, max_retries=0, timeout=seconds, base_url=f"{sandbox.url}/v1")


@pytest.fixture
def voyage(sandbox: Sandbox) -> Any:
    return client(sandbox)


def embed(voyage: Any, **more: Any) -> Any:
    return voyage.embed(TEXTS, **{"model": MODEL, "input_type": "document", **more})


def test_texts_become_vectors_in_their_order_and_tokens_are_counted(voyage: Any) -> None:
    answer = embed(voyage)
    alone = [voyage.embed([text], model=MODEL, input_type="document") for text in TEXTS]

    assert [len(row) for row in answer.embeddings] == [1024, 1024]
    assert answer.embeddings == [one.embeddings[0] for one in alone]
    assert answer.total_tokens == sum(one.total_tokens for one in alone) > 10


def test_a_list_and_base64_hold_the_same_numbers(voyage: Any, sandbox: Sandbox) -> None:
    wish = {"input": TEXTS, "model": MODEL, "api_key": "pa-plumbing", "base_url": f"{sandbox.url}/v1"}
    untyped: Any = Embedding
    coded = untyped.create(**wish, encoding_format="base64").data[0]["embedding"]

    raw = sandbox_embeds(sandbox, {"input": TEXTS, "model": MODEL})["data"][0]["embedding"]

    assert list(struct.unpack("<1024f", base64.b64decode(coded))) == pytest.approx(raw, abs=0)
    assert embed(voyage, input_type=None).embeddings[0] == pytest.approx(raw, abs=0)


@pytest.mark.parametrize("dimension", [256, 512, 1024, 2048])
def test_every_dimension_is_given(voyage: Any, dimension: int) -> None:
    assert len(embed(voyage, output_dimension=dimension).embeddings[0]) == dimension


@pytest.mark.parametrize(
    ("dtype", "length", "least", "most"),
    [
        ("int8", 1024, -127, 127),
        ("uint8", 1024, 1, 255),
        ("binary", 128, -128, 127),
        ("ubinary", 128, 0, 255),
    ],
)
def test_the_types_of_whole_numbers_are_given(voyage: Any, dtype: str, length: int, least: int, most: int) -> None:
    rows = embed(voyage, output_dtype=dtype).embeddings

    assert [len(row) for row in rows] == [length, length]
    assert all(isinstance(value, int) and least <= value <= most for row in rows for value in row)
    assert len(set(rows[0])) > 5


def test_a_question_and_a_document_can_be_compared(voyage: Any) -> None:
    asked = voyage.embed(["how much to fit a hot water tank?"], model=MODEL, input_type="query").embeddings[0]
    right, wrong = (sum(map(float.__mul__, asked, row)) for row in embed(voyage).embeddings)

    assert right > 0.5
    assert wrong < 0.1


def test_a_wrong_key_is_an_authentication_error(sandbox: Sandbox) -> None:
    with pytest.raises(error.AuthenticationError, match="Provided API key is invalid"):
        embed(client(sandbox, "bad-key"))


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"model": "voyage-9"}, "Model voyage-9 is not supported"),
        ({"input_type": "passage"}, "Value 'passage' supplied for argument 'input_type' is not valid"),
        ({"output_dimension": 1536}, r"accepted values for 'voyage-3.5' are \[256, 512, 1024, 2048\]"),
        ({"output_dtype": "float16"}, "Value 'float16' supplied for argument 'output_dtype'"),
    ],
)
def test_a_wish_that_cannot_be_met_is_an_invalid_request(voyage: Any, wish: dict[str, Any], words: str) -> None:
    with pytest.raises(error.InvalidRequestError, match=words):
        embed(voyage, **wish)


def test_a_malformed_body_may_be_422_as_the_client_knows_it(voyage: Any, sandbox: Sandbox) -> None:
    sandbox.control("switches", {"malformed_status": 422})

    with pytest.raises(error.MalformedRequestError, match="cannot contain empty strings"):
        voyage.embed([""], model=MODEL)


def test_over_the_limit_is_a_rate_limit_error_and_says_when_to_come_again(voyage: Any, sandbox: Sandbox) -> None:
    sandbox.fault("throttle", retry_after=7)

    with pytest.raises(error.RateLimitError) as caught:
        embed(voyage)

    assert caught.value.headers["Retry-After"] == "7"
    assert embed(voyage).total_tokens > 0


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, error.ServerError),
        (502, error.ServiceUnavailableError),
        (503, error.ServiceUnavailableError),
        (504, error.ServiceUnavailableError),
        (403, error.APIError),
    ],
)
@pytest.mark.parametrize("body", ["json", "html", "empty"])
def test_trouble_of_its_own_is_told_by_the_status(
    voyage: Any, sandbox: Sandbox, status: int, kind: type[error.VoyageError], body: str
) -> None:
    sandbox.fault("status", status=status, body=body)

    with pytest.raises(kind) as caught:
        embed(voyage)

    assert caught.value.http_status == status


def test_a_slow_answer_is_a_timeout_and_is_paid_all_the_same(sandbox: Sandbox) -> None:
    sandbox.fault("slow", seconds=60, applied="before")

    with pytest.raises(error.Timeout):
        embed(client(sandbox, seconds=0.3))

    assert sandbox.control("paid", method="GET")["texts"] == 2


@pytest.mark.parametrize(("fault", "paid"), [("drop_before", 0), ("drop_after", 2)])
def test_a_dropped_connection_is_a_connection_error_whether_paid_or_not(
    voyage: Any, sandbox: Sandbox, fault: str, paid: int
) -> None:
    sandbox.fault(fault)

    with pytest.raises(error.APIConnectionError):
        embed(voyage)

    assert sandbox.control("paid", method="GET")["texts"] == paid


def test_nobody_there_is_a_connection_error() -> None:
    with Running(create_app()) as running:
        address = running.url

    with pytest.raises(error.APIConnectionError):
        embed(client(Sandbox(address, "voyage")))


def sandbox_embeds(sandbox: Sandbox, wish: dict[str, Any]) -> Any:
    """The answer without any client between."""
    return HTTP.post(f"{sandbox.url}/v1/embeddings", json=wish, headers={"authorization": "Bearer pa-plumbing"}).json()
