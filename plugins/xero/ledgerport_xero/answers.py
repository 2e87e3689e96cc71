"""Reading an answer's body: JSON, or XML where what we accept was ignored (XML is Xero's default). Pure.

JSON numbers become Decimal, never float. XML becomes the shape the JSON would have had (`<Contacts><Contact>` is a
list, texts stay texts), so everything after this module knows one shape. Everything else (HTML, plain text, a cut
answer, nothing at all) is None: what that means is decided in `faults`.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any
from xml.parsers import expat

Row = dict[str, Any]

# XML cannot tell an empty list from an empty text, nor a list of one from an object.
_LISTS = frozenset(
    {
        "Accounts", "Addresses", "BrandingThemes", "ContactGroups", "ContactPersons", "Contacts", "CreditNotes",
        "Currencies", "Elements", "Invoices", "Items", "LineItems", "Options", "Organisations", "Overpayments",
        "Payments", "Phones", "Prepayments", "Quotes", "TaxComponents", "TaxRates", "Tracking", "TrackingCategories",
        "ValidationErrors", "Warnings",
    }
)  # fmt: skip
_MAX_DEPTH = 60
_TAG = re.compile(r"<[^>]*>?")
_HIDDEN = re.compile(r"(?is)<(script|style|head)\b.*?</\1\s*>")
_TITLE = re.compile(r"(?is)<title[^>]*>(.*?)</title>")
_BLANKS = re.compile(r"\s+")


def parse(body: bytes) -> Row | list[Any] | None:
    """The answer's object, or the list that /connections answers; None when it cannot be read as one."""
    start = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"{", b"[")):
        try:
            answer = json.loads(body, parse_float=Decimal)
        except (ValueError, RecursionError):
            return None
        return answer if isinstance(answer, dict | list) else None
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
    """The document is none that Xero sends."""


class _XmlReader:
    """Builds rows from expat's events.

    A document type declaration ends the reading: Xero sends none, HTML pages and entity bombs start with one.
    """

    def __init__(self) -> None:
        self._open: list[tuple[str, Row, list[Any], list[str]]] = []
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

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        if len(self._open) >= _MAX_DEPTH or name.lower() == "html":
            raise _Refused
        self._open.append((name.rpartition(":")[2], {}, [], []))

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1][3].append(text)

    def _end(self, _name: str) -> None:
        name, members, entries, words = self._open.pop()
        text = "".join(words).strip()
        value: Any = entries if name in _LISTS else members or text
        if self._open:
            _, parent, siblings, _ = self._open[-1]
            parent[name] = value
            siblings.append(value)
        else:
            self._root = members if name in ("Response", "ApiException") else {name: value}
