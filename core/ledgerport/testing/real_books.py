"""Checks on a real test company, by an access in the environment, or on a recording of such a run.

Only checks that read, or that make little and take it out again, are asked here; each makes its requests through the
hub's own transport, with its limits and time-outs, and through nothing else of the hub.
"""

from __future__ import annotations

import math
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import SecretStr

from ledgerport.contract import (
    AccountUse,
    Callback,
    Choices,
    Company,
    ContractError,
    Gone,
    Kind,
    LoginNeeded,
    ProviderTerms,
    Push,
    PushMapping,
    Remote,
    SystemClock,
    TryLater,
    Value,
)
from ledgerport.engine.exchange import make_wire, rebase
from ledgerport.engine.pacing_memory import MemoryLimiter
from ledgerport.engine.signing import api_address
from ledgerport.engine.transport import AccessToken, open_account
from ledgerport.host import Provider
from ledgerport.testing.checks import Check
from ledgerport.testing.subject import Subject
from ledgerport.testing.tapes import OPENING, Tapes

TOKEN, COMPANY = "LEDGERPORT_LIVE_TOKEN", "LEDGERPORT_LIVE_COMPANY"
QUERY, ADDRESS = "LEDGERPORT_LIVE_QUERY", "LEDGERPORT_LIVE_ADDRESS"
_NOTE = "Recorded from {where} by the conformance suite. An access token is not among it."
_SPACE = uuid.UUID("6f1e21b8-3a52-5d6b-9d0c-6ab2f0e1b7a4")
_REQUEST_SECONDS = 60.0
# A pause longer than this is no pacing any more: a day's quota, say.
_LONGEST_PAUSE = timedelta(minutes=2)
_PAUSES = 6
# Seconds between two looks for what was just written.
_LOOK = 2.0
# A replay asks nobody, so any token will do.
_REPLAYED = "replayed"
Seen = TypeVar("Seen")


