"""Looking before sending: who has this name or e-mail, and did a push arrive?

A search key that does not work is ignored over there and the whole list comes back (fact sheet, 10). So every row is
compared here again; a search only makes lists shorter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from ledgerport.contract import Account, Customer, Estimate, Invoice, Item, Payment, Push, Remote, Value, name_key
from ledgerport_freshbooks.client import CLIENTS, ITEMS, Client, client_for
from ledgerport_freshbooks.shapes import CUSTOMER, ITEM, PAYMENT, Shape, shape_of


def holders_of_name(account: Account, push: Push[Value]) -> list[Remote]:
    """Whoever has the push's name or number; deleted ones are in no list."""
    client = client_for(account.http, account.company)
    value = push.value
    if isinstance(value, Customer):
        rows = client.everything(CLIENTS, ("search[organization_like]", value.name))
        return _named((CUSTOMER.from_wire(row) for row in rows), value.name)
    if isinstance(value, Item):
        return _named(_all_items(client), value.name)
    if isinstance(value, Invoice | Estimate):
        return with_number(client, shape_of(value), value.number)
    return []


def with_number(client: Client, shape: Shape[Any], number: str) -> list[Remote]:
    """The documents that have this very number."""
    if not number or not shape.number_search:
        return []
    rows = client.everything(shape.resource, (shape.number_search, number))
    return [remote for row in rows if name_key((remote := shape.from_wire(row)).number) == name_key(number)]


def customers_with(account: Account, email: str) -> list[Remote]:
    """The customers that have this e-mail, archived ones too; compared without case. There may be several."""
    address = email.strip()
    if not address:
        return []
    rows = client_for(account.http, account.company).everything(CLIENTS, ("search[email]", address))
    return [
        remote for row in rows if (remote := CUSTOMER.from_wire(row)).email.strip().casefold() == address.casefold()
    ]


def pushed(account: Account, pushes: Sequence[Push[Value]]) -> list[list[Remote]]:
    """For each push what of it is in the books, in order.

    An update is read by its id. A creation is found by its marker: a customer's and a payment's in the note, a
    document's in `po_number`. An item has none and is found by its name, in one reading of the list for all of them.
    """
    client = client_for(account.http, account.company)
    items: dict[str, list[Remote]] | None = None
    found = []
    for push in pushes:
        if push.remote_id is not None:
            found.append(_by_id(client, push))
        elif isinstance(push.value, Item):
            items = _by_name(_all_items(client)) if items is None else items
            found.append(_named(items.get(name_key(push.value.name), ()), push.value.name))
        else:
            found.append(_created(client, push))
    return found


def _created(client: Client, push: Push[Value]) -> list[Remote]:
    value = push.value
    if isinstance(value, Customer):
        return _marked(client, CUSTOMER, push, ("search[note_like]", push.marker))
    if isinstance(value, Payment):
        # By the invoice, which is a handful of rows; the contents of a note are compared here.
        return _marked(client, PAYMENT, push, ("search[invoiceid]", value.invoice.remote_id))
    assert isinstance(value, Invoice | Estimate)
    return _document(client, push, value)


def _document(client: Client, push: Push[Value], value: Invoice | Estimate) -> list[Remote]:
    """A document of ours carries its marker, unless a bookkeeper wrote a PO number of his own over it.

    With a number of ours, one without any marker counts when customer and total agree. Without one FreshBooks chose
    the number: then the customer's documents of the day are read, and only the marker counts.
    """
    shape: Shape[Any] = shape_of(value)
    if not value.number:
        day = value.issued_on.isoformat()
        search = (
            ("search[customerid]", value.customer.remote_id),
            ("search[date_min]", day),
            ("search[date_max]", day),
        )
        return _marked(client, shape, push, *search)
    rows = with_number(client, shape, value.number)
    marked = [row for row in rows if _is_ours(row, push)]
    if marked:
        return marked
    agreed = (value.customer.remote_id, value.total)
    return [row for row in rows if not row.marker and (row.customer_id, row.total) == agreed]


def _marked(client: Client, shape: Shape[Any], push: Push[Value], *search: tuple[str, str]) -> list[Remote]:
    if not push.marker:
        return []
    rows = client.everything(shape.resource, *search)
    return [remote for row in rows if _is_ours(remote := shape.from_wire(row), push)]


def _is_ours(remote: Remote, push: Push[Value]) -> bool:
    return bool(push.marker) and remote.marker.lower() == push.marker.lower()


def _by_id(client: Client, push: Push[Value]) -> list[Remote]:
    shape: Shape[Any] = shape_of(push.value)
    row = client.read(shape.resource, str(push.remote_id))
    return [shape.from_wire(row)] if row is not None else []


def _all_items(client: Client) -> list[Remote]:
    """Every item: no search of items was ever verified."""
    return [ITEM.from_wire(row) for row in client.everything(ITEMS)]


def _by_name(remotes: Iterable[Remote]) -> dict[str, list[Remote]]:
    groups: dict[str, list[Remote]] = defaultdict(list)
    for remote in remotes:
        groups[name_key(remote.name)].append(remote)
    return groups


def _named(remotes: Iterable[Remote], name: str) -> list[Remote]:
    """Those of this very name, or, when there is none, those that differ in capitals only."""
    alike = [remote for remote in remotes if name_key(remote.name) == name_key(name)]
    return [remote for remote in alike if remote.name == name] or alike
