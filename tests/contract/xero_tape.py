"""The Xero plugin over the true client, against the sandbox or a cassette of it.

A demo company of Xero's is reset every 28 days and its login needs a person, so there is no live recording yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.contract import taping
from tests.contract.taping import Source, Tape
from tests.stage import companies_of, plugin_of

from ledgerport.contract import AccountUse, Callback, Company, Push, PushMapping, Reference, Remote, Value

PROVIDER = "xero"
CONSENT_PATH = "/identity/connect/authorize"
KEPT_HEADERS = ("x-rate-limit-problem", "xero-tenant-id", "idempotency-key", "if-modified-since")
TENANT = companies_of(PROVIDER)[0]
FROM_SANDBOX = (
    "Recorded over HTTP from Ledgerport's own sandbox of Xero, an emulator: not from Xero.\n"
    "Record again: see README, section Cassettes."
)


def replayed(get_metadata: Callable[[str, Any], Any]) -> Source:
    """What a cassette was recorded from."""
    return replace(taping.replayed(PROVIDER, TENANT, get_metadata), taxes=get_metadata("taxes", {}))


@contextmanager
def sandbox_source() -> Iterator[Source]:
    """A fresh sandbox, signed in."""
    with taping.sandbox_source(PROVIDER, note=FROM_SANDBOX, consent_path=CONSENT_PATH) as source:
        yield _with_books(source)


def consent_code(source: Source) -> str:
    """The code that a person's consent gives at the sandbox; in a replay what stands for it."""
    return taping.consent_code(source, CONSENT_PATH)


def opened(tape: Tape) -> list[Company]:
    """The organisations that the consent reaches."""
    with tape.open(Company(id="", name="")) as call:
        callback = Callback(query={})
        found: list[Company] = plugin_of(PROVIDER).ask("open_companies", account=call.account, callback=callback)
    return found


def _with_books(source: Source) -> Source:
    """The organisation's facts, and the accounts and taxes that the tests book to. `taxes` also holds the deposit
    account: a cassette's metadata has no other place for it.
    """
    with Tape(source, "books") as tape:
        company = next(one for one in opened(tape) if one.id == source.company.id)
        accounts, taxes = tape.ask("pull_accounts"), tape.ask("pull_tax_codes")
    used = {use: next(one.id for one in accounts if one.use == use) for use in AccountUse if use != AccountUse.OTHER}
    codes = {
        "taxable": next(code.id for code in taxes if code.rate),
        "exempt": next(code.id for code in taxes if not code.rate),
        "deposit": used[AccountUse.DEPOSIT],
    }
    return replace(
        source, company=company, income=used[AccountUse.INCOME], expense=used[AccountUse.EXPENSE], taxes=codes
    )


# --- records, with everything that must be there before them ----------------------------------------------------------


def mapping(tape: Tape) -> PushMapping:
    """The accounts and the taxes of the recording."""
    taxes: Mapping[str, str] = tape.source.taxes
    codes = {name: taxes[name] for name in ("taxable", "exempt")}
    return replace(tape.mapping, deposit_account=taxes["deposit"], tax_codes=codes)


def push(tape: Tape, value: Value, **known: Any) -> Push[Any]:
    """`value` on its way, in the currency of the books."""
    value = replace(value, currency=tape.source.company.currency)
    return tape.push(value, **{"mapping": mapping(tape), **known})


def together(*pushes: Push[Any]) -> list[Push[Any]]:
    """Pushes as the records of one request."""
    operation = pushes[0].operation_id
    return [replace(one, operation_id=operation, position=place) for place, one in enumerate(pushes, 1)]


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
