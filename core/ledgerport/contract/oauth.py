"""Reading a token endpoint's answers (RFC 6749, sections 5.1 and 5.2), with the names a provider's terms give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from ledgerport.contract.account import Grant
from ledgerport.contract.errors import Broken
from ledgerport.contract.terms import OAuthTerms


def read_grant(answer: Mapping[str, Any], oauth: OAuthTerms, now: datetime, previous: Grant | None = None) -> Grant:
    """A token answer as a Grant.

    A refresh answer without a refresh token keeps the previous one (RFC 6749, section 6). Raises Broken when there is
    no access token.
    """
    access = answer.get("access_token")
    if not isinstance(access, str) or not access:
        raise Broken("The token endpoint answered without an access token.", detail=", ".join(sorted(map(str, answer))))
    issued = _issued_at(answer, oauth.issued_at_field, now)
    refresh = answer.get("refresh_token")
    token = SecretStr(refresh) if isinstance(refresh, str) and refresh else None
    refresh_expires = _moment(answer, oauth.refresh_expires_field, now)
    if token is not None and refresh_expires is None and oauth.refresh_life is not None:
        refresh_expires = now + oauth.refresh_life
    if token is None and previous is not None:
        token, refresh_expires = previous.refresh_token, refresh_expires or previous.refresh_expires_at
    scope = answer.get("scope")
    return Grant(
        access_token=SecretStr(access),
        access_expires_at=_moment(answer, "expires_in", issued) or now + oauth.access_life,
        refresh_token=token,
        refresh_expires_at=refresh_expires,
        hard_expires_at=_moment(answer, oauth.hard_expires_field, now)
        or (previous.hard_expires_at if previous else None),
        scopes=tuple(scope.split()) if isinstance(scope, str) else (previous.scopes if previous else oauth.scopes),
    )


def _issued_at(answer: Mapping[str, Any], name: str, now: datetime) -> datetime:
    """The moment from which `expires_in` counts: as told, else now. One in the future is not believed."""
    if not name or name not in answer:
        return now
    try:
        return min(datetime.fromtimestamp(float(answer[name]), UTC), now)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise Broken(f"The token endpoint's {name} is no moment: {answer[name]!r}.") from error


def _moment(answer: Mapping[str, Any], name: str, now: datetime) -> datetime | None:
    if not name or name not in answer:
        return None
    try:
        return now + timedelta(seconds=float(answer[name]))
    except (TypeError, ValueError, OverflowError) as error:
        raise Broken(f"The token endpoint's {name} is no number of seconds: {answer[name]!r}.") from error
