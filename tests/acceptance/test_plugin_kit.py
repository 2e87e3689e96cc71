"""A generated plugin as a stranger meets it: installed, tested, typed, found by the hub and the console, synced."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.acceptance.authors_machine import AuthorsMachine

# A page of the console, as an operator's browser gets it; printed without its tags.
_CONSOLE = """
from fastapi.testclient import TestClient
from ledgerport import wiring
from ledgerport.services.sign_in import make_link
from ledgerport.services.users import create_user
from ledgerport.serving import create_site
hub = wiring.build()
create_user(hub, email="ann@example.com", name="Ann", role="operator", tenant=None)
with TestClient(create_site(hub), base_url=hub.public_url) as browser:
    browser.post(make_link(hub, email="ann@example.com").removeprefix(hub.public_url))
    print(browser.get("/operator/providers").text)
wiring.close(hub)
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> AuthorsMachine:
    """Acme Books, with an API key, idempotency keys and all five kinds: what the tutorial's Cashbox has not."""
    machine = AuthorsMachine(tmp_path_factory.mktemp("author"))
    made = machine.run('ledgerport plugin new acme --label "Acme Books" --idempotency key --auth api-key')
    assert made.returncode == 0, made.stdout
    installed = machine.run('python -m pip install -e ".[test]"', within=machine.folder / "ledgerport-acme")
    assert installed.returncode == 0, installed.stdout
    return machine


def _ran(machine: AuthorsMachine, command: str, within: Path | None = None) -> str:
    ran = machine.run(command, within=within)
    assert ran.returncode == 0, f"$ {command}\n{ran.stdout}"
    return ran.stdout


def test_its_tests_are_green_as_generated(machine: AuthorsMachine) -> None:
    assert " passed" in _ran(machine, "python -m pytest -q -p no:cacheprovider", machine.folder / "ledgerport-acme")


def test_it_is_typed(machine: AuthorsMachine) -> None:
    said = _ran(machine, "python -m mypy --no-incremental", machine.folder / "ledgerport-acme")

    assert "Success: no issues found" in said


def test_the_hub_lists_it_beside_the_others(machine: AuthorsMachine) -> None:
    found = {row["provider"]: row for row in json.loads(_ran(machine, "ledgerport providers list --json"))}

    assert {"acme", "quickbooks", "xero", "freshbooks", "wave"} <= found.keys()
    assert (found["acme"]["label"], found["acme"]["state"]) == ("Acme Books", "installed")


def test_the_console_shows_it(machine: AuthorsMachine) -> None:
    (machine.folder / "console.py").write_text(_CONSOLE)

    page = _ran(machine, "python console.py")

    assert "Acme Books" in page
    assert "ledgerport-acme" in page


def test_the_demo_syncs_it_to_the_cent(machine: AuthorsMachine) -> None:
    said = _ran(machine, "ledgerport demo --provider acme --once --items 30 --invoices 20 --json report.json")

    assert 'Acme Books is connected to "Blue Heron Plumbing".' in said
    assert "0 differences, 0.00 apart" in said
