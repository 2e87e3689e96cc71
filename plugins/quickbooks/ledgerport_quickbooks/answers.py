"""Reading an answer's body: JSON, or XML where a gateway ignored what we accept. Pure.

JSON numbers become Decimal, never float. XML becomes the shape the JSON would have had (`<Id>7</Id>` is `{"Id": "7"}`,
`<CurrencyRef name="US Dollar">USD</CurrencyRef>` is `{"value": "USD", "name": "US Dollar"}`), so everything after
this module knows one shape. Everything else (HTML, plain text, a cut answer, nothing at all) is None: what that means
is decided in `faults`.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any
from xml.parsers import expat

Row = dict[str, Any]

_LISTS = frozenset({"Error", "Line", "LinkedTxn", "NameValue", "CustomField", "TaxLine", "TaxRateDetail"})
_GROUPS = frozenset({"QueryResponse", "CDCResponse", "BatchItemResponse"})
_MAX_DEPTH = 60
_TAG = re.compile(r"<[^>]*>?")
_HIDDEN = re.compile(r"(?is)<(script|style|head)\b.*?</\1\s*>")
_TITLE = re.compile(r"(?is)<title[^>]*>(.*?)</title>")
_BLANKS = re.compile(r"\s+")


def parse(body: bytes) -> Row | None:
    """The answer's object; None when it cannot be read as one."""
    start = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        try:
            answer = json.loads(body, parse_float=Decimal)
        except (ValueError, RecursionError):
            return None
        return answer if isinstance(answer, dict) else None
    if start.startswith(b"<"):
        return _XmlReader().read(body)
    return None


def plain_words(body: bytes) -> str:
    """The first words a person would see of a page or text: its title and beginning, without tags."""
    text = body[:20_000].decode("utf-8", "replace")
    title = _TITLE.search(text)
    seen = _TAG.sub(" ", _HIDDEN.sub(" ", text))
    words = f"{_TAG.sub(' ', title.group(1))}: {seen}" if title else seen
    return _BLANKS.sub(" ", words).strip(" :")


class _Refused(Exception):
    """The document is none that QuickBooks sends."""


class _XmlReader:
    """Builds rows from expat's events.

    A document type declaration ends the reading: QuickBooks sends none, HTML pages and entity bombs start with one.
    """

    def __init__(self) -> None:
        self._open: list[tuple[str, Row, list[str]]] = []
        self._root: Row | None = None

    def read(self, body: bytes) -> Row | None:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(body, True)
        except (expat.ExpatError, _Refused, UnicodeError, LookupError):
            return None
        return self._root

    def _refuse(self, *_declaration: object) -> None:
        raise _Refused

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _MAX_DEPTH or name.lower() == "html":
            raise _Refused
        known = {key: value for key, value in attributes.items() if not key.startswith(("xmlns", "xsi:"))}
        self._open.append((name.rpartition(":")[2], known, []))

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1][2].append(text)

    def _end(self, _name: str) -> None:
        name, row, words = self._open.pop()
        value: Any = row
        text = "".join(words).strip()
        if not self._open:
            self._root = row if name == "IntuitResponse" else {name: row}
            return
        if text and not row:
            value = text
        elif text:
            row["value"] = text
        elif not row and name not in _GROUPS:
            value = ""
        parent_name, parent, _ = self._open[-1]
        if name in parent:
            known = parent[name]
            parent[name] = [*known, value] if isinstance(known, list) else [known, value]
        elif name in _LISTS or name in ("CDCResponse", "BatchItemResponse") or _holds_lists(parent_name, name):
            parent[name] = [value]
        else:
            parent[name] = value


def _holds_lists(parent: str, name: str) -> bool:
    """In a query's answer every entity is a list, however few rows; in a change answer every query answer is."""
    return (parent == "QueryResponse" and name[:1].isupper()) or (parent == "CDCResponse" and name == "QueryResponse")
