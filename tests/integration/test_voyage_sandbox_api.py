"""`POST /v1/embeddings` to the letter: what it takes, what it refuses and in which words, what it counts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from ledgerport_sandbox import Clock
from ledgerport_sandbox.voyage.app import NOTICE, VoyageSandbox, create_app

PATH = "/v1/embeddings"
PREAMBLE = "The request body is not valid JSON, or some arguments were not specified properly. In particular, "
MISSING = "Your request body was missing one or more required arguments."


@pytest.fixture
def app() -> VoyageSandbox:
    return create_app(clock=Clock(rate=0, at=1_800_000_000))


@pytest.fixture
def http(app: VoyageSandbox) -> TestClient:
    return TestClient(app)


def ask(http: TestClient, key: str = "pa-one", **more: Any) -> Response:
    wish = {"input": ["hose bibb"], "model": "voyage-3.5", **more}
    return http.post(PATH, json=wish, headers={"authorization": f"Bearer {key}"})


def control(http: TestClient, route: str, body: dict[str, Any] | None = None) -> Any:
    answer = http.request("GET" if body is None else "POST", f"/_sandbox/{route}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(answer: Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert list(body) == ["detail"]
    detail: str = body["detail"]
    return detail


# --- what it answers --------------------------------------------------------------------------------------------------


def test_an_answer_has_these_members_and_no_others(http: TestClient) -> None:
    answer = ask(http, input=["hose bibb", "wax ring"])

    body = answer.json()
    rows = body.pop("data")
    assert body == {"object": "list", "model": "voyage-3.5", "usage": {"total_tokens": 4}}
    assert [(row["object"], row["index"], len(row["embedding"])) for row in rows] == [
        ("embedding", 0, 1024),
        ("embedding", 1, 1024),
    ]
    assert all(list(row) == ["object", "embedding", "index"] for row in rows)


def test_a_single_text_may_come_without_a_list(http: TestClient) -> None:
    assert ask(http, input="hose bibb").json() == ask(http).json()


def test_every_answer_has_an_id_of_its_own(http: TestClient) -> None:
    ids = [answer.headers["x-request-id"] for answer in (ask(http), ask(http, "bad-key"), http.get("/nowhere"))]

    assert len(set(ids)) == 3


def test_a_model_without_a_choice_gives_its_one_dimension(http: TestClient) -> None:
    lite = ask(http, model="voyage-3-lite").json()["data"][0]["embedding"]

    assert len(lite) == 512
    words = refused(ask(http, model="voyage-law-2", output_dimension=512), 400)
    assert words.endswith("accepted values for 'voyage-law-2' are [1024].")
    assert "output_dtype" in refused(ask(http, model="voyage-law-2", output_dtype="int8"), 400)


def test_the_page_says_that_the_vectors_are_lexical(http: TestClient) -> None:
    page = http.get("/").text

    assert "lexical" in page
    assert "no language model" in page
    assert "no language model" in NOTICE


# --- what it refuses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "particulars"),
    [
        ({"input": []}, "Error for argument 'input': Value error, Input cannot contain empty strings or empty lists"),
        ({"input": [""]}, "Error for argument 'input': Value error, Input cannot contain empty strings or empty lists"),
        ({"input": [1]}, "Error for argument 'input': Input should be a valid string or a list of strings"),
        ({"dimensions": 1024}, "Argument 'dimensions' is not supported by our API"),
        ({"encoding_format": "float"}, "Value 'float' supplied for encoding_format is not allowed"),
        (
            {"input_type": "passage"},
            "Value 'passage' supplied for argument 'input_type' is not valid -- accepted values are 'query' or "
            "'document'",
        ),
        ({"model": 4}, "Error for argument 'model': Input should be a valid string"),
        ({"truncation": "yes"}, "Error for argument 'truncation': Input should be a valid boolean"),
        ({"output_dimension": "all"}, "Error for argument 'output_dimension': Input should be a valid integer"),
    ],
)
def test_an_argument_that_makes_no_sense_is_named(http: TestClient, change: dict[str, Any], particulars: str) -> None:
    assert refused(ask(http, **change), 400) == PREAMBLE + particulars


@pytest.mark.parametrize(
    ("body", "particulars"),
    [
        (b"not json", "Error for argument '0': JSON decode error"),
        (b'{"input": ["a"], model}', "Error for argument '17': JSON decode error"),
        (b"\xff\xfe", "Error for argument '0': JSON decode error"),
        (b"[" * 100_000, "Error for argument '0': JSON decode error"),
        (b"[]", "Error for argument 'body': Input should be a valid dictionary or object"),
        (b"{}", f"{MISSING}; {MISSING}"),
        (b'{"input": "a", "zzz": 1}', f"{MISSING}; Argument 'zzz' is not supported by our API"),
    ],
)
def test_a_body_is_read_before_anybody_asks_who_sends_it(http: TestClient, body: bytes, particulars: str) -> None:
    assert refused(http.post(PATH, content=body), 400) == PREAMBLE + particulars


def test_a_good_body_without_a_key_is_unauthorized(http: TestClient) -> None:
    wish = {"input": "hose bibb", "model": "voyage-3.5"}

    assert refused(http.post(PATH, json=wish), 401) == "Unauthorized"
    assert refused(http.post(PATH, json=wish, headers={"authorization": "Basic YTpi"}), 401) == "Unauthorized"


def test_only_known_keys_are_good_once_keys_are_named(http: TestClient) -> None:
    control(http, "switches", {"keys": "pa-one pa-two"})

    assert [ask(http, key).status_code for key in ("pa-one", "pa-two", "pa-three")] == [200, 200, 401]


def test_another_path_and_another_method_are_refused(http: TestClient) -> None:
    assert refused(http.post("/v1/rerank", json={}), 404) == "Not Found"
    assert refused(http.get(PATH), 405) == "Method Not Allowed"


def test_a_thousand_texts_are_taken_and_one_more_is_not(http: TestClient) -> None:
    assert len(ask(http, input=["tap"] * 1000).json()["data"]) == 1000
    assert refused(ask(http, input=["tap"] * 1001), 400) == (
        "Request to model 'voyage-3.5' failed. The batch size limit is 1000. Your batch size is 1001."
    )


@pytest.mark.parametrize(
    ("model", "most"), [("voyage-3-large", 120_000), ("voyage-3.5", 320_000), ("voyage-3.5-lite", 1_000_000)]
)
def test_each_model_takes_so_many_tokens_in_a_request(http: TestClient, model: str, most: int) -> None:
    # "a" and a digit are two tokens.
    fits = ["a1" * (most // 80)] * 40

    assert ask(http, model=model, input=fits).json()["usage"]["total_tokens"] == most
    words = refused(ask(http, model=model, input=[*fits, "tap"]), 400)
    assert words == (
        f"Request to model '{model}' failed. The max allowed tokens per submitted batch is {most}. Your batch has "
        f"{most + 1} tokens after truncation. Please lower the number of tokens in the batch."
    )


def test_a_text_that_is_too_long_is_cut_or_refused_as_asked(http: TestClient) -> None:
    cut = ask(http, input=["9" * 32_001, "tap"]).json()

    assert cut["usage"]["total_tokens"] == 32_001
    assert cut["data"][0]["embedding"] == ask(http, input=["9" * 32_000]).json()["data"][0]["embedding"]
    words = refused(ask(http, input=["tap", "9" * 32_001], truncation=False), 400)
    assert re.search(r"example at index 1 .* context window of 32000 tokens", words)


# --- limits -----------------------------------------------------------------------------------------------------------


def test_two_thousand_requests_a_minute_pass_for_each_key_and_model(app: VoyageSandbox, http: TestClient) -> None:
    app.limits.replace([limit for limit in app.published_limits if limit.name != "requests per minute"])
    control(http, "limits", {"limits": [{"name": "requests per minute", "count": 2, "per": 60}]})

    answers = [ask(http).status_code for _ in range(3)]

    assert answers == [200, 200, 429]
    assert ask(http, "pa-two").status_code == 200
    assert ask(http, model="voyage-3.5-lite").status_code == 200
    app.clock.advance(60)
    assert ask(http).status_code == 200
    assert {limit.name: limit.count for limit in app.published_limits}["requests per minute"] == 2000


def test_tokens_are_counted_over_a_minute(app: VoyageSandbox, http: TestClient) -> None:
    full = ["a1" * 15_000] * 10

    answers = [ask(http, input=full).status_code for _ in range(27)]

    assert answers == [200] * 26 + [429]
    assert control(http, "limits")["peaks"]["8M tokens per minute"] == 7_800_000
    assert "8M tokens per minute" in refused(ask(http, input=full), 429)
    app.clock.advance(60)
    assert ask(http, input=full).status_code == 200


def test_a_refusal_says_when_to_come_again_only_if_the_switch_says_so(http: TestClient) -> None:
    control(http, "limits", {"limits": [{"name": "requests per minute", "count": 1, "per": 60}]})
    ask(http)
    assert "retry-after" not in ask(http).headers

    control(http, "switches", {"retry_after": "seconds"})

    assert ask(http).headers["retry-after"] == "60"


def test_without_a_payment_method_three_requests_a_minute_pass(http: TestClient) -> None:
    control(http, "switches", {"payment_method": False})

    answers = [ask(http) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "3 RPM and 10K TPM" in refused(answers[-1], 429)
    assert "10K TPM" in refused(ask(http, "pa-two", input=["a1" * 5001]), 429)


def test_what_is_refused_for_itself_uses_nothing_up(http: TestClient) -> None:
    control(http, "limits", {"limits": [{"name": "requests per minute", "count": 1, "per": 60}]})

    assert [ask(http, "bad-key").status_code, ask(http, model="voyage-9").status_code] == [401, 400]
    assert ask(http).status_code == 200


# --- what is counted --------------------------------------------------------------------------------------------------


def test_texts_and_tokens_that_are_paid_are_counted_and_what_is_paid_again(http: TestClient) -> None:
    ask(http, input=["hose bibb", "wax ring"], input_type="document")
    ask(http, input=["wax ring"], input_type="document")
    ask(http, input=["wax ring"], input_type="query")
    ask(http, "bad-key")

    assert control(http, "paid") == {
        "requests": 3,
        "texts": 4,
        "tokens": 8,
        "again": 1,
        "kinds": [
            {"model": "voyage-3.5", "input": "document", "texts": 3, "tokens": 6},
            {"model": "voyage-3.5", "input": "query", "texts": 1, "tokens": 2},
        ],
    }
    assert http.delete("/_sandbox/paid").json()["texts"] == 0
    ask(http)
    control(http, "reset", {})
    assert control(http, "paid")["requests"] == 0


def test_the_log_of_calls_holds_no_key_and_no_text(http: TestClient) -> None:
    ask(http, "pa-secret", input=["cellar door"])

    log = control(http, "calls")

    assert log["counts"] == [{"method": "POST", "route": PATH, "outcome": "200", "count": 1}]
    assert log["last"][0]["operation"] == "embed"
    assert "pa-secret" not in json.dumps(log)
    assert "cellar" not in json.dumps(log)


def test_it_keeps_no_books(http: TestClient) -> None:
    assert [http.get(f"/_sandbox/{route}").status_code for route in ("ledger", "webhooks")] == [404, 404]
