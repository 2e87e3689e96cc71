"""Request bodies for tests and examples: what an app sends, in few words."""

from __future__ import annotations

from typing import Any

from ledgerport_quickbooks_sandbox.visitor import Visitor


def customer(app: Visitor, name: str = "Harbor View HOA") -> dict[str, Any]:
    """Create a customer by name."""
    return app.create("Customer", {"DisplayName": name})


def item(app: Visitor, name: str = "Drain cleaning", **more: Any) -> dict[str, Any]:
    """Create a service that is sold from the account Plumbing Services."""
    return app.create("Item", {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": "48"}, **more})


def line(sold: dict[str, Any], amount: float, **detail: Any) -> dict[str, Any]:
    """A sales line; `detail` goes beside the ItemRef."""
    inner = {"ItemRef": {"value": sold["Id"]}, **detail}
    return {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": inner}


def bill(buyer: dict[str, Any], *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The body of an invoice or estimate."""
    return {"CustomerRef": {"value": buyer["Id"]}, "Line": list(lines), **more}


def pay(buyer: dict[str, Any], total: float, applied: dict[str, float] | None = None) -> dict[str, Any]:
    """The body of a payment; `applied` is {invoice id: amount}."""
    lines = [
        {"Amount": part, "LinkedTxn": [{"TxnId": invoice, "TxnType": "Invoice"}]}
        for invoice, part in (applied or {}).items()
    ]
    return {"CustomerRef": {"value": buyer["Id"]}, "TotalAmt": total, "Line": lines}
