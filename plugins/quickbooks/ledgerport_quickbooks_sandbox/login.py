"""Intuit's OAuth endpoints to the letter (section 1), on one origin: authorize, token, revoke, discovery."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl

import orjson

from ledgerport_sandbox.calls import Call, Reply
from ledgerport_sandbox.consent import Consent
from ledgerport_sandbox.oauth import Authority, Client, Issued, OAuthError, TokenRules
from ledgerport_sandbox.switches import Switches

CLIENT = Client("sandbox-client", "sandbox-secret", loopback=True)
FIVE_YEARS = 157680000
AUTHORIZE, TOKEN, REVOKE = "/connect/oauth2", "/oauth2/v1/tokens/bearer", "/v2/oauth2/tokens/revoke"
DISCOVERY = frozenset(
    {
        "/.well-known/openid_configuration",
        "/.well-known/openid_configuration/",
        "/.well-known/openid_sandbox_configuration",
        "/.well-known/openid_sandbox_configuration/",
    }
)
_HEADERS = [
    ("content-type", "application/json;charset=UTF-8"),
    ("cache-control", "no-cache, no-store"),
    ("pragma", "no-cache"),
]
#: Descriptions seen in the field, by cause (section 1.4); causes that are not listed have none.
_DESCRIPTIONS = {
    "unknown": "Incorrect or invalid refresh token",
    "old": "Incorrect or invalid refresh token",
    "foreign": "Incorrect Token type or clientID",
}
#: Shapes of 2025/26: long opaque access tokens, refresh tokens that begin with RT1-.
SHAPES: dict[str, Callable[[], str]] = {
    "access": lambda: "eyJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiYWxnIjoiZGlyIn0.." + secrets.token_urlsafe(480),
    "refresh": lambda: f"RT1-{secrets.randbelow(1000)}-H0-{secrets.token_hex(18)}",
    "code": lambda: f"XAB1{secrets.token_hex(22)}",
}


def rules() -> TokenRules:
    """The lives of section 1."""
    return TokenRules(refresh_life=8726400, hard_life=FIVE_YEARS, code_life=300)


def follow(rules: TokenRules, switches: Switches) -> None:
    """Bring the rules in line with the switches."""
    rotation = switches["refresh_rotation"]
    rules.rotation = "after" if rotation == "after_24h" else rotation
    rules.reuse = switches["refresh_reuse"]
    rules.revoke_on_code_reuse = switches["code_reuse"] == "revoke"
    rules.refresh_life = switches["refresh_life_days"] * 86400


class Login:
    """The endpoints that are not under /v3."""

    def __init__(
        self, authority: Authority, switches: Switches, companies: Callable[[], Sequence[tuple[str, str]]]
    ) -> None:
        self._authority, self._switches, self._companies = authority, switches, companies
        self._consent = Consent("QuickBooks Online", authority, company_parameter="realmId")

    def answer(self, call: Call) -> Reply | None:
        """The answer, or None when the path is none of these."""
        if call.path == AUTHORIZE and call.method in {"GET", "POST"}:
            form = _form(call.body) if call.method == "POST" else None
            return self._consent.answer(
                call.query, form, self._companies(), exact_redirects=self._switches["exact_redirects"]
            )
        if call.path == TOKEN and call.method == "POST":
            return self._token(call)
        if call.path == REVOKE and call.method == "POST":
            return self._revoke(call)
        if call.path in DISCOVERY and call.method == "GET":
            return Reply.json(_discovery(call.origin))
        return None

    def _token(self, call: Call) -> Reply:
        form = _form(call.body)
        try:
            client = self._authority.client_of(call.headers, form)
            grant_type = form.get("grant_type")
            if grant_type == "authorization_code":
                issued = self._authority.exchange(
                    client, form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier")
                )
            elif grant_type == "refresh_token":
                issued = self._authority.refresh(client, form.get("refresh_token", ""))
            else:
                raise OAuthError("unsupported_grant_type", why="grant_type")
        except OAuthError as err:
            return self._refusal(err)
        return Reply(200, orjson.dumps(_tokens(call, issued)), list(_HEADERS))

    def _refusal(self, err: OAuthError) -> Reply:
        if err.error == "invalid_client":
            headers = [*_HEADERS, ("www-authenticate", 'Basic realm="Intuit"')]
            return Reply(401, orjson.dumps({"error": err.error}), headers)
        wording = self._switches["invalid_grant_wording"]
        body = {"error": err.error}
        if err.error == "invalid_grant" and wording == "old":
            body = {"error_description": "Token invalid", **body}
        elif err.error == "invalid_grant" and wording == "description" and err.why in _DESCRIPTIONS:
            body["error_description"] = _DESCRIPTIONS[err.why]
        return Reply(err.status, orjson.dumps(body), list(_HEADERS))

    def _revoke(self, call: Call) -> Reply:
        try:
            client = self._authority.client_of(call.headers, {})
        except OAuthError as err:
            return self._refusal(err)
        token = _revoked_token(call)
        grant = self._authority.grant_of(token) if token else None
        if grant is None or grant.client != client.id or grant.revoked:
            return Reply(400, b'{"error":"invalid_request"}', list(_HEADERS))
        self._authority.revoke(grant)
        return Reply(200, b"", list(_HEADERS))


def _revoked_token(call: Call) -> str | None:
    if "json" in call.headers.get("content-type", ""):
        try:
            token = orjson.loads(call.body).get("token")
        except (orjson.JSONDecodeError, AttributeError):
            return None
        return token if isinstance(token, str) else None
    return _form(call.body).get("token")


def _tokens(call: Call, issued: Issued) -> dict[str, object]:
    body: dict[str, object] = {
        "x_refresh_token_expires_in": issued.refresh_left,
        "refresh_token": issued.refresh,
        "access_token": issued.access,
        "token_type": "bearer",
        "expires_in": issued.access_left,
    }
    if call.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true":
        body["x_refresh_token_hard_expires_in"] = issued.hard_left
    return body


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _discovery(origin: str) -> dict[str, object]:
    return {
        "issuer": f"{origin}/op/v1",
        "authorization_endpoint": origin + AUTHORIZE,
        "token_endpoint": origin + TOKEN,
        "userinfo_endpoint": f"{origin}/v1/openid_connect/userinfo",
        "revocation_endpoint": origin + REVOKE,
        "jwks_uri": f"{origin}/op/v1/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile", "address", "phone"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
    }
