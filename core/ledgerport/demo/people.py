"""The plumbing company's customers: homeowners, businesses and builders, no two with the same name or e-mail."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from random import Random

from ledgerport.demo.records import Record

# fmt: off
GIVEN = [
    "Ann", "Ben", "Carla", "David", "Elena", "Frank", "Grace", "Hector", "Irene", "James", "Karen", "Luis", "Maria",
    "Noah", "Olga", "Peter", "Quinn", "Rosa", "Sam", "Tessa", "Umar", "Vera", "Walter", "Xenia", "Yusuf", "Zoë",
    "José", "Chloé", "Jürgen", "Siobhán", "André", "Fatima",
]
# fmt: on
# fmt: off
FAMILY = [
    "Adams", "Baker", "Castillo", "Diaz", "Evans", "Fischer", "Garcia", "Hughes", "Ivanov", "Jensen", "Kim", "Lopez",
    "Miller", "Nguyen", "O'Brien", "Parker", "Quigley", "Reyes", "Smith", "Turner", "D'Angelo", "Vasquez", "Walker",
    "Xu", "Young", "Zimmerman", "Núñez", "Müller", "O'Neill", "Larsen", "McDonald", "Smith-Jones",
]
# fmt: on
TRADES = ["Property Management", "Bakery", "Dental Group", "Auto Repair", "Brewing Co.", "Laundromat", "Fitness & Spa"]
BUILDERS = ["Homes", "Construction, Inc.", "Builders", "& Sons Remodeling", "Development Group"]
STREETS = ["Oak St", "Maple Ave", "Juniper Rd", "Mill Lane", "Harbor Blvd", "St. John's Way", "Third St", "Cedar Court"]
# Texas, so that places, postal codes and the sales tax of 8.25 % agree.
TOWNS = [("Austin", "78704"), ("Round Rock", "78664"), ("Georgetown", "78626"), ("San Marcos", "78666")]
WITHOUT_EMAIL = 0.08
_KINDS = ["homeowner"] * 6 + ["business"] * 3 + ["builder"]


def customers(number: int, chance: Random) -> Iterator[Record]:
    """`number` customer records. Builders resell, so they are not taxed."""
    taken: set[str] = set()
    for place in range(1, number + 1):
        kind = chance.choice(_KINDS)
        given, family = chance.choice(GIVEN), chance.choice(FAMILY)
        name = _free_name(_name(kind, given, family, chance), place, taken)
        record: Record = {
            "kind": "customer",
            "ref": f"C-{place:04d}",
            "name": name,
            "given_name": given,
            "family_name": family,
            "type": kind,
            "phone": f"(512) 555-{chance.randrange(100, 200):04d}",
            "address": _address(chance),
            "taxable": kind != "builder",
        }
        if kind != "homeowner":
            record["company_name"] = name
        if chance.random() >= WITHOUT_EMAIL:
            record["email"] = f"{_ascii(given)}.{_ascii(family)}{place}@example.{chance.choice(['com', 'net', 'org'])}"
        yield record


def _name(kind: str, given: str, family: str, chance: Random) -> str:
    if kind == "homeowner":
        return f"{given} {family}"
    return f"{family} {chance.choice(TRADES if kind == 'business' else BUILDERS)}"


def _free_name(name: str, place: int, taken: set[str]) -> str:
    """The name, with the customer's number after it when somebody has it; compared without case, as providers do."""
    free = name if name.casefold() not in taken else f"{name} #{place}"
    taken.add(free.casefold())
    return free


def _address(chance: Random) -> Record:
    city, postal_code = chance.choice(TOWNS)
    address = {
        "line1": f"{chance.randrange(1, 9900)} {chance.choice(STREETS)}",
        "city": city,
        "region": "TX",
        "postal_code": postal_code,
        "country": "US",
    }
    if chance.random() < 0.15:
        address["line2"] = f"Unit {chance.randrange(1, 40)}"
    return address


def _ascii(name: str) -> str:
    """The letters that an e-mail address can hold."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(mark for mark in plain.lower() if mark.isalnum())
