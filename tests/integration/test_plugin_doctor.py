"""What a plugin's doctor finds, and what its bundle never holds: a secret, a name, an address, a record."""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from pydantic import AnyHttpUrl, SecretStr
from sqlalchemy import LargeBinary, select
from tests.integration.small_hub import TERMS, Plugin, connected, small_hub
from tests.stage import PROVIDERS, Sandbox, connect, drain_dry, hub_for, load, make_tenant, map_defaults, terms_of

from ledgerport.conformance import CheckResult, Outcome, Result, write_result
from ledgerport.contract import Broken, ScaledClock
from ledgerport.db.models import Attempt, Base, Connection, ConnectionState, Grant, Task
from ledgerport.host import Host, Provider, find_plugins
from ledgerport.plugin_files import PluginFiles
from ledgerport.services.api_keys import create_key
from ledgerport.services.context import Hub, MailServer
from ledgerport.services.doctor_bundle import write_bundle
from ledgerport.services.grant_secrets import open_grant
from ledgerport.services.plugin_doctor import diagnose
from ledgerport.services.rejections import BadChoice, NotFound
from ledgerport.services.users import create_user
from ledgerport.settings import ProviderSettings, Settings
from ledgerport_sandbox import Running
from ledgerport_sandbox import load as load_sandbox

MORNING = datetime(2026, 10, 1, 9, tzinfo=UTC)
EMAIL = re.compile(r"[^\s@\"'<>,;:]+@[^\s@\"'<>,;:]+\.[a-z]+", re.IGNORECASE)
# Whatever a column of such a name holds is secret, or could be tried against one.
SECRET_COLUMN = re.compile(r"digest|hash|secret|cipher|verifier|password")
# Who and what is meant, in tables that a bundle tells of by number alone.
PERSONAL = {
    "tenants": ("slug", "name"),
    "connections": ("uid", "company_id", "company_name"),
    "customers": ("ref", "name", "email", "phone", "company_name"),
    "items": ("ref", "name"),
    "invoices": ("ref", "number", "memo"),
    "links": ("remote_id",),
    "tasks": ("reason",),
    "attempts": ("reason", "detail"),
    "notices": ("text",),
    "users": ("name", "email"),
}
RECORDS: list[dict[str, Any]] = [
    {
        "kind": "customer",
        "ref": "CUSTOMER-001",
        "name": "Jonathan Doe",
        "email": "jonathan.doe@example.com",
        "phone": "555-010-7788",
    },
    {"kind": "item", "ref": "ITEM-00001", "name": "Drain snake 25 ft", "type": "service", "price": "105.10"},
    {
        "kind": "invoice",
        "ref": "INVOICE-0047",
        "number": "INVOICE-0047",
        "customer": "CUSTOMER-001",
        "issued_on": "2026-09-30",
        "status": "SENT",
        "memo": "Second floor, ask for Jonathan",
        "lines": [{"item": "ITEM-00001", "quantity": "1", "unit_price": "105.10"}],
    },
]


