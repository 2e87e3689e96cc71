"""After consent: the one company the user chose."""

from __future__ import annotations

from ledgerport.contract import Account, Callback, Company, Refused
from ledgerport_quickbooks.books import company_of
from ledgerport_quickbooks.client import Client


def chosen(account: Account, callback: Callback) -> list[Company]:
    """The company named by `realmId`, which QuickBooks gives in this one place only. Refused when it is missing."""
    realm = callback.query.get("realmId", "").strip()
    if not realm:
        raise Refused("QuickBooks did not say which company was chosen (no realmId in its answer): connect again.")
    client = Client(account.http, realm)
    return [
        company_of(realm, client.company_info(), client.preferences(), client.everything("PaymentMethod")),
    ]
