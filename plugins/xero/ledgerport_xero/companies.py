"""After consent: the organisations that a grant reaches."""

from __future__ import annotations

from ledgerport.contract import Account, Company, LoginNeeded, Refused
from ledgerport_xero.books import company_of
from ledgerport_xero.client import Client, connections
from ledgerport_xero.faults import DISCONNECTED
from ledgerport_xero.mapping.wire import text


def reached(account: Account) -> list[Company]:
    """Every organisation of the grant's user that our app is connected to; practices keep no books.

    One that was disconnected meanwhile is left out. Refused when there is none.
    """
    found = []
    for row in connections(account.http):
        if text(row, "tenantType").upper() != "ORGANISATION":
            continue
        tenant = text(row, "tenantId")
        try:
            organisation = Client(account.http, tenant).organisation()
        except LoginNeeded as error:
            if error.code != DISCONNECTED:
                raise
            continue
        found.append(company_of(tenant, text(row, "tenantName"), organisation))
    if not found:
        raise Refused("Xero gave access to no organisation. Connect again and choose one on its page.")
    return found
