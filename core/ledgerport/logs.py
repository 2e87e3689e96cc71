"""Logs: one JSON object a line on stderr, for our own events and for the libraries', with secrets taken out.

Nothing secret should reach a log in the first place; this is the net under that rule.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"

# Members whose value is never shown, whatever it is.
_SECRET_NAME = re.compile(
    r"authori[sz]ation|cookie|password|passwd|secret|verifier|credential|api_?key|vault_?key|session_?key"
    r"|token$|tokens$|^assertion$",
    re.IGNORECASE,
)
# What a secret looks like inside a text.
_SHAPES = (
    # Authorization headers, also as a library quotes them: b'Bearer ...'.
    re.compile(r"\b(?P<keep>(?:Bearer|Basic)\s+)[^\s'\",;]+", re.IGNORECASE),
    # Forms, queries, JSON and reprs: access_token=..., "client_secret": "...", SecretStr-less keyword arguments.
    re.compile(
        r"(?P<keep>\b(?:[a-z]+_)?(?:token|secret|password|code_verifier|assertion|api_key)\b"
        r"[\"']?\s*(?:=|:)\s*b?[\"']?)(?!\s)[^\s\"'&,;})\]]{6,}",
        re.IGNORECASE,
    ),
    # The code that a consent comes back with; elsewhere a `code` is a provider's error code, which people need.
    re.compile(r"(?P<keep>[?&]code=)[^\s&\"']+"),
    # Passwords in addresses: postgresql://user:password@host.
    re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@/]+(?=@)", re.IGNORECASE),
    # JSON web tokens, which QuickBooks and Xero give as access tokens.
    re.compile(r"(?P<keep>)\beyJ[\w-]{8,}(?:\.[\w-]*){2,}"),
    # 32 bytes in base64: a vault key.
    re.compile(r"(?P<keep>)(?<![\w+/-])[A-Za-z0-9+/_-]{43}="),
)
# Values that were given to a plugin; a word shorter than this is no secret but a word.
_HIDDEN_FROM = 8
_KEPT = 1000
_hidden: OrderedDict[str, None] = OrderedDict()
_hidden_lock = threading.Lock()
# These say every request's address at INFO or every header at DEBUG.
_TOO_TALKATIVE = ("httpx", "httpcore", "httpx2", "httpcore2", "hpack")


def set_up(*, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all logs of this process to `stream` (stderr) from now on. May be called again."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        # As text, without the frames' local variables: those hold tokens.
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                structlog.processors.JSONRenderer(default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _TOO_TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: secrets by the name of their member, and by their shape in any text."""
    return {name: _clean(name, value) for name, value in event.items()}


def hide(secret: str) -> None:
    """Keep this very text out of all logs of this process from now on: a token has no shape of its own at every
    provider. The last thousand are kept."""
    if len(secret) < _HIDDEN_FROM:
        return
    with _hidden_lock:
        _hidden[secret] = None
        _hidden.move_to_end(secret)
        if len(_hidden) > _KEPT:
            _hidden.popitem(last=False)


def redact_text(text: str) -> str:
    """A text without what looks like a secret, and without those that are known."""
    if len(text) >= _HIDDEN_FROM:
        with _hidden_lock:
            known = [secret for secret in _hidden if secret in text]
        for secret in known:
            text = text.replace(secret, REDACTED)
    for shape in _SHAPES:
        text = shape.sub(rf"\g<keep>{REDACTED}", text)
    return text


def _clean(name: str, value: Any) -> Any:
    if _SECRET_NAME.search(name) and value is not None and not isinstance(value, bool | int | float):
        return REDACTED
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, bytes):
        return redact_text(value.decode("utf-8", "replace"))
    if isinstance(value, Mapping):
        return {str(key): _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(name, inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact_text(str(value))