@dataclass
class House:
    """A hub with all four providers connected and at work, and what only it may know."""

    hub: Hub
    tenant_id: int
    connections: dict[str, int]
    secrets: set[str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home: Path = tmp_path_factory.mktemp("house")
    with ExitStack() as stack:
        # At the machine's own pace: on a faster clock a busy machine would now and then answer too late.
        clock = ScaledClock(rate=1, at=MORNING)
        sandboxes, apps = [], {}
        for provider in PROVIDERS:
            running = stack.enter_context(Running(load_sandbox(provider)))
            sandbox = Sandbox(running.url, provider)
            sandbox.control("clock", {"rate": clock.rate, "at": clock.at.timestamp(), "since": clock.since})
            sandboxes.append(sandbox)
            apps[provider] = ProviderSettings(
                client_id="sandbox-client",
                client_secret=SecretStr("sandbox-secret"),
                webhook_secret=SecretStr(f"webhook-secret-of-{provider}"),
                address=AnyHttpUrl(running.url),
            )
        settings = Settings(_env_file=None, home=home, providers=apps)
        built = stack.enter_context(hub_for(settings, clock))
        mail = MailServer(
            host="mail.example.com",
            port=587,
            security="starttls",
            sender="books@example.com",
            username="books-mailer",
            password=SecretStr("mail-password-77"),
        )
        hub = replace(built, mail=mail)
        tenant_id = make_tenant(hub, "blue-plumbing")
        connections = {}
        for sandbox in sandboxes:
            connections[sandbox.provider] = connect(hub, sandbox, tenant_id)
            map_defaults(hub, tenant_id, connections[sandbox.provider])
        load(hub, tenant_id, RECORDS)
        for connection_id in connections.values():
            drain_dry(hub, connection_id)
        create_user(hub, email="Ada.Lane@blue-plumbing.example", name="Ada Lane", role="admin", tenant="blue-plumbing")
        key = create_key(hub, tenant="blue-plumbing", name="host app", scopes=["read"])
        make_trouble(hub, tenant_id, connections)
        ours = {"sandbox-client", "sandbox-secret", "mail-password-77", "books-mailer", key.key}
        ours |= {f"webhook-secret-of-{provider}" for provider in PROVIDERS}
        ours |= {hub.session_secret.get_secret_value(), (home / "vault.key").read_text().strip()}
        yield House(hub, tenant_id, connections, ours)


def make_trouble(hub: Hub, tenant_id: int, connections: dict[str, int]) -> None:
    """A lost sign-in, and a plugin that puts personal data wherever it can put words."""
    now = hub.clock.now()
    with hub.database.tenant(tenant_id) as session:
        lost = session.get_one(Connection, connections["xero"])
        lost.state, lost.reason = ConnectionState.NEEDS_RECONNECTION, 'Xero no longer accepts "Blue Plumbing LLC".'
        for connection_id in connections.values():
            task = Task(
                connection_id=connection_id,
                kind="customer",
                record_id=990,
                op="push",
                state="failed",
                rank=1,
                priority=50,
                due_at=now,
                reason_code="mail taken by eve@example.org",
                reason='Customer "Evelyn Roe" (eve@example.org) was refused.',
                created_at=now,
                updated_at=now,
            )
            attempt = Attempt(
                connection_id=connection_id,
                kind="customer",
                record_id=990,
                op="push",
                verdict="failed",
                reason='Customer "Evelyn Roe" was refused.',
                detail="eve@example.org is in use; Bearer abcdefghijklmnop",
                trace_id="for eve@example.org",
                at=now,
            )
            session.add_all([task, attempt])


def secrets_of(house: House) -> set[str]:
    """Every secret there is: of the settings, and of the database, opened."""
    found = set(house.secrets)
    with house.hub.database.everything(read=True) as session:
        for row in session.scalars(select(Grant)):
            grant = open_grant(house.hub.vault, row)
            for token in (grant.access_token, grant.refresh_token):
                found |= {token.get_secret_value()} if token is not None else set()
        for table in Base.metadata.sorted_tables:
            columns = [column for column in table.c if SECRET_COLUMN.search(column.name)]
            for values in session.execute(select(*columns)) if columns else ():
                found |= {each.hex() if isinstance(each, bytes) else each for each in values if each}
    return found


def emails_of(house: House) -> set[str]:
    found: set[str] = set()
    with house.hub.database.everything(read=True) as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(*(c for c in table.c if not isinstance(c.type, LargeBinary)))):
                found |= set(EMAIL.findall(json.dumps(list(row), default=str)))
    return found


def personal_of(house: House) -> set[str]:
    """Names, refs, ids over there and sentences about them; what is shorter could stand anywhere by chance."""
    found: set[str] = set()
    with house.hub.database.everything(read=True) as session:
        for name, columns in PERSONAL.items():
            table = Base.metadata.tables[name]
            for row in session.execute(select(*(table.c[column] for column in columns))):
                found |= {each for each in row if each and len(each) > 4}
    return found


def files_of(bundle: Path) -> dict[str, str]:
    with zipfile.ZipFile(bundle) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


def held_by(text: str, wanted: Iterable[str]) -> set[str]:
    return {each for each in wanted if each.casefold() in text.casefold()}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_bundle_holds_no_secret_no_e_mail_and_no_name_of_the_database(
    house: House, tmp_path: Path, provider: str
) -> None:
    secrets, emails, personal = secrets_of(house), emails_of(house), personal_of(house)
    # The search would find something if it were there.
    assert {"sandbox-secret", "mail-password-77"} < secrets
    assert len(secrets) > 4 * 2 + 8
    assert {"jonathan.doe@example.com", "eve@example.org", "Ada.Lane@blue-plumbing.example"} <= emails
    assert {"Jonathan Doe", "blue-plumbing", "INVOICE-0047"} <= personal
    bundle = tmp_path / "doctor.zip"
    write_bundle(diagnose(house.hub, provider=provider), bundle)
    for name, text in files_of(bundle).items():
        assert held_by(text, secrets) == set(), name
        assert held_by(text, emails) == set(), name
        assert EMAIL.findall(text) == [], name
        assert held_by(text, personal) == set(), name


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_bundle_tells_versions_terms_hooks_settings_connections_and_attempts(house: House, provider: str) -> None:
    told = diagnose(house.hub, provider=provider).sections
    terms = terms_of(provider)
    assert told["plugin"]["state"] == "installed"
    assert told["plugin"]["distribution"].startswith(f"ledgerport-{provider} ")
    assert told["plugin"]["versions"]["ledgerport"]
    assert told["terms"]["api_url"] == terms.api_url
    assert told["terms"]["limits"][0]["count"] == terms.limits[0].count
    assert told["hooks"]["push_payment"] == "offered"
    assert set(told["hooks"].values()) == {"offered", "not offered"}
    name = f"LEDGERPORT_PROVIDERS__{provider.upper()}__"
    assert told["settings"]["app"][f"{name}CLIENT_SECRET"] == "set"
    assert told["settings"]["app"][f"{name}API_ADDRESS"] == "not set"
    assert sum(told["connections"]["by_state"].values()) == 1
    assert told["connections"]["rows"][0]["sign_in"] == "good"
    assert told["attempts"]["by_verdict"]["created"] == len(RECORDS)
    assert told["attempts"]["rows"][0]["verdict"] == "failed"
    assert told["breaker"] == {"resting": []}


