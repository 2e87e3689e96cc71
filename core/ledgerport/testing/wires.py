"""Wires that stand between a plugin and its provider: one adds to the answers, one watches for secrets."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import httpx

# A member that no provider has; whoever reads what he knows and leaves the rest never meets it.
STRANGER = "ledgerportUnknownMember"
_TOKENS = frozenset({"access_token", "refresh_token", "id_token"})
_IN_FORMS = frozenset({"client_secret", "refresh_token", "token"})


class WideningWire(httpx.BaseTransport):
    """Adds an unknown member to every JSON object of every answer. Does not close the wire beneath."""

    def __init__(self, beneath: httpx.BaseTransport) -> None:
        self._beneath = beneath

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._beneath.handle_request(request)
        body = answer.read()
        answer.close()
        value = _json(body)
        content = body if value is None else json.dumps(_widened(value)).encode()
        headers = [(name, value) for name, value in answer.headers.multi_items() if not _about_length(name)]
        return httpx.Response(answer.status_code, headers=headers, stream=httpx.ByteStream(content))


class WatchingWire(httpx.BaseTransport):
    """Notes every secret that passes: tokens in headers, forms and answers. Does not close the wire beneath."""

    def __init__(self, beneath: httpx.BaseTransport) -> None:
        self._beneath = beneath
        self.secrets: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.secrets.update(request.headers.get("authorization", "").split()[1:])
        form = parse_qsl(request.read().decode("utf-8", "replace")) if _is_form(request) else []
        self.secrets.update(value for name, value in form if name in _IN_FORMS)
        answer = self._beneath.handle_request(request)
        body = answer.read()
        answer.close()
        value = _json(body)
        if isinstance(value, dict):
            self.secrets.update(str(value[name]) for name in _TOKENS & value.keys())
        headers = [(name, value) for name, value in answer.headers.multi_items() if not _about_length(name)]
        return httpx.Response(answer.status_code, headers=headers, stream=httpx.ByteStream(body))


def _is_form(request: httpx.Request) -> bool:
    return str(request.headers.get("content-type", "")).startswith("application/x-www-form-urlencoded")


def _about_length(name: str) -> bool:
    return name.lower() in ("content-length", "content-encoding", "transfer-encoding")


def _json(body: bytes) -> Any:
    """None for what is no JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def _widened(value: Any) -> Any:
    if isinstance(value, dict):
        return {**{name: _widened(member) for name, member in value.items()}, STRANGER: {"of": ["later", 1]}}
    return [_widened(member) for member in value] if isinstance(value, list) else value
