"""After consent: the businesses that the grant reaches."""

from __future__ import annotations

from ledgerport.contract import Account, Company, Refused
from ledgerport_wave.books import company_of
from ledgerport_wave.client import Client


def reached(account: Account) -> list[Company]:
    """All businesses that are not archived; the person chooses when there are several.

    A consent covers one business or several, as the person chose at Wave. The personal account that Wave keeps beside
    a business is offered only when there is nothing else. Refused when the grant reaches nothing.
    """
    client = Client(account.http, "")
    found = [row for row in client.businesses() if row.get("isArchived") is not True]
    if not found:
        only = client.own_business()
        found = [only] if only is not None else []
    if not found:
        raise Refused("This sign-in reaches no business at Wave: connect again and choose a business there.")
    return [company_of(row) for row in [row for row in found if row.get("isPersonal") is not True] or found]
