"""What is embedded: one text per billing document, and one per distinct thing sold. Pure, and stable to the letter.

No name, e-mail address, phone number or street goes into a text: a customer is a type and a place. A change to any
format here needs a new TEXT_VERSION, or texts made before and after would share their hashes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache

from ledgerport.contract import quantum

TEXT_VERSION = 1
# Of a document's lines together: Voyage reads 32,000 tokens of a text, and a request takes 120,000 of the dear models.
MOST_LETTERS_OF_LINES = 24_000
# Of one name or description: a whole contract in it is not what was sold.
MOST_LETTERS = 600

_EMAIL = re.compile(r"(?:mailto:)?[^\s@<>()\[\],;:\"=]+@[^\s@<>()\[\],;:\"'=]+\.[^\W\d_]{2,}")
_SPACES = re.compile(r"\s+")
_PIECES = re.compile(r"[A-Za-z]{1,5}|\S")
# Brackets that held nothing else.
_HOLLOW = re.compile(r"\(\s*\)|\[\s*\]|<\s*>")
# What has the shape of a phone number goes; part numbers of other shapes stay, or two parts would share one text.
_PHONES = (
    # +1 512 555 0134, +44 (0)20 7946 0018, 0044 20 7946 0018
    re.compile(r"(?<!\d)(?:\+|00(?=[1-9]\d?[\s/-]))\d(?:[\s().\-/]{0,3}\d){7,14}(?!\d)"),
    # (512) 555-0134, 1-512-555-0134, 512.555.0134, 512/555-0134
    re.compile(r"(?<![\d.,/-])(?:1[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[\s./-])\d{3}[\s.-]?\d{4}(?![\d-])"),
    # 020 7946 0018, 01632 960001, 030/1234567: a nought in front, ten or eleven digits in groups.
    re.compile(r"(?<![\d.,/-])(?=0[1-9](?:[\s/-]?\d){8,9}(?![\s/-]?\d))\d{2,5}(?:[\s/-]\d{2,8}){1,4}"),
    # 5125550134: ten digits that are a North American number.
    re.compile(r"(?<![\w.,/-])1?[2-9]\d{2}[2-9]\d{6}(?![\w-])"),
    # 555-0134: only where the words before it say what it is.
    re.compile(
        r"(?i)\b(?:call|cell|mobile|tel|telephone|phone|ph|fax)\b(?:\s+(?:us|me|him|her|at|on|no|number)\b)*"
        r"[\s.:#]{0,4}\d(?:[\s().-]{0,2}\d){6,14}(?!\d)"
    ),
)


@dataclass(frozen=True, kw_only=True)
class Sold:
    """What a line sells, apart from its figures. `item`, `category` and `type` (service, product) are the price book's;
    empty where the line names no item.
    """

    item: str = ""
    category: str = ""
    type: str = ""
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class BillingLine(Sold):
    """A line of a billing document. Money in `currency`; `cost` is one unit's, None where not known."""

    currency: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    cost: Decimal | None = None

    # Written once: the same thing is sold for the same price in many documents.
    @cached_property
    def told(self) -> str:
        """The line as it stands in its document's text."""
        cost = "" if self.cost is None else f", cost {_money(self.cost, self.currency)}"
        price, amount = _money(self.unit_price, self.currency), _money(self.amount, self.currency)
        return f"- {line_text(self) or 'not described'} | {_plain(self.quantity)} x {price} = {amount}{cost}"


@dataclass(frozen=True, kw_only=True)
class BillingDocument:
    """An invoice or an estimate (`kind`) as it is remembered. `city` and `region` are the customer's."""

    kind: str
    number: str
    # DRAFT, SENT or VOID.
    status: str
    issued_on: date
    currency: str
    customer_type: str = ""
    city: str = ""
    region: str = ""
    lines: Sequence[BillingLine]
    subtotal: Decimal
    discount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    total: Decimal
    # What counts as paid by now; an estimate's is 0.
    paid: Decimal = Decimal(0)


