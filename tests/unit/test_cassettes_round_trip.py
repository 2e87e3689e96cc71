"""A cassette written from one conversation answers the same conversation, and no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.architecture.test_no_secrets_in_cassettes import secrets_in
from vcr import VCR  # type: ignore[import-untyped]
from vcr.errors import CannotOverwriteExistingCassetteException  # type: ignore[import-untyped]

from ledgerport.testing.cassettes import NotedPersister, cassette_config

NOTE = "Recorded from a function of this test, not from a provider."
HEADERS = {"Authorization": "Bearer eyJlbmMiOiJBMTI4Q0JDLUhTMjU2In0..x1y2z3"}
TOKENS = {"access_token": "AB11abcdef", "refresh_token": "RT1-22-H0-abc", "expires_in": 3600}
REFRESH = {"grant_type": "refresh_token", "refresh_token": "RT1-21-H0-old"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a cassette of one refresh and one customer."""
    with cassette(tmp_path, record=True) as recording, client(answering) as http:
        recording.get_metadata("note", NOTE)
        assert http.post("/oauth2/v1/tokens/bearer", data=REFRESH).json() == TOKENS
        assert http.post("/v3/customer?requestid=1", json={"DisplayName": "Harbor View HOA"}).status_code == 200
    return tmp_path


def answering(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=TOKENS if "tokens" in request.url.path else {"Customer": {"Id": "74"}})


def unreachable(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.url} was asked for although there is a cassette")


def client(answer: Any) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(answer), base_url="http://127.0.0.1:9", headers=HEADERS)


def cassette(folder: Path, *, record: bool) -> Any:
    """As pytest-recording opens it; its own word for writing anew is not one of vcrpy's."""
    recorder = VCR(cassette_library_dir=str(folder))
    recorder.register_persister(NotedPersister)
    mode = "new_episodes" if record else "none"
    return recorder.use_cassette("talk.yaml", **{**cassette_config(record=record), "record_mode": mode})


def test_what_is_written_says_where_it_comes_from_and_holds_no_secret(folder: Path) -> None:
    text = (folder / "talk.yaml").read_text()

    assert text.startswith(f"# {NOTE}\n")
    assert "Harbor View HOA" in text
    assert secrets_in(text) == []
    assert not any(secret in text for secret in ("AB11abcdef", "RT1-", "eyJ"))


def test_the_same_requests_are_answered_without_a_provider(folder: Path) -> None:
    with cassette(folder, record=False) as played, client(unreachable) as http:
        refreshed = http.post("/oauth2/v1/tokens/bearer", data={**REFRESH, "refresh_token": "another one"})
        made = http.post("/v3/customer?requestid=1", json={"DisplayName": "Harbor View HOA"})

    assert refreshed.json() == {"access_token": "REDACTED", "refresh_token": "REDACTED", "expires_in": 3600}
    assert made.json() == {"Customer": {"Id": "74"}}
    assert played.all_played


@pytest.mark.parametrize(
    ("address", "name"),
    [("/v3/customer?requestid=2", "Harbor View HOA"), ("/v3/customer?requestid=1", "Harbor View")],
    ids=["another query", "another body"],
)
def test_a_request_that_was_not_recorded_is_refused(folder: Path, address: str, name: str) -> None:
    with (
        cassette(folder, record=False),
        client(unreachable) as http,
        pytest.raises(CannotOverwriteExistingCassetteException),
    ):
        http.post(address, json={"DisplayName": name})
