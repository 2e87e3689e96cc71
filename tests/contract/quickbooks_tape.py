"""The QuickBooks plugin over the true client, against the sandbox, a real sandbox company, or a cassette of either.

Everything a request holds is the same at every replay: operation ids and markers come from the test's name and the
recording's `mark`, dates from the recording's moment, and both stand in the cassette's metadata.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr
from tests.stage import CLIENT, REALM, Sandbox

from ledgerport.contract import (
    Callback,
    Choices,
    Company,
    Endpoint,
    Grant,
    Push,
    PushMapping,
    SystemClock,
    Value,
    read_grant,
)
from ledgerport.engine.pacing_memory import MemoryLimiter
from ledgerport.engine.transport import AccessToken, AccountCall, make_wire, open_account, open_endpoint, rebase
from ledgerport.host import Provider, find_plugins
from ledgerport.testing.cassettes import ORIGIN, REDACTED
from ledgerport_quickbooks_sandbox.app import create_app
from ledgerport_sandbox import Clock, Running

PROVIDER = "quickbooks"
SANDBOX_ONLY = "sandbox_only"
CALLBACK = "http://127.0.0.1:9/callback"
# What the sandbox's clock shows while it is recorded: recording again changes nothing but trace ids.
AT = datetime(2026, 10, 1, 9, tzinfo=UTC)
FROM_SANDBOX = (
    "Recorded over HTTP from Ledgerport's own sandbox of QuickBooks Online, an emulator: not from Intuit.\n"
    "Record again: see README, section Cassettes."
)
FROM_LIVE = "Recorded from a sandbox company at Intuit.\nRecord again: see README, section Cassettes."
# Companies of developers answer here, not at the terms' address.
LIVE_API = "https://sandbox-quickbooks.api.intuit.com"
_VARIABLES = ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN", "REALM")
_PREFIX = "LEDGERPORT_LIVE_QUICKBOOKS_"
_SPACE = uuid.UUID("0d6a3f0e-93c5-5a0b-8f14-5f2a1f6f7c21")


@cache
def plugin() -> Provider:
    """The installed plugin, found as the hub finds it."""
    return find_plugins(allow=(PROVIDER,)).for_provider(PROVIDER)


@dataclass(frozen=True)
class Standing:
    """A clock that stands."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds()


@dataclass(frozen=True, kw_only=True)
class Source:
    """Whom the plugin talks to, signed in.

    `mark` makes names unique where earlier recordings left theirs; `address` replaces the origin of the login's
    addresses (empty: Intuit's own), `api_url` is the API's; `income` and `expense` are ids of accounts.
    """

    note: str
    at: datetime
    mark: str
    address: str
    api_url: str
    client_id: str
    client_secret: SecretStr
    grant: Grant
    company: Company
    income: str = ""
    expense: str = ""
    sandbox: Sandbox | None = None

    @property
    def replace(self) -> dict[str, str]:
        return {} if self.company.id == REALM else {self.company.id: REALM}

    def metadata(self) -> dict[str, Any]:
        """What a replay must know, without secrets."""
        company = {**asdict(self.company), "id": REALM}
        books = {"company": company, "income": self.income, "expense": self.expense}
        return {"note": self.note, "at": self.at.isoformat(), "mark": self.mark, **books}


@dataclass
class Tape(AbstractContextManager["Tape"]):
    """One test's hand on the plugin: `ask` a hook, and prepare what it is asked with."""

    source: Source
    test: str
    pushes: int = 0
    tokens: list[AccessToken] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wire = make_wire()
        self.clock = Standing(self.source.at)
        self.limiter = MemoryLimiter(SystemClock())
        self.grant = self.source.grant
        self.tokens.append(AccessToken(self.grant.access_token, 1))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wire.close()

    @property
    def mapping(self) -> PushMapping:
        return PushMapping(income_account=self.source.income, expense_account=self.source.expense)

    def open(self, company: Company | None = None) -> AccountCall:
        """The company's books through the true client: token, pacing, one refresh after a 401."""
        return open_account(
            wire=self.wire,
            terms=plugin().terms,
            api_url=self.source.api_url,
            token=self._token,
            limiter=self.limiter,
            client_id=self.source.client_id,
            company=self.source.company if company is None else company,
            choices=Choices(),
            clock=SystemClock(),
            request_seconds=30.0,
        )

    def ask(self, hook: str, /, **arguments: Any) -> Any:
        """Ask the plugin on the company's books, as the hub does."""
        with self.open() as call:
            return plugin().ask(hook, account=call.account, **arguments)

    def endpoint(self, *, client_secret: str = "") -> AbstractContextManager[Endpoint]:
        """The token endpoint with our app's secret, or with another one."""
        return endpoint_of(
            replace(self.source, client_secret=SecretStr(client_secret)) if client_secret else self.source
        )

    def push(self, value: Value, **known: Any) -> Push[Any]:
        """`value` on its way, with an operation id of its own; `known` are further fields of the push."""
        self.pushes += 1
        operation = uuid.uuid5(_SPACE, f"{self.source.mark} {self.test} {self.pushes}")
        marker = f"LP-{uuid.uuid5(_SPACE, f'{self.source.mark} {self.test} {value.ref}').hex[:16]}"
        return Push(value=value, **{"operation_id": str(operation), "marker": marker, "mapping": self.mapping, **known})

    def named(self, name: str) -> str:
        """A name that no earlier recording has used."""
        return f"{name} {self.source.mark}"

    def fault(self, name: str, **more: Any) -> None:
        """Have the sandbox make a fault; in a replay the cassette holds what came of it."""
        if self.source.sandbox is not None:
            self.source.sandbox.fault(name, **more)

    def _token(self, refused: int | None) -> AccessToken:
        if refused is not None and refused == self.tokens[-1].generation:
            with self.endpoint() as endpoint:
                self.grant = plugin().ask("refresh_token", grant=self.grant, endpoint=endpoint)
            self.tokens.append(AccessToken(self.grant.access_token, refused + 1))
        return self.tokens[-1]


