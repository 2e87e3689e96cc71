"""Looking before sending: who has this name or e-mail, and did a push arrive?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ledgerport.contract import (
    Account,
    Customer,
    Estimate,
    Invoice,
    Item,
    Push,
    Remote,
    Value,
    name_key,
)
from ledgerport_quickbooks.books import books_of
from ledgerport_quickbooks.client import Client, client_for
from ledgerport_quickbooks.mapping.customers import named
from ledgerport_quickbooks.queries import WITH_INACTIVE, among, equals
from ledgerport_quickbooks.shapes import CUSTOMER, ITEM, PAYMENT, Shape, shape_of

_NAMED = {"Customer": "customer", "Vendor": "vendor", "Employee": "employee"}


def holders_of_name(account: Account, push: Push[Value]) -> list[Remote]:
    """Whoever has the push's name or number, inactive ones too. Customers share their names with vendors and
    employees.
    """
    client = client_for(account.http, account.company)
    value = push.value
    if isinstance(value, Customer):
        return [
            named(row, kind)
            for entity, kind in _NAMED.items()
            for row in client.everything(entity, equals("DisplayName", value.name), WITH_INACTIVE)
            if name_key(str(row.get("DisplayName"))) == name_key(value.name)
        ]
    if isinstance(value, Item):
        rows = client.everything("Item", equals("Name", value.name), WITH_INACTIVE)
        return [remote for row in rows if name_key((remote := ITEM.from_wire(row)).name) == name_key(value.name)]
    if isinstance(value, (Invoice, Estimate)) and value.number:
        shape = shape_of(value)
        rows = client.everything(shape.entity, equals("DocNumber", value.number))
        return [remote for row in rows if name_key((remote := shape.from_wire(row)).number) == name_key(value.number)]
    return []


def customers_with(account: Account, emails: Sequence[str]) -> dict[str, list[Remote]]:
    """E-mail asked for -> the customers that have it, inactive ones too; compared without case."""
    client = client_for(account.http, account.company)
    asked = {email: email.strip().casefold() for email in emails}
    wanted = sorted({address for address in asked.values() if address})
    found: dict[str, list[Remote]] = defaultdict(list)
    for row in client.matching("Customer", "PrimaryEmailAddr", wanted, WITH_INACTIVE):
        remote = CUSTOMER.from_wire(row)
        found[remote.email.strip().casefold()].append(remote)
    return {email: list(found.get(address, ())) if address else [] for email, address in asked.items()}


def pushed(account: Account, pushes: Sequence[Push[Value]]) -> list[list[Remote]]:
    """For each push what of it is in the books, in order.

    An update is read by its id. A creation is searched by what identifies it: a payment by its marker, a customer or
    item by its name, a document by number, or by customer and day, and then by the marker in its note.
    """
    client = client_for(account.http, account.company)
    answer: list[list[Remote]] = [[] for _ in pushes]
    groups: dict[tuple[type, bool], list[int]] = defaultdict(list)
    for place, push in enumerate(pushes):
        groups[type(push.value), push.remote_id is not None].append(place)
    for (_, known), places in groups.items():
        asked = [pushes[place] for place in places]
        shape = shape_of(asked[0].value)
        found = _by_id(client, shape, asked) if known else _created(account, client, shape, asked)
        for place, remotes in zip(places, found, strict=True):
            answer[place] = remotes
    return answer


def _by_id(client: Client, shape: Shape[Value], pushes: Sequence[Push[Value]]) -> list[list[Remote]]:
    rows = client.by_ids(shape.entity, [str(push.remote_id) for push in pushes], listed=shape.listed)
    found = [rows.get(str(push.remote_id)) for push in pushes]
    return [[shape.from_wire(row)] if row is not None else [] for row in found]


def _created(
    account: Account, client: Client, shape: Shape[Value], pushes: Sequence[Push[Value]]
) -> list[list[Remote]]:
    if shape.entity == PAYMENT.entity:
        by_marker = _grouped(client, shape, "PaymentRefNum", [push.marker for push in pushes])
        return [by_marker.get(name_key(push.marker), []) for push in pushes]
    if shape.listed:
        name = "DisplayName" if shape.entity == CUSTOMER.entity else "Name"
        by_name = _grouped(client, shape, name, [_name(push) for push in pushes], WITH_INACTIVE)
        return [by_name.get(name_key(_name(push)), []) for push in pushes]
    return _documents(client, shape, pushes, numbered=books_of(account).custom_numbers)


def _grouped(
    client: Client, shape: Shape[Value], name: str, values: Iterable[str], *conditions: str
) -> Mapping[str, list[Remote]]:
    groups: dict[str, list[Remote]] = defaultdict(list)
    for row in client.matching(shape.entity, name, [value for value in values if value], *conditions):
        groups[name_key(str(row.get(name, "")))].append(shape.from_wire(row))
    return groups


def _documents(
    client: Client, shape: Shape[Value], pushes: Sequence[Push[Value]], *, numbered: bool
) -> list[list[Remote]]:
    """Documents of ours carry their marker in the note, which no query can search: it is compared in the rows.

    With our own numbers the rows are those with the number; a row without any marker counts when customer and total
    agree, since a person may have rewritten the note. Otherwise they are the customer's documents of the day, and
    only the marker counts.
    """
    values = [_document(push) for push in pushes]
    rows: dict[str, Remote] = {}
    by_number = [value.number for value in values if numbered and value.number]
    for row in client.matching(shape.entity, "DocNumber", by_number):
        rows[str(row.get("Id"))] = shape.from_wire(row)
    others = [value for value in values if not (numbered and value.number)]
    days = sorted({value.issued_on.isoformat() for value in others})
    for clause in among("CustomerRef", [value.customer.remote_id for value in others]):
        between = (f"TxnDate >= '{days[0]}'", f"TxnDate <= '{days[-1]}'")
        for row in client.everything(shape.entity, clause, *between):
            rows[str(row.get("Id"))] = shape.from_wire(row)
    return [_of_push(push, value, rows.values(), numbered) for push, value in zip(pushes, values, strict=True)]


def _of_push(push: Push[Value], value: Invoice | Estimate, rows: Iterable[Remote], numbered: bool) -> list[Remote]:
    marked = [row for row in rows if push.marker and row.marker.lower() == push.marker.lower()]
    if marked or not numbered:
        return marked
    return [
        row
        for row in rows
        if not row.marker
        and name_key(row.number) == name_key(value.number)
        and (row.customer_id, row.total) == (value.customer.remote_id, value.total)
    ]


def _document(push: Push[Value]) -> Invoice | Estimate:
    assert isinstance(push.value, (Invoice, Estimate))
    return push.value


def _name(push: Push[Value]) -> str:
    assert isinstance(push.value, (Customer, Item))
    return push.value.name