def document_text(document: BillingDocument) -> str:
    """The text of a whole document: customer's type and place, date, lines with their figures, totals, state.

    Of the payments it tells the state alone (unpaid, paid in part, paid), so that ten part payments are one text.
    """
    place = ", ".join(filter(None, [clean(document.city), clean(document.region)]))
    customer = ", ".join(filter(None, [clean(document.customer_type), place])) or "not known"
    head = " ".join(filter(None, [document.kind.capitalize(), clean(document.number)]))
    return "\n".join(
        [
            f"{head}, {document.issued_on.isoformat()}, {_state(document)}, {document.currency}",
            f"Customer: {customer}",
            *_lines(document),
            _totals(document),
        ]
    )


def line_text(sold: Sold) -> str:
    """The text of what a line sells: no price, quantity, date or customer, so that it is one text however often sold.

    Empty when the line says nothing about what it sells: there is nothing to embed.
    """
    return _text_of(sold.item, sold.category, sold.type, sold.description)


def text_hash(text: str) -> str:
    """What a passage is known by: 64 hexadecimal digits over the text and the version of its format."""
    return hashlib.sha256(f"{TEXT_VERSION}\n{text}".encode()).hexdigest()


def estimate_tokens(text: str) -> int:
    """About how many tokens Voyage will count: five letters of a word, or any other sign, digits one by one.

    Not the tokenizer's count: that one is fetched from a model hub over the network. A quarter of the letters, as often
    said, is right for prose and half of the truth for invoices, whose figures fall into digits.
    """
    return len(_PIECES.findall(text))


def clean(text: str) -> str:
    """One line of at most MOST_LETTERS letters, without e-mail addresses and phone numbers."""
    for pattern in (_EMAIL, *_PHONES):
        text = pattern.sub(" ", text)
    return _SPACES.sub(" ", _HOLLOW.sub(" ", text)).strip()[:MOST_LETTERS].rstrip()


# Whatever is sold is sold again, and to clean a text costs more than all the rest.
@lru_cache(maxsize=16_384)
def _text_of(item: str, category: str, type: str, description: str) -> str:
    item, category, description = (clean(part) for part in (item, category, description))
    if not (item or description):
        return ""
    # Price books repeat the name in front of the description; said twice it would only weigh more.
    said, rest = description[: len(item)], description[len(item) :]
    if said.casefold() == item.casefold() and not rest[:1].isalnum():
        description = rest.lstrip(" .,:;-")
    kind = ", ".join(filter(None, [category, clean(type)]))
    name, more = (item, description) if item else (description, "")
    return name + (f" ({kind})" if kind else "") + (f": {more}" if more else "")


def _lines(document: BillingDocument) -> list[str]:
    """As many as there is room for, and how many more there are."""
    shown: list[str] = []
    room = MOST_LETTERS_OF_LINES
    for line in document.lines:
        room -= len(line.told)
        if room < 0:
            return [*shown, f"and {len(document.lines) - len(shown)} more lines"]
        shown.append(line.told)
    return shown


def _totals(document: BillingDocument) -> str:
    figures = {"Subtotal": document.subtotal, "discount": document.discount, "tax": document.tax}
    shown = [f"{name} {_money(amount, document.currency)}" for name, amount in figures.items()]
    return ", ".join([*shown, f"total {_money(document.total, document.currency)}"])


def _state(document: BillingDocument) -> str:
    status = document.status.lower()
    if document.kind != "invoice" or document.total <= 0:
        return status
    if document.paid <= 0:
        return f"{status}, unpaid"
    return f"{status}, {'paid' if document.paid >= document.total else 'paid in part'}"


def _money(amount: Decimal, currency: str) -> str:
    """At least the currency's places; unit prices may have more."""
    rounded = amount.quantize(quantum(currency))
    return f"{rounded:f}" if amount == rounded else _plain(amount)


def _plain(figure: Decimal) -> str:
    """However many noughts the database gave: 2, 2.25, 100."""
    return f"{figure.normalize():f}" if figure else "0"
