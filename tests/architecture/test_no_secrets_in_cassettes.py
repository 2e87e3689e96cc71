"""A cassette is public: nothing in it may open anything."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What a scrubbed value looks like; everything else in one of these places is taken for a secret.
SCRUBBED = r"(?!\**(?:REDACTED|redacted|SCRUBBED|scrubbed)\b)"
NAMES = r"access_token|refresh_token|id_token|client_secret|code_verifier"
SHAPES = {
    "bearer token": re.compile(rf"\bBearer\s+(?!realm=|[a-z_]+:\s){SCRUBBED}[A-Za-z0-9._~+/=-]{{8,}}", re.IGNORECASE),
    "basic credentials": re.compile(rf"\bBasic\s+{SCRUBBED}[A-Za-z0-9+/=]{{8,}}"),
    "token in JSON": re.compile(rf"""\\?["'](?:{NAMES})\\?["']\s*:\s*\\?["']{SCRUBBED}[^"'\\]+"""),
    "token in a form or address": re.compile(rf"\b(?:{NAMES})={SCRUBBED}[^&\s\"']+"),
    "token as YAML": re.compile(
        rf"^\s*-?\s*(?:{NAMES}):\s*{SCRUBBED}['\"]?(?!REDACTED)[A-Za-z0-9._-]{{8,}}", re.MULTILINE
    ),
    "signed token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
}


def secrets_in(text: str) -> list[str]:
    """The shapes of secret that stand in a text, base64 blocks (YAML's `!!binary`) looked into as well."""
    blocks = re.findall(r"!!binary \|\n((?:\s+[A-Za-z0-9+/=]+\n)+)", text)
    whole = "\n".join([text, *(base64.b64decode(block).decode("utf-8", "replace") for block in blocks)])
    return [f"{name}: {match.group()[:24]}" for name, shape in SHAPES.items() for match in shape.finditer(whole)]


def test_no_cassette_holds_a_secret() -> None:
    found = {
        str(path.relative_to(ROOT)): secrets
        for path in sorted(ROOT.glob("cassettes/**/*"))
        if path.is_file() and (secrets := secrets_in(path.read_text(errors="replace")))
    }

    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "Authorization:\n- Bearer eyJlbmMiOiJBMTI4",
        "Authorization:\n- Bearer\n        eyJlbmMiOiJBMTI4",
        "- Basic c2FuZGJveC1jbGllbnQ6c2VjcmV0",
        'string: \'{"access_token":"AB11abc","token_type":"bearer"}\'',
        'string: "{\\"refresh_token\\": \\"RT1-22-H0\\"}"',
        "body: grant_type=refresh_token&refresh_token=RT1-22-H0",
        "refresh_token: AB11732598112",
        "string: !!binary |\n  eyJhY2Nlc3NfdG9rZW4iOiAiQUIxMWFiYyJ9\n",
    ],
)
def test_the_search_finds_a_planted_secret(text: str) -> None:
    assert secrets_in(text) != []


@pytest.mark.parametrize(
    "text",
    [
        "Authorization:\n- Bearer REDACTED",
        "- Basic REDACTED",
        '{"access_token":"REDACTED","refresh_token": "REDACTED"}',
        "body: grant_type=refresh_token&refresh_token=REDACTED",
        "WWW-Authenticate: Bearer realm=api",
        "uri: https://provider.example/oauth2/v1/tokens/bearer\n  response:\n    body:",
    ],
)
def test_the_search_passes_a_scrubbed_cassette(text: str) -> None:
    assert secrets_in(text) == []
