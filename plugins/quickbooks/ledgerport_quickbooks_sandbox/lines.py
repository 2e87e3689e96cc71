"""The lines of an invoice or estimate: read, checked, summed, in the order Intuit answers with (section 3.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ledgerport_quickbooks_sandbox import rules
from ledgerport_quickbooks_sandbox.refusals import Refused, bad_reference, business, inactive, missing, too_long
from ledgerport_quickbooks_sandbox.state import Books

SHIPPING = "SHIPPING_ITEM_ID"
#: Answered lines that a client may send back: they are computed, so they are read over.
_COMPUTED = frozenset({"SubTotalLineDetail", "TaxLineDetail"})
_KINDS = frozenset({"SalesItemLineDetail", "DescriptionOnly", "GroupLineDetail", "DiscountLineDetail", *_COMPUTED})


@dataclass(slots=True)
class Lines:
    """The lines in the request's order, with (line, code) of the taxable ones still to be decided by `tax`."""

    sales: list[dict[str, Any]] = field(default_factory=list)
    discounts: list[dict[str, Any]] = field(default_factory=list)
    subtotal: Decimal = field(default_factory=Decimal)
    discount: Decimal = field(default_factory=Decimal)

    def shown(self) -> list[dict[str, Any]]:
        """Sales lines, subtotal, discount [S-BATCH]."""
        subtotal: dict[str, Any] = {
            "Amount": rules.number(self.subtotal),
            "DetailType": "SubTotalLineDetail",
            "SubTotalLineDetail": {},
        }
        return [*self.sales, subtotal, *self.discounts]


def read_lines(books: Books, wanted: Any, current: dict[str, Any] | None) -> Lines:
    """Raises Refused for lines that are missing, malformed, or do not multiply (6070)."""
    if not isinstance(wanted, list) or not wanted:
        raise missing("Line")
    if len(wanted) > 10_000:
        raise business("A transaction has at most 10,000 lines.")
    known = {line["Id"] for line in current["Line"] if "Id" in line} if current else set()
    used = max((int(id) for id in known if id.isdigit()), default=0)
    lines = Lines()
    for line in wanted:
        kind = line.get("DetailType")
        if kind is None:
            raise missing("Line.DetailType")
        if kind not in _KINDS:
            raise Refused("2170", f"Invalid Enumeration : DetailType {kind}", "DetailType")
        if kind in _COMPUTED:
            continue
        if len(str(line.get("Description", ""))) > 4000:
            raise too_long("Line.Description", 4000, len(line["Description"]))
        if kind == "DiscountLineDetail":
            lines.discounts.append(line)
            continue
        read = _sale(books, line, kind)
        id = str(line.get("Id", ""))
        if id not in known:
            used += 1
            id = str(used)
        lines.sales.append({"Id": id, "LineNum": len(lines.sales) + 1, **read})
        lines.subtotal += Decimal(str(read.get("Amount", 0)))
    if not any(line["DetailType"] != "DescriptionOnly" for line in lines.sales):
        raise missing("Line")
    _discount(books, lines)
    return lines


def _sale(books: Books, line: dict[str, Any], kind: str) -> dict[str, Any]:
    kept = {"Description": str(line["Description"])} if "Description" in line else {}
    detail = line.get("SalesItemLineDetail") or {}
    item_id = rules.reference(detail, "ItemRef")
    if kind == "DescriptionOnly" or (kind == "SalesItemLineDetail" and item_id is None):
        # A line without an item counts as description only and its amount is ignored [API-INV].
        return {**kept, "DetailType": "DescriptionOnly", "DescriptionLineDetail": {}}
    if "Amount" not in line:
        raise missing("Line.Amount")
    amount = rules.amount(line["Amount"], "Line.Amount")
    if kind == "GroupLineDetail":
        return {**kept, "Amount": rules.number(amount), "DetailType": kind, kind: line.get(kind, {})}
    assert item_id is not None
    shown: dict[str, Any] = {"ItemRef": _item(books, item_id)}
    quantity = rules.decimal(detail["Qty"], "Qty") if "Qty" in detail else None
    price = rules.decimal(detail["UnitPrice"], "UnitPrice") if "UnitPrice" in detail else None
    if quantity == 0 and price == 0 and amount:
        # Clients send 0 and 0 for "not given"; python-quickbooks' own tests against Intuit rely on it.
        quantity = price = None
    if quantity is not None and price is not None and rules.cents(quantity * price) != amount:
        raise Refused(
            "6070",
            "Amount calculation incorrect in the request. "
            f"Amount is not equal to UnitPrice * Qty. Supplied value:{amount}",
            "Line.Amount",
        )
    if price is not None:
        shown["UnitPrice"] = rules.number(price)
    if quantity is not None:
        shown["Qty"] = rules.number(quantity)
    for name in ("TaxCodeRef", "ServiceDate", "ClassRef", "ItemAccountRef", "TaxClassificationRef"):
        if name in detail:
            shown[name] = detail[name]
    return {**kept, "Amount": rules.number(amount), "DetailType": kind, kind: shown}


def _item(books: Books, id: str) -> dict[str, str]:
    if id == SHIPPING:
        return {"value": id}
    item = books.resolve("Item", id)
    if item is None:
        raise bad_reference("Items", id, "Line.SalesItemLineDetail.ItemRef")
    if not item["Active"]:
        raise inactive()
    if item["Type"] == "Category":
        raise business("A category cannot be sold.")
    return {"value": id, "name": item["FullyQualifiedName"]}


def _discount(books: Books, lines: Lines) -> None:
    if len(lines.discounts) > 1:
        raise business("A transaction has at most one discount line.")
    for index, line in enumerate(lines.discounts):
        detail = dict(line.get("DiscountLineDetail") or {})
        if detail.get("PercentBased"):
            percent = rules.decimal(detail.get("DiscountPercent", 0), "DiscountPercent")
            if not 0 <= percent <= 100:
                raise business("A discount is between 0 and 100 percent.")
            lines.discount = rules.cents(lines.subtotal * percent / 100)
        else:
            if "Amount" not in line:
                raise missing("Line.Amount")
            lines.discount = rules.amount(line["Amount"], "Line.Amount")
            detail["PercentBased"] = False
        detail.setdefault("DiscountAccountRef", {"value": "86", "name": "Discounts given"})
        amount = rules.number(lines.discount)
        lines.discounts[index] = {"Amount": amount, "DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}
