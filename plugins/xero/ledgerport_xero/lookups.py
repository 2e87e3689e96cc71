"""Looking before sending: who has this name or e-mail, and did a push arrive?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ledgerport.contract import Account, Customer, Estimate, Invoice, Item, Kind, Payment, Push, Remote, Value, name_key
from ledgerport_xero.answers import Row
from ledgerport_xero.client import Client, client_for
from ledgerport_xero.mapping.wire import text
from ledgerport_xero.queries import any_id, any_text, can_be_quoted, lists_of
from ledgerport_xero.quotes import quotes_of
from ledgerport_xero.shapes import CUSTOMER, ESTIMATE, INVOICE, ITEM, PAYMENT, shape_of

_WITH_ARCHIVED = {"includeArchived": "true"}


def holders_of_name(account: Account, push: Push[Value]) -> list[Remote]:
    """Whoever has the push's name, code or number, archived and void ones too; a contact with our mark first."""
    client = client_for(account.http, account.company)
    value = push.value
    if isinstance(value, Customer):
        found = [CUSTOMER.from_wire(row) for row in _contacts_called(client, push.marker, value.name)]
        ours = [remote for remote in found if _has_marker(remote, push)]
        return ours or [remote for remote in found if _same(remote.name, value.name)]
    if isinstance(value, Item):
        return _items(client, [value.code]).get(name_key(value.code), [])
    if isinstance(value, Invoice) and value.number:
        rows = _invoices_numbered(client, [value.number])
        return [remote for row in rows if _same((remote := INVOICE.from_wire(row)).number, value.number)]
    if isinstance(value, Estimate) and value.number:
        return [remote for remote in _quotes(client, [push])[0] if _same(remote.number, value.number)]
    return []


def customers_with(account: Account, emails: Sequence[str]) -> dict[str, list[Remote]]:
    """E-mail asked for -> the customers that have it, archived ones too; compared without case."""
    client = client_for(account.http, account.company)
    asked = {email: name_key(email.strip()) for email in emails}
    found: dict[str, list[Remote]] = defaultdict(list)
    for row in _matching(client, "Contacts", "EmailAddress", filter(None, asked.values()), _WITH_ARCHIVED):
        remote = CUSTOMER.from_wire(row)
        found[name_key(remote.email.strip())].append(remote)
    return {email: list(found.get(address, ())) if address else [] for email, address in asked.items()}


def pushed(account: Account, pushes: Sequence[Push[Value]]) -> list[list[Remote]]:
    """For each push what of it is in the books, in order.

    An update is read by its id. A creation is searched by what identifies it: a customer by our mark in its contact
    number, an item by its code, a document by its number or (without one) by our mark in its reference, a payment by
    its invoice and our mark in its reference.
    """
    client = client_for(account.http, account.company)
    answer: list[list[Remote]] = [[] for _ in pushes]
    groups: dict[tuple[type, bool], list[int]] = defaultdict(list)
    for place, push in enumerate(pushes):
        groups[type(push.value), push.remote_id is not None].append(place)
    for (_, known), places in groups.items():
        asked = [pushes[place] for place in places]
        look = _by_id if known else _CREATED[shape_of(asked[0].value).kind]
        for place, remotes in zip(places, look(client, asked), strict=True):
            answer[place] = remotes
    return answer


def _by_id(client: Client, pushes: Sequence[Push[Any]]) -> list[list[Remote]]:
    shape = shape_of(pushes[0].value)
    rows = client.by_ids(shape.entity, [str(push.remote_id) for push in pushes])
    found = [rows.get(str(push.remote_id).lower()) for push in pushes]
    return [[shape.from_wire(row)] if row is not None else [] for row in found]


def _customers(client: Client, pushes: Sequence[Push[Any]]) -> list[list[Remote]]:
    rows = _matching(client, "Contacts", "ContactNumber", [push.marker for push in pushes], _WITH_ARCHIVED)
    found = [CUSTOMER.from_wire(row) for row in rows]
    return [[remote for remote in found if _has_marker(remote, push)] for push in pushes]


