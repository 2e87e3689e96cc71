"""Ledger accounts: a row of FreshBooks' journal_entry_accounts -> `LedgerAccount`. Pure; they are only read.

Neither items nor lines name an account over there: these are for a person's own reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ledgerport.contract import AccountUse, LedgerAccount
from ledgerport_freshbooks.mapping.wire import id_of, rows_of, text

_USES = {"income": AccountUse.INCOME, "revenue": AccountUse.INCOME, "expense": AccountUse.EXPENSE}


def accounts(rows: Iterable[Mapping[str, Any]]) -> Iterator[LedgerAccount]:
    """Each account, followed by its sub-accounts, whose names and numbers are told in full (`Cash:Petty Cash`)."""
    for row in rows:
        name, number, type = text(row, "account_name"), text(row, "account_number"), text(row, "account_type")
        yield _account(id_of(row, "id", "accountid"), name, number, type)
        for sub in rows_of(row, "sub_accounts"):
            yield _account(
                id_of(sub, "id", "sub_accountid"),
                f"{name}:{text(sub, 'account_sub_name')}",
                "-".join(filter(None, (number, text(sub, "account_sub_number")))),
                text(sub, "account_type") or type,
            )


def currency_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """The currency that the books are kept in, which FreshBooks tells nowhere else; empty when they disagree."""
    found = {code for row in rows if (code := text(row, "currency_code"))}
    return found.pop() if len(found) == 1 else ""


def tied_to(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """The ids of journal entry accounts that a business's ledger accounts stand for: they tie the business, which is
    known by its uuid there, to its accounting account.
    """
    return {id for row in rows if (id := id_of(row, "jea_id"))}


def _account(id: str, name: str, number: str, type: str) -> LedgerAccount:
    return LedgerAccount(id=id, name=name, use=_use(name, type.lower()), number=number)


def _use(name: str, type: str) -> AccountUse:
    """Money is received into an asset that is cash or a bank account; only the names tell which are."""
    if type == "asset" and any(word in name.lower() for word in ("cash", "bank", "undeposited", "checking")):
        return AccountUse.DEPOSIT
    return _USES.get(type, AccountUse.OTHER)
