"""The token endpoint: refresh and revoke. Decided on `error` alone, never on the description or the status."""

from __future__ import annotations

import httpx

from ledgerport.contract import Broken, Endpoint, Grant, LoginNeeded, TryLater, read_grant
from ledgerport_quickbooks.answers import Row, parse, plain_words
from ledgerport_quickbooks.envelopes import FaultRow, safe_words, trace_of
from ledgerport_quickbooks.terms import TERMS

_MAY_PASS = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
_ENDED = frozenset({"invalid_grant", "invalid_token"})


def refresh(grant: Grant, endpoint: Endpoint) -> Grant:
    """Trade the refresh token.

    LoginNeeded for `invalid_grant` and nothing else; Broken when our own client id or secret is wrong; TryLater, with
    the token kept, for everything that may pass, a firewall's page included.
    """
    if grant.refresh_token is None:
        raise Broken("There is no refresh token to trade.")
    form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token.get_secret_value()}
    headers = {"Accept": "application/json", **TERMS.oauth.token_headers}
    response = _post(endpoint, endpoint.token_url, data=form, headers=headers)
    answer = parse(response.content)
    _raise_error(response, answer)
    if answer is None or not response.is_success:
        raise TryLater(
            f"Intuit's token endpoint answered {response.status_code} without saying what is wrong.",
            detail=_words(response),
            code=str(response.status_code),
            trace_id=trace_of(response.headers),
        )
    return read_grant(answer, TERMS.oauth, endpoint.clock.now(), previous=grant)


def revoke(grant: Grant, endpoint: Endpoint) -> bool:
    """End the grant: revoking the refresh token takes the access to the company away. True when it is ended, also
    when it was already.

    False when Intuit refuses and does not say that it was ended before (which errors a 400 carries is not
    documented). TryLater for what may pass, Broken for a wrong client id or secret.
    """
    token = grant.refresh_token or grant.access_token
    headers = {"Accept": "application/json"}
    response = _post(endpoint, endpoint.revoke_url, json={"token": token.get_secret_value()}, headers=headers)
    if response.is_success:
        return True
    answer = parse(response.content)
    error = str(answer.get("error", "")) if answer is not None else ""
    if error in _ENDED:
        return True
    if error == "invalid_client":
        _raise_error(response, answer)
    if response.status_code == 429 or response.status_code >= 500 or response.status_code in (401, 403, 408):
        raise TryLater(
            f"Intuit could not end the grant now (status {response.status_code}).",
            detail=_words(response),
            trace_id=trace_of(response.headers),
        )
    return False


def _post(
    endpoint: Endpoint,
    url: str,
    *,
    headers: dict[str, str],
    data: dict[str, str] | None = None,
    json: dict[str, str] | None = None,
) -> httpx.Response:
    try:
        return endpoint.http.post(url, data=data, json=json, headers=headers)
    except httpx.TransportError as error:
        raise TryLater("Intuit's token endpoint cannot be reached.", detail=type(error).__name__) from error


def _raise_error(response: httpx.Response, answer: Row | None) -> None:
    """An answer that names an error is one, even with a status of 200."""
    error = str(answer.get("error") or "") if answer is not None else ""
    if not error:
        return
    detail, trace_id = _words(response), trace_of(response.headers)
    if error == "invalid_grant":
        raise LoginNeeded(
            "QuickBooks no longer accepts this connection: connect it again.",
            detail=detail,
            code=error,
            trace_id=trace_id,
        )
    if error == "invalid_client":
        raise Broken(
            "Intuit does not know our client id or secret: check the provider's settings.",
            detail=detail,
            code=error,
            trace_id=trace_id,
        )
    if error in _MAY_PASS or response.status_code == 429 or response.status_code >= 500:
        raise TryLater("Intuit's token endpoint has trouble.", detail=detail, code=error, trace_id=trace_id)
    raise Broken(f"Intuit's token endpoint refuses the request: {error[:60]}.", detail=detail, trace_id=trace_id)


def _words(response: httpx.Response) -> str:
    """What the endpoint says of an error; a page's words without its tags. Tokens have no place in either, and are
    hidden.
    """
    answer = parse(response.content)
    if answer is None:
        return safe_words(FaultRow(detail=plain_words(response.content)))
    return safe_words(FaultRow(message=str(answer.get("error", "")), detail=str(answer.get("error_description", ""))))
