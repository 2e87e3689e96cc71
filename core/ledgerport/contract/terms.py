"""What a provider declares about itself.

The engine batches, paces, falls back and draws the console from this alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from ledgerport.contract.values import Kind

CONTRACT_VERSION = 1
# What a connection's choice holds once an operator has turned it on.
ON = "on"


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
    objects of this kind cannot share a name (compared without case). `enforced`: the provider refuses a second item of
    a name by itself; where it does not, the hub reads the items that are there (`pull_items`) before it creates one.
    """

    max_length: int
    forbidden: str = ""
    unique: bool = True
    enforced: bool = True


@dataclass(frozen=True, kw_only=True)
class KindTerms:
    """How one kind travels.

    `meter`: the meter that a push of one record counts on (beside `request`). `batch_size` > 1 needs the batch hook;
    `batch_meter` is the meter a batch call counts on; `batch_choice` names a choice of the connection
    (`ProviderTerms.choices`) that must be on for batches to be used. `code`: items have a short code beside their
    name, which is unique over there; the hub chooses it by these rules (`Item.code`).

    Without what it needs a record waits: `needs_income_account` of an item, or of a document that has a line without
    an item (`PushMapping.income_account` is the default for services then), `needs_deposit_account` of a payment,
    `needs_tax_codes` of a document with tax. `lines_need_items`: the provider takes no document line without an item;
    the hub puts one of its own there.
    """

    push: bool = True
    pull: bool = False
    meter: str = "request"
    batch_size: int = 1
    batch_meter: str = "request"
    batch_choice: str = ""
    name: NameRules | None = None
    code: NameRules | None = None
    lookups: frozenset[Lookup] = frozenset()
    needs_income_account: bool = False
    needs_deposit_account: bool = False
    needs_tax_codes: bool = False
    lines_need_items: bool = False


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
    of the token answer (seconds); `issued_at_field` one with the moment (Unix seconds) that `expires_in` counts from.
    `grace`: how long the previous refresh token still works after a lost answer. `public_apps`: an app may have no
    secret (PKCE alone); then its id travels in the form.
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
    issued_at_field: str = ""
    public_apps: bool = False
    token_headers: Mapping[str, str] = field(default_factory=dict)
    authorize_params: Mapping[str, str] = field(default_factory=dict)
    rotates: bool = True
    grace: timedelta = timedelta(0)


# Terms of a provider that is not signed in to by OAuth: nothing in them leads anywhere.
NO_OAUTH = OAuthTerms(authorize_url="", token_url="")


class KeyAuth(StrEnum):
    """How a request carries an API key: in a header, or as HTTP Basic."""

    HEADER = "header"
    BASIC = "basic"


@dataclass(frozen=True, kw_only=True)
class KeyField:
    """The second thing a person types beside the key, and no secret: the subdomain, the company's number.

    Raises ValueError for a `name` that is no place's name, and for a `pattern` that is none.

    `name` is its place: `{name}` is replaced in `ProviderTerms.api_url` and in a Basic user or password, and the plugin
    finds it in `account.company.facts[name]`. `label` and `where` are words for the form, `pattern` what it must match
    from end to end (it may end up in a host name). `header`: one that carries it with every request.
    """

    name: str
    label: str
    where: str = ""
    pattern: str = "[A-Za-z0-9-]{1,63}"
    header: str = ""

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or self.name == "key":
            raise ValueError(f"the name of the field beside the key must be a plain word other than key: {self.name!r}")
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"the pattern of the field {self.name} cannot be read: {error}") from error


@dataclass(frozen=True, kw_only=True)
class ApiKeyTerms:
    """Signing in with a key that a person copies from the provider's own pages. Raises ValueError for a bad `url`.

    `label` is what the key is called there, `where` a sentence that tells how to find it, `url` the page (https; empty:
    none). A request carries it as `<header>: <scheme> <key>` (an empty `scheme`: the key alone), or, with
    `KeyAuth.BASIC`, as the user and password given here, in which `{key}` is replaced.
    """

    where: str
    label: str = "API key"
    url: str = ""
    auth: KeyAuth = KeyAuth.HEADER
    header: str = "Authorization"
    scheme: str = "Bearer"
    basic_user: str = "{key}"
    basic_password: str = ""
    field: KeyField | None = None

    def __post_init__(self) -> None:
        if self.url and not self.url.startswith("https://"):
            raise ValueError(f"the page where the key is found must be an https address: {self.url!r}")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Something an operator may turn on for a connection; off until then.

    `label` is a sentence for the console. The plugin finds `on` in `account.choices.values[name]`.
    """

    name: str
    label: str


@dataclass(frozen=True, kw_only=True)
class ProviderTerms:
    """Everything a provider declares. Raises ValueError unless it says how to sign in: `oauth` or `api_key`, not both.

    `slug` is its name in addresses and settings; `concurrency` how many calls may be under way for one company;
    `request_timeout` the provider's own limit on a request's run time, after which an unanswered one cannot still be
    running there; `search_lag` how long its searches may lag behind its writes; `throttle_wait` the pause after a 429
    that names none; `object_urls` where a person opens an object (`{id}` is replaced); `computes_tax`: the provider
    works out sales tax from its own rates, so its total may be some cents apart from ours (kept as the variance);
    `voids_delete`: there is no voiding, a void takes the invoice out of the books; `contract` the contract versions
    it speaks (lowest, highest).
    """

    slug: str
    label: str
    color: str
    api_url: str
    kinds: Mapping[Kind, KindTerms]
    limits: tuple[Limit, ...]
    concurrency: int
    idempotency: Idempotency
    oauth: OAuthTerms = NO_OAUTH
    api_key: ApiKeyTerms | None = None
    contract: tuple[int, int]
    request_timeout: timedelta = timedelta(seconds=60)
    search_lag: timedelta = timedelta(0)
    throttle_wait: timedelta = timedelta(seconds=60)
    object_urls: Mapping[Kind, str] = field(default_factory=dict)
    trace_headers: tuple[str, ...] = ()
    webhook_kinds: frozenset[str] = frozenset()
    look_back: timedelta | None = None
    computes_tax: bool = False
    voids_delete: bool = False
    choices: tuple[Choice, ...] = ()

    def __post_init__(self) -> None:
        if (self.oauth == NO_OAUTH) == (self.api_key is None):
            raise ValueError("the terms must say how to sign in: by oauth or by api_key, and by one of them only")
