"""Record what a plugin says to its provider, replay it without a network: vcrpy, set up so that no secret is written.

A plugin's tests use it through pytest-recording, in a `conftest.py`:

    @pytest.fixture
    def vcr_config():
        return cassette_config(record=os.environ.get("LEDGERPORT_RECORD", "") != "")

    def pytest_recording_configure(config, vcr):
        vcr.register_persister(NotedPersister)

Requests are matched by method, scheme, path, query and body; the host is replaced by one name, so that a cassette
from a sandbox on any port replays anywhere. Secrets are replaced in requests (before matching, so that a replay needs
none) and in answers, before anything is written. Of the headers only those in KEPT are written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from vcr.persisters.filesystem import FilesystemPersister  # type: ignore[import-untyped]
from vcr.request import Request  # type: ignore[import-untyped]
from vcr.serialize import serialize  # type: ignore[import-untyped]

# Stands in a cassette for whatever must not be in one.
REDACTED = "REDACTED"
# The origin that every recorded address has.
ORIGIN = "https://provider.example"
# Headers that say something about the exchange; cookies, hosts, versions and dates do not.
KEPT = frozenset({"accept", "authorization", "content-type", "retry-after", "www-authenticate"})

_IN_JSON = frozenset({"access_token", "refresh_token", "id_token", "client_secret", "token", "code_verifier"})
# In a form `code` is an authorization code; in JSON it is a provider's error code.
_IN_FORMS = _IN_JSON | {"code", "client_id"}
_FORM = "application/x-www-form-urlencoded"
# A provider may quote the beginning of a token in an error's text.
_LIKE_A_TOKEN = re.compile(r"\beyJ[A-Za-z0-9_-]{6,}[A-Za-z0-9_.-]*")


def cassette_config(
    *,
    record: bool,
    keep_headers: Collection[str] = (),
    ignore_paths: Sequence[str] = (),
    replace: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """pytest-recording's `vcr_config`. `record` False: only what a cassette holds is answered, all else is refused.

    `keep_headers` are the provider's own headers worth keeping (trace ids). Requests to `ignore_paths` (beginnings of
    paths) are the stage's, not the plugin's: they go through and are not recorded. `replace` puts other texts in place
    of what is no secret and yet nobody's business, a real company's id for one.
    """
    kept = KEPT | {name.lower() for name in keep_headers}
    swaps = dict(replace or {})
    return {
        "record_mode": "rewrite" if record else "none",
        "match_on": ["method", "scheme", "path", "query", "body"],
        # A compressed answer could not be searched for secrets.
        "decode_compressed_response": True,
        "before_record_request": _request_scrubber(kept, tuple(ignore_paths), swaps),
        "before_record_response": _response_scrubber(kept, swaps),
    }


class NotedPersister:
    """Writes a cassette beneath a comment: the text that the test left as `note` in the cassette's metadata.

    A cassette must say where it comes from: a sandbox's answers prove nothing about the provider itself.
    """

    @staticmethod
    def load_cassette(cassette_path: str, serializer: Any) -> Any:
        """Requests, answers and metadata. Raises vcrpy's CassetteNotFoundError."""
        return FilesystemPersister.load_cassette(cassette_path, serializer)

    @staticmethod
    def save_cassette(cassette_path: str, cassette_dict: dict[str, Any], serializer: Any) -> None:
        """Raises ValueError for a cassette without a note."""
        metadata = dict(cassette_dict.get("metadata", {}))
        note = str(metadata.pop("note", ""))
        if not note:
            raise ValueError(f"{cassette_path} does not say where it comes from: leave a `note` in its metadata.")
        comment = "".join(f"# {line}\n" for line in note.splitlines())
        path = Path(cassette_path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(comment + serialize({**cassette_dict, "metadata": metadata}, serializer), encoding="utf-8")


def scrubbed_text(text: str, content_type: str = "") -> str:
    """A body without its secrets: members of JSON at any depth, fields of a form, whatever looks like a token."""
    if content_type.lower().startswith(_FORM):
        fields = parse_qsl(text, keep_blank_values=True)
        text = urlencode([(name, REDACTED if name in _IN_FORMS else value) for name, value in fields])
    else:
        value = _parsed(text)
        if value is not None and _scrub(value):
            text = json.dumps(value)
    return _LIKE_A_TOKEN.sub(REDACTED, text)


def _request_scrubber(
    kept: frozenset[str], ignored: tuple[str, ...], swaps: Mapping[str, str]
) -> Callable[[Request], Request | None]:
    def scrub(request: Request) -> Request | None:
        parts = urlsplit(request.uri)
        if ignored and parts.path.startswith(ignored):
            return None
        to = urlsplit(ORIGIN)
        uri = _swapped(urlunsplit(parts._replace(scheme=to.scheme, netloc=to.netloc)), swaps)
        headers = {name: _header(name, value) for name, value in request.headers.items() if name.lower() in kept}
        content_type = str(request.headers.get("content-type", ""))
        body = None if not request.body else _body(request.body, content_type, swaps)
        return Request(request.method, uri, body, headers)

    return scrub


def _response_scrubber(kept: frozenset[str], swaps: Mapping[str, str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def scrub(response: dict[str, Any]) -> dict[str, Any]:
        headers = {name: values for name, values in response["headers"].items() if name.lower() in kept}
        body = response["body"]["string"]
        return {**response, "headers": headers, "body": {"string": _body(body, "", swaps)}}

    return scrub


def _header(name: str, value: str) -> str:
    """`Bearer REDACTED`: that a request was authorised, and how, is worth knowing."""
    return f"{value.split(' ', 1)[0]} {REDACTED}" if name.lower() == "authorization" else value


def _body(body: bytes | str, content_type: str, swaps: Mapping[str, str]) -> bytes:
    """Raises UnicodeDecodeError for a body that is no text: it could not be searched."""
    text = body.decode() if isinstance(body, bytes) else body
    return _swapped(scrubbed_text(text, content_type), swaps).encode()


def _swapped(text: str, swaps: Mapping[str, str]) -> str:
    for old, new in swaps.items():
        text = text.replace(old, new)
    return text


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _scrub(value: Any) -> bool:
    """Replace secrets in place; whether there were any."""
    found = False
    if isinstance(value, dict):
        for name, member in value.items():
            if name in _IN_JSON and isinstance(member, str):
                value[name] = REDACTED
                found = True
            else:
                found = _scrub(member) or found
    elif isinstance(value, list):
        for member in value:
            found = _scrub(member) or found
    return found
