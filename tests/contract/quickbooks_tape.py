"""The QuickBooks plugin over the true client, against the sandbox, a real sandbox company, or a cassette of either."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr
from tests.contract import taping
from tests.contract.taping import CALLBACK, SANDBOX_ONLY, Source, Tape, endpoint_of
from tests.stage import REALM, plugin_of

from ledgerport.contract import Callback, Company, Grant
from ledgerport.host import Provider

__all__ = ["CALLBACK", "SANDBOX_ONLY", "Tape", "consent_code", "plugin"]

PROVIDER = "quickbooks"
CONSENT_PATH = "/connect/oauth2"
# Headers that say something about the exchange, beside those of every provider.
KEPT_HEADERS = ("intuit_tid",)
FROM_SANDBOX = (
    "Recorded over HTTP from Ledgerport's own sandbox of QuickBooks Online, an emulator: not from Intuit.\n"
    "Record again: see README, section Cassettes."
)
FROM_LIVE = "Recorded from a sandbox company at Intuit.\nRecord again: see README, section Cassettes."
# Companies of developers answer here, not at the terms' address.
LIVE_API = "https://sandbox-quickbooks.api.intuit.com"
_VARIABLES = ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN", "REALM")
_PREFIX = "LEDGERPORT_LIVE_QUICKBOOKS_"


def plugin() -> Provider:
    """The installed plugin, found as the hub finds it."""
    return plugin_of(PROVIDER)


def replayed(get_metadata: Callable[[str, Any], Any]) -> Source:
    """What a cassette was recorded from."""
    return taping.replayed(PROVIDER, REALM, get_metadata)


@contextmanager
def sandbox_source() -> Iterator[Source]:
    """A fresh sandbox, signed in."""
    with taping.sandbox_source(PROVIDER, note=FROM_SANDBOX, consent_path=CONSENT_PATH) as source:
        yield _with_books(source)


def consent_code(source: Source) -> str:
    """The code that a person's consent gives at the sandbox; in a replay what stands for it."""
    return taping.consent_code(source, CONSENT_PATH)


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
        provider=PROVIDER,
        known_as=REALM,
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
