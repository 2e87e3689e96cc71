"""What pages say about records: states, differences, and which button makes sense."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from urllib.parse import quote

from ledgerport.contract import Kind, quantum
from ledgerport.services.list_connected import ConnectedBooks
from ledgerport.services.sync_record import RecordSync
from ledgerport.services.views import BookState, EstimateView, InBooks, InvoiceView
from ledgerport.web.access import Place
from ledgerport.web.render import plural

STATES = (
    (BookState.SYNCED, "In the books"),
    (BookState.NOT_SYNCED, "Not sent"),
    (BookState.WAITING, "Waiting"),
    (BookState.BLOCKED, "Needs you"),
    (BookState.FAILED, "Failed"),
    (BookState.GONE, "Deleted there"),
)
STATUSES = (("DRAFT", "Draft"), ("SENT", "Sent"), ("VOID", "Void"))
METHODS = {"card": "Card", "check": "Check", "cash": "Cash", "transfer": "Bank transfer", "other": "Other"}
# Of several parts the one that matters most to a person stands for the whole.
_WORST = (
    BookState.BLOCKED,
    BookState.FAILED,
    BookState.GONE,
    BookState.SENDING,
    BookState.WAITING,
    BookState.NOT_SYNCED,
    BookState.SYNCED,
)
_MAYBE_THERE = "conflict"
_VOID, _DRAFT = "VOID", "DRAFT"


def record_at(place: Place, kind: str, ref: str, path: str = "") -> str:
    """A record's page, or one below it."""
    return place.at(f"{kind}s/{quote(ref, safe='')}{f'/{path}' if path else ''}")


def invoice_status(invoice: InvoiceView, today: date) -> tuple[str, str]:
    """An invoice's badge: `Paid`, `Overdue`."""
    if invoice.status in (_VOID, _DRAFT):
        return "wait", invoice.status.capitalize()
    if invoice.open < 0:
        return "info", "Overpaid"
    if invoice.open == 0:
        return "good", "Paid"
    if invoice.due_on is not None and invoice.due_on < today:
        return "warn", "Overdue"
    return ("info", "Partly paid") if invoice.paid else ("info", "Open")


def estimate_status(estimate: EstimateView, today: date) -> tuple[str, str]:
    """An estimate's badge."""
    if estimate.status in (_VOID, _DRAFT):
        return "wait", estimate.status.capitalize()
    expired = estimate.expires_on is not None and estimate.expires_on < today
    return ("wait", "Expired") if expired else ("info", "Sent")


def worst(parts: Sequence[Sequence[InBooks]]) -> list[InBooks]:
    """How a payment stands at each provider, by the part of it that matters most; empty without parts."""
    return [min(books, key=lambda book: _WORST.index(book.state)) for books in zip(*parts, strict=True)]


def apart(name: str, ours: Decimal, currency: str, book: InBooks, books: ConnectedBooks | None) -> str:
    """`Invoice INV-0051: 105.06 USD here, 105.05 USD in Wave (Wave works the tax out itself).`; empty where they
    agree."""
    if not book.variance or book.remote_total is None or book.state is BookState.GONE:
        return ""
    its_tax = books is not None and books.computes_tax
    why = f" ({book.label} works the tax out itself)" if its_tax else ""
    return f"{name}: {_figure(ours, currency)} here, {_figure(book.remote_total, currency)} in {book.label}{why}."


def sync_word(book: InBooks, status: str = "") -> str:
    """What the button beside a record's state says; empty where there is nothing to press."""
    there = bool(book.remote_id)
    if status == _DRAFT or book.state is BookState.SENDING or book.reason_code == _MAYBE_THERE:
        return ""
    if status == _VOID and (not there or book.state in (BookState.SYNCED, BookState.GONE)):
        return ""
    if book.state is BookState.GONE or (book.reason_code == "gone" and there):
        return f"Create again in {book.label}"
    if book.state in (BookState.BLOCKED, BookState.FAILED):
        return f"Retry in {book.label}"
    return f"{'Resync' if there else 'Sync'} to {book.label}"


def why_not(book: InBooks, kind: str, status: str, takes: bool) -> str:
    """Why a record is not sent, where that is meant to be."""
    if not takes and not book.remote_id:
        return f"{kind.capitalize()}s are not sent to {book.label}; its settings say so."
    if status == _DRAFT:
        return f"A draft is not sent. It goes when the {kind} is sent to the customer."
    if status == _VOID and not book.remote_id:
        return "It was voided before it was sent, so there is nothing to send."
    return ""


def halted(books: ConnectedBooks) -> str:
    """Why nothing is sent to these books just now; empty when something is."""
    if not books.enabled:
        return f"Your operator has turned {books.label} off for this account. Nothing is lost."
    return {
        "needs_reconnection": f"{books.label} no longer accepts our connection. Nothing is lost; reconnect to go on.",
        "paused": f"The connection to {books.label} is paused. Nothing is lost; it goes on once it is resumed.",
        "pending": f"{books.label} is not connected to the end yet.",
    }.get(books.state, "")


def sync_told(synced: Sequence[RecordSync], name: str, labels: dict[str, str]) -> tuple[str, str]:
    """A toast's kind and words for what a click on a record started."""
    told, kind = [], "good"
    for done in synced:
        label = labels.get(done.provider, done.provider)
        if done.problem:
            told.append(done.problem)
            kind = "warn"
        elif not done.total:
            told.append(f"Nothing was sent to {label}: a person has to choose there first, or nothing is missing.")
            kind = "info" if kind == "good" else kind
        else:
            more = f", with {plural(done.total - 1, 'record')} that it needs or that belong to it"
            told.append(f"{name} is on its way to {label}{more if done.total > 1 else ''}.")
    return kind, " ".join(told)


def markup(price: Decimal, cost: Decimal | None) -> str:
    """What a price adds to the cost, in percent of it: `42.5 %`; empty where there is no cost."""
    if not cost:
        return ""
    percent = ((price - cost) / cost * 100).quantize(Decimal("0.1"))
    return f"{percent:,f} %".replace("-", "\N{MINUS SIGN}").replace(".0 %", " %")


def quantity(value: Decimal) -> str:
    """`2`, `0.25`."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unit_price(value: Decimal, currency: str) -> str:
    """`19.99`, and all digits of a price that has more than the currency."""
    least = quantum(currency)
    text = f"{value.quantize(least):,f}" if value == value.quantize(least) else f"{value.normalize():,f}"
    return text.replace("-", "\N{MINUS SIGN}")


def called(kind: Kind, ref: str, number: str = "") -> str:
    """How a record is called in a sentence: `Invoice INV-0051`."""
    return f"{kind.capitalize()} {number or ref}"


def _figure(amount: Decimal, currency: str) -> str:
    return f"{unit_price(amount, currency)} {currency}"
