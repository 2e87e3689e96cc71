"""Reading an answer's body. Pure.

Wave answers JSON, its Decimals as strings; what numbers there are become Decimal, never float. Everything else (HTML,
plain text, a cut answer, nothing at all) is None: what that means is decided in `faults`.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

_TAG = re.compile(r"<[^>]*>?")
_HIDDEN = re.compile(r"(?is)<(script|style|head)\b.*?</\1\s*>")
_TITLE = re.compile(r"(?is)<title[^>]*>(.*?)</title>")
_BLANKS = re.compile(r"\s+")


def parse(body: bytes) -> Row | None:
    """The answer's object; None when it cannot be read as one."""
    if not body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    try:
        answer = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def is_page(body: bytes) -> bool:
    """Whether a body is markup: a gateway's or firewall's page, never Wave's own word."""
    return body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def plain_words(body: bytes) -> str:
    """The first words a person would see of a page or text: its title and beginning, without tags."""
    text = body[:20_000].decode("utf-8", "replace")
    title = _TITLE.search(text)
    seen = _TAG.sub(" ", _HIDDEN.sub(" ", text))
    words = f"{_TAG.sub(' ', title.group(1))}: {seen}" if title else seen
    return _BLANKS.sub(" ", words).strip(" :")