def _items_of(client: Client, pushes: Sequence[Push[Any]]) -> list[list[Remote]]:
    by_code = _items(client, [push.value.code for push in pushes])
    return [by_code.get(name_key(push.value.code), []) for push in pushes]


def _items(client: Client, codes: Iterable[str]) -> Mapping[str, list[Remote]]:
    found: dict[str, list[Remote]] = defaultdict(list)
    for row in _matching(client, "Items", "Code", filter(None, codes)):
        remote = ITEM.from_wire(row)
        found[name_key(remote.number)].append(remote)
    return found


def _invoices(client: Client, pushes: Sequence[Push[Any]]) -> list[list[Remote]]:
    """By number; one that Xero numbered has our mark in its reference."""
    rows = _invoices_numbered(client, [push.value.number for push in pushes if push.value.number])
    marked = [push.marker for push in pushes if not push.value.number]
    rows += _matching(client, "Invoices", "Reference", marked)
    found = {remote.id: remote for row in rows if (remote := INVOICE.from_wire(row)).kind == Kind.INVOICE}
    return [
        [
            remote
            for remote in found.values()
            if (_same(remote.number, push.value.number) if push.value.number else _has_marker(remote, push))
        ]
        for push in pushes
    ]


def _quotes(client: Client, pushes: Sequence[Push[Any]]) -> list[list[Remote]]:
    return quotes_of(client, pushes)


def _payments(client: Client, pushes: Sequence[Push[Payment]]) -> list[list[Remote]]:
    """Of a payment only the deleted twin is told when there is no other: a bookkeeper took it out."""
    rows = [
        row
        for clause in any_id("Invoice.InvoiceID", [push.value.invoice.remote_id for push in pushes])
        for row in client.rows("Payments", {"where": clause})
    ]
    found = [PAYMENT.from_wire(row) for row in rows]
    answer = []
    for push in pushes:
        ours = [remote for remote in found if _has_marker(remote, push)]
        answer.append([remote for remote in ours if remote.active] or ours[:1])
    return answer


_CREATED: Mapping[Kind, Callable[[Client, Sequence[Push[Any]]], list[list[Remote]]]] = {
    CUSTOMER.kind: _customers,
    ITEM.kind: _items_of,
    INVOICE.kind: _invoices,
    ESTIMATE.kind: _quotes,
    PAYMENT.kind: _payments,
}


def _contacts_called(client: Client, marker: str, name: str) -> list[Row]:
    if can_be_quoted(name):
        where = f'ContactNumber=="{marker}" OR Name=="{name}"'
        return client.rows("Contacts", {"where": where, **_WITH_ARCHIVED})
    marked = client.rows("Contacts", {"where": f'ContactNumber=="{marker}"', **_WITH_ARCHIVED})
    return marked + client.rows("Contacts", {"searchTerm": name, **_WITH_ARCHIVED})


def _invoices_numbered(client: Client, numbers: Sequence[str]) -> list[Row]:
    """Bills too: their numbers are in the same list."""
    plain = [number for number in numbers if "," not in number]
    rows = [row for some in lists_of(plain) for row in client.rows("Invoices", {"InvoiceNumbers": some})]
    return rows + _matching(client, "Invoices", "InvoiceNumber", [number for number in numbers if "," in number])


def _matching(
    client: Client, entity: str, name: str, values: Iterable[str], more: Mapping[str, str] | None = None
) -> list[Row]:
    """All rows whose `name` is one of `values`, and a few more for values that no filter can hold."""
    wanted = list(dict.fromkeys(values))
    rows: list[Row] = []
    for clause in any_text(name, [value for value in wanted if can_be_quoted(value)]):
        rows += client.rows(entity, {"where": clause, **(more or {})})
    for value in wanted:
        if not can_be_quoted(value):
            rows += client.rows(entity, {"searchTerm": value, **(more or {})})
    known = {name_key(value) for value in wanted}
    return [row for row in rows if name_key(text(row, name).strip()) in known]


def _has_marker(remote: Remote, push: Push[Any]) -> bool:
    return bool(push.marker) and remote.marker.lower() == push.marker.lower()


def _same(theirs: str, ours: str) -> bool:
    return name_key(theirs.strip()) == name_key(ours.strip())
