"""Lines, taxes, discounts and totals of invoices and estimates (section 6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_wave_sandbox.refusals import refused
from ledgerport_wave_sandbox.state import Books
from ledgerport_wave_sandbox.wire import exponent, plain, rounded

MOST = Decimal(99999999999)


def lines(books: Books, given: list[dict[str, Any]], currency: str, word: str) -> list[dict[str, Any]]:
    """The lines that an input's `items` mean, without taxes' amounts. Raises Refused; `word` for the ids of lines."""
    return [_line(books, item, n, currency, word) for n, item in enumerate(given)]


def _line(books: Books, item: dict[str, Any], n: int, currency: str, word: str) -> dict[str, Any]:
    product = books.refer("Product", item["productId"], "items", n, "productId")
    if product["isArchived"]:
        raise refused("Product is archived.", "items", n, "productId")
    if not product.get("incomeAccountId"):
        raise refused("Product cannot be sold: it has no income account.", "items", n, "productId")
    quantity = rounded(_given(item, "quantity", Decimal(1)), 8)
    price = rounded(_given(item, "unitPrice", Decimal(product["unitPrice"])), 8)
    if quantity < 0:
        raise refused("Quantity must be 0 or greater.", "items", n, "quantity")
    if price < 0 and books.switches["negative_unit_price"] == "refuse":
        raise refused("Price must be 0 or greater.", "items", n, "unitPrice")
    subtotal = rounded(quantity * price, exponent(currency))
    if abs(subtotal) > MOST:
        raise refused("Amount is too large.", "items", n)
    return {
        "id": f"{word}-{n + 1}",
        "productId": product["id"],
        "accountId": product["incomeAccountId"],
        "description": item["description"] if "description" in item else product.get("description"),
        "quantity": plain(quantity),
        "unitPrice": plain(price),
        "subtotal": str(subtotal),
        "taxIds": _taxes(books, item, product, n),
    }


def _given(item: dict[str, Any], name: str, default: Decimal) -> Decimal:
    value: Decimal | None = item.get(name)
    return default if value is None else value


def _taxes(books: Books, item: dict[str, Any], product: dict[str, Any], n: int) -> list[str]:
    """The taxes of a line: those of the product when `taxes` is left out, none for an empty list [JSKIT]."""
    if item.get("taxes") is None:
        return [
            id for id in product["defaultSalesTaxIds"] if not (books.peek("SalesTax", id) or {}).get("isArchived", True)
        ]
    found: list[str] = []
    for m, tax in enumerate(item["taxes"]):
        doc = books.refer("SalesTax", tax["salesTaxId"], "items", n, "taxes", m, "salesTaxId")
        if doc["isArchived"]:
            raise refused("Sales tax is archived.", "items", n, "taxes", m, "salesTaxId")
        if doc["id"] in found:
            raise refused("Sales tax is there twice.", "items", n, "taxes", m, "salesTaxId")
        found.append(doc["id"])
    return found


def discount(given: list[dict[str, Any]] | None, now: str) -> dict[str, Any] | None:
    """The one discount that a document may have. Raises Refused."""
    if not given:
        return None
    if len(given) > 1:
        raise refused("Only one discount is allowed.", "discounts")
    wish = given[0]
    member = "amount" if wish["discountType"] == "FIXED" else "percentage"
    value = wish.get(member)
    if value is None:
        raise refused(f"A discount of this type needs its {member}.", "discounts", 0, member)
    if value < 0 or (member == "percentage" and value > 100):
        raise refused("Discount is out of range.", "discounts", 0, member)
    kept = {"discountType": wish["discountType"], "name": wish.get("name"), member: plain(value)}
    return {**kept, "createdAt": now, "modifiedAt": now}


def add_up(books: Books, doc: dict[str, Any], day: str) -> None:
    """Work out taxes per line, and totals; rounded per line, half up: two lines of 0.50 at 5 % give 0.06 [TRUECOLOR-2].

    A discount is spread over the lines in proportion, and is taken off before tax (switch `tax_after_discount`).
    """
    places = exponent(doc["currencyCode"])
    amounts = [Decimal(line["subtotal"]) for line in doc["items"]]
    subtotal = sum(amounts, Decimal(0))
    off = _off(doc.get("discount"), subtotal, places)
    shares = _spread(off, amounts, subtotal, places)
    taxed = Decimal(0)
    for line, amount, share in zip(doc["items"], amounts, shares, strict=True):
        base = amount - share if books.switches["tax_after_discount"] else amount
        line["taxes"] = _line_taxes(books, line["taxIds"], base, day, places)
        tax = sum((Decimal(row["amount"]) for row in line["taxes"]), Decimal(0))
        line["total"] = str(amount + tax)
        taxed += tax
    figures = {"subtotal": subtotal, "discountTotal": off, "taxTotal": taxed, "total": subtotal - off + taxed}
    doc.update({name: str(rounded(value, places)) for name, value in figures.items()})


def _off(wish: dict[str, Any] | None, subtotal: Decimal, places: int) -> Decimal:
    if wish is None:
        return Decimal(0)
    if wish["discountType"] == "FIXED":
        amount = rounded(Decimal(wish["amount"]), places)
    else:
        amount = rounded(subtotal * Decimal(wish["percentage"]) / 100, places)
    if amount > max(subtotal, Decimal(0)):
        raise refused("The discount is more than the lines.", "discounts", 0, "amount")
    return amount


def _spread(off: Decimal, amounts: list[Decimal], subtotal: Decimal, places: int) -> list[Decimal]:
    """Shares that add up to the discount to the cent."""
    shares: list[Decimal] = []
    seen = given = Decimal(0)
    for amount in amounts:
        seen += amount
        upto = rounded(off * seen / subtotal, places) if subtotal else Decimal(0)
        shares.append(upto - given)
        given = upto
    return shares


def _line_taxes(books: Books, taxes: list[str], base: Decimal, day: str, places: int) -> list[dict[str, Any]]:
    """Plain taxes are on the line, compound ones on the line with its plain taxes."""
    docs = [doc for id in taxes if (doc := books.peek("SalesTax", id)) is not None]
    first = {doc["id"]: rounded(base * rate_on(doc, day), places) for doc in docs if not doc["isCompound"]}
    whole = base + sum(first.values(), Decimal(0))
    return [
        {"salesTaxId": doc["id"], "amount": str(first.get(doc["id"], rounded(whole * rate_on(doc, day), places)))}
        for doc in docs
    ]


def rate_on(tax: dict[str, Any], day: str) -> Decimal:
    """The rate in force on a day, as a fraction."""
    known = [row for row in tax["rates"] if row["effective"] <= day] or tax["rates"][:1]
    return Decimal(max(known, key=lambda row: str(row["effective"]))["rate"])
