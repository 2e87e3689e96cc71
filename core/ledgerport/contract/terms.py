"""What a provider declares about itself.

The engine batches, paces, falls back and draws the console from this alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from ledgerport.contract.values import Kind

CONTRACT_VERSION = 1


class Scope(StrEnum):
    """Over what a limit is counted: one company's calls by our app, or all calls of our app."""

    COMPANY = "company"
    APP = "app"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """At most `count` calls in any span `per`.

    `meter` names which calls: `request` is every call; a plugin may name others (`batch`) and mark calls with them
    (`contract.call_options`).
    """

    count: int
    per: timedelta
    meter: str = "request"
    scope: Scope = Scope.COMPANY


class Lookup(StrEnum):
    """By what an object can be searched at the provider."""

    EMAIL = "email"
    NAME = "name"
    NUMBER = "number"
    MARKER = "marker"


@dataclass(frozen=True, kw_only=True)
class NameRules:
    """What a name must look like over there.

    `forbidden` holds single characters replaced by a blank (control characters always are); `unique` means two active
    objects of this kind cannot share a name (compared without case).
    """

    max_length: int
    forbidden: str = ""
    unique: bool = True


@dataclass(frozen=True, kw_only=True)
class KindTerms:
    """How one kind travels.

    `batch_size` > 1 needs the batch hook; `batch_meter` is the meter a batch call counts on.
    """

    push: bool = True
    pull: bool = False
    batch_size: int = 1
    batch_meter: str = "request"
    name: NameRules | None = None
    lookups: frozenset[Lookup] = frozenset()
    needs_income_account: bool = False


class KeyTrust(StrEnum):
    """How an unknown outcome is resolved.

    REPEAT: within the key's lifetime the same request is repeated. LOOK_FIRST: there is a key, but for how long it is
    remembered is not documented, so we look before we send again. NONE: no key; look, then send anew.
    """

    REPEAT = "repeat"
    LOOK_FIRST = "look_first"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Idempotency:
    """The provider's guard against doubles, and how long it remembers a key."""

    trust: KeyTrust
    lifetime: timedelta = timedelta(0)


class ClientAuth(StrEnum):
    """How the token endpoint wants the client's id and secret."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"


@dataclass(frozen=True, kw_only=True)
class OAuthTerms:
    """OAuth 2 at this provider.

    Lifetimes are defaults for answers that do not tell. `refresh_expires_field` and `hard_expires_field` name members
    of the token answer (seconds). `grace`: how long the previous refresh token still works after a lost answer.
    """

    authorize_url: str
    token_url: str
    revoke_url: str = ""
    scopes: tuple[str, ...] = ()
    pkce: bool = False
    client_auth: ClientAuth = ClientAuth.BASIC
    access_life: timedelta = timedelta(hours=1)
    refresh_life: timedelta | None = None
    refresh_expires_field: str = ""
    hard_expires_field: str = ""
    token_headers: Mapping[str, str] = field(default_factory=dict)
    authorize_params: Mapping[str, str] = field(default_factory=dict)
    rotates: bool = True
    grace: timedelta = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class ProviderTerms:
    """Everything a provider declares.

    `slug` is its name in addresses and settings; `concurrency` how many calls may be under way for one company;
    `request_timeout` the provider's own limit on a request's run time, after which an unanswered one cannot still be
    running there; `search_lag` how long its searches may lag behind its writes; `throttle_wait` the pause after a 429
    that names none; `object_urls` where a person opens an object (`{id}` is replaced); `contract` the contract
    versions it speaks (lowest, highest).
    """

    slug: str
    label: str
    color: str
    api_url: str
    kinds: Mapping[Kind, KindTerms]
    limits: tuple[Limit, ...]
    concurrency: int
    idempotency: Idempotency
    oauth: OAuthTerms
    contract: tuple[int, int]
    request_timeout: timedelta = timedelta(seconds=60)
    search_lag: timedelta = timedelta(0)
    throttle_wait: timedelta = timedelta(seconds=60)
    object_urls: Mapping[Kind, str] = field(default_factory=dict)
    trace_headers: tuple[str, ...] = ()
    webhook_kinds: frozenset[str] = frozenset()
    look_back: timedelta | None = None
