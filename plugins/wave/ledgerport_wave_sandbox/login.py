"""Wave's OAuth endpoints (section 1), on one origin: authorize, token, token-revoke."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl

import orjson

from ledgerport_sandbox.calls import Call, Reply
from ledgerport_sandbox.consent import Consent, problem, redirect
from ledgerport_sandbox.oauth import Authority, Client, Grant, Issued, OAuthError, TokenRules
from ledgerport_sandbox.switches import Switches
from ledgerport_wave_sandbox import ids

CLIENT = Client("sandbox-client", "sandbox-secret", loopback=True)
AUTHORIZE, TOKEN, REVOKE = "/oauth2/authorize/", "/oauth2/token/", "/oauth2/token-revoke/"
#: Resources and what may be done with them; `*` is everything. `resource:create` names do not exist [OA].
_OPERATIONS = {
    **dict.fromkeys(("invoice", "estimate"), ("read", "write", "send", "*")),
    **dict.fromkeys(
        ("account", "business", "customer", "product", "sales_tax", "user", "vendor", "transaction", "checkout"),
        ("read", "write", "*"),
    ),
}
SCOPES = frozenset(f"{resource}:{word}" for resource, words in _OPERATIONS.items() for word in words)
_HEADERS = [("content-type", "application/json"), ("cache-control", "no-store"), ("pragma", "no-cache")]
_TEN_YEARS = 315_360_000
SHAPES: dict[str, Callable[[], str]] = {
    "access": lambda: secrets.token_urlsafe(22)[:30],
    "refresh": lambda: secrets.token_urlsafe(22)[:30],
    "code": lambda: secrets.token_urlsafe(22)[:30],
}


def rules() -> TokenRules:
    """The lives of section 1; how long a refresh token lives is not told, so it does not end."""
    return TokenRules(access_life=7200, refresh_life=_TEN_YEARS, code_life=600)


def follow(rules: TokenRules, switches: Switches) -> None:
    """Bring the rules in line with the switches."""
    rules.access_life = switches["access_life_seconds"]
    rules.rotation = switches["refresh_rotation"]
    rules.grace = switches["refresh_grace_seconds"]
    rules.pkce = switches["pkce"]


class Login:
    """The endpoints below /oauth2. `companies` are the businesses that may be let in; `lapsed` says that a grant's
    plan has ended; `forbidden` is the 403 of that.
    """

    def __init__(
        self,
        authority: Authority,
        switches: Switches,
        companies: Callable[[], Sequence[tuple[str, str]]],
        lapsed: Callable[[Grant], bool],
        forbidden: Callable[[], Reply],
    ) -> None:
        self._authority, self._switches, self._companies = authority, switches, companies
        self._lapsed, self._forbidden = lapsed, forbidden

    def answer(self, call: Call) -> Reply | None:
        """The answer, or None when the path is none of these. The trailing slash belongs to the path."""
        if call.path == AUTHORIZE and call.method in {"GET", "POST"}:
            return self._authorize(call)
        if call.path == TOKEN and call.method == "POST":
            return self._token(call)
        if call.path == REVOKE and call.method == "POST":
            return self._revoke(call)
        return None

    # -- consent ---------------------------------------------------------------------------------------------

    def _authorize(self, call: Call) -> Reply:
        query = dict(call.query)
        client = self._authority.clients.get(query.get("client_id", ""))
        if client is None:
            # LIVE wording [OA].
            return problem("Wave", "invalid_request: Invalid client_id parameter value.")
        if "redirect_uri" not in query and client.redirects:
            query["redirect_uri"] = client.redirects[0]
        callback, exact = query.get("redirect_uri", ""), bool(self._switches["exact_redirects"])
        if client.may_redirect(callback, exact_only=exact) and not self._offered(query.get("scope", "")):
            state = {"state": query["state"]} if "state" in query else {}
            return redirect(callback, {"error": "invalid_scope", **state})
        form = _pairs(call.body) if call.method == "POST" else None
        companies = list(self._companies())
        if not companies:
            return problem("Wave", "No business is on the Pro plan, which connected apps need.")
        # The business that the app recommends stands first, and so is chosen.
        companies.sort(key=lambda row: row[0] != query.get("businessId"))
        if form is None and query.get("approval_prompt") == "auto":
            form = self._as_before(client.id, query.get("scope", ""), {id for id, _ in companies})
        several = self._switches["consent_covers"] == "several"
        return Consent("Wave", self._authority, several=several).answer(query, form, companies, exact_redirects=exact)

    def _offered(self, scope: str) -> bool:
        names = set(scope.split())
        if self._switches["offline_access"] != "refused":
            names.discard("offline_access")
        return bool(scope) and names <= SCOPES

    def _as_before(self, client: str, scope: str, open_: set[str]) -> list[tuple[str, str]] | None:
        """approval_prompt=auto: the same app and scopes while a token is valid are let in unasked [DOC-oauth]."""
        for grant in reversed(self._authority.grants.values()):
            alive = any(not self._authority.check(token)[1] for token in grant.access)
            if grant.client == client and grant.scope == scope and alive and set(grant.companies) <= open_:
                return [("decision", "allow"), *(("company", id) for id in grant.companies)]
        return None

    # -- tokens ----------------------------------------------------------------------------------------------

    def _token(self, call: Call) -> Reply:
        form = dict(_pairs(call.body))
        try:
            # The client's id and secret stand in the body.
            client = self._authority.client_of({}, form)
            grant_type = form.get("grant_type")
            if grant_type == "authorization_code":
                issued = self._authority.exchange(
                    client, form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier")
                )
                return self._tokens(issued, first=True)
            if grant_type == "refresh_token":
                return self._refreshed(client, form)
            raise OAuthError("unsupported_grant_type", why="grant_type")
        except OAuthError as err:
            return self._refusal(err)

    def _refreshed(self, client: Client, form: dict[str, str]) -> Reply:
        habit = self._switches["refresh_without_redirect"]
        callback = form.get("redirect_uri", "")
        if habit != "accept" and not client.may_redirect(callback):
            status = 401 if habit == "invalid_client" else 400
            raise OAuthError(habit, "redirect_uri is missing or wrong.", status, why="refresh without redirect_uri")
        token = form.get("refresh_token", "")
        grant = self._authority.grant_of(token)
        if grant is not None and token == grant.refresh and not grant.revoked and self._lapsed(grant):
            return self._forbidden()
        issued = self._authority.refresh(client, token)
        for older in list(issued.grant.access):
            if older != issued.access:
                self._authority.expire(older)
        return self._tokens(issued, first=False)

    def _tokens(self, issued: Issued, *, first: bool) -> Reply:
        grant = issued.grant
        body: dict[str, object] = {
            "access_token": issued.access,
            "token_type": "Bearer",
            "expires_in": issued.access_left,
        }
        stays = self._switches["offline_access"] != "needed" or "offline_access" in grant.scope.split()
        if stays and (first or self._switches["refresh_rotation"] == "always"):
            body["refresh_token"] = issued.refresh
        body["scope"] = grant.scope
        if self._switches["token_answer_ids"] == "ids":  # noqa: S105
            body["userId"] = ids.user(1)
            # A token that reaches several businesses is not limited to one.
            body["businessId"] = grant.companies[0] if len(grant.companies) == 1 else None
        return Reply(200, orjson.dumps(body), list(_HEADERS))

    def _refusal(self, err: OAuthError) -> Reply:
        status = self._switches["invalid_grant_status"] if err.error == "invalid_grant" else err.status
        body = {"error": err.error}
        if err.description:
            body["error_description"] = err.description
        return Reply(status, orjson.dumps(body), list(_HEADERS))

    def _revoke(self, call: Call) -> Reply:
        form = dict(_pairs(call.body))
        try:
            client = self._authority.client_of({}, form)
        except OAuthError as err:
            return self._refusal(err)
        grant = self._authority.grant_of(form.get("token", ""))
        if grant is not None and grant.client == client.id and not grant.revoked:
            self._authority.revoke(grant)
        # Also for a token that is not known (RFC 7009 2.2).
        return Reply(200, b"", list(_HEADERS))


def _pairs(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