@contextmanager
def endpoint_of(source: Source) -> Iterator[Endpoint]:
    """The token endpoint of a source, over a wire of its own while it is open."""
    oauth = plugin().terms.oauth
    with (
        make_wire() as wire,
        open_endpoint(
            wire=wire,
            terms=plugin().terms,
            token_url=rebase(oauth.token_url, source.address),
            revoke_url=rebase(oauth.revoke_url, source.address),
            client_id=source.client_id,
            client_secret=source.client_secret,
            clock=Standing(source.at),
        ) as endpoint,
    ):
        yield endpoint


def replayed(get_metadata: Callable[[str, Any], Any]) -> Source:
    """What a cassette was recorded from, with no secret in it. Raises vcrpy's MissingMetadataError.

    `get_metadata(name, default)` is the cassette's; a cassette that is not recorded takes no default.
    """
    at = datetime.fromisoformat(get_metadata("at", ""))
    return Source(
        note="",
        at=at,
        mark=get_metadata("mark", ""),
        address=ORIGIN,
        api_url=ORIGIN,
        client_id=REDACTED,
        client_secret=SecretStr(REDACTED),
        grant=_grant_without_secrets(at),
        company=Company(**get_metadata("company", {})),
        income=get_metadata("income", ""),
        expense=get_metadata("expense", ""),
    )


def _grant_without_secrets(at: datetime) -> Grant:
    secret = SecretStr(REDACTED)
    return Grant(access_token=secret, access_expires_at=at + timedelta(hours=1), refresh_token=secret)


# --- the sandbox ------------------------------------------------------------------------------------------------------


@contextmanager
def sandbox_source() -> Iterator[Source]:
    """A fresh sandbox whose clock stands, a person's consent given, the code traded."""
    app = create_app(store=":memory:", clock=Clock(rate=0, at=AT.timestamp()))
    # On a clock that stands the eleventh call of a test would be one too many in its second.
    app.limits.enabled = False
    with Running(app) as running:
        source = Source(
            note=FROM_SANDBOX,
            at=AT,
            mark="0000",
            address=running.url,
            api_url=running.url,
            client_id=CLIENT[0],
            client_secret=SecretStr(CLIENT[1]),
            grant=_grant_without_secrets(AT),
            company=Company(id=REALM, name=""),
            sandbox=Sandbox(running.url),
        )
        form = {"grant_type": "authorization_code", "code": consent_code(source), "redirect_uri": CALLBACK}
        with endpoint_of(source) as endpoint:
            answer = endpoint.http.post(endpoint.token_url, data=form)
        yield _with_books(replace(source, grant=read_grant(answer.json(), plugin().terms.oauth, AT)))


def consent_code(source: Source) -> str:
    """The code that a person's consent gives at the sandbox; in a replay what stands for it."""
    if source.sandbox is None:
        return REDACTED
    wish = {"client_id": source.client_id, "response_type": "code", "redirect_uri": CALLBACK, "state": "s"}
    scope = {"scope": " ".join(plugin().terms.oauth.scopes)}
    return source.sandbox.consent(f"{source.address}/connect/oauth2?{urlencode({**wish, **scope})}")["code"]


# --- a real sandbox company -------------------------------------------------------------------------------------------


@dataclass
class Live:
    """A sandbox company at Intuit, signed in."""

    signed_in: Source

    def source(self) -> Source:
        """The company for one more recording, with names that no other recording uses."""
        now = datetime.now(UTC).replace(microsecond=0)
        return replace(self.signed_in, mark=secrets.token_hex(2), at=now)


def live_login(environment: Mapping[str, str]) -> Live:
    """Trade the refresh token of the environment, read the company. Raises KeyError for a variable that is not set.

    LEDGERPORT_LIVE_QUICKBOOKS_ADDRESS, where set, stands for all of Intuit's origins: a sandbox to try this out with.
    """
    missing = [name for name in _VARIABLES if not environment.get(_PREFIX + name)]
    if missing:
        raise KeyError(f"to record live, set {', '.join(_PREFIX + name for name in missing)}")
    client_id, client_secret, refresh_token, realm = (environment[_PREFIX + name] for name in _VARIABLES)
    address = environment.get(f"{_PREFIX}ADDRESS", "")
    now = datetime.now(UTC)
    old = Grant(access_token=SecretStr(""), access_expires_at=now, refresh_token=SecretStr(refresh_token))
    source = Source(
        note=FROM_LIVE if not address else FROM_SANDBOX,
        at=now,
        mark="",
        address=address,
        api_url=address or LIVE_API,
        client_id=client_id,
        client_secret=SecretStr(client_secret),
        grant=old,
        company=Company(id=realm, name=""),
    )
    with endpoint_of(source) as endpoint:
        grant = plugin().ask("refresh_token", grant=old, endpoint=endpoint)
    return Live(_with_books(replace(source, grant=grant)))


def _with_books(source: Source) -> Source:
    """The company's facts and the accounts that the tests book to."""
    callback = Callback(query={"realmId": source.company.id})
    with Tape(source, "books") as tape:
        with tape.open() as call:
            company = plugin().ask("open_companies", account=call.account, callback=callback)[0]
        accounts = tape.ask("pull_accounts")
    income, expense = (next(one.id for one in accounts if one.use == use) for use in ("income", "expense"))
    return replace(source, company=company, income=income, expense=expense)
