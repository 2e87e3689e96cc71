"""What stands before the API: tokens, tenants and scopes, with the bodies of 401, 403, 404 and 503 (section 6.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from ledgerport_sandbox import Call, Reply
from ledgerport_sandbox.oauth import Authority, Grant
from ledgerport_sandbox.switches import Switches
from ledgerport_xero_sandbox import envelopes
from ledgerport_xero_sandbox.login import holds
from ledgerport_xero_sandbox.state import Company
from ledgerport_xero_sandbox.writing import ENDPOINTS

_MISSING = "The resource you're looking for cannot be found"
_SETTINGS = ("accounting.settings",)


def stopped(
    call: Call, token: str, authority: Authority, companies: Mapping[str, Company], switches: Switches
) -> Reply | None:
    """A refusal before the API sees the call, or None."""
    refused, grant = unknown_token(token, authority, switches)
    if refused is not None:
        return refused
    assert grant is not None
    if call.company not in grant.companies or call.company not in companies:
        return forbidden("AuthenticationUnsuccessful", switches)
    company = companies[call.company]
    reads = call.method == "GET"
    if company.role == "NONE" or (company.plan == "READONLY" and not reads):
        return forbidden("AuthorizationUnsuccessful", switches)
    if not holds(grant, _wanted(call.parts[0], switches), writes=not reads):
        return _unauthorised("AuthorizationUnsuccessful", switches, scope=True)
    if company.state == "OFFLINE":
        return Reply.text("The Organisation is offline", 503)
    if len(call.body) > 3_500_000:
        return _too_large(switches)
    return None


def _wanted(name: str, switches: Switches) -> tuple[str, ...]:
    endpoint = ENDPOINTS.get(name)
    scopes = endpoint.scopes if endpoint is not None else _SETTINGS
    if name == "Items" and switches["items_scope"] == "either":
        return (*scopes, "accounting.invoices", "accounting.transactions")
    return scopes


def unknown_token(token: str, authority: Authority, switches: Switches) -> tuple[Reply | None, Grant | None]:
    """401 for a token that has expired, is not one of ours, or whose grant was withdrawn; and whose token it is."""
    grant, trouble = authority.check(token)
    if trouble == "expired" and grant is not None:
        at = datetime.fromtimestamp(grant.access[token], UTC).strftime("%m/%d/%Y %H:%M:%S")
        return _unauthorised(f"TokenExpired: token expired at {at}", switches), grant
    if trouble == "revoked" and switches["revoked_status"] == 403:
        return forbidden("AuthenticationUnsuccessful", switches), grant
    if trouble or grant is None:
        return _unauthorised("AuthenticationUnsuccessful", switches), grant
    return None, grant


def _unauthorised(detail: str, switches: Switches, *, scope: bool = False) -> Reply:
    status = int(switches["scope_status"]) if scope else 401
    title = "Unauthorized" if status == 401 else "Forbidden"
    reply = envelopes.problem(status, title, detail, keys=switches["error_keys"], scope=scope)
    if scope:
        reply.headers.append(("www-authenticate", switches["scope_spelling"]))
    return reply


def forbidden(detail: str, switches: Switches) -> Reply:
    """403: the tenant is not one of this user's, or the user may not."""
    return envelopes.problem(403, "Forbidden", detail, keys=switches["error_keys"])


def not_found(switches: Switches) -> Reply:
    """404; its JSON form is UNSURE."""
    if switches["not_found_body"] == "json":
        return envelopes.problem(404, "NotFound", _MISSING, keys=switches["error_keys"])
    return Reply.text(_MISSING, 404)


def _too_large(switches: Switches) -> Reply:
    kind = switches["too_large_body"]
    if kind == "html":
        page = "<html><head><title>413 Request Entity Too Large</title></head><body></body></html>"
        return Reply.text(page, 413, "text/html")
    return Reply.text("Request Entity Too Large", 413) if kind == "text" else Reply(413)
