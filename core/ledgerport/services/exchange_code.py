"""Trade an authorization code for a grant: once, because a code sent twice may end the grant it gave (RFC 6749,
4.1.2)."""

from __future__ import annotations

from typing import Any

import orjson
from authlib.oauth2.rfc6749.parameters import prepare_token_request  # type: ignore[import-untyped]

from ledgerport.contract import ContractError, Grant, ProviderTerms, read_grant
from ledgerport.host import Provider
from ledgerport.services.connect_refused import ConnectRefused
from ledgerport.services.context import Hub
from ledgerport.services.provider_apps import open_token_endpoint, setting_name


def exchange_code(hub: Hub, provider: Provider, *, code: str, redirect_uri: str, verifier: str) -> Grant:
    """The grant behind a code. Raises ConnectRefused in the user's words; never tries twice."""
    terms = provider.terms
    proof = {"code_verifier": verifier} if verifier else {}
    form = prepare_token_request("authorization_code", redirect_uri=redirect_uri, code=code, **proof)
    try:
        with open_token_endpoint(hub, provider) as endpoint:
            answer = endpoint.http.post(
                endpoint.token_url, content=form, headers={"Content-Type": "application/x-www-form-urlencoded"}
            )
        return read_grant(_read(answer.content, terms), terms.oauth, hub.clock.now())
    except ContractError as error:
        raise ConnectRefused(
            f"{terms.label} did not complete the sign-in: {error.reason} Nothing was connected.",
            "Try again in a minute.",
        ) from error


def _read(body: bytes, terms: ProviderTerms) -> dict[str, Any]:
    """The members of a token answer. Decided by `error` (RFC 6749, 5.2), never by the status or the description."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _unreadable(terms) from error
    if not isinstance(answer, dict):
        raise _unreadable(terms)
    match answer.get("error"):
        case None:
            return answer
        case "invalid_grant":
            raise ConnectRefused(f"{terms.label} no longer accepts this sign-in: it took too long, or was used before.")
        case "invalid_client" | "unauthorized_client":
            raise ConnectRefused(
                f"{terms.label} does not know our app by the client id and secret that are set.",
                f"An operator must correct {setting_name(terms.slug, 'client_id')} and "
                f"{setting_name(terms.slug, 'client_secret')}.",
            )
        case code:
            raise ConnectRefused(f'{terms.label} refused the sign-in ("{str(code)[:80]}").')


def _unreadable(terms: ProviderTerms) -> ConnectRefused:
    return ConnectRefused(
        f"{terms.label} gave an answer that cannot be read. Nothing was connected.", "Try again in a minute."
    )
