"""`ledgerport plugin doctor` and `dry-run` as people meet them: on the screen, as JSON, and where they cannot be."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stage import CLIENT, Sandbox, connect, hub_for, load, make_tenant, map_defaults, settings_for
from typer.testing import CliRunner, Result

from ledgerport.cli.main import app
from ledgerport_sandbox import Running
from ledgerport_sandbox import load as load_sandbox

ITEM = {"kind": "item", "ref": "I-1", "name": "Drain snake", "type": "service", "price": "105.10"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """An embedded hub whose tenant `blue` has an item and is connected, and the address of its sandbox."""
    folder: Path = tmp_path_factory.mktemp("dry")
    with Running(load_sandbox("quickbooks")) as running:
        with hub_for(settings_for(folder / "home", running.url)) as hub:
            tenant_id = make_tenant(hub)
            map_defaults(hub, tenant_id, connect(hub, Sandbox(running.url), tenant_id))
            load(hub, tenant_id, [ITEM])
        yield folder, running.url


@pytest.fixture(autouse=True)
def settings(home: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, address = home
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LEDGERPORT_HOME", str(folder / "home"))
    for name in ("LEDGERPORT_DATABASE_URL", "LEDGERPORT_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    ours = {"CLIENT_ID": CLIENT[0], "CLIENT_SECRET": CLIENT[1], "ADDRESS": address}
    for name, value in ours.items():
        monkeypatch.setenv(f"LEDGERPORT_PROVIDERS__QUICKBOOKS__{name}", value)


def dry(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["plugin", "dry-run", "quickbooks", "--tenant", "blue", *arguments])
    assert result.exit_code == code, result.output
    return result


def test_the_screen_shows_method_address_headers_and_body_of_each_request() -> None:
    shown = dry("--kind", "item", "I-1").stdout
    assert shown.startswith("Item I-1 for ")
    assert "Nothing was sent." in shown
    assert "  POST http://127.0.0.1" in shown
    assert "  content-type: application/json" in shown
    assert '    "UnitPrice": 105.1' in shown
    assert "Not sent: a dry run ends with the first write." in shown
    assert "authorization" not in shown.lower()


def test_json_has_the_body_as_it_would_leave() -> None:
    run = json.loads(dry("--kind", "item", "I-1", "--json").stdout)
    request = run["parts"][0]["steps"][-1]["requests"][-1]
    assert (request["method"], request["read"], request["status"]) == ("POST", False, None)
    assert json.loads(request["body"])["Name"] == "Drain snake"
    assert int(request["headers"]["content-length"]) == len(request["body"].encode())


def test_what_cannot_be_shown_says_why_in_one_sentence_and_fails() -> None:
    assert "There is no invoice INV-1." in dry("--kind", "invoice", "INV-1", code=2).output
    told = CliRunner().invoke(app, ["plugin", "dry-run", "acme", "--tenant", "blue", "--kind", "item", "I-1"])
    assert told.exit_code == 2
    assert "There is no provider named 'acme'" in told.output


def doctor(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["plugin", "doctor", *arguments])
    assert result.exit_code == code, result.output
    return result


def test_the_doctor_sums_up_on_the_screen_and_writes_a_bundle(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.zip"
    shown = doctor("quickbooks", "--to", str(bundle)).stdout
    assert shown.startswith("quickbooks: ledgerport-quickbooks ")
    assert "LEDGERPORT_PROVIDERS__QUICKBOOKS__... CLIENT_ID set, CLIENT_SECRET set, WEBHOOK_SECRET not set" in shown
    assert "Connections: 1 active" in shown
    assert CLIENT[1] not in shown
    with zipfile.ZipFile(bundle) as opened:
        assert set(opened.namelist()) == {
            "README.txt",
            *(f"{name}.json" for name in ("attempts", "breaker", "conformance", "connections")),
            *(f"{name}.json" for name in ("hooks", "plugin", "settings", "terms")),
        }
        assert json.loads(opened.read("terms.json"))["slug"] == "quickbooks"
    assert "is there already" in doctor("quickbooks", "--to", str(bundle), code=2).output


def test_without_a_place_the_bundle_goes_into_this_folder_and_json_writes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert json.loads(doctor("quickbooks", "--json").stdout)["sections"]["hooks"]["push_item"] == "offered"
    assert list(tmp_path.iterdir()) == []
    doctor("quickbooks")
    (bundle,) = tmp_path.iterdir()
    assert bundle.match("ledgerport-quickbooks-*Z.zip")


def test_the_doctor_names_the_plugins_there_are_when_it_does_not_know_one() -> None:
    assert "There is no plugin 'acme'" in doctor("acme", code=2).output
