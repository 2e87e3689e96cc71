"""What is in the books already is linked, not made again."""

from __future__ import annotations

from ledgerport.contract import Kind, Lookup, ProviderTerms
from ledgerport.testing import records
from ledgerport.testing.checks import Needs, check
from ledgerport.testing.desk import Desk
from ledgerport.testing.making import make

GROUP = "matching"


def _no_emails(terms: ProviderTerms) -> str:
    its = terms.kinds.get(Kind.CUSTOMER)
    searchable = its is not None and Lookup.EMAIL in its.lookups
    return "" if searchable else f"{terms.label} cannot be searched for an e-mail."


def _items_cannot_be_told(terms: ProviderTerms) -> str:
    its = terms.kinds.get(Kind.ITEM)
    if its is None:
        return f"{terms.label} takes no items."
    told = its.pull or (its.name is not None and its.name.unique and its.name.enforced)
    return "" if told else f"{terms.label} neither lists its items nor refuses a second one of a name."


_EMAILS = Needs(kinds=(Kind.CUSTOMER,), hooks=("find_customers",), terms=_no_emails)


@check(
    "matching.customer_by_email",
    group=GROUP,
    needs=_EMAILS,
    change="Let find_customers return every customer with this e-mail, each with id, name and e-mail.",
    why="A customer who was in the books before the first sync would stand there twice, and owe twice.",
)
def customer_by_email(desk: Desk) -> None:
    there = make(desk, Kind.CUSTOMER, 1).remote.id
    make(desk, Kind.CUSTOMER, 2)
    desk.sync([records.customer(1, name="Known By Another Name")])
    count = len(desk.rows(Kind.CUSTOMER))
    assert count == 2, f"a customer whose e-mail is in the books was created again: {count} customers, not 2"
    linked = desk.remote_id(Kind.CUSTOMER, "C1")
    assert linked == there, f"the customer was linked to {linked!r}, his e-mail is that of {there!r}"


@check(
    "matching.email_in_any_case",
    group=GROUP,
    needs=_EMAILS,
    change="Compare e-mails without case in find_customers, also where the provider's search minds it.",
    why="Ann@Example.com and ann@example.com are one person with one debt.",
)
def email_in_any_case(desk: Desk) -> None:
    there = make(desk, Kind.CUSTOMER, 1).remote.id
    found = [remote.id for remote in desk.ask("find_customers", email="CUSTOMER1@Example.COM")]
    assert found == [there], f"the customer is {there!r}, find_customers returns {found} for the e-mail in capitals"


@check(
    "matching.strange_email_finds_nobody",
    group=GROUP,
    needs=_EMAILS,
    change="Return an empty list from find_customers when nobody has exactly this e-mail; quote what you put into a "
    "filter.",
    why="Somebody's invoices would be booked to another customer.",
)
def strange_email_finds_nobody(desk: Desk) -> None:
    make(desk, Kind.CUSTOMER, 1)
    for email in (
        "r1@example.com",
        "customer1@example.co",
        "o'brien@example.com",
        "a+b&c=d@example.com",
        'x" or "1@e.co',
    ):
        found = desk.ask("find_customers", email=email)
        assert found == [], f"find_customers finds {found[0].name!r} for {email}"


@check(
    "matching.several_emails_at_once",
    group=GROUP,
    needs=Needs(kinds=(Kind.CUSTOMER,), hooks=("find_customers", "find_customers_batch")),
    change="Let find_customers_batch give for each e-mail what find_customers gives for it, an empty list for a "
    "strange "
    "one, with the e-mails as they were asked for as keys.",
    why="Customers would be linked to one another's accounts.",
)
def several_emails(desk: Desk) -> None:
    made = {f"customer{number}@example.com": make(desk, Kind.CUSTOMER, number).remote.id for number in (1, 2, 3)}
    asked = [*made, "Customer2@Example.com", "nobody@example.com"]
    found = desk.ask("find_customers_batch", emails=asked)
    for email in asked:
        single = sorted(remote.id for remote in desk.ask("find_customers", email=email))
        together = sorted(remote.id for remote in found[email])
        assert together == single, f"{email}: find_customers gives {single}, find_customers_batch {together}"


@check(
    "matching.item_by_name",
    group=GROUP,
    needs=Needs(kinds=(Kind.ITEM,), terms=_items_cannot_be_told),
    change="Let on_duplicate_name tell who has the name where the provider refuses a second one; else list every item "
    "in "
    "pull_items, and set NameRules.enforced=False.",
    why="A price book that was in the books already would stand there twice, and no report would add up.",
)
def item_by_name(desk: Desk) -> None:
    there = make(desk, Kind.ITEM, 1).remote.id
    make(desk, Kind.ITEM, 2)
    desk.sync([records.item(1)])
    count = len(desk.rows(Kind.ITEM))
    assert count == 2, f"an item whose name is in the books was created again: {count} items, not 2"
    linked = desk.remote_id(Kind.ITEM, "I1")
    assert linked == there, f"the item was linked to {linked!r}, its name is that of {there!r}"
    price = desk.row(Kind.ITEM, there)["price"]
    assert price == "1.25", f"the item was linked, and its price over there is {price}, not our 1.25"
