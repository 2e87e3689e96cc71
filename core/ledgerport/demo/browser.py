"""A person with a browser: opens the connect address, allows access on the consent page, ends up back at the hub."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx

_SECONDS = 60.0
_FORMS_AT_MOST = 3


class NotConnected(Exception):
    """The consent did not end well; the message holds what the last page said."""


class Browser:
    """An HTTP client with cookies that follows redirects and fills in forms."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        # Nobody's proxy settings stand between this machine and itself.
        self._http = httpx.Client(timeout=_SECONDS, follow_redirects=True, trust_env=False, transport=transport)

    def consent(self, address: str, typed: Mapping[str, str] | None = None) -> str:
        """Say yes wherever a form asks, with what is chosen in it and `typed` into its boxes by name; the words of
        the last page.

        Raises NotConnected when a page is an error or the forms do not end.
        """
        answer = self._http.get(address)
        for _ in range(_FORMS_AT_MOST):
            page = _read(answer)
            if page.action is None:
                return page.text
            answer = self._http.post(urljoin(str(answer.url), page.action), data=page.filled_in(typed or {}))
        raise NotConnected(f"The consent pages at {answer.url} do not end.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()


class _Page(HTMLParser):
    """The first form of a page that is sent with POST, as a person would send it: choices as they stand, the first one
    where nothing is chosen yet, and the first button.

    `action` is None when there is no such form, and empty when the form goes to the page's own address.
    """

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self._filled: dict[str, str] = {}
        # The first of each group of radio buttons; somebody must choose.
        self._offered: dict[str, str] = {}
        self._words: list[str] = []
        self._inside = False
        self._pressed = False
        self._silent = False

    def filled_in(self, typed: Mapping[str, str]) -> dict[str, str]:
        """What is sent: as the form stands, with what a person types into boxes that it has."""
        shown = {**self._offered, **self._filled}
        return {**shown, **{name: value for name, value in typed.items() if name in shown}}

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._silent = tag in ("style", "script", "title")
        if tag == "form" and self.action is None and given.get("method", "get").lower() == "post":
            self.action, self._inside = given.get("action", ""), True
        elif self._inside and given.get("name"):
            self._field(tag, given)

    def handle_endtag(self, tag: str) -> None:
        self._silent = False
        if tag == "form":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "submit" if tag == "button" else "text").lower()
        if tag == "button" or kind == "submit":
            if self._pressed:
                return
            self._pressed = True
        elif tag != "input":
            return
        elif kind in ("radio", "checkbox") and "checked" not in given:
            if kind == "radio":
                self._offered.setdefault(given["name"], given.get("value", "on"))
            return
        self._filled[given["name"]] = given.get("value", "")


def _read(answer: httpx.Response) -> _Page:
    page = _Page()
    page.feed(answer.text)
    if answer.status_code >= 400:
        raise NotConnected(f"{answer.url.copy_with(query=None)} answered {answer.status_code}: {page.text}")
    return page
