"""FreshBooks' OAuth endpoints to the letter (section 1), on one origin and under both sets of addresses."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from ledgerport_sandbox.calls import Call, Reply
from ledgerport_sandbox.clock import Clock
from ledgerport_sandbox.consent import Consent, problem, redirect
from ledgerport_sandbox.oauth import Authority, Client, Issued, OAuthError, TokenRules
from ledgerport_sandbox.switches import Switches

CLIENT = Client("sandbox-client", "sandbox-secret", loopback=True)
TWELVE_HOURS = 43200
FOR_EVER = 100 * 365 * 86400
AUTHORIZE = frozenset({"/oauth/authorize", "/oauth/authorize/", "/service/auth/oauth/authorize"})
TOKEN = frozenset({"/auth/oauth/token", "/service/auth/oauth/token"})
REVOKE = frozenset({"/auth/oauth/revoke", "/service/auth/oauth/revoke"})
METADATA = "/.well-known/oauth-authorization-server"
_READ_ONLY_SCOPES = ("profile", "notifications", "reports")
_OBJECTS = (
    *("bill_payments", "bill_vendors", "billable_items", "bills", "business", "clients", "credit_notes", "estimates"),
    *("expenses", "invoices", "journal_entries", "online_payments", "other_income", "payments", "projects"),
    *("retainers", "taxes", "teams", "time_entries"),
)
SCOPES = frozenset(
    [f"user:{name}:read" for name in (*_READ_ONLY_SCOPES, *_OBJECTS)] + [f"user:{name}:write" for name in _OBJECTS]
)
#: What an app gets that asks for no scope: everything it is registered for.
DEFAULT_SCOPE = " ".join(sorted(SCOPES))
_BAD_SCOPE = "The requested scope is invalid, unknown, or malformed."
_INVALID_GRANT = (
    "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the "
    "authorization request, or was issued to another client."
)
_INVALID_CLIENT = (
    "Client authentication failed due to unknown client, no client authentication included, or unsupported "
    "authentication method."
)
_HEADERS = [("content-type", "application/json; charset=utf-8"), ("cache-control", "no-store"), ("pragma", "no-cache")]


def shapes(clock: Clock) -> dict[str, Callable[[], str]]:
    """A JWT of 12 hours, a refresh token of 64 hex characters."""

    def access() -> str:
        now = int(clock.now())
        claims = {"iss": "auth.freshbooks.com", "iat": now, "exp": now + TWELVE_HOURS, "jti": secrets.token_hex(16)}
        claims["scope"] = DEFAULT_SCOPE
        head = orjson.dumps({"typ": "JWT", "alg": "RS256", "kid": "sandbox"})
        signature = secrets.token_urlsafe(256)
        return f"{_part(head)}.{_part(orjson.dumps(claims))}.{signature}"

    return {"access": access, "refresh": lambda: secrets.token_hex(32), "code": lambda: secrets.token_hex(32)}


def _part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def rules() -> TokenRules:
    """A code lives 5 minutes; refresh tokens have no end but their use, and no grace after it."""
    return TokenRules(access_life=TWELVE_HOURS, refresh_life=FOR_EVER, code_life=300)


def follow(rules: TokenRules, switches: Switches) -> None:
    """Bring the rules in line with the switches."""
    rules.pkce = "optional" if switches["pkce_checked"] else "off"


class Login:
    """The endpoints of the two login hosts."""

    def __init__(
        self,
        authority: Authority,
        switches: Switches,
        clock: Clock,
        companies: Callable[[], Sequence[tuple[str, str]]],
    ) -> None:
        self._authority, self._switches, self._clock, self._companies = authority, switches, clock, companies
        self._consent = Consent("FreshBooks", authority, all_of_them=True)

    def answer(self, call: Call) -> Reply | None:
        """The answer, or None when the path is none of these. An app that is not registered gets None at the consent
        address as well: the real one answers 500.
        """
        if call.path in AUTHORIZE and call.method in {"GET", "POST"}:
            return self._authorize(call)
        if call.path in TOKEN and call.method == "POST":
            return self._token(_fields(call))
        if call.path in REVOKE and call.method == "POST":
            return self._revoke(_fields(call))
        if call.path == METADATA and call.method == "GET":
            return Reply.json(_metadata(call.origin))
        return None

    # -- consent ---------------------------------------------------------------------------------------------

    def _authorize(self, call: Call) -> Reply | None:
        query = {**call.query, "scope": call.query.get("scope") or DEFAULT_SCOPE}
        if query.get("client_id") not in self._authority.clients:
            return None
        if urlsplit(query.get("redirect_uri", "")).query:
            return problem("FreshBooks", "The redirect_uri must not have a query.")
        form = _form(call.body) if call.method == "POST" else None
        if form is not None and form.get("decision") == "allow" and not SCOPES.issuperset(query["scope"].split()):
            return self._bad_scope(query)
        if form is not None:
            # The profile may be read by every app that was let in.
            query["scope"] = " ".join(sorted({*query["scope"].split(), "user:profile:read"}))
        exact = bool(self._switches["exact_redirects"])
        return self._consent.answer(query, form, self._companies(), exact_redirects=exact)

    def _bad_scope(self, query: Mapping[str, str]) -> Reply:
        """Only after the login, and for the whole consent (live 2026-09)."""
        client = self._authority.clients[query["client_id"]]
        callback = query.get("redirect_uri", "")
        if self._switches["bad_scope"] == "page" or not client.may_redirect(callback):
            return problem("FreshBooks", _BAD_SCOPE)
        state = {"state": query["state"]} if "state" in query else {}
        return redirect(callback, {"error": "invalid_scope", "error_description": _BAD_SCOPE, **state})

    # -- tokens ----------------------------------------------------------------------------------------------

    def _token(self, form: Mapping[str, str]) -> Reply:
        try:
            client = self._authority.client_of({}, form)
            kind = form.get("grant_type")
            if kind == "authorization_code":
                issued = self._authority.exchange(
                    client, form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier")
                )
                if self._switches["one_grant_per_app"]:
                    self._end_others(issued)
            elif kind == "refresh_token":
                if not form.get("redirect_uri") and self._switches["refresh_needs_redirect_uri"]:
                    raise OAuthError("invalid_client", status=401, why="refresh without redirect_uri")
                issued = self._authority.refresh(client, form.get("refresh_token", ""))
            else:
                raise OAuthError("unsupported_grant_type", "The authorization grant type is not supported.")
        except OAuthError as err:
            return _refusal(err)
        return Reply(200, orjson.dumps(self._tokens(issued, first=kind == "authorization_code")), list(_HEADERS))

    def _tokens(self, issued: Issued, *, first: bool) -> dict[str, Any]:
        now = int(self._clock.now())
        born, left = now, issued.access_left
        if not first and self._switches["created_at"] == "grant":
            born = int(issued.grant.born)
            left = now + issued.access_left - born
        return {
            "access_token": issued.access,
            "token_type": "Bearer",
            "expires_in": left,
            "refresh_token": issued.refresh,
            "scope": issued.grant.scope,
            "created_at": born,
            "direct_buy_tokens": {},
        }

    def _end_others(self, issued: Issued) -> None:
        for grant in list(self._authority.grants.values()):
            if grant.client == issued.grant.client and grant.id != issued.grant.id and not grant.revoked:
                self._authority.revoke(grant)

    def _revoke(self, form: Mapping[str, str]) -> Reply:
        """`200 {}`, also for a token that is not known (RFC 7009)."""
        try:
            client = self._authority.client_of({}, form)
        except OAuthError as err:
            return _refusal(err)
        grant = self._authority.grant_of(form.get("token", ""))
        if grant is not None and grant.client == client.id and not grant.revoked:
            self._authority.revoke(grant)
        return Reply(200, b"{}", list(_HEADERS))


def _refusal(err: OAuthError) -> Reply:
    described = {"invalid_grant": _INVALID_GRANT, "invalid_client": _INVALID_CLIENT}.get(err.error)
    body = {"error": err.error, "error_description": described or err.description or ""}
    return Reply(err.status, orjson.dumps(body), list(_HEADERS))


def _fields(call: Call) -> dict[str, str]:
    """A form, or JSON with the same members."""
    if "json" not in call.headers.get("content-type", ""):
        return _form(call.body)
    try:
        sent = orjson.loads(call.body)
    except orjson.JSONDecodeError:
        return {}
    return {str(name): str(value) for name, value in sent.items()} if isinstance(sent, dict) else {}


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _metadata(origin: str) -> dict[str, Any]:
    base = f"{origin}/service/auth/oauth"
    return {
        "issuer": origin,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "revocation_endpoint": f"{base}/revoke",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "scopes_supported": sorted(SCOPES),
    }
