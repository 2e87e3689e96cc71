"""The console over a real hub: a browser (without script) that is signed in, for tests of pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Mount

from ledgerport.services import sign_in, users
from ledgerport.services.context import Hub
from ledgerport.services.sign_in import make_link
from ledgerport.services.users import create_user
from ledgerport.serving import create_site

HUB = "http://127.0.0.1:8080"


@dataclass
class Browser:
    """Follows links and sends forms as a browser without script does."""

    http: TestClient

    def get(self, address: str, *, status: int = 200) -> str:
        """The page behind an address; redirects are followed."""
        answer = self.http.get(address)
        assert answer.status_code == status, answer.text
        return answer.text

    def send(self, address: str, *, status: int = 200, **fields: str | list[str]) -> str:
        """Send a form with the session's token to where it goes; the page one ends up at."""
        data = {"csrf": self.csrf(), **fields}
        answer = self.http.post(address, data=data)
        assert answer.status_code == status, answer.text
        return answer.text

    def csrf(self) -> str:
        """The token that this session's forms carry."""
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.http.get("/").text)
        assert found, "this page has no form"
        return found.group(1)

    def post(self, address: str, data: dict[str, str]) -> httpx.Response:
        """A form exactly as given, redirects not followed."""
        return self.http.post(address, data=data, follow_redirects=False)


def words(page: str) -> str:
    """What a page says, as one line of text."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


# Sites that no browser looks at just now: making one takes longer than most tests, and all it knows is its hub.
_FREE: list[FastAPI] = []


@contextmanager
def site_of(hub: Hub) -> Iterator[FastAPI]:
    """The site over a hub, one that an earlier test is done with where there is one."""
    site = _FREE.pop() if _FREE else create_site(hub, look_every=0.01)
    for app in (site, *(route.app for route in site.routes if isinstance(route, Mount))):
        if isinstance(app, FastAPI):
            app.state.hub = hub
    yield site
    _FREE.append(site)


def hash_cheaply(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as in a hub, only not as long: a test looks at who may enter, not at how long it takes."""
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    for module in (users, sign_in):
        monkeypatch.setattr(module, "HASHER", hasher)
    monkeypatch.setattr(sign_in, "_NOBODY", hasher.hash("nobody's"))


@contextmanager
def browser(hub: Hub) -> Iterator[Browser]:
    """Somebody's browser, signed in as nobody yet."""
    with site_of(hub) as site, TestClient(site, base_url=HUB) as http:
        yield Browser(http)


@contextmanager
def signed_in(hub: Hub, *, role: str = "admin", tenant: str | None = None, email: str = "") -> Iterator[Browser]:
    """A browser of a new person; `tenant` is a slug."""
    email = email or f"{role}.{tenant or 'hub'}@example.com"
    create_user(hub, email=email, name=role.capitalize(), role=role, tenant=tenant)
    with browser(hub) as made:
        address = make_link(hub, email=email).removeprefix(hub.public_url)
        answer = made.http.post(address)
        assert answer.status_code in (200, 404), answer.text
        yield made
