"""What the memory answers: shaped so that a chat assistant can quote it. Every figure has its currency, every citation
the document, line, date and similarity it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ledgerport.services.memory.figures import Figures


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What an answer is narrowed to; empty lets everything pass. Days are a document's date, both ends included."""

    since: date | None = None
    until: date | None = None
    category: str = ""
    customer_type: str = ""

    @property
    def any(self) -> bool:
        return self != Filters()


class Basis(StrEnum):
    """Whose lines the figures are of: what was billed, or, where nothing was, what was only offered."""

    INVOICES = "invoices"
    ESTIMATES = "estimates"
    NONE = "none"


class Scope(StrEnum):
    """What the figures are over: things similar to the question, or (a question about markup in general) everything."""

    SIMILAR = "similar"
    EVERYTHING = "everything"


@dataclass(frozen=True, kw_only=True)
class Citation:
    """One line that the answer stands on.

    `kind` is `invoice` or `estimate`, `line` counts from 1. `cost` is the item's cost per unit as the price book has it
    now, None where it is not known in `currency`. `similarity` of the line to the question: 1 is the same.
    """

    kind: str
    ref: str
    number: str
    line: int
    on: date
    customer_type: str
    item: str
    item_name: str
    category: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    cost: Decimal | None
    markup_percent: Decimal | None
    currency: str
    similarity: float


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One distinct thing sold that is meant by the question, and how many lines it stands on."""

    item_name: str
    category: str
    description: str
    lines: int
    similarity: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the records say. `sentence` says it for people; `enough`: whether there is history enough for a usual price.

    `figures` are over all lines of `basis`, computed from the database, not over the citations alone. `lines` counts
    them, `invoice_lines` and `estimate_lines` what matched of each; `things` are the nearest first, and `more_things`
    were less near than those and are in no figure.
    """

    question: str
    filters: Filters
    enough: bool
    sentence: str
    scope: Scope
    basis: Basis
    lines: int
    invoice_lines: int
    estimate_lines: int
    figures: list[Figures]
    things: list[Thing]
    more_things: int
    citations: list[Citation]
    threshold: float
    model: str
