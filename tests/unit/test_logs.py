"""What a log may say, and what it never says."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from ledgerport import logs

TOKEN = "eyJhbGciOiJkaXIifQ..c2VjcmV0LXRva2Vu.x1-y2_z3"


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    before = logging.getLogger().handlers, logging.getLogger().level
    stream = io.StringIO()
    logs.set_up(stream=stream)
    yield stream
    logging.getLogger().handlers, logging.getLogger().level = before
    structlog.reset_defaults()


def test_an_event_is_one_json_object_with_time_level_and_place(said: io.StringIO) -> None:
    structlog.get_logger("ledgerport.sync").info("drain.began", connection=7)
    line = json.loads(said.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "drain.began", "level": "info", "logger": "ledgerport.sync", "connection": 7}


def test_a_librarys_log_looks_the_same(said: io.StringIO) -> None:
    logging.getLogger("sqlalchemy.pool").warning("lost %s", "postgresql://hub:hunter22@db/x")
    line = json.loads(said.getvalue())
    assert line["event"] == f"lost postgresql://hub:{logs.REDACTED}@db/x"
    assert line["logger"] == "sqlalchemy.pool"


def test_a_traceback_shows_no_secret_that_the_error_quotes(said: io.StringIO) -> None:
    try:
        raise ValueError(f"Illegal header value b'Bearer {TOKEN}'")
    except ValueError:
        structlog.get_logger().exception("request_failed")
    assert "c2VjcmV0" not in said.getvalue()
    assert "Illegal header value b'Bearer [redacted]" in json.loads(said.getvalue())["exception"]


def test_requests_addresses_are_not_logged(said: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET https://api.example/?code=abc")
    assert said.getvalue() == ""


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "access_token",
        "refreshToken",
        "client_secret",
        "set-cookie",
        "api_key",
        "code_verifier",
    ],
)
def test_a_member_named_like_a_secret_is_never_shown(name: str) -> None:
    cleaned = logs.redact(None, "", {"outer": [{name: "abc", "kind": "item"}]})
    assert cleaned == {"outer": [{name: logs.REDACTED, "kind": "item"}]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"sent Bearer {TOKEN} twice", "sent Bearer [redacted] twice"),
        ("Basic b3VyLWFwcDpzM2NyZXQ=", "Basic [redacted]"),
        (
            "grant_type=refresh_token&refresh_token=AB11737512345678&x=1",
            "grant_type=refresh_token&refresh_token=[redacted]&x=1",
        ),
        ('{"access_token": "abcdef123", "n": 1}', '{"access_token": "[redacted]", "n": 1}'),
        ("Grant(refresh_token='AB11737512345678')", "Grant(refresh_token='[redacted]')"),
        ("key-1:" + "A" * 43 + "=", "key-1:[redacted]"),
        (TOKEN, "[redacted]"),
        ("GET /oauth/acme/callback?code=AB11x&state=s1", "GET /oauth/acme/callback?code=[redacted]&state=s1"),
        ("refused, code: duplicate_name", "refused, code: duplicate_name"),
        ("Item 'Drain snake 25 ft' has no income account", "Item 'Drain snake 25 ft' has no income account"),
        ("trace 1-6560f2a1-0123456789abcdef01234567", "trace 1-6560f2a1-0123456789abcdef01234567"),
    ],
)
def test_a_secret_in_a_text_is_found_by_its_shape(text: str, expected: str) -> None:
    assert logs.redact_text(text) == expected


def test_figures_stay_figures() -> None:
    assert logs.redact(None, "", {"tokens": 3, "ok": True, "n": 1.5, "nothing": None}) == {
        "tokens": 3,
        "ok": True,
        "n": 1.5,
        "nothing": None,
    }


def test_a_token_without_a_shape_is_kept_out_by_what_it_is(said: io.StringIO) -> None:
    logs.hide("plainopaquetoken41")
    logging.getLogger("ledgerport_acme.client").warning(
        "I was given %s, which is plainopaquetoken41.", "plainopaquetoken41"
    )
    try:
        raise ValueError("refused: plainopaquetoken41")
    except ValueError:
        logging.getLogger("ledgerport_acme.client").exception("It failed.", extra={"grant": ["plainopaquetoken41"]})
    assert "plainopaquetoken41" not in said.getvalue()
    assert said.getvalue().count(logs.REDACTED) >= 3


def test_a_word_too_short_to_be_a_secret_is_not_hidden(said: io.StringIO) -> None:
    logs.hide("item")
    logs.hide("")
    logging.getLogger("x").warning("an item")
    assert json.loads(said.getvalue())["event"] == "an item"
