"""The token endpoint: refresh and revoke.

Decided on `error`, but for 403: that is how Wave says that the business's Pro plan has lapsed, whatever the body, and
it never costs the grant.
"""

from __future__ import annotations

import httpx

from ledgerport.contract import Broken, Endpoint, Grant, LoginNeeded, Refused, TryLater, read_grant
from ledgerport_wave.answers import Row, is_page, parse, plain_words
from ledgerport_wave.envelopes import safe_words
from ledgerport_wave.faults import LAPSED
from ledgerport_wave.terms import TERMS

_MAY_PASS = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
_ENDED = frozenset({"invalid_grant", "invalid_token"})


def refresh(grant: Grant, endpoint: Endpoint) -> Grant:
    """Trade the refresh token; Wave wants our callback again with it. An answer without a new one keeps the old.

    LoginNeeded for `invalid_grant` and nothing else; Refused (`plan_lapsed`) for a 403, with the token kept; Broken
    when our own client id, secret or callback is wrong; TryLater for everything that may pass, a firewall's page
    included.
    """
    if grant.refresh_token is None:
        raise Broken("There is no refresh token to trade.")
    form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token.get_secret_value()}
    if endpoint.redirect_uri:
        form["redirect_uri"] = endpoint.redirect_uri
    response = _post(endpoint, endpoint.token_url, form)
    answer = parse(response.content)
    if response.status_code == httpx.codes.FORBIDDEN:
        raise _forbidden(response)
    _raise_error(response, answer)
    if answer is None or not response.is_success:
        raise TryLater(
            f"Wave's token endpoint answered {response.status_code} without saying what is wrong.",
            detail=_words(response),
            code=str(response.status_code),
        )
    return read_grant(answer, TERMS.oauth, endpoint.clock.now(), previous=grant)


def revoke(grant: Grant, endpoint: Endpoint) -> bool:
    """End the grant, for all businesses that it covers: Wave can end no part of it. True when it is ended, also when it
    was already.

    False when Wave refuses without saying that it was ended before. TryLater for what may pass, Broken for a wrong
    client id or secret.
    """
    token = grant.refresh_token or grant.access_token
    response = _post(endpoint, endpoint.revoke_url, {"token": token.get_secret_value()})
    if response.is_success:
        return True
    answer = parse(response.content)
    error = str(answer.get("error", "")) if answer is not None else ""
    if error in _ENDED:
        return True
    if error == "invalid_client":
        _raise_error(response, answer)
    if response.status_code in (401, 403, 408, 429) or response.status_code >= 500:
        raise TryLater(f"Wave could not end the grant now (status {response.status_code}).", detail=_words(response))
    return False


def _post(endpoint: Endpoint, url: str, form: dict[str, str]) -> httpx.Response:
    try:
        return endpoint.http.post(url, data=form, headers={"Accept": "application/json"})
    except httpx.TransportError as error:
        raise TryLater("Wave's token endpoint cannot be reached.", detail=type(error).__name__) from error


def _forbidden(response: httpx.Response) -> TryLater | Refused:
    detail = _words(response)
    if is_page(response.content):
        return TryLater(
            "Something between us and Wave turned the refresh away (status 403).", detail=detail, code="403"
        )
    return Refused(
        "Wave renews access only while the business has an active Pro or Wave Advisor plan (it answered 403): renew "
        "the plan in Wave. The connection is kept.",
        detail=detail,
        code=LAPSED,
    )


def _raise_error(response: httpx.Response, answer: Row | None) -> None:
    """An answer that names an error is one, even with a status of 200."""
    error = str(answer.get("error") or "") if answer is not None else ""
    if not error:
        return
    detail = _words(response)
    if error == "invalid_grant":
        raise LoginNeeded("Wave no longer accepts this connection: connect it again.", detail=detail, code=error)
    if error == "invalid_client":
        raise Broken(
            "Wave does not know our client id or secret: check the provider's settings.", detail=detail, code=error
        )
    if error in _MAY_PASS or response.status_code == 429 or response.status_code >= 500:
        raise TryLater("Wave's token endpoint has trouble.", detail=detail, code=error)
    raise Broken(f"Wave's token endpoint refuses the request: {error[:60]}.", detail=detail, code=error[:60])


def _words(response: httpx.Response) -> str:
    """What the endpoint says of an error; a page's words without its tags. What looks like a token is hidden."""
    answer = parse(response.content)
    if answer is None:
        return safe_words(plain_words(response.content))
    return safe_words(f"{answer.get('error', '')}: {answer.get('error_description', '')}".strip(": "))
