"""OAuth 2.0 as a provider does it: clients, codes, tokens that rotate, families that can be withdrawn.

Nothing here knows a provider: lives, rotation and wording are parameters. Tokens are looked up by their whole value.
Errors are `OAuthError`, which carries what RFC 6749 section 5.2 puts into the answer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from ledgerport_sandbox.clock import Clock


class OAuthError(Exception):
    """A refusal of the token endpoint: `error` code, optional description, HTTP status, and why (for tests and
    logs).
    """

    def __init__(self, error: str, description: str | None = None, status: int = 400, why: str = "") -> None:
        super().__init__(why or error)
        self.error, self.description, self.status, self.why = error, description, status, why


@dataclass(frozen=True, slots=True)
class Client:
    """A registered app. `redirects`: exact addresses; `loopback`: any port and path of this machine over plain http
    too. `secret` None: a public app (RFC 6749 2.1), which must use PKCE with S256 and sends no secret.
    """

    id: str
    secret: str | None
    redirects: tuple[str, ...] = ()
    loopback: bool = False

    def may_redirect(self, address: str, *, exact_only: bool = False) -> bool:
        """Is this callback registered, letter for letter (or a loopback address where that is allowed)?"""
        if address in self.redirects:
            return True
        if exact_only or not self.loopback:
            return False
        parts = urlsplit(address)
        return parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"} and not parts.fragment


@dataclass(slots=True)
class TokenRules:
    """Lives in seconds of sandbox time, and the provider's habits.

    rotation: `always` (a new refresh token each time), `after` (only when the present one is older than
    `rotate_after`), `never`. reuse: what an old refresh token does: `refuse`, or `revoke` the whole family. `grace`:
    for so long an old one still works. pkce: `optional` (checked when a challenge was sent), `required`, or `off`.
    """

    access_life: float = 3600
    refresh_life: float = 8640000
    hard_life: float | None = None
    code_life: float = 300
    rotation: str = "always"
    rotate_after: float = 86400
    reuse: str = "refuse"
    grace: float = 0
    pkce: str = "optional"
    revoke_on_code_reuse: bool = False


@dataclass(slots=True)
class Grant:
    """What a person (`owner`, where the provider tells them apart) allowed one app, and every token that came of it:
    one family.
    """

    id: str
    client: str
    companies: list[str]
    scope: str
    born: float
    refresh: str = ""
    refresh_born: float = 0
    refresh_ends: float = 0
    hard_end: float | None = None
    old: dict[str, float] = field(default_factory=dict)
    access: dict[str, float] = field(default_factory=dict)
    revoked: bool = False
    owner: str = ""


@dataclass(slots=True)
class Code:
    """An authorization code, used once."""

    value: str
    grant: str
    client: str
    redirect: str
    ends: float
    challenge: str | None
    method: str
    used: bool = False


@dataclass(frozen=True, slots=True)
class Issued:
    """The tokens of one answer, with seconds left of each life."""

    grant: Grant
    access: str
    access_left: int
    refresh: str
    refresh_left: int
    hard_left: int | None


class Authority:
    """Issues, checks, rotates and withdraws. `save` is called with the whole state after every change."""

    def __init__(
        self,
        clock: Clock,
        rules: TokenRules,
        clients: list[Client],
        *,
        save: Callable[[dict[str, Any]], None] | None = None,
        shapes: Mapping[str, Callable[[], str]] | None = None,
    ) -> None:
        self._clock, self.rules, self._save = clock, rules, save
        self.clients = {client.id: client for client in clients}
        self._shapes = dict(shapes or {})
        self.grants: dict[str, Grant] = {}
        self._codes: dict[str, Code] = {}
        self._by_token: dict[str, str] = {}

    def _new(self, kind: str) -> str:
        shape = self._shapes.get(kind)
        return shape() if shape else secrets.token_urlsafe(32)

    # -- the app that asks -----------------------------------------------------------------------------------

    def client_of(self, headers: Mapping[str, str], form: Mapping[str, str]) -> Client:
        """The app that authenticates itself by Basic or by form; a public one only names itself. Raises OAuthError
        invalid_client (401).
        """
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, value = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                name, _, word = base64.b64decode(value, validate=True).decode().partition(":")
            except ValueError as err:
                raise OAuthError("invalid_client", status=401, why="the Basic header is not base64") from err
            # RFC 6749 2.3.1 form-encodes both before joining them; plain ids survive that unchanged.
            client_id, secret = unquote_plus(name), unquote_plus(word)
        client = self.clients.get(client_id)
        if client is None or not hmac.compare_digest((client.secret or "").encode(), secret.encode()):
            raise OAuthError("invalid_client", status=401, why="unknown client or wrong secret")
        return client

    # -- consent ---------------------------------------------------------------------------------------------

    def allow(
        self,
        client: Client,
        companies: list[str],
        scope: str,
        redirect: str,
        challenge: str | None,
        method: str,
        owner: str = "",
    ) -> str:
        """A person said yes: a new grant and its code. Raises OAuthError when PKCE is required (by the rules, or
        because the app is public) and missing or unknown.
        """
        public = client.secret is None
        if (self.rules.pkce == "required" or public) and not challenge:
            raise OAuthError("invalid_request", "code_challenge required", why="PKCE is required")
        if challenge and method not in ({"S256"} if public else {"S256", "plain"}):
            raise OAuthError("invalid_request", "unknown code_challenge_method", why="PKCE method")
        now = self._clock.now()
        hard = None if self.rules.hard_life is None else now + self.rules.hard_life
        grant = Grant(secrets.token_hex(8), client.id, list(companies), scope, now, hard_end=hard, owner=owner)
        self.grants[grant.id] = grant
        code = Code(
            self._new("code"), grant.id, client.id, redirect, now + self.rules.code_life, challenge, method or "plain"
        )
        self._codes[code.value] = code
        self._keep()
        return code.value

    def exchange(self, client: Client, value: str, redirect: str, verifier: str | None) -> Issued:
        """Trade a code for tokens. Raises OAuthError invalid_grant when anything about it is wrong."""
        code = self._codes.get(value)
        if code is None:
            raise OAuthError("invalid_grant", why="unknown code")
        if code.used:
            if self.rules.revoke_on_code_reuse:
                self.revoke(self.grants[code.grant])
            raise OAuthError("invalid_grant", why="code used twice")
        if code.client != client.id:
            raise OAuthError("invalid_grant", why="code of another client")
        if code.redirect != redirect:
            raise OAuthError("invalid_grant", why="redirect_uri differs from the one of the authorize step")
        if self._clock.now() > code.ends:
            raise OAuthError("invalid_grant", why="code too old")
        checked = self.rules.pkce != "off" or client.secret is None
        if checked and code.challenge and not _verified(code, verifier):
            raise OAuthError("invalid_grant", why="code_verifier does not fit")
        code.used = True
        return self._issue(self.grants[code.grant], rotate=True)

    # -- refresh ---------------------------------------------------------------------------------------------

    def refresh(self, client: Client, token: str) -> Issued:
        """Trade a refresh token. Raises OAuthError invalid_grant; its `why` is one of `unknown`, `revoked`,
        `expired`, `old`, `foreign`.
        """
        grant = self.grant_of(token)
        now = self._clock.now()
        if grant is None:
            raise OAuthError("invalid_grant", why="unknown")
        if grant.client != client.id or token in grant.access:
            raise OAuthError("invalid_grant", why="foreign")
        if grant.revoked:
            raise OAuthError("invalid_grant", why="revoked")
        if token != grant.refresh and now >= grant.old[token] + self.rules.grace:
            if self.rules.reuse == "revoke":
                self.revoke(grant)
            raise OAuthError("invalid_grant", why="old")
        if now > grant.refresh_ends or (grant.hard_end is not None and now > grant.hard_end):
            raise OAuthError("invalid_grant", why="expired")
        aged = now - grant.refresh_born >= self.rules.rotate_after
        return self._issue(grant, rotate=self.rules.rotation == "always" or (self.rules.rotation == "after" and aged))

    def _issue(self, grant: Grant, *, rotate: bool) -> Issued:
        now = self._clock.now()
        grant.access = {token: ends for token, ends in grant.access.items() if ends > now - self.rules.access_life}
        access = self._new("access")
        grant.access[access] = now + self.rules.access_life
        self._by_token[access] = grant.id
        if rotate or not grant.refresh:
            if grant.refresh:
                grant.old[grant.refresh] = now
            grant.refresh, grant.refresh_born = self._new("refresh"), now
            self._by_token[grant.refresh] = grant.id
        grant.refresh_ends = now + self.rules.refresh_life
        hard_left = None
        if grant.hard_end is not None:
            grant.refresh_ends = min(grant.refresh_ends, grant.hard_end)
            hard_left = int(grant.hard_end - now)
        self._keep()
        return Issued(
            grant, access, int(self.rules.access_life), grant.refresh, int(grant.refresh_ends - now), hard_left
        )

    # -- use and end -----------------------------------------------------------------------------------------

    def grant_of(self, token: str) -> Grant | None:
        """The family an access or refresh token (also an old one) belongs to."""
        grant_id = self._by_token.get(token)
        return self.grants.get(grant_id) if grant_id else None

    def check(self, token: str) -> tuple[Grant | None, str]:
        """(grant, "") when the access token works, else (grant or None, `unknown` | `revoked` | `expired`)."""
        grant = self.grant_of(token)
        if grant is None or token not in grant.access:
            return None, "unknown"
        if grant.revoked:
            return grant, "revoked"
        return grant, "" if self._clock.now() < grant.access[token] else "expired"

    def expire(self, token: str) -> bool:
        """End the life of one access token now; False when it is not one of ours."""
        grant = self.grant_of(token)
        if grant is None or token not in grant.access:
            return False
        grant.access[token] = self._clock.now()
        self._keep()
        return True

    def revoke(self, grant: Grant) -> None:
        """Withdraw a whole family."""
        grant.revoked = True
        self._keep()

    def revoke_company(self, company: str | None) -> int:
        """Withdraw every living grant that reaches a company (None: all companies); how many were withdrawn."""
        hit = [g for g in self.grants.values() if not g.revoked and (company is None or company in g.companies)]
        for grant in hit:
            self.revoke(grant)
        return len(hit)

    def state(self) -> dict[str, Any]:
        """Everything, as JSON, for `restore`."""
        return {"grants": [asdict(g) for g in self.grants.values()], "codes": [asdict(c) for c in self._codes.values()]}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state of an earlier run. Raises TypeError when it has another shape."""
        self.grants = {data["id"]: Grant(**data) for data in state["grants"]}
        self._codes = {data["value"]: Code(**data) for data in state["codes"]}
        self._by_token = {}
        for grant in self.grants.values():
            for token in (grant.refresh, *grant.old, *grant.access):
                self._by_token[token] = grant.id

    def clear(self) -> None:
        """Forget all grants and codes; registered clients stay."""
        self.grants.clear()
        self._codes.clear()
        self._by_token.clear()
        self._keep()

    def _keep(self) -> None:
        if self._save:
            self._save(self.state())


def _verified(code: Code, verifier: str | None) -> bool:
    if not verifier:
        return False
    if code.method == "plain":
        return hmac.compare_digest(verifier.encode(), (code.challenge or "").encode())
    digest = hashlib.sha256(verifier.encode()).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), code.challenge or "")
