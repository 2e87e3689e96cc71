"""What an answer says went wrong, in Wave's two channels, and its words without secrets. Pure.

Channel one: `errors` beside `data` (GraphQL). Channel two: a mutation's own `didSucceed: false` with `inputErrors`.
Both come with HTTP 200.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST = 500
_SECRETS = re.compile(
    r"(?i)\bbearer\s+\S+|\beyJ[\w\-]{8,}[\w\-.]*"
    r"|\b(?:access_token|refresh_token|client_secret|token)(?:[\"']?\s*[:=]\s*[\"']?|\s+')[^\s\"',}]{6,}"
)


@dataclass(frozen=True, kw_only=True)
class GraphError:
    """One entry of `errors`. `trace_id` is the id that Wave's support asks for; `path` begins with the alias."""

    code: str = ""
    message: str = ""
    path: tuple[str, ...] = ()
    trace_id: str = ""


@dataclass(frozen=True, kw_only=True)
class InputError:
    """One entry of `inputErrors`. `path` begins with `input`; what `code` may be is not documented."""

    code: str = ""
    message: str = ""
    path: tuple[str, ...] = ()


def graph_errors(answer: Mapping[str, Any]) -> list[GraphError]:
    """The top-level errors; empty when there are none. A list that holds no object is one error without words."""
    given = answer.get("errors")
    if not given:
        return []
    rows = [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
    return [_graph_error(row) for row in rows] or [GraphError(message=str(given))]


def input_errors(payload: Mapping[str, Any]) -> list[InputError]:
    """Why a mutation did not succeed; may be empty (an id of another business, mostly)."""
    given = payload.get("inputErrors")
    rows = [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
    return [InputError(code=_text(row, "code"), message=_text(row, "message"), path=_path(row)) for row in rows]


def safe_words(words: str) -> str:
    """Wave's words: at most 500 characters, on one line, nothing secret."""
    words = " ".join(_SECRETS.sub("[hidden]", words).split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def _graph_error(row: Mapping[str, Any]) -> GraphError:
    more = row.get("extensions")
    extensions = more if isinstance(more, dict) else {}
    return GraphError(
        code=_text(extensions, "code") or _text(row, "code"),
        message=_text(row, "message"),
        path=_path(row),
        trace_id=_text(extensions, "id"),
    )


def _path(row: Mapping[str, Any]) -> tuple[str, ...]:
    path = row.get("path")
    return tuple(str(step) for step in path) if isinstance(path, list) else ()


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None or isinstance(value, (dict, list)) else str(value)
