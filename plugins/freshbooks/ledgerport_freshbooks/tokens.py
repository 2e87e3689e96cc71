"""The token endpoint: refresh and revoke. Decided on `error` alone, never on the description or the status.

A refresh token works once and there is no grace: the answer to a refresh is the only key to the account. `created_at`
plus `expires_in` is when the access token ends; `created_at` was seen to be the first grant's (fact sheet, 1).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
from pydantic import SecretStr

from ledgerport.contract import Broken, Endpoint, Grant, LoginNeeded, Refused, TryLater, read_grant
from ledgerport_freshbooks.answers import Row, parse, plain_words
from ledgerport_freshbooks.envelopes import ErrorRow, safe_words
from ledgerport_freshbooks.terms import TERMS

_MAY_PASS = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
_ENDED = frozenset({"invalid_grant", "invalid_token"})
_ACCEPT = {"Accept": "application/json"}
# A pair that is new and yet over by its own figures is used so long; should it be refused, a 401 says so.
_AT_LEAST = timedelta(minutes=5)


def refresh(grant: Grant, endpoint: Endpoint) -> Grant:
    """Trade the refresh token. The registered callback goes with it: without it the answer is `invalid_client`.

    LoginNeeded for `invalid_grant` and nothing else; Refused when our own client id, secret or callback is wrong, for
    an operator to mend; TryLater, with the token kept, for everything that may pass, a firewall's page included.
    """
    if grant.refresh_token is None:
        raise Broken("There is no refresh token to trade.")
    form = {
        "grant_type": "refresh_token",
        "refresh_token": grant.refresh_token.get_secret_value(),
        "redirect_uri": endpoint.redirect_uri,
    }
    response = _post(endpoint, endpoint.token_url, form)
    answer = parse(response.content)
    _raise_error(response, answer)
    if answer is None or not response.is_success:
        raise TryLater(
            f"FreshBooks' token endpoint answered {response.status_code} without saying what is wrong.",
            detail=_words(response),
            code=str(response.status_code),
        )
    now = endpoint.clock.now()
    new = read_grant(answer, TERMS.oauth, now, previous=grant)
    if new.access_expires_at > now:
        return new
    # Else every call would spend another refresh token.
    return replace(new, access_expires_at=now + _AT_LEAST)


def revoke(grant: Grant, endpoint: Endpoint) -> bool:
    """End the grant, in all businesses that it reaches: there is no way to end one's alone, and the hub asks only
    when no other connection lives by it.

    The refresh token first, so that nothing new can come of the grant, then the access token, which dies at once.
    True when both are ended, also when they were already. TryLater for what may pass, Refused for a wrong client.
    """
    tokens = [token for token in (grant.refresh_token, grant.access_token) if token is not None]
    ended = [_ended(token, endpoint) for token in tokens]
    return all(ended)


def _ended(token: SecretStr, endpoint: Endpoint) -> bool:
    response = _post(endpoint, endpoint.revoke_url, {"token": token.get_secret_value()})
    answer = parse(response.content)
    error = str(answer.get("error") or "") if answer is not None else ""
    if error in _ENDED or (response.is_success and not error):
        return True
    if error == "invalid_client":
        _raise_error(response, answer)
    if response.status_code == 429 or response.status_code >= 500 or response.status_code in (401, 403, 408):
        raise TryLater(
            f"FreshBooks could not end the grant now (status {response.status_code}).", detail=_words(response)
        )
    return False


def _post(endpoint: Endpoint, url: str, form: dict[str, str]) -> httpx.Response:
    try:
        return endpoint.http.post(url, data=form, headers=_ACCEPT)
    except httpx.TransportError as error:
        raise TryLater("FreshBooks' token endpoint cannot be reached.", detail=type(error).__name__) from error


def _raise_error(response: httpx.Response, answer: Row | None) -> None:
    """An answer that names an error is one, even with a status of 200."""
    error = str(answer.get("error") or "") if answer is not None else ""
    if not error:
        return
    detail = _words(response)
    if error == "invalid_grant":
        raise LoginNeeded("FreshBooks no longer accepts this connection: connect it again.", detail=detail, code=error)
    if error == "invalid_client":
        raise Refused(
            "FreshBooks does not know our client id, secret or callback address: check the provider's settings.",
            detail=detail,
            code=error,
        )
    if error in _MAY_PASS or response.status_code == 429 or response.status_code >= 500:
        raise TryLater("FreshBooks' token endpoint has trouble.", detail=detail, code=error)
    raise Broken(f"FreshBooks' token endpoint refuses the request: {error[:60]}.", detail=detail, code=error[:60])


def _words(response: httpx.Response) -> str:
    """What the endpoint says of an error; a page's words without its tags. Tokens have no place in either, and are
    hidden.
    """
    answer = parse(response.content)
    if answer is None:
        return safe_words(ErrorRow(message=plain_words(response.content)))
    said = ": ".join(filter(None, (str(answer.get("error") or ""), str(answer.get("error_description") or ""))))
    return safe_words(ErrorRow(message=said))
