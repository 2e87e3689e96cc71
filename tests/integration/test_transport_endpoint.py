"""The token endpoint as a plugin gets it: our client named as the terms say, and no secret anywhere else."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr
from tests.integration.acme_books import Server, answer, chain, cut_within

from ledgerport.contract import (
    Broken,
    ClientAuth,
    Endpoint,
    Idempotency,
    KeyTrust,
    Limit,
    OAuthTerms,
    ProviderTerms,
    SystemClock,
    TryLater,
    Unknown,
)
from ledgerport.engine.endpoint import open_endpoint
from ledgerport.engine.exchange import make_wire

SECRET = "s3cret-nobody-may-see"


def terms(client_auth: ClientAuth) -> ProviderTerms:
    return ProviderTerms(
        slug="acme",
        label="Acme Books",
        color="#123456",
        api_url="https://api.acme.example",
        kinds={},
        limits=(Limit(count=100, per=timedelta(minutes=1)),),
        concurrency=4,
        idempotency=Idempotency(trust=KeyTrust.NONE),
        oauth=OAuthTerms(
            authorize_url="https://acme.example/a",
            token_url="https://acme.example/t",
            client_auth=client_auth,
            token_headers={"Api-Version": "alpha"},
        ),
        contract=(1, 1),
    )


def endpoint_at(
    url: str, wire: httpx.HTTPTransport, client_auth: ClientAuth = ClientAuth.BASIC
) -> AbstractContextManager[Endpoint]:
    return open_endpoint(
        wire=wire,
        terms=terms(client_auth),
        token_url=f"{url}/oauth/token",
        revoke_url=f"{url}/oauth/revoke",
        client_id="our-app",
        client_secret=SecretStr(SECRET),
        clock=SystemClock(),
        seconds=2.0,
    )


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture(scope="module")
def wire() -> Iterator[httpx.HTTPTransport]:
    with make_wire() as wire:
        yield wire


def test_basic_names_the_client_in_the_header(server: Server, wire: httpx.HTTPTransport) -> None:
    server.answers = [answer(200, b'{"access_token": "new"}')]
    with endpoint_at(server.url, wire) as endpoint:
        got = endpoint.http.post(endpoint.token_url, data={"grant_type": "refresh_token", "refresh_token": "r1"})
    (heard,) = server.heard
    assert got.json() == {"access_token": "new"}
    assert base64.b64decode(heard.headers["authorization"].removeprefix("Basic ")) == f"our-app:{SECRET}".encode()
    assert parse_qs(heard.body.decode()) == {"grant_type": ["refresh_token"], "refresh_token": ["r1"]}
    assert heard.headers["api-version"] == "alpha"
    assert SECRET not in str(got.request.headers.raw) + got.request.content.decode()


def test_post_names_the_client_in_the_form(server: Server, wire: httpx.HTTPTransport) -> None:
    server.answers = [answer(200)]
    with endpoint_at(server.url, wire, ClientAuth.POST) as endpoint:
        got = endpoint.http.post(endpoint.token_url, data={"grant_type": "refresh_token"})
    (heard,) = server.heard
    assert parse_qs(heard.body.decode()) == {
        "grant_type": ["refresh_token"],
        "client_id": ["our-app"],
        "client_secret": [SECRET],
    }
    assert "authorization" not in heard.headers
    assert SECRET not in got.request.content.decode()


def test_the_apps_secret_goes_to_the_token_endpoint_and_nowhere_else(server: Server, wire: httpx.HTTPTransport) -> None:
    with endpoint_at(server.url, wire) as endpoint, pytest.raises(Broken, match="the app's secret"):
        endpoint.http.post(f"{server.url}/elsewhere", data={})
    assert server.heard == []


def test_a_refused_grant_comes_back_as_it_is(server: Server, wire: httpx.HTTPTransport) -> None:
    server.answers = [answer(400, b'{"error": "invalid_grant"}')]
    with endpoint_at(server.url, wire) as endpoint:
        assert endpoint.http.post(endpoint.token_url, data={}).json() == {"error": "invalid_grant"}


def test_a_refresh_whose_answer_was_cut_is_unknown(server: Server, wire: httpx.HTTPTransport) -> None:
    server.answers = [cut_within]
    with endpoint_at(server.url, wire) as endpoint, pytest.raises(Unknown) as failed:
        endpoint.http.post(endpoint.token_url, data={"refresh_token": SECRET})
    assert SECRET not in chain(failed.value)


def test_a_refresh_that_never_left_may_be_tried_again(wire: httpx.HTTPTransport) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with endpoint_at(url, wire) as endpoint, pytest.raises(TryLater):
            endpoint.http.post(endpoint.token_url, data={})
