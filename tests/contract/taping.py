"""A plugin over the true client, against its sandbox, a real company at the provider, or a cassette of either.

What is common to all providers; `tests/contract/<provider>_tape.py` adds what is the provider's own, and `conftest.py`
finds it by the test module's PROVIDER. Everything a request holds is the same at every replay: operation ids and
markers come from the test's name and the recording's `mark`, dates from the recording's moment, and both stand in the
cassette's metadata.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr
from tests.stage import CLIENT, Sandbox, companies_of, plugin_of

from ledgerport.contract import (
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
from ledgerport.engine.endpoint import open_endpoint
from ledgerport.engine.exchange import make_wire, rebase
from ledgerport.engine.pacing_memory import MemoryLimiter
from ledgerport.engine.transport import AccessToken, AccountCall, open_account
from ledgerport.testing.cassettes import ORIGIN, REDACTED
from ledgerport_sandbox import Clock, Running
from ledgerport_sandbox import load as load_sandbox

SANDBOX_ONLY = "sandbox_only"
CALLBACK = "http://127.0.0.1:9/callback"
# What the sandbox's clock shows while it is recorded: recording again changes nothing but trace ids.
AT = datetime(2026, 10, 1, 9, tzinfo=UTC)
_SPACE = uuid.UUID("0d6a3f0e-93c5-5a0b-8f14-5f2a1f6f7c21")


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
    addresses (empty: the provider's own), `api_url` is the API's; `income` and `expense` are ids of accounts, `taxes`
    maps our tax codes to the provider's. `known_as` stands in cassettes for the company's id.
    """

    provider: str
    known_as: str
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
    taxes: Mapping[str, str] = field(default_factory=dict)
    sandbox: Sandbox | None = None

    @property
    def replace(self) -> dict[str, str]:
        return {} if self.company.id == self.known_as else {self.company.id: self.known_as}

    def metadata(self) -> dict[str, Any]:
        """What a replay must know, without secrets."""
        company = {**asdict(self.company), "id": self.known_as}
        books: dict[str, Any] = {"company": company, "income": self.income, "expense": self.expense}
        if self.taxes:
            books["taxes"] = dict(self.taxes)
        return {"note": self.note, "at": self.at.isoformat(), "mark": self.mark, **books}


@dataclass
class Tape(AbstractContextManager["Tape"]):
    """One test's hand on the plugin: `ask` a hook, and prepare what it is asked with."""

    source: Source
    test: str
    pushes: int = 0
    tokens: list[AccessToken] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.plugin = plugin_of(self.source.provider)
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
        return PushMapping(
            income_account=self.source.income, expense_account=self.source.expense, tax_codes=self.source.taxes
        )

    def open(self, company: Company | None = None) -> AccountCall:
        """The company's books through the true client: token, pacing, one refresh after a 401."""
        return open_account(
            wire=self.wire,
            terms=self.plugin.terms,
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
            return self.plugin.ask(hook, account=call.account, **arguments)

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
                self.grant = self.plugin.ask("refresh_token", grant=self.grant, endpoint=endpoint)
            self.tokens.append(AccessToken(self.grant.access_token, refused + 1))
        return self.tokens[-1]


@contextmanager
def endpoint_of(source: Source) -> Iterator[Endpoint]:
    """The token endpoint of a source, over a wire of its own while it is open."""
    terms = plugin_of(source.provider).terms
    with (
        make_wire() as wire,
        open_endpoint(
            wire=wire,
            terms=terms,
            token_url=rebase(terms.oauth.token_url, source.address),
            revoke_url=rebase(terms.oauth.revoke_url, source.address),
            client_id=source.client_id,
            client_secret=source.client_secret,
            clock=Standing(source.at),
            redirect_uri=CALLBACK,
            api_url=source.api_url,
        ) as endpoint,
    ):
        yield endpoint


def replayed(provider: str, known_as: str, get_metadata: Callable[[str, Any], Any]) -> Source:
    """What a cassette was recorded from, with no secret in it. Raises vcrpy's MissingMetadataError.

    `get_metadata(name, default)` is the cassette's; a cassette that is not recorded takes no default.
    """
    at = datetime.fromisoformat(get_metadata("at", ""))
    company = Company(**get_metadata("company", {}))
    return Source(
        provider=provider,
        known_as=known_as,
        note="",
        at=at,
        mark=get_metadata("mark", ""),
        address=ORIGIN,
        api_url=ORIGIN,
        client_id=REDACTED,
        client_secret=SecretStr(REDACTED),
        grant=grant_without_secrets(at),
        company=company,
        income=get_metadata("income", ""),
        expense=get_metadata("expense", ""),
    )


def grant_without_secrets(at: datetime) -> Grant:
    secret = SecretStr(REDACTED)
    return Grant(access_token=secret, access_expires_at=at + timedelta(hours=1), refresh_token=secret)


def consent_code(source: Source, path: str) -> str:
    """The code that a person's consent gives at the sandbox's consent page; in a replay what stands for it."""
    if source.sandbox is None:
        return REDACTED
    wish = {"client_id": source.client_id, "response_type": "code", "redirect_uri": CALLBACK, "state": "s"}
    scope = {"scope": " ".join(plugin_of(source.provider).terms.oauth.scopes)}
    return source.sandbox.consent(f"{source.address}{path}?{urlencode({**wish, **scope})}")["code"]


@contextmanager
def sandbox_source(provider: str, *, note: str, consent_path: str) -> Iterator[Source]:
    """A fresh sandbox whose clock stands, a person's consent given, the code traded; its company is not read yet."""
    app = load_sandbox(provider, store=":memory:", clock=Clock(rate=0, at=AT.timestamp()))
    # On a clock that stands the calls of a test would all fall into one window.
    app.limits.enabled = False
    company = companies_of(provider)[0]
    with Running(app) as running:
        source = Source(
            provider=provider,
            known_as=company,
            note=note,
            at=AT,
            mark="0000",
            address=running.url,
            api_url=running.url,
            client_id=CLIENT[0],
            client_secret=SecretStr(CLIENT[1]),
            grant=grant_without_secrets(AT),
            company=Company(id=company, name=""),
            sandbox=Sandbox(running.url, provider),
        )
        code = consent_code(source, consent_path)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        with endpoint_of(source) as endpoint:
            answer = endpoint.http.post(endpoint.token_url, data=form)
        oauth = plugin_of(provider).terms.oauth
        yield replace(source, grant=read_grant(answer.json(), oauth, AT))
