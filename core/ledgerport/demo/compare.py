"""Compares our records with a provider's ledger, record by record and sum by sum. Pure: values in, a report out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from ledgerport.contract import Kind
from ledgerport.demo.report import BooksReport, Counted, Difference, Money, Rounded, What
from ledgerport.demo.rounding import Rounding, applied_to
from ledgerport.services.list_books import BooksRow

Ledger = Mapping[str, Any]
_ZERO = Decimal(0)
_CENT = Decimal("0.01")


def remote_ids(ledger: Ledger) -> dict[Kind, frozenset[str]]:
    """What is in the books at this moment; the baseline of a later comparison."""
    return {kind: frozenset(row["id"] for row in ledger[f"{kind}s"]) for kind in Kind}


def compare(
    rows: Sequence[BooksRow],
    ledger: Ledger,
    *,
    label: str,
    before: Mapping[Kind, frozenset[str]],
    computes_tax: bool = False,
) -> BooksReport:
    """`ledger` is the answer of `GET /_sandbox/ledger`; what was there `before` our first push is left alone.

    `computes_tax`: of the provider's terms; only then its rounding of tax explains anything.
    """
    books = _Books(rows, ledger, label, before, computes_tax)
    return BooksReport(
        provider=ledger["provider"],
        label=label,
        company=ledger["company"]["name"],
        currency=ledger["company"]["currency"],
        counts={kind: books.counted(kind) for kind in Kind},
        money=books.money(),
        differences=tuple(books.differences()),
        rounded=tuple(books.rounded()),
    )


class _Books:
    """Both sides, indexed."""

    def __init__(
        self,
        rows: Sequence[BooksRow],
        ledger: Ledger,
        label: str,
        before: Mapping[Kind, frozenset[str]],
        computes_tax: bool,
    ) -> None:
        self.label, self.before, self.checks = label, before, ledger["checks"]
        self.ours: dict[Kind, list[BooksRow]] = {kind: [] for kind in Kind}
        for row in rows:
            self.ours[row.kind].append(row)
        self.by_id = {kind: {row.id: row for row in self.ours[kind]} for kind in (Kind.CUSTOMER, Kind.INVOICE)}
        self.theirs: dict[Kind, dict[str, Mapping[str, Any]]] = {
            kind: {row["id"]: row for row in ledger[f"{kind}s"]} for kind in Kind
        }
        self.paid: defaultdict[int, Decimal] = defaultdict(Decimal)
        for row in self.ours[Kind.PAYMENT]:
            if row.due:
                self.paid[row.invoice_id] += row.amount
        self.rounding = Rounding(self.ours, self.theirs, computes_tax=computes_tax)

    # -- sums --------------------------------------------------------------------------------------------------------

    def counted(self, kind: Kind) -> Counted:
        before = len(self.theirs[kind].keys() & self.before[kind])
        adopted = sum(row.remote_id in self.before[kind] for row in self.ours[kind] if row.remote_id)
        # A record that was matched to one already there counts as there.
        return Counted(
            here=sum(row.due for row in self.ours[kind]),
            there=len([row for row in self.theirs[kind].values() if not row.get("void")]) - before + adopted,
            before=before,
        )

    def money(self) -> dict[str, Money]:
        invoiced = sum((row.amount for row in self.ours[Kind.INVOICE] if row.due), _ZERO)
        paid = sum((row.amount for row in self.ours[Kind.PAYMENT] if row.due), _ZERO)
        estimated = sum((row.amount for row in self.ours[Kind.ESTIMATE] if row.due), _ZERO)
        here = {"invoiced": invoiced, "paid": paid, "open": invoiced - paid, "estimated": estimated}
        there = {
            "invoiced": self._sum(Kind.INVOICE, "total"),
            "paid": self._sum(Kind.PAYMENT, "amount"),
            "open": self._sum(Kind.INVOICE, "balance"),
            "estimated": self._sum(Kind.ESTIMATE, "total"),
        }
        off = self.rounding.sums()
        return {name: Money(here=amount, there=there[name], variance=off[name]) for name, amount in here.items()}

    def _sum(self, kind: Kind, member: str) -> Decimal:
        fresh = (row for id_, row in self.theirs[kind].items() if id_ not in self.before[kind])
        return sum((Decimal(row[member]) for row in fresh), _ZERO)

    # -- record by record --------------------------------------------------------------------------------------------

    def differences(self) -> Iterator[Difference]:
        for kind in Kind:
            linked = Counter(row.remote_id for row in self.ours[kind] if row.remote_id)
            for row in self.ours[kind]:
                yield from self._of_ours(row, shared=linked[row.remote_id] > 1)
            yield from self._of_theirs(kind, linked)
        for check in self.checks:
            yield Difference(
                kind="ledger", what=What.DO_NOT_ADD_UP, record=check, sentence=f"{self.label}'s own books: {check}."
            )

    def _of_ours(self, row: BooksRow, *, shared: bool) -> Iterator[Difference]:
        there = self.theirs[row.kind].get(row.remote_id) if row.remote_id else None
        if not row.due:
            if there is not None and not there.get("void"):
                yield self._told(row, What.NOT_DUE, f"still in {self.label}, but not due here", _amount(there))
            return
        if there is None or there.get("void"):
            why = row.reason or (
                f"linked to {row.remote_id}, which is not there" if row.remote_id else "it was never sent"
            )
            yield self._told(row, What.MISSING_THERE, f"not in {self.label} ({why.rstrip('.')})", _money(row))
            return
        if shared:
            yield self._told(row, What.SHARED, f"shares {row.remote_id} in {self.label} with another record here")
        if there.get("active") is False:
            yield self._told(row, What.MISSING_THERE, f"inactive in {self.label}")
        yield from self._apart(row, there)

    def _apart(self, row: BooksRow, there: Mapping[str, Any]) -> Iterator[Difference]:
        """What the kind's own figures say."""
        name = there.get("number", there.get("name"))
        # A document without a number of ours gets one over there, a payment has none.
        named = row.name and row.kind is not Kind.PAYMENT
        if named and row.remote_id not in self.before[row.kind] and name != row.name:
            yield self._told(row, What.NAME_APART, f'"{row.name}" here, "{name}" in {self.label}')
        if row.kind is Kind.CUSTOMER:
            return
        off = self._explained(row)
        yield from self._figure(row, What.AMOUNT_APART, "", _cents(row.amount), _amount(there), off)
        if row.kind is Kind.ITEM:
            return
        customer = self.by_id[Kind.CUSTOMER].get(row.customer_id)
        if customer is None or there["customer_id"] != customer.remote_id:
            yield self._told(row, What.OTHER_CUSTOMER, f"for another customer in {self.label}")
        if "date" in there and row.on is not None and there["date"] != row.on.isoformat():
            yield self._told(row, What.DATE_APART, f"dated {row.on} here, {there['date']} in {self.label}")
        if row.kind is Kind.INVOICE:
            yield from self._figure(row, What.TAX_APART, "tax ", row.tax, Decimal(there["tax"]), off)
            open_here, open_off = row.amount - self.paid[row.id], self.rounding.of_open(row.id)
            yield from self._figure(row, What.OPEN_APART, "open ", open_here, Decimal(there["balance"]), open_off)
        if row.kind is Kind.PAYMENT:
            yield from self._application(row, there)

    def _application(self, row: BooksRow, there: Mapping[str, Any]) -> Iterator[Difference]:
        applied = applied_to(there, self._invoice_id(row))
        if applied != row.amount + self.rounding.applied.get(row.id, _ZERO):
            yield self._told(
                row,
                What.UNAPPLIED,
                f"{row.amount:,.2f} applied here, {applied:,.2f} in {self.label}",
                abs(row.amount - applied),
            )

    def _of_theirs(self, kind: Kind, linked: Mapping[str, int]) -> Iterator[Difference]:
        """What is in the books without a record here: a double of one of ours, or nobody's."""
        twins = {self._likeness_of_ours(row): row for row in self.ours[kind] if row.due}
        for id_, there in self.theirs[kind].items():
            if id_ in linked or id_ in self.before[kind] or there.get("void"):
                continue
            twin = twins.get(_likeness(kind, there))
            amount = _amount(there) if kind in (Kind.INVOICE, Kind.PAYMENT, Kind.ESTIMATE) else _ZERO
            if twin is not None:
                yield self._told(twin, What.DOUBLED, f"a second time in {self.label} (as {id_})", amount)
                continue
            name = f"{kind.capitalize()} {there.get('number') or there.get('name') or there.get('reference') or id_}"
            yield Difference(
                kind=kind,
                what=What.MISSING_HERE,
                record=name,
                sentence=f"{name}: in {self.label} (as {id_}), but no record here.",
                apart=abs(amount),
            )

    def _likeness_of_ours(self, row: BooksRow) -> tuple[object, ...]:
        if row.kind is Kind.PAYMENT:
            return (self._invoice_id(row), row.amount)
        return (row.name.casefold(),)

    def _invoice_id(self, payment: BooksRow) -> str:
        invoice = self.by_id[Kind.INVOICE].get(payment.invoice_id)
        return invoice.remote_id if invoice else ""

    # -- rounding of tax ---------------------------------------------------------------------------------------------

    def rounded(self) -> Iterator[Rounded]:
        """What differs by the provider's own rounding of tax alone."""
        for row in (*self.ours[Kind.ESTIMATE], *self.ours[Kind.INVOICE]):
            if off := self._explained(row):
                words = f"{row.amount + off:,.2f} in {self.label}, {row.amount:,.2f} here"
                yield self._rounded(row, off, f"{words}: {self.label} rounds tax in its own way; kept as the variance")
        for row in self.ours[Kind.PAYMENT]:
            if off := self.rounding.applied.get(row.id, _ZERO):
                words = f"{row.amount + off:,.2f} of {row.amount:,.2f} was open in {self.label}"
                kept = "kept as the variance" if row.id in self.rounding.amounts else "the rest is credit there"
                yield self._rounded(row, off, f"{words}; {kept}")

    def _explained(self, row: BooksRow) -> Decimal:
        """By how much the total or amount over there may differ from ours."""
        if row.kind is Kind.PAYMENT:
            return self.rounding.amounts.get(row.id, _ZERO)
        return self.rounding.documents.get((row.kind, row.id), _ZERO)

    def _rounded(self, row: BooksRow, off: Decimal, words: str) -> Rounded:
        name = self._name(row)
        return Rounded(kind=row.kind, record=name, sentence=f"{name}: {words}.", variance=off)

    # -- words -------------------------------------------------------------------------------------------------------

    def _figure(
        self, row: BooksRow, what: What, words: str, here: Decimal, there: Decimal, explained: Decimal
    ) -> Iterator[Difference]:
        if here + explained != there:
            apart = abs(here - there) if row.kind is not Kind.ITEM else _ZERO
            yield self._told(row, what, f"{words}{here:,.2f} here, {there:,.2f} in {self.label}", apart)

    def _told(self, row: BooksRow, what: What, words: str, apart: Decimal = _ZERO) -> Difference:
        name = self._name(row)
        return Difference(kind=row.kind, what=what, record=name, sentence=f"{name}: {words}.", apart=abs(apart))

    def _name(self, row: BooksRow) -> str:
        if row.kind is Kind.PAYMENT:
            invoice = self.by_id[Kind.INVOICE].get(row.invoice_id)
            return f"Payment {row.ref} on {invoice.name if invoice else 'an unknown invoice'}"
        quoted = f'"{row.name}"' if row.kind in (Kind.CUSTOMER, Kind.ITEM) else row.name
        return f"{row.kind.capitalize()} {quoted} ({row.ref})"


def _likeness(kind: Kind, there: Mapping[str, Any]) -> tuple[object, ...]:
    if kind is Kind.PAYMENT:
        applied: Iterable[Mapping[str, Any]] = there["applied"]
        return (next((part["invoice_id"] for part in applied), ""), Decimal(there["amount"]))
    return (str(there.get("number") or there.get("name") or "").casefold(),)


def _money(row: BooksRow) -> Decimal:
    """What is missing from the books when the record is; the price of an item is not money that moved."""
    return _ZERO if row.kind in (Kind.CUSTOMER, Kind.ITEM) else row.amount


def _amount(there: Mapping[str, Any]) -> Decimal:
    """An item's price, a document's total, a payment's amount."""
    return Decimal(there.get("total") or there.get("amount") or there.get("price") or "0")


def _cents(amount: Decimal) -> Decimal:
    """A ledger shows prices with two decimals, halves to the even cent; here they may have six."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_EVEN)
