"""The `where` parameter (section 2.4): a small language of comparisons over a record's members.

`Name=="A" AND (EmailAddress.Contains("x") OR Date>=DateTime(2026,1,31))`, `Invoice.InvoiceID==guid("...")`. Texts
compare without case and accents. A text that holds a double quote cannot be written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ledgerport_xero_sandbox.envelopes import milliseconds
from ledgerport_xero_sandbox.refusals import query_error
from ledgerport_xero_sandbox.rows import INDEXED, folded

Test = Callable[[dict[str, Any]], bool]
Lookups = list[tuple[str, str]] | None
_TOKEN = re.compile(
    r'\s*(?:(?P<text>"[^"]*")|(?P<number>-?\d+(?:\.\d+)?)|(?P<op>==|!=|>=|<=|&&|\|\||[=<>(),])'
    r"|(?P<name>[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*))"
)
_METHODS = {"Contains": str.__contains__, "StartsWith": str.startswith, "EndsWith": str.endswith}
_WORDS = {"true": True, "false": False, "null": None}
#: Which members a filter may name, per kind; others are `No property or field 'X' exists in type 'Y'`.
KNOWN: dict[str, frozenset[str]] = {
    "Contact": frozenset(
        [
            *("ContactID", "ContactNumber", "AccountNumber", "ContactStatus", "Name", "FirstName", "LastName"),
            *("EmailAddress", "TaxNumber", "CompanyNumber", "UpdatedDateUTC", "IsCustomer", "IsSupplier"),
        ]
    ),
    "Item": frozenset(
        ["ItemID", "Code", "Name", "Description", "UpdatedDateUTC", "IsSold", "IsPurchased", "SalesDetails.UnitPrice"]
    ),
    "Invoice": frozenset(
        [
            *(
                "InvoiceID",
                "InvoiceNumber",
                "Reference",
                "Type",
                "Status",
                "Date",
                "DueDate",
                "AmountDue",
                "AmountPaid",
            ),
            *("Total", "SubTotal", "TotalTax", "CurrencyCode", "UpdatedDateUTC", "FullyPaidOnDate", "LineAmountTypes"),
            *("Contact.ContactID", "Contact.Name", "Contact.ContactNumber", "Contact.EmailAddress"),
        ]
    ),
    "Payment": frozenset(
        [
            *("PaymentID", "PaymentType", "Status", "Date", "Amount", "Reference", "UpdatedDateUTC", "IsReconciled"),
            *("Invoice.InvoiceID", "Invoice.InvoiceNumber", "Account.AccountID", "Account.Code", "BatchPaymentID"),
        ]
    ),
    "BatchPayment": frozenset(["BatchPaymentID", "Status", "Date", "Type", "Reference"]),
    "Account": frozenset(
        ["AccountID", "Code", "Name", "Status", "Type", "Class", "TaxType", "SystemAccount", "EnablePaymentsToAccount"]
    ),
    "TaxRate": frozenset(["Name", "TaxType", "Status", "EffectiveRate", "CanApplyToRevenue"]),
    "Quote": frozenset(),
}


@dataclass(slots=True)
class Filter:
    """A parsed filter. `lookups`: (member, text) pairs of indexed members; every hit has one of them. None: look at
    every record.
    """

    test: Test
    lookups: Lookups


def parse(kind: str, text: str) -> Filter:
    """Raises ApiError 16 for what cannot be read."""
    parser = _Parser(kind, _tokens(text))
    test, lookups = parser.either()
    if parser.left():
        raise query_error(f"Syntax error (at index {len(text)})")
    return Filter(test, lookups)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        hit = _TOKEN.match(text, at)
        if hit is None:
            rest = text[at:].strip()
            raise query_error("Unterminated string literal" if rest.startswith('"') else "Syntax error")
        found.append((str(hit.lastgroup), hit[str(hit.lastgroup)]))
        at = hit.end()
    return found


class _Parser:
    def __init__(self, kind: str, tokens: Sequence[tuple[str, str]]) -> None:
        self._kind, self._tokens, self._at = kind, tokens, 0

    def left(self) -> bool:
        return self._at < len(self._tokens)

    def _next(self) -> tuple[str, str]:
        if not self.left():
            raise query_error("Syntax error: expression expected")
        self._at += 1
        return self._tokens[self._at - 1]

    def _takes(self, *words: str) -> bool:
        if self.left() and self._tokens[self._at][1].upper() in words:
            self._at += 1
            return True
        return False

    def either(self) -> tuple[Test, Lookups]:
        first, lookups = self._all()
        tests = [first]
        while self._takes("OR", "||"):
            test, more = self._all()
            tests.append(test)
            lookups = None if lookups is None or more is None else [*lookups, *more]
        return (tests[0] if len(tests) == 1 else lambda doc: any(test(doc) for test in tests)), lookups

    def _all(self) -> tuple[Test, Lookups]:
        first, lookups = self._one()
        tests = [first]
        while self._takes("AND", "&&"):
            test, more = self._one()
            tests.append(test)
            lookups = more if lookups is None else lookups
        return (tests[0] if len(tests) == 1 else lambda doc: all(test(doc) for test in tests)), lookups

    def _one(self) -> tuple[Test, Lookups]:
        if self._takes("("):
            inner = self.either()
            if not self._takes(")"):
                raise query_error("')' or operator expected")
            return inner
        group, word = self._next()
        if group != "name":
            raise query_error("Syntax error")
        head, _, method = word.rpartition(".")
        if method in _METHODS and head:
            return self._method(self._member(head), method), None
        return self._compared(self._member(word))

    def _member(self, word: str) -> str:
        known = KNOWN[self._kind]
        found = next((name for name in known if name.lower() == word.lower()), None)
        if found is None:
            raise query_error(
                f"No property or field '{word.rsplit('.', maxsplit=1)[-1]}' exists in type '{self._kind}'"
            )
        return found

    def _method(self, member: str, method: str) -> Test:
        if not self._takes("("):
            raise query_error("'(' expected")
        wanted = self._value()
        if not isinstance(wanted, str) or not self._takes(")"):
            raise query_error("')' or ',' expected")
        part = folded(wanted)
        call = _METHODS[method]
        return lambda doc: bool(call(folded(str(reach(doc, member) or "")), part))

    def _compared(self, member: str) -> tuple[Test, Lookups]:
        group, op = self._next() if self.left() else ("op", "==")
        if group != "op" or op not in _COMPARE:
            raise query_error("Syntax error: operator expected")
        wanted = self._value()
        compare = _COMPARE[op]
        keyed = member in INDEXED[self._kind] or member == f"{self._kind}ID"
        # Empty texts are not in the index.
        found = keyed and op in {"==", "="} and isinstance(wanted, str) and bool(wanted.strip())
        lookups = [(member, wanted)] if found else None
        if isinstance(wanted, str):
            wanted = folded(wanted)
        return lambda doc: compare(_comparable(reach(doc, member), wanted), wanted), lookups

    def _value(self) -> Any:
        group, word = self._next()
        if group == "text":
            return word[1:-1]
        if group == "number":
            return float(word)
        if word.lower() in _WORDS:
            return _WORDS[word.lower()]
        if word.lower() in {"guid", "datetime", "datetime.parse"} and self._takes("("):
            arguments = [self._value()]
            while self._takes(","):
                arguments.append(self._value())
            if not self._takes(")"):
                raise query_error("')' or ',' expected")
            return arguments[0] if word.lower() == "guid" else _moment(arguments)
        raise query_error("Syntax error: value expected")


def _moment(arguments: list[Any]) -> int:
    try:
        if isinstance(arguments[0], str):
            at = datetime.fromisoformat(arguments[0])
        else:
            at = datetime(*(int(part) for part in arguments))  # type: ignore[arg-type]  # noqa: DTZ001 - UTC is set below
    except (TypeError, ValueError) as err:
        raise query_error("Invalid DateTime") from err
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def reach(doc: dict[str, Any], member: str) -> Any:
    """The value of a member, dotted ones inside."""
    value: Any = doc
    for part in member.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _comparable(value: Any, wanted: Any) -> Any:
    if isinstance(value, str):
        if isinstance(wanted, int) and not isinstance(wanted, bool) and value.startswith("/Date("):
            return milliseconds(value)
        return folded(value)
    return value


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def test(value: Any, wanted: Any) -> bool:
        try:
            return value is not None and wanted is not None and compare(value, wanted)
        except TypeError as err:
            raise query_error("Operator incompatible with operand types") from err

    return test


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda value, wanted: bool(value == wanted),
    "=": lambda value, wanted: bool(value == wanted),
    "!=": lambda value, wanted: bool(value != wanted),
    ">": _ordered(lambda value, wanted: bool(value > wanted)),
    ">=": _ordered(lambda value, wanted: bool(value >= wanted)),
    "<": _ordered(lambda value, wanted: bool(value < wanted)),
    "<=": _ordered(lambda value, wanted: bool(value <= wanted)),
}