def test_what_is_wrong_is_said_with_what_to_do(house: House) -> None:
    findings = diagnose(house.hub, provider="xero").findings
    assert "1 connection needs a person to sign in again." in findings
    assert "1 record failed: see attempts.json." in findings
    assert "1 connection needs" not in " ".join(diagnose(house.hub, provider="wave").findings)


def test_a_plugin_in_quarantine_is_told_with_its_reason_and_without_what_it_let_slip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "no key: api_key=sk-live-abcdef123456 for jane.roe@example.com"
    (tmp_path / "doctor_acme.py").write_text(f"raise RuntimeError({words!r})\n")
    monkeypatch.syspath_prepend(tmp_path)
    with small_hub(tmp_path / "home") as hub:
        host = find_plugins(found=[EntryPoint("acme", "doctor_acme", "ledgerport.providers")])
        told = diagnose(replace(hub, host=host), provider="acme")
    sys.modules.pop("doctor_acme", None)
    assert told.sections["plugin"]["state"] == "quarantined"
    assert told.sections["plugin"]["reason"] == "RuntimeError: no key: api_key=[redacted] for [e-mail]"
    assert told.findings[0].startswith("It is in quarantine: RuntimeError: no key")
    assert "It is not graded. It is not installed as a distribution, so nobody can tell which code it is." in (
        told.findings
    )
    assert "terms" not in told.sections


def test_a_plugin_that_is_missed_and_one_that_nobody_knows_are_told_apart(tmp_path: Path) -> None:
    with small_hub(tmp_path) as hub:
        connected(hub, provider="sage")
        told = diagnose(hub, provider="sage")
        assert told.sections["plugin"]["state"] == "missing"
        assert told.findings[0].startswith("Nothing is installed for 1 connection")
        with pytest.raises(NotFound, match="There is no plugin 'nobody'"):
            diagnose(hub, provider="nobody")


def test_a_plugin_that_rests_is_told_without_whose_calls_failed(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path, plugins_allow=["wave"])
    # A worker met it, another process looks.
    with hub_for(settings) as worker, hub_for(settings) as hub:
        for _ in range(5):
            with pytest.raises(Broken):
                worker.host.for_provider("wave").ask("pull_accounts", account=None)
        told = diagnose(hub, provider="wave")
    (rest,) = told.sections["breaker"]["resting"]
    assert (rest["failures"], rest["why"], rest["companies"]) == (5, "pull_accounts: AttributeError", 1)
    assert any(each.startswith("It failed 5 times in a row, so it rests until ") for each in told.findings)


def test_of_the_suite_s_result_what_did_not_pass_is_told(tmp_path: Path) -> None:
    files = PluginFiles(distribution="tests", version="1", sha256="ab" * 32, package=tmp_path, sources=None)
    cut = CheckResult(
        name="payment.cut_after", group="unknown outcome", outcome=Outcome.FAILED, money=True, reason="Paid twice."
    )
    basic = CheckResult(name="terms.valid", group="terms", outcome=Outcome.PASSED)
    result = Result(
        provider="acme", distribution="tests", version="1", contract=1, sha256="ab" * 32, checks=(basic, cut)
    )
    (tmp_path / "conformance.json").write_text(write_result(result))
    with small_hub(tmp_path / "home") as small:
        host = Host([Provider(TERMS, Plugin(), "tests", 5.0, files=files)])
        told = diagnose(replace(small, host=host), provider="acme")
    conformance = told.sections["conformance"]
    assert (conformance["grade"]["passed"], conformance["grade"]["safe_for_money"]) == (1, False)
    assert [check["name"] for check in conformance["not_passed"]] == ["payment.cut_after"]
    assert any(finding.startswith("It is not safe for money. ") for finding in told.findings)


def test_a_bundle_is_a_folder_too_and_never_takes_the_place_of_anything(house: House, tmp_path: Path) -> None:
    diagnosis = diagnose(house.hub, provider="wave")
    folder, bundle = tmp_path / "bundle", tmp_path / "bundle.zip"
    names = write_bundle(diagnosis, folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    assert json.loads((folder / "hooks.json").read_text()) == diagnosis.sections["hooks"]
    bundle.write_text("mine")
    for taken in (folder, bundle):
        with pytest.raises(BadChoice, match="is there already"):
            write_bundle(diagnosis, taken)
    assert bundle.read_text() == "mine"
