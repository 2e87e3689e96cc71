"""A believable plumbing company, made up: the same seed gives the same price book, customers, invoices, payments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ledgerport.demo.people import customers as make_customers
from ledgerport.demo.pricebook import price_book
from ledgerport.demo.records import DemoData, LeftOut, Record, cents, document_total, halves, line_amount, payment

ITEMS = 3629
CUSTOMERS = 240
INVOICES = 600
SEED = 813
LAST_DAY = date(2026, 9, 30)
TAX_RATE = Decimal("0.0825")
HOURS = ["0.5", "1", "1.5", "2", "2.25", "3", "4"]
# Nobody buys a dozen water heaters: above this price a line has one or two.
DEAR = Decimal(100)
DRAFT_EVERY = 25
ESTIMATE_EVERY = 20
RULES = (
    "The company is made up; the same seed gives the same records.",
    "Of the invoices about half are paid at once, an eighth in two parts, some in part, some not at all.",
    "About one in seven waits for the customer's next one, and a single payment settles both.",
)


def generate(
    *,
    items: int = ITEMS,
    customers: int = CUSTOMERS,
    invoices: int = INVOICES,
    seed: int = SEED,
    last_day: date = LAST_DAY,
) -> DemoData:
    """The company's records as a stream; nothing is dated after `last_day`.

    Raises ValueError when there are invoices to make but no item or no customer.
    """
    if invoices and not (items and customers):
        raise ValueError("Invoices need at least one item and one customer.")
    records = _records(items, customers, invoices, Random(seed), last_day)
    return DemoData(records=records, left_out=LeftOut(), rules=RULES)


def _records(items: int, customers: int, invoices: int, chance: Random, last_day: date) -> Iterator[Record]:
    people = list(make_customers(customers, chance))
    goods = list(price_book(items, chance))
    yield from people
    yield from goods
    till = _Till(chance, last_day)
    for number in range(1, invoices + 1):
        issued_on = last_day - timedelta(days=(invoices - number) * 180 // max(invoices, 1))
        customer = chance.choice(people)
        if number % ESTIMATE_EVERY == 0:
            yield _estimate(number // ESTIMATE_EVERY, customer, goods, issued_on, chance)
        invoice = _invoice(number, customer, goods, issued_on, chance)
        yield invoice
        yield from till.settle(invoice)
    yield from till.close()


def _invoice(number: int, customer: Record, goods: list[Record], issued_on: date, chance: Random) -> Record:
    invoice: Record = {
        "kind": "invoice",
        "ref": f"I-{number:05d}",
        "number": f"INV-{1000 + number}",
        "customer": customer["ref"],
        "issued_on": issued_on.isoformat(),
        "status": "DRAFT" if number % DRAFT_EVERY == 0 else "SENT",
        "lines": [_line(chance.choice(goods), chance) for _ in range(chance.randint(1, 8))],
    }
    if chance.random() < 0.8:
        invoice["due_on"] = (issued_on + timedelta(days=chance.choice([0, 15, 30]))).isoformat()
    if "email" in customer:
        invoice["email"] = customer["email"]
    if chance.random() < 0.1:
        invoice["memo"] = f"Thank you, {customer['given_name']}. Warranty on labour: one year."
    _discount_and_tax(invoice, customer, chance)
    return invoice


def _estimate(number: int, customer: Record, goods: list[Record], issued_on: date, chance: Random) -> Record:
    estimate: Record = {
        "kind": "estimate",
        "ref": f"E-{number:04d}",
        "number": f"EST-{100 + number}",
        "customer": customer["ref"],
        "issued_on": issued_on.isoformat(),
        "expires_on": (issued_on + timedelta(days=30)).isoformat(),
        "status": "SENT",
        "lines": [_line(chance.choice(goods), chance) for _ in range(chance.randint(1, 5))],
    }
    _discount_and_tax(estimate, customer, chance)
    return estimate


def _line(item: Record, chance: Random) -> Record:
    hours = item["type"] == "service"
    most = 2 if Decimal(item["price"]) > DEAR else 12
    return {
        "item": item["ref"],
        "description": item["description"],
        "quantity": chance.choice(HOURS) if hours else str(chance.randint(1, most)),
        "unit_price": item["price"],
        "taxable": item["taxable"],
    }


def _discount_and_tax(document: Record, customer: Record, chance: Random) -> None:
    """A fifth of the documents get 5 or 10 % off; tax is due on what remains of the taxable lines."""
    subtotal = sum((line_amount(line) for line in document["lines"]), Decimal(0))
    rate = Decimal(chance.choice(["0.05", "0.10"])) if chance.random() < 0.2 else Decimal(0)
    if discount := cents(subtotal * rate):
        document["discount"] = f"{discount:.2f}"
    taxable = sum((line_amount(line) for line in document["lines"] if line["taxable"]), Decimal(0))
    if customer["taxable"] and (tax := cents(taxable * (1 - rate) * TAX_RATE)):
        document["tax"] = f"{tax:.2f}"


class _Till:
    """Decides how each invoice is paid, and numbers the payments."""

    def __init__(self, chance: Random, last_day: date) -> None:
        self.chance = chance
        self.last_day = last_day
        self.count = 0
        # customer ref -> the invoice that waits to be paid together with the next one
        self.waiting: dict[str, Record] = {}

    def settle(self, invoice: Record) -> Iterator[Record]:
        if invoice["status"] == "DRAFT":
            return
        if earlier := self.waiting.pop(invoice["customer"], None):
            yield self._pay(invoice, 10, [(due["ref"], document_total(due)) for due in (earlier, invoice)])
            return
        total, draw = document_total(invoice), self.chance.random()
        if draw < 0.5:
            yield self._pay(invoice, self.chance.randint(0, 30), [(invoice["ref"], total)])
        elif draw < 0.62:
            for days, part in zip((3, 33), halves(total), strict=True):
                yield self._pay(invoice, days, [(invoice["ref"], part)])
        elif draw < 0.7:
            yield self._pay(invoice, 7, [(invoice["ref"], cents(total * Decimal("0.4")))])
        elif draw < 0.85:
            self.waiting[invoice["customer"]] = invoice

    def close(self) -> Iterator[Record]:
        """Who never ordered again pays the one invoice alone."""
        for invoice in self.waiting.values():
            yield self._pay(invoice, 45, [(invoice["ref"], document_total(invoice))])

    def _pay(self, invoice: Record, days: int, allocations: list[tuple[str, Decimal]]) -> Record:
        self.count += 1
        paid_on = min(date.fromisoformat(invoice["issued_on"]) + timedelta(days=days), self.last_day)
        method = self.chance.choice(["card", "card", "check", "cash", "transfer"])
        reference = f"CHK {2000 + self.count}" if method == "check" else ""
        ref = f"PAY-{self.count:05d}"
        return payment(ref, invoice["customer"], paid_on.isoformat(), method, allocations, reference)
