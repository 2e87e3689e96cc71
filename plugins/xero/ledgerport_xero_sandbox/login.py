"""Xero's identity service to the letter (section 1), on one origin: authorise, token, revocation, connections."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

import orjson

from ledgerport_sandbox.calls import Call, Reply
from ledgerport_sandbox.consent import Consent, problem
from ledgerport_sandbox.oauth import Authority, Client, Grant, Issued, OAuthError, TokenRules
from ledgerport_sandbox.switches import Switches
from ledgerport_xero_sandbox.connections import Connections

CLIENT = Client("sandbox-client", "sandbox-secret", loopback=True)
#: An app without a secret: PKCE with S256 only.
PKCE_CLIENT = Client("sandbox-pkce", None, loopback=True)
PERSON = "bookkeeper"
AUTHORISE, TOKEN, REVOKE = "/identity/connect/authorize", "/connect/token", "/connect/revocation"
DISCOVERY, CONNECTIONS = "/.well-known/openid-configuration", "/connections"
_HEADERS = [
    ("content-type", "application/json; charset=UTF-8"),
    ("cache-control", "max-age=0, no-cache, no-store"),
    ("pragma", "no-cache"),
]
_OPENID = ("openid", "profile", "email", "offline_access")
GRANULAR = ("invoices", "payments", "banktransactions", "manualjournals")
BROAD = ("transactions",)
_COMMON = ("contacts", "settings", "attachments", "budgets", "journals")
_REPORTS = "accounting.reports."


def _token(life: str) -> str:
    """A token that looks like the JWT it is over there; opaque to clients."""
    head = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjFDQUY4RTY2NzcyRDZEQzAyOEQ2NzI2RkQwMjYxNTgxNTcwRUZDMTkiLCJ0eXAiOiJKV1QifQ"
    claims = {"iss": "https://identity.xero.com", "use": life, "jti": secrets.token_hex(16)}
    middle = base64.urlsafe_b64encode(orjson.dumps(claims)).rstrip(b"=").decode()
    return f"{head}.{middle}.{secrets.token_urlsafe(256)}"


SHAPES: dict[str, Callable[[], str]] = {
    "access": lambda: _token("access"),
    "refresh": lambda: secrets.token_urlsafe(32),
    "code": lambda: secrets.token_urlsafe(32),
}


def rules() -> TokenRules:
    """The lives of section 1.3; those that are a switch come by `follow`."""
    return TokenRules(refresh_life=60 * 86400, rotation="always")


def follow(rules: TokenRules, switches: Switches) -> None:
    """Bring the rules in line with the switches."""
    rules.access_life = switches["access_minutes"] * 60
    rules.grace = switches["grace_minutes"] * 60
    rules.code_life = switches["code_life_seconds"]


def known_scope(scope: str, *, broad: bool) -> bool:
    """May an app ask for this scope?"""
    if scope in _OPENID or (scope.startswith(_REPORTS) and scope.endswith("read")):
        return True
    name = scope.removeprefix("accounting.").removesuffix(".read")
    return scope.startswith("accounting.") and name in (*_COMMON, *GRANULAR, *(BROAD if broad else ()))


def holds(grant: Grant, wanted: Sequence[str], *, writes: bool) -> bool:
    """Does the grant hold one of these scopes (for reading also its `.read` form)?"""
    held = grant.scope.split()
    return any(scope in held or (not writes and f"{scope}.read" in held) for scope in wanted)


class Login:
    """The endpoints that are not under /api.xro. `names` gives the (tenant id, name) pairs of all organisations."""

    def __init__(
        self,
        authority: Authority,
        connections: Connections,
        switches: Switches,
        names: Callable[[], Sequence[tuple[str, str]]],
    ) -> None:
        self._authority, self._connections, self._switches, self._names = authority, connections, switches, names
        self._consent = Consent("Xero", authority, person=PERSON)

    def answer(self, call: Call) -> Reply | None:
        """The answer, or None when the path is none of these."""
        if call.path == AUTHORISE and call.method in {"GET", "POST"}:
            return self._authorise(call)
        if call.path == TOKEN and call.method == "POST":
            return self._trade(call)
        if call.path == REVOKE and call.method == "POST":
            return self._revoke(call)
        if call.path == DISCOVERY and call.method == "GET":
            return Reply.json(_discovery(call.origin))
        return None

    def _authorise(self, call: Call) -> Reply:
        query = call.query
        if query.get("client_id", "") in self._authority.clients:
            # Xero shows an error page for these, it does not redirect [D:troubleshooting].
            if query.get("response_type") != "code":
                return problem("Xero", "unsupported_response_type: this app may only ask for a code.")
            broad = self._switches["broad_scopes"]
            scopes = query.get("scope", "").split()
            if not scopes or not all(known_scope(scope, broad=broad) for scope in scopes):
                return problem("Xero", "invalid_scope: Invalid scope for client.")
        form = parse_qsl(call.body.decode("utf-8", "replace")) if call.method == "POST" else None
        before = set(self._authority.grants)
        reply = self._consent.answer(query, form, self._names())
        for id in self._authority.grants.keys() - before:
            self._connections.consented(self._authority.grants[id])
        return reply

    def _trade(self, call: Call) -> Reply:
        form = _form(call.body)
        try:
            client = self._authority.client_of(call.headers, form)
            grant_type = form.get("grant_type")
            if grant_type == "authorization_code":
                issued = self._authority.exchange(
                    client, form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier")
                )
            elif grant_type == "refresh_token":
                issued = self._refreshed(client, form.get("refresh_token", ""))
            else:
                raise OAuthError("unsupported_grant_type", why="grant_type")
        except OAuthError as err:
            return self._refusal(err)
        return Reply(200, orjson.dumps(_tokens(issued)), list(_HEADERS))

    def _refreshed(self, client: Client, token: str) -> Issued:
        grant = self._authority.grant_of(token)
        if grant is not None and "offline_access" not in grant.scope.split():
            raise OAuthError("invalid_grant", why="no offline_access")
        return self._authority.refresh(client, token)

    def _refusal(self, err: OAuthError) -> Reply:
        """400 with the error alone; a description only where third parties saw one (switch)."""
        body = {"error": err.error}
        if self._switches["error_description"]:
            body["error_description"] = err.why
        return Reply(400, orjson.dumps(body), list(_HEADERS))

    def _revoke(self, call: Call) -> Reply:
        """Sign out: the token set dies and all connections of that user to the app go [XP oauth2.py]."""
        form = _form(call.body)
        try:
            client = self._authority.client_of(call.headers, form)
        except OAuthError as err:
            return self._refusal(err)
        grant = self._authority.grant_of(form.get("token", ""))
        if grant is not None and grant.client == client.id:
            for one in list(self._authority.grants.values()):
                if (one.owner, one.client) == (grant.owner, grant.client) and not one.revoked:
                    self._authority.revoke(one)
            self._connections.remove(lambda one: (one.person, one.app) == (grant.owner, grant.client))
        return Reply(200, b"", list(_HEADERS))  # an unknown token is no error (RFC 7009 2.2)

    def connections(self, call: Call, grant: Grant) -> list[dict[str, Any]]:
        """GET /connections, `authEventId` optional."""
        names = dict(self._names())
        found = self._connections.of(grant, call.query.get("authEventId"))
        return [self._connections.shown(one, names[one.tenant]) for one in found if one.tenant in names]


def _tokens(issued: Issued) -> dict[str, object]:
    scopes = issued.grant.scope.split()
    body: dict[str, object] = {
        "access_token": issued.access,
        "expires_in": issued.access_left,
        "token_type": "Bearer",
    }
    if "openid" in scopes:
        body = {"id_token": _token("id"), **body}
    if "offline_access" in scopes:
        body["refresh_token"] = issued.refresh
    return {**body, "scope": issued.grant.scope}


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _discovery(origin: str) -> dict[str, object]:
    return {
        "issuer": origin,
        "authorization_endpoint": origin + AUTHORISE,
        "token_endpoint": origin + TOKEN,
        "userinfo_endpoint": f"{origin}/connect/userinfo",
        "revocation_endpoint": origin + REVOKE,
        "jwks_uri": f"{origin}{DISCOVERY}/jwks",
        "scopes_supported": list(_OPENID),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }
