"""The FreshBooks plugin over the true client, against the sandbox or a cassette of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.contract import taping
from tests.contract.taping import Source, Tape
from tests.stage import companies_of, plugin_of

from ledgerport.contract import Callback, Company
from ledgerport.host import Provider

PROVIDER = "freshbooks"
CONSENT_PATH = "/oauth/authorize/"
KEPT_HEADERS = ("x-api-version",)
FROM_SANDBOX = (
    "Recorded over HTTP from Ledgerport's own sandbox of FreshBooks, an emulator: not from FreshBooks.\n"
    "Record again: see README, section Cassettes."
)


def plugin() -> Provider:
    """The installed plugin, found as the hub finds it."""
    return plugin_of(PROVIDER)


def replayed(get_metadata: Callable[[str, Any], Any]) -> Source:
    """What a cassette was recorded from."""
    source = taping.replayed(PROVIDER, companies_of(PROVIDER)[0], get_metadata)
    return replace(source, taxes=get_metadata("taxes", {}))


@contextmanager
def sandbox_source() -> Iterator[Source]:
    """A fresh sandbox, signed in, its company read and its sales tax chosen."""
    with taping.sandbox_source(PROVIDER, note=FROM_SANDBOX, consent_path=CONSENT_PATH) as source:
        with Tape(source, "books") as tape:
            companies = opened(tape)
            taxes = tape.ask("pull_tax_codes")
        company = next(company for company in companies if company.id == source.company.id)
        yield replace(source, company=company, taxes={"taxable": taxes[0].id})


def opened(tape: Tape) -> list[Company]:
    """The companies that the consent reaches."""
    with tape.open(Company(id="", name="")) as call:
        companies: list[Company] = plugin().ask("open_companies", account=call.account, callback=Callback(query={}))
    return companies


def consent_code(source: Source) -> str:
    """The code that a person's consent gives at the sandbox; in a replay what stands for it."""
    return taping.consent_code(source, CONSENT_PATH)
