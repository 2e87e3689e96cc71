"""Amounts arrive to the cent: rounding, zero, negative lines, discounts, tax, large ones, other currencies' units."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport.contract import Kind, quantum, round_money
from ledgerport.services.show_connections import list_tax_codes
from ledgerport.testing import records
from ledgerport.testing.checks import CannotBeTried, Needs, check
from ledgerport.testing.desk import Desk

GROUP = "money"
_BILL = Needs(kinds=(Kind.INVOICE,))
_FEW_CENTS = Decimal("0.05")


def billed(desk: Desk, lines: list[dict[str, Any]], **more: Any) -> Decimal:
    """Sync one invoice; its total in the provider's books."""
    items = sorted({int(line["item"][1:]) for line in lines})
    desk.sync([records.customer(1), *(records.item(number) for number in items)])
    desk.sync([records.invoice(1, lines=lines, **more)])
    (row,) = desk.rows(Kind.INVOICE)
    return Decimal(row["total"])


@check(
    "money.halves_are_rounded_up",
    group=GROUP,
    needs=_BILL,
    change="Send each line with line.amount as it is, or with quantity and unit price so that the provider comes to "
    "the same "
    "amount; never round through float.",
    why="A cent here and there is a day's search when the bank account is reconciled.",
)
def halves_are_rounded_up(desk: Desk) -> None:
    lines = [records.line(1, "3", "0.335"), records.line(1, "1.5", "0.33"), records.line(1, "0.07", "14.5")]
    # 1.005 -> 1.01, 0.495 -> 0.50, 1.015 -> 1.02
    total = billed(desk, lines)
    assert total == Decimal("2.53"), f"lines of 1.01, 0.50 and 1.02 make 2.53; the books show {total}"


@check(
    "money.many_small_lines",
    group=GROUP,
    needs=_BILL,
    change="Round each line by itself, as line.amount is; do not round the sum.",
    why="A hundred lines, each half a cent off, are half a dollar.",
)
def many_small_lines(desk: Desk) -> None:
    lines = [records.line(1, "1", f"{number}.{number % 100:02d}5") for number in range(1, 41)]
    expected = sum((round_money(Decimal(line["unit_price"]), "USD") for line in lines), Decimal(0))
    total = billed(desk, lines)
    assert total == expected, f"forty lines make {expected}; the books show {total}"


@check(
    "money.zero",
    group=GROUP,
    needs=_BILL,
    change="Take lines and items of zero; leave nothing out because it is falsy.",
    why="A free visit belongs on the bill, and a warranty repair into the history.",
)
def zero(desk: Desk) -> None:
    desk.sync([records.customer(1), records.item(1, price="0")])
    desk.sync([records.invoice(1, lines=[records.line(1, "1", "0"), records.line(1, "2", "21.62")])])
    (row,) = desk.rows(Kind.INVOICE)
    assert row["total"] == "43.24", f"a line of zero and one of 43.24: the books show {row['total']}"
    (item,) = desk.rows(Kind.ITEM)
    assert item["price"] in ("0.00", None), f"an item of zero has the price {item['price']}"


@check(
    "money.negative_line",
    group=GROUP,
    needs=_BILL,
    change="Send a negative line as it is: a negative unit price, or a negative quantity where only that is taken.",
    why="A returned part that is charged instead of credited costs a customer.",
)
def negative_line(desk: Desk) -> None:
    total = billed(desk, [records.line(1, "2", "21.62"), records.line(2, "1", "-3.24")])
    assert total == Decimal("40.00"), f"43.24 less 3.24 is 40.00; the books show {total}"


@check(
    "money.discount",
    group=GROUP,
    needs=_BILL,
    change="Send push.value.discount as an amount for the whole document; where your provider knows only percent, "
    "find one "
    "that comes to the cent, or use a line.",
    why="A customer who was promised a discount is billed without it.",
)
def discount(desk: Desk) -> None:
    total = billed(desk, [records.line(1, "3", "33.33"), records.line(2, "1", "0.01")], discount="7.77")
    assert total == Decimal("92.23"), f"100.00 less 7.77 is 92.23; the books show {total}"


