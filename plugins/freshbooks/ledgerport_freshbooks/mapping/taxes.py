"""Taxes: a row of FreshBooks' tax -> `TaxCode`, and a tax code on a line. Pure.

A line names its tax by name and percent, never by id (fact sheet, 6 and 9). So the id of a `TaxCode` is just that,
`Sales tax|8.25`: it says all that a line needs, a person can read it, and it still means the same when somebody
changes the rate over there, which makes another code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledgerport.contract import InvoiceLine, Refused, TaxCode
from ledgerport_freshbooks.mapping.wire import Row, decimal, is_deleted, plain, text

_BETWEEN = "|"
CHOOSE = "choose a tax code for this connection"


@dataclass(frozen=True, kw_only=True)
class Tax:
    """A tax as a line carries it; `percent` of what the line bills."""

    name: str
    percent: Decimal

    @property
    def code(self) -> str:
        """The `TaxCode.id` of this tax."""
        return f"{self.name}{_BETWEEN}{plain(self.percent)}"

    def on_line(self) -> Row:
        """The members of a line that has this tax."""
        return {"taxName1": self.name, "taxAmount1": plain(self.percent)}


def tax_codes(rows: Iterable[Mapping[str, Any]]) -> list[TaxCode]:
    """Tax rows as codes, each once. Rows without a name or a percent cannot stand on a line and are left out."""
    found: dict[str, TaxCode] = {}
    for row in rows:
        percent = decimal(row.get("amount"))
        name = text(row, "name")
        if name and percent is not None and not is_deleted(row):
            tax = Tax(name=name, percent=percent)
            found.setdefault(tax.code, TaxCode(id=tax.code, name=f"{name} ({plain(percent)} %)", rate=percent))
    return list(found.values())


def tax_of(code: str) -> Tax:
    """The tax that a code stands for. Refused for a text that is no code."""
    name, _, rate = code.rpartition(_BETWEEN)
    percent = decimal(rate)
    if not name or percent is None:
        raise Refused(f"'{code}' is no tax of FreshBooks: {CHOOSE}.", field="tax")
    return Tax(name=name, percent=percent)


def taxes_of(lines: Iterable[InvoiceLine], tax: Decimal, codes: Mapping[str, str]) -> list[Tax | None]:
    """For each line the tax it carries, in order.

    `tax` is the whole document's: zero means that no line is taxed, whatever its flag says. Tax on a document whose
    lines are all unmarked is spread over all of them. Refused when a line is taxed and no code is chosen for it.
    """
    every = list(lines)
    unmarked = not any(line.taxable for line in every)
    exempt = tax_of(codes["exempt"]) if codes.get("exempt") else None
    if not tax:
        return [exempt if exempt is not None and not exempt.percent else None] * len(every)
    return [_taxed(line, codes) if line.taxable or unmarked else exempt for line in every]


def _taxed(line: InvoiceLine, codes: Mapping[str, str]) -> Tax:
    code = (codes.get(line.tax_code, "") if line.tax_code else "") or codes.get("taxable", "")
    if not code:
        raise Refused(f"There is sales tax on this, but no tax of FreshBooks is chosen for it: {CHOOSE}.", field="tax")
    return tax_of(code)
