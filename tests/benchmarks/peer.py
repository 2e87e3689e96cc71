"""The common Python client of QuickBooks, signed in at the sandbox, with the items that the hub has just sent."""

from __future__ import annotations

from typing import Any

from intuitlib.client import AuthClient  # type: ignore[import-untyped]
from intuitlib.enums import Scopes  # type: ignore[import-untyped]
from quickbooks import QuickBooks  # type: ignore[import-untyped]
from quickbooks.objects.account import Account  # type: ignore[import-untyped]
from quickbooks.objects.base import Ref  # type: ignore[import-untyped]
from quickbooks.objects.item import Item  # type: ignore[import-untyped]
from tests.stage import CLIENT, OTHER_REALM, Sandbox

CALLBACK = "http://127.0.0.1:9/callback"


def signed_in(sandbox: Sandbox) -> Any:
    """python-quickbooks over Intuit's own login library, unchanged but for its base address, in OTHER_REALM."""
    QuickBooks.api_url_v3 = f"{sandbox.url}/v3"
    login = AuthClient(*CLIENT, CALLBACK, f"{sandbox.url}/.well-known/openid_configuration/")
    query = sandbox.consent(login.get_authorization_url([Scopes.ACCOUNTING]), company=OTHER_REALM)
    login.get_bearer_token(query["code"], realm_id=query["realmId"])
    return QuickBooks(auth_client=login, refresh_token=login.refresh_token, company_id=OTHER_REALM, minorversion=75)


def copies_of_items(sandbox: Sandbox, client: Any) -> list[Any]:
    """The client's objects for every item in the books that the hub writes to: same names, kinds and prices."""
    accounts = {account.AccountType: account.Id for account in Account.all(qb=client)}
    taken = {item.Name for item in Item.all(qb=client)}
    rows = [row for row in sandbox.ledger()["items"] if row["name"] not in taken]
    return [_copy(row, accounts) for row in rows]


def _copy(row: dict[str, Any], accounts: dict[str, str]) -> Any:
    item = Item()
    item.Name, item.Type, item.Sku = row["name"], row["type"], row["sku"]
    item.Description = row["name"]
    item.UnitPrice = float(row["price"])
    item.IncomeAccountRef = _reference(accounts["Income"])
    if row["cost"] is not None:
        item.PurchaseCost = float(row["cost"])
        item.ExpenseAccountRef = _reference(accounts["Cost of Goods Sold"])
    return item


def _reference(value: str) -> Any:
    made = Ref()
    made.value = value
    return made