@check(
    "money.tax",
    group=GROUP,
    needs=_BILL,
    change="Send tax with the code of push.mapping.tax_codes so that it comes to push.value.tax; set computes_tax "
    "where the "
    "provider works it out by itself.",
    why="Sales tax that was collected and is not in the books is owed out of one's own pocket.",
)
def tax(desk: Desk) -> None:
    codes = list_tax_codes(desk.hub, tenant_id=desk.tenant, provider=desk.subject.name)
    rate = next((code.rate for code in codes if "taxable" in code.mapped_to), None)
    if not rate:
        raise CannotBeTried("The sandbox's company has no tax code with a rate.")
    lines = [{**records.line(1, "4", "25.00"), "taxable": True}, records.line(2, "1", "10.00")]
    due = round_money(rate, "USD")
    total = billed(desk, lines, tax=str(due))
    allowed = _FEW_CENTS if desk.terms.computes_tax else Decimal(0)
    assert abs(total - 110 - due) <= allowed, f"110.00 and {due} of tax; the books show {total}"


@check(
    "money.large",
    group=GROUP,
    needs=_BILL,
    change="Keep Decimal up to the wire and write it out as text or an exact number, never through float or with an "
    "exponent.",
    why="The largest invoice of the year is the one that must be right.",
)
def large(desk: Desk) -> None:
    total = billed(desk, [records.line(1, "1", "9876543.21"), records.line(1, "1", "0.01")])
    assert total == Decimal("9876543.22"), f"sent 9876543.22; the books show {total}"


@check(
    "money.fine_prices",
    group=GROUP,
    needs=Needs(kinds=(Kind.INVOICE, Kind.PAYMENT)),
    change="Apply exactly push.value.amount; take no total of your own.",
    why="An invoice with a cent open is dunned.",
)
def fine_prices(desk: Desk) -> None:
    total = billed(desk, [records.line(1, "333", "0.0333")])
    assert total == Decimal("11.09"), f"333 times 0.0333 is 11.09; the books show {total}"
    desk.sync([records.payment(1, parts={1: "11.08"}), records.payment(2, parts={1: "0.01"})])
    (row,) = desk.rows(Kind.INVOICE)
    assert row["balance"] == "0.00", f"paid in full in two parts, the books show {row['balance']} open"


def _foreign(desk: Desk, currency: str, lines: list[dict[str, Any]], expected: str) -> None:
    company = desk.sandbox.company_in(currency)
    if not company:
        raise CannotBeTried(f"The sandbox opens no books in {currency}.")
    desk.move_in(company=company, currency=currency)
    desk.sync([records.customer(1), records.item(1)])
    desk.sync([records.invoice(1, lines=lines)])
    (row,) = [row for row in desk.books() if row.kind is Kind.INVOICE]
    assert row.amount == Decimal(expected), f"we bill {row.amount} {currency}, not {expected}"
    # Books that keep two places only must say so: their own total comes back, and the difference is known.
    desk.agrees()
    assert abs(row.variance) < quantum("USD"), f"sent {row.amount} {currency}, the books are {row.variance} apart"


@check(
    "money.no_decimals",
    group=GROUP,
    needs=_BILL,
    change="Round to the unit of push.value.currency (contract.quantum), not to two places.",
    why="Nobody can pay a tenth of a yen.",
)
def no_decimals(desk: Desk) -> None:
    _foreign(desk, "JPY", [records.line(1, "3", "333"), records.line(1, "1.5", "2")], "1002")


@check(
    "money.three_decimals",
    group=GROUP,
    needs=_BILL,
    change="Round to the unit of push.value.currency (contract.quantum), not to two places.",
    why="Five fils on each line are lost, and no account agrees with the bank.",
)
def three_decimals(desk: Desk) -> None:
    _foreign(desk, "KWD", [records.line(1, "1", "1.235"), records.line(1, "3", "0.0335")], "1.336")
