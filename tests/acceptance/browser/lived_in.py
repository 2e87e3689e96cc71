"""A house somebody lives in: something on every page, and the address of every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.browser.house import BLUE, CUSTOMER, ITEM, House, invoice, open_house, payment
from tests.conftest import wait_until

from ledgerport.contract import Kind
from ledgerport.services.imports.show_imports import latest_import
from ledgerport.services.imports.start_import import start_import
from ledgerport.services.list_stuck import list_stuck
from ledgerport.services.show_runs import list_runs
from ledgerport.services.sync_connection import sync_connection
from ledgerport.services.tenants import create_tenant
from ledgerport.web.pages import ROUTERS

PROVIDERS = ("freshbooks", "quickbooks", "wave", "xero")
# Everybody's text is text: shown as it is, never run.
MARKUP = '<script>alert("1")</script> & <b>Sons</b>'
LONG = "The Very Long Name of a Company That Never Learned to Stop " * 3
# What a placeholder of an address stands for, by what stands before it.
_REFS = {"customers": "C-1", "items": "P-1", "invoices": "I-1", "estimates": "E-1", "payments": "PAY-1"}


@contextmanager
def lived_in(folder: Path) -> Iterator[House]:
    """QuickBooks in order, Xero with much to choose, Wave lost, FreshBooks never connected; and an empty tenant."""
    with open_house(folder, *PROVIDERS, memory=True) as house:
        create_tenant(house.hub, slug="green", name="Green Roofing Inc")
        house.connect("quickbooks")
        house.connect("xero", mapped=False)
        house.connect("wave")
        house.load(
            CUSTOMER,
            {**CUSTOMER, "ref": "C-2", "name": MARKUP, "email": "sons@example.com"},
            {**CUSTOMER, "ref": "C-3", "name": LONG.strip(), "email": ""},
            ITEM,
            {**ITEM, "ref": "P-2", "name": "Drain snake 50 ft", "type": "service", "price": "121.00"},
            *(invoice(number) for number in range(1, 8)),
            invoice(8, customer="C-2", memo=MARKUP),
            {**invoice(9), "kind": "estimate", "ref": "E-1", "number": "EST-1"},
            payment(1, "20.00"),
            payment(2, "23.24"),
            payment(3, of="I-2"),
        )
        for provider in ("quickbooks", "xero"):
            sync_connection(
                house.hub, tenant_id=house.tenant_id, provider=provider, requested_by="user:ann@example.com"
            )
        house.settled()
        house.lose("wave")
        for name in ("Grace Church", "Riverside Apartments", MARKUP.replace("Sons", "Daughters")):
            house.add_there(name)
        for kind in (Kind.CUSTOMER, Kind.ITEM):
            start_import(house.hub, tenant_id=house.tenant_id, provider="quickbooks", kind=kind, requested_by="ann")
        wait_until(lambda: _are_read(house), seconds=60, what="the lists of the imports")
        yield house


def _are_read(house: House) -> bool:
    kinds = (Kind.CUSTOMER, Kind.ITEM)
    found = [latest_import(house.hub, tenant_id=house.tenant_id, provider="quickbooks", kind=kind) for kind in kinds]
    return all(one is not None and one.state == "ready" for one in found)


def addresses(house: House) -> dict[str, str]:
    """Every page that can be opened, by a name for its picture; some of them in several states."""
    found = {_name(route): _fill(house, route) for route in page_routes()}
    home = f"/t/{BLUE}/integrations"
    for provider in ("wave", "xero"):
        found[f"integration-{provider}"] = f"{home}/{provider}"
        found[f"mapping-{provider}"] = f"{home}/{provider}/mapping"
        found[f"accounts-{provider}"] = f"{home}/{provider}/wizard/accounts"
    for name in ("integrations", "history", "stuck", "invoices", "customers", "notices", "report", "people", "memory"):
        found[f"empty-{name}"] = f"/t/green/{name}"
    for number, task in enumerate(_stuck(house)):
        found[f"stuck-one-{number}"] = f"/t/{BLUE}/stuck/{task}"
    found["memory-answer"] = f"/t/{BLUE}/memory?q=drain+snake"
    found["memory-nothing"] = f"/t/{BLUE}/memory?q=zebra&customer_type=homeowner"
    found["invoice-markup"] = f"/t/{BLUE}/invoices/I-8"
    found["customer-long"] = f"/t/{BLUE}/customers/C-3"
    found["no-such-page"] = f"/t/{BLUE}/nowhere"
    return found


def page_routes() -> list[str]:
    """The addresses of all pages, with their placeholders; no streams and no files."""
    routes = [route for router in ROUTERS for route in router.routes]
    paths = [getattr(route, "path", "") for route in routes if "GET" in getattr(route, "methods", ())]
    return sorted({path for path in paths if not path.endswith(("/events", ".csv"))})


def _name(route: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", route.removeprefix("/t/{tenant}")).strip("-") or "start"


def _fill(house: House, route: str) -> str:
    """A route with its placeholders filled in; KeyError for one that nobody has thought of."""
    before = ""
    parts = []
    for part in route.split("/"):
        its = part[1:-1].partition(":")[0] if part.startswith("{") else ""
        parts.append(_value(house, its, before) if its else part)
        before = part
    return "/".join(parts) or "/"


def _value(house: House, name: str, before: str) -> str:
    if name == "ref":
        return _REFS[before]
    if name == "run_id":
        return str(list_runs(house.hub, tenant_id=house.tenant_id, provider="quickbooks").rows[0].id)
    if name == "task_id":
        return str(_stuck(house)[0])
    return {"tenant": BLUE, "slug": BLUE, "provider": "quickbooks", "secret": "used-up"}[name]


def _stuck(house: House) -> list[int]:
    """One task for each reason."""
    return [group.rows[0].id for group in list_stuck(house.hub, tenant_id=house.tenant_id)]
