"""What a plugin may touch: a bound HTTP client, the company, the operator's choices.

Nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from pydantic import SecretStr

from ledgerport.contract.clock import Clock
from ledgerport.contract.values import Company

_KEY = "ledgerport"
# Whether an answer says that our access token is not accepted.
TokenRefused = Callable[[httpx.Response], bool]


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Defaults that the operator chose for a connection; remote ids, empty where nothing was chosen."""

    deposit_account: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Account:
    """A company's books, opened for one hook call.

    `http` is bound to the provider's API address. It adds the bearer token or API key, waits for the limits, times out,
    refreshes once after a 401 and keeps the provider's trace id. A request that cannot be sent raises TryLater; one
    that was sent and not answered raises Unknown (or TryLater when marked as a read): plugins let both pass. Answers
    of every status come back as they are. Where a 401 is not the sign of a refused token, `call_options` says what is.
    """

    http: httpx.Client
    company: Company
    choices: Choices = Choices()


def call_options(*, read: bool = False, meter: str = "", token_refused: TokenRefused | None = None) -> dict[str, Any]:
    """`extensions=` for a call on `account.http`: `read` marks a POST that changes nothing, `meter` the limit it also
    counts on.

    `token_refused` says which answers mean that the access token is not accepted and nothing was done (a status of
    401 without it): the token is renewed then, and the call repeated once.
    """
    return {_KEY: {"read": read, "meter": meter, "token_refused": token_refused}}


def options_of(extensions: Mapping[str, Any], method: str) -> tuple[bool, str]:
    """(read, meter) of a request: the other end of `call_options`.

    GET and HEAD are reads.
    """
    options = extensions.get(_KEY, {})
    return bool(options.get("read")) or method in ("GET", "HEAD"), str(options.get("meter") or "")


def token_refused(extensions: Mapping[str, Any], answer: httpx.Response) -> bool:
    """Whether an answer says that the token is not accepted, as the request's `call_options` have it."""
    refused: TokenRefused | None = extensions.get(_KEY, {}).get("token_refused")
    return refused(answer) if refused is not None else answer.status_code == httpx.codes.UNAUTHORIZED


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a consent gave us.

    Expiries are UTC; None means not told and not assumed. An API key stands in `access_token` and never expires.
    """

    access_token: SecretStr
    access_expires_at: datetime
    refresh_token: SecretStr | None = None
    refresh_expires_at: datetime | None = None
    hard_expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """The provider's token endpoint: `http` identifies our client there and times out; paths are whole addresses.

    With an API key there is none, and both addresses are empty. `redirect_uri` is our registered callback, which some
    providers want with a refresh too. A request below `api_url` that brings an Authorization header of its own (with an
    API key: any) goes out as it is, without our client's secret.
    """

    http: httpx.Client
    token_url: str
    revoke_url: str
    clock: Clock
    redirect_uri: str = ""
    api_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Callback:
    """The query of the address the browser came back to after consent, without `code` and `state`."""

    query: Mapping[str, str]