class NoBooks(LookupError):
    """There is no company to check on. The message says what is missing."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """How to reach a company.

    `token`: an access token or API key. `query`: what the provider put on the callback beside the code, or what is
    typed beside the key. `company`: its id, where there are several. `address`: another origin of the API, empty for
    the provider's own.
    """

    token: SecretStr
    query: Mapping[str, str] = field(default_factory=dict)
    company: str = ""
    address: str = ""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Access:
        """From LEDGERPORT_LIVE_*. Raises NoBooks without a token."""
        if not environ.get(TOKEN):
            raise NoBooks(
                f"Set {TOKEN} to an access token (or API key) of a test company, {COMPANY} to its id where the token "
                f"reaches several, and {QUERY} to what the provider adds to the callback (realmId=...)."
            )
        return cls(
            token=SecretStr(environ[TOKEN]),
            query=dict(parse_qsl(environ.get(QUERY, ""))),
            company=environ.get(COMPANY, ""),
            address=environ.get(ADDRESS, ""),
        )


class RealBooks:
    """One company's books. `left`: what stays in them that no hook can take out, or that could not be taken out."""

    def __init__(self, subject: Subject, access: Access | None, tapes: Tapes | None = None) -> None:
        """Without `access` everything comes from the tapes. Opens the books; raises NoBooks and the contract's
        errors."""
        self.subject = subject
        self.left: list[str] = []
        self._live = access is not None
        self._access = access or Access(token=SecretStr(_REPLAYED))
        self._tapes = tapes
        self._wire = make_wire()
        self._clock = SystemClock()
        self._limiter = MemoryLimiter(self._clock)
        self._made: list[tuple[Kind, Push[Any], Remote]] = []
        self._check, self._count = OPENING, 0
        self._told: dict[str, Any] = {
            "mark": uuid.uuid4().hex[:8],
            "today": self._clock.now().astimezone(UTC).date().isoformat(),
            "query": dict(self._access.query),
            "company": self._access.company,
        }
        self._company = Company(id="", name="")
        self._choices, self.mapping = Choices(), PushMapping()
        try:
            with self._turning(OPENING):
                self._open()
        except LoginNeeded as error:
            raise NoBooks(error.reason) from error

    @property
    def plugin(self) -> Provider:
        return self.subject.plugin

    @property
    def terms(self) -> ProviderTerms:
        return self.plugin.terms

    @property
    def today(self) -> date:
        return date.fromisoformat(self._told["today"])

    # -- a check ---------------------------------------------------------------------------------------------

    @contextmanager
    def trying(self, check: Check) -> Iterator[None]:
        """What a check does meanwhile is recorded or replayed. Raises CannotBeTried without a recording."""
        self._check, self._count = check.name, 0
        if not check.needs.books:
            yield
            return
        with self._turning(check.name):
            yield

    def offers(self, hook: str) -> bool:
        return self.plugin.offers(hook)

    def ask(self, hook: str, **arguments: Any) -> Any:
        """As the hub asks; waits where the limiter or the provider says when to come again."""
        for _ in range(_PAUSES):
            try:
                return self._ask(hook, **arguments)
            except TryLater as error:
                now = self._clock.now()
                until = error.at or now + (error.after or self.terms.throttle_wait)
                if until - now > _LONGEST_PAUSE:
                    raise
                self._pause((until - now).total_seconds())
        return self._ask(hook, **arguments)

    def named(self, what: str) -> str:
        self._count += 1
        return f"{what}-{self._uuid('name').hex[:8]}"

    def push(self, value: Value, **known: Any) -> Push[Any]:
        self._count += 1
        operation = self._uuid("push")
        marker = f"LP-{operation.hex[:16]}"
        return Push(value=value, **{"operation_id": str(operation), "marker": marker, "mapping": self.mapping, **known})

    def _uuid(self, what: str) -> uuid.UUID:
        """The same in a replay."""
        return uuid.uuid5(_SPACE, f"{self._told['mark']} {self._check} {what} {self._count}")

    def made(self, kind: Kind, push: Push[Any], remote: Remote) -> None:
        self._made.append((kind, push, remote))

    def taken_out(self, remote: Remote) -> None:
        self._made = [made for made in self._made if made[2].id != remote.id]

    def eventually(self, look: Callable[[], Seen]) -> Seen:
        for _ in range(math.ceil(self.terms.search_lag.total_seconds() / _LOOK)):
            if seen := look():
                return seen
            self._pause(_LOOK)
        return look()

    # -- in the end ------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Take out what was made, the last first; whatever stays is in `left`."""
        try:
            for kind, push, remote in reversed(self._made):
                if self._live and (words := self._take_out(kind, push, remote)):
                    self.left.append(f"{kind} {remote.id}{f' ({remote.name})' if remote.name else ''}: {words}")
            self._made = []
        finally:
            self._wire.close()

    def _take_out(self, kind: Kind, push: Push[Any], remote: Remote) -> str:
        hook = {Kind.PAYMENT: "delete_payment", Kind.INVOICE: "void_invoice"}.get(kind)
        if hook is None or not self.plugin.offers(hook):
            return "no hook takes it out, do so by hand"
        known = {"remote_id": remote.id, "remote_version": remote.version or None}
        try:
            self.ask(hook, push=self.push(push.value, **known))
        except Gone:
            return ""
        except ContractError as error:
            return f"{error.reason} {error.detail}".strip()
        return ""

    # -- opening ---------------------------------------------------------------------------------------------

    def _open(self) -> None:
        query, wanted = self._told["query"], self._told["company"]
        if self.terms.api_key is not None:
            # What is typed beside a key is known before the company is.
            self._company = Company(id="", name="", facts=query)
        found: list[Company] = self.ask("open_companies", callback=Callback(query=query))
        fitting = [company for company in found if wanted in ("", company.id)]
        if len(fitting) != 1:
            there = ", ".join(f"{company.id} ({company.name})" for company in found) or "none"
            raise NoBooks(f"Set {COMPANY} to one of the companies that this access reaches: {there}.")
        self._company = fitting[0]
        accounts = self.ask("pull_accounts") if self.plugin.offers("pull_accounts") else []
        first: dict[AccountUse, str] = {}
        for account in accounts:
            if account.active:
                first.setdefault(account.use, account.id)
        codes: dict[str, str] = {}
        for code in self.ask("pull_tax_codes") if self.plugin.offers("pull_tax_codes") else []:
            if code.active and code.rate is not None:
                codes.setdefault("taxable" if code.rate else "exempt", code.id)
        needs_deposit = any(its.needs_deposit_account for its in self.terms.kinds.values())
        deposit = first.get(AccountUse.DEPOSIT, "") if needs_deposit else ""
        self._choices = Choices(deposit_account=deposit)
        self.mapping = PushMapping(
            income_account=first.get(AccountUse.INCOME, ""),
            expense_account=first.get(AccountUse.EXPENSE, ""),
            deposit_account=deposit,
            tax_codes=codes,
        )

    def _ask(self, hook: str, **arguments: Any) -> Any:
        api_url = api_address(self.terms, self._company.facts)
        with open_account(
            wire=self._wire,
            terms=self.terms,
            api_url=rebase(api_url, self._access.address) if self._access.address else api_url,
            token=self._token,
            limiter=self._limiter if self._live else MemoryLimiter(self._clock),
            client_id="conformance",
            company=self._company,
            choices=self._choices,
            clock=self._clock,
            request_seconds=_REQUEST_SECONDS,
        ) as call:
            return self.plugin.ask(hook, account=call.account, **arguments)

    def _token(self, refused: int | None) -> AccessToken:
        if refused is not None:
            raise LoginNeeded(
                f"{self.terms.label} does not accept the access token (any more). Set {TOKEN} to a new one."
            )
        return AccessToken(self._access.token, 1)

    def _pause(self, seconds: float) -> None:
        # A recording has waited already. An event that nobody sets: a timed wait.
        if self._live and seconds > 0:
            threading.Event().wait(seconds)

    @contextmanager
    def _turning(self, name: str) -> Iterator[None]:
        if self._tapes is None:
            yield
            return
        self._tapes.note = _NOTE.format(where=self._access.address or f"{self.terms.label} itself")
        self._tapes.told = self._told
        with self._tapes.turning(name):
            self._told = self._tapes.told
            yield
