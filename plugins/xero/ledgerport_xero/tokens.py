"""The token endpoint: refresh; and ending one organisation's part of a grant."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from ledgerport.contract import (
    Broken,
    Company,
    Endpoint,
    Grant,
    LoginNeeded,
    Refused,
    TryLater,
    read_grant,
)
from ledgerport_xero.answers import parse, plain_words
from ledgerport_xero.client import connections
from ledgerport_xero.envelopes import safe_words, trace_of
from ledgerport_xero.faults import judge
from ledgerport_xero.mapping.wire import text
from ledgerport_xero.terms import TERMS

_MAY_PASS = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


def refresh(grant: Grant, endpoint: Endpoint) -> Grant:
    """Trade the refresh token. The old one works for 30 minutes more, should the answer be lost.

    LoginNeeded for `invalid_grant` and nothing else; Refused when our app's own settings are wrong, which an operator
    mends; TryLater, with the token kept, for everything that may pass, a firewall's page included.
    """
    if grant.refresh_token is None:
        raise Broken("There is no refresh token to trade.")
    form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token.get_secret_value()}
    try:
        response = endpoint.http.post(endpoint.token_url, data=form, headers={"Accept": "application/json"})
    except httpx.TransportError as error:
        raise TryLater("Xero's token endpoint cannot be reached.", detail=type(error).__name__) from error
    answer = parse(response.content)
    told = answer if isinstance(answer, dict) else {}
    _raise_error(response, text(told, "error"))
    if not told or not response.is_success:
        raise TryLater(
            f"Xero's token endpoint answered {response.status_code} without saying what is wrong.",
            detail=_words(response),
            code=str(response.status_code),
            trace_id=trace_of(response.headers),
        )
    return read_grant(told, TERMS.oauth, endpoint.clock.now(), previous=grant)


def end(grant: Grant, endpoint: Endpoint, company: Company | None) -> bool:
    """End our app's access to one organisation; True also when it had none. Raises what the answers come to.

    A grant belongs to a user, not to an organisation: to revoke its token would end the access to all the others that
    this user connected. So the one connection is deleted, and a grant that was used for no organisation is let go: its
    tokens die unused (60 days). The token is not renewed here: the new one would be stored nowhere, and the grant's
    other connections would be lost with the old one.
    """
    if company is None:
        return True
    bearer = {"Authorization": f"Bearer {grant.access_token.get_secret_value()}", "Accept": "application/json"}
    try:
        for row in connections(endpoint.http, url=f"{endpoint.api_url}/connections", headers=bearer):
            if text(row, "tenantId").lower() == company.id.lower():
                _delete(endpoint, text(row, "id"), bearer)
    except httpx.TransportError as error:
        raise TryLater("Xero cannot be reached.", detail=type(error).__name__) from error
    return True


def _delete(endpoint: Endpoint, connection_id: str, bearer: Mapping[str, str]) -> None:
    """By the connection's own id: with the organisation's, Xero answers 403."""
    response = endpoint.http.delete(f"{endpoint.api_url}/connections/{connection_id}", headers=bearer)
    if response.is_success or response.status_code == httpx.codes.NOT_FOUND:
        return
    error = judge(response.status_code, response.headers, response.content, write=True)
    if error is not None:
        raise error


def _raise_error(response: httpx.Response, error: str) -> None:
    """An answer that names an error is one, even with a status of 200."""
    if not error:
        return
    detail, trace_id = _words(response), trace_of(response.headers)
    if error == "invalid_grant":
        raise LoginNeeded(
            "Xero no longer accepts this connection: connect it again.", detail=detail, code=error, trace_id=trace_id
        )
    if error in _MAY_PASS or response.status_code == 429 or response.status_code >= 500:
        raise TryLater("Xero's token endpoint has trouble.", detail=detail, code=error, trace_id=trace_id)
    if error == "invalid_client":
        reason = "Xero does not know our client id or secret: check the provider's settings."
    else:
        reason = f"Xero's token endpoint refuses our app ({error[:60]}): check its settings at Xero."
    raise Refused(reason, detail=detail, code=error, trace_id=trace_id)


def _words(response: httpx.Response) -> str:
    """What the endpoint says of an error; a page's words without its tags. What looks like a token is hidden."""
    answer = parse(response.content)
    if isinstance(answer, dict):
        return safe_words(text(answer, "error"), text(answer, "error_description"))
    return safe_words(plain_words(response.content))
