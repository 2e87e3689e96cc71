"""The Wave plugin over the true client, against the sandbox or a cassette of it.

Wave has no test businesses: a live recording would need a paid plan and would leave its records in real books, so
there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.contract import taping
from tests.contract.taping import Source, Tape
from tests.stage import companies_of, plugin_of

from ledgerport.contract import AccountUse, Callback, Push, PushMapping, Reference, Remote, Value

PROVIDER = "wave"
CONSENT_PATH = "/oauth2/authorize/"
KEPT_HEADERS: tuple[str, ...] = ()
BUSINESS = companies_of(PROVIDER)[0]
FROM_SANDBOX = (
    "Recorded over HTTP from Ledgerport's own sandbox of Wave, an emulator: not from Wave.\n"
    "Record again: see README, section Cassettes."
)


def replayed(get_metadata: Callable[[str, Any], Any]) -> Source:
    """What a cassette was recorded from."""
    return replace(taping.replayed(PROVIDER, BUSINESS, get_metadata), taxes=get_metadata("taxes", {}))


@contextmanager
def sandbox_source() -> Iterator[Source]:
    """A fresh sandbox, signed in."""
    with taping.sandbox_source(PROVIDER, note=FROM_SANDBOX, consent_path=CONSENT_PATH) as source:
        yield _with_books(source)


def consent_code(source: Source) -> str:
    """The code that a person's consent gives at the sandbox; in a replay what stands for it."""
    return taping.consent_code(source, CONSENT_PATH)


def _with_books(source: Source) -> Source:
    """The business's facts, and the accounts and tax that the tests book to. `taxes` also holds the deposit account:
    a cassette's metadata has no other place for it.
    """
    with Tape(source, "books") as tape:
        with tape.open(replace(source.company, id="")) as call:
            found = plugin_of(PROVIDER).ask("open_companies", account=call.account, callback=Callback(query={}))
        company = next(one for one in found if one.id == source.company.id)
        accounts, taxes = tape.ask("pull_accounts"), tape.ask("pull_tax_codes")
    used = {use: next(one.id for one in accounts if one.use == use) for use in (AccountUse.INCOME, AccountUse.EXPENSE)}
    codes = {"taxable": taxes[0].id, "deposit": next(one.id for one in accounts if one.use is AccountUse.DEPOSIT)}
    return replace(
        source, company=company, income=used[AccountUse.INCOME], expense=used[AccountUse.EXPENSE], taxes=codes
    )


# --- records, with everything that must be there before them ----------------------------------------------------------


def mapping(tape: Tape) -> PushMapping:
    """The accounts and the tax of the recording."""
    taxes: Mapping[str, str] = tape.source.taxes
    return replace(tape.mapping, deposit_account=taxes["deposit"], tax_codes={"taxable": taxes["taxable"]})


def push(tape: Tape, value: Value, **known: Any) -> Push[Any]:
    return tape.push(value, **{"mapping": mapping(tape), **known})


def send(tape: Tape, kind: str, value: Value, **known: Any) -> tuple[Push[Any], Remote]:
    """Push one value; what was sent and what came of it."""
    sent = push(tape, value, **known)
    remote: Remote = tape.ask(f"push_{kind}", push=sent)
    return sent, remote


def customer_of(tape: Tape, value: Any) -> Reference:
    """A customer in the books."""
    return Reference(ref=value.ref, remote_id=send(tape, "customer", value)[1].id, name=value.name)


def item_of(tape: Tape, value: Any) -> Reference:
    """An item in the books."""
    return Reference(ref=value.ref, remote_id=send(tape, "item", value)[1].id, name=value.name)
