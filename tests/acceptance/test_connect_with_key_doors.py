"""An API key through each door: the console's page, REST, the command line, the demo's bookkeeper. Takes about 20 s."""

from __future__ import annotations

import fcntl
import io
import json
import logging
import os
import pty
import re
import select
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from tests.acceptance.browser.house import open_house
from tests.keyed_books import ACME, BLUE, OFFICE, Till, installed, till
from tests.web_stage import HUB, Browser, browser, signed_in, words
from typer.testing import CliRunner, Result

from ledgerport import logs
from ledgerport.cli.main import app
from ledgerport.demo.browser import Browser as DemoBrowser
from ledgerport.services.api_keys import create_key
from ledgerport.services.drain_connection import drain
from ledgerport.services.offer_connect import offer_connect
from ledgerport.services.show_connections import show_connection
from ledgerport.services.sync_connection import sync_connection

OF_BLUE, OF_ACME, OF_BOTH = "till-key-of-blue", "till-key-of-acme", "till-key-of-both"
AT = "/t/blue/integrations/till"


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Till]:
    with till(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def ann(books: Till) -> Iterator[Browser]:
    """An admin of the tenant, signed in."""
    with signed_in(books.hub, tenant="blue") as made:
        yield made


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that this process logs, the most talkative way."""
    root = logging.getLogger()
    before, level, told = list(root.handlers), root.level, io.StringIO()
    logs.set_up(level="DEBUG", stream=told)
    yield told
    root.handlers = before
    root.setLevel(level)


def company(books: Till) -> tuple[str, str]:
    """The connected company, and how it stands."""
    view = show_connection(books.hub, tenant_id=books.tenant_id, provider="till")
    return view.company_name, view.state


def lose(books: Till) -> None:
    """The key is withdrawn, and the hub learns of it."""
    books.sandbox.api_keys.end(OF_BLUE)
    books.save_customer("C-1", "Jon Doe")
    # Which also begins the first sync.
    sync_connection(books.hub, tenant_id=books.tenant_id, provider="till", requested_by="Ann")
    drain(books.hub, show_connection(books.hub, tenant_id=books.tenant_id, provider="till").id)
    assert company(books)[1] == "needs_reconnection"


# -- the console -------------------------------------------------------------------------------------------------------


def type_key(ann: Browser, key: str, field: str = OFFICE, *, status: int = 200) -> str:
    """Press Connect, fill in the form, send it; the page one ends up at."""
    form = ann.send(f"{AT}/connect")
    ticket = re.search(r'name="ticket" value="([^"]+)"', form)
    assert ticket, form
    answer = ann.http.post("/connect/till", data={"ticket": ticket[1], "key": key, "field": field})
    assert answer.status_code == status, answer.text
    return answer.text


def test_the_page_tells_where_the_key_is_and_hides_what_is_typed(ann: Browser) -> None:
    form = ann.send(f"{AT}/connect")

    told = words(form)
    assert "Connect Till Books" in told
    assert "You find the Till key under Settings, Access." in told
    assert 'href="https://till.example/settings/access"' in form
    assert re.search(r'<input id="f-key" name="key" type="password" value=""', form)
    assert "The first word of your Till address." in told


def test_a_bookkeeper_connects_and_goes_on_to_the_set_up(ann: Browser, books: Till) -> None:
    page = type_key(ann, OF_BLUE)

    assert 'Till Books is connected to "Blue Plumbing LLC".' in words(page)
    assert company(books) == ("Blue Plumbing LLC", "active")
    assert show_connection(books.hub, tenant_id=books.tenant_id, provider="till").first_sync_waits


def test_what_is_wrong_is_said_next_to_it_and_the_key_is_not_shown_back(ann: Browser) -> None:
    page = type_key(ann, "never-given-out", status=422)

    assert "Nothing was connected." in words(page)
    assert re.search(r'<p id="f-key-help" class="wrong-words">Till Books does not accept this Till key\.', page)
    assert "never-given-out" not in page
    assert f'name="field" type="text" value="{OFFICE}"' in page


def test_a_key_that_was_typed_into_the_other_box_is_not_shown_back_either(ann: Browser) -> None:
    for key in ("till_key_of_blue", "another"):
        page = type_key(ann, key, "till_key_of_blue", status=422)
        assert "till_key_of_blue" not in page
    page = type_key(ann, "wrong-twice", "wrong-twice", status=422)
    assert "wrong-twice" not in page


def test_a_bookkeeper_chooses_among_several_companies(ann: Browser, books: Till) -> None:
    page = type_key(ann, OF_BOTH)
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)
    assert ticket
    ann.send("/oauth/till/choose", ticket=ticket[1], company=ACME)

    assert company(books) == ("Acme Inc", "active")


def test_a_lost_key_is_replaced_by_reconnect_and_another_company_s_is_refused(ann: Browser, books: Till) -> None:
    type_key(ann, OF_BLUE)
    lose(books)
    assert "Reconnect Till Books" in words(ann.get("/t/blue/integrations"))
    assert 'go on with "Blue Plumbing LLC"' in words(ann.send(f"{AT}/connect"))

    refused = words(type_key(ann, OF_ACME, status=400))
    assert 'This Till key is for "Acme Inc", but this connection belongs to "Blue Plumbing LLC".' in refused
    assert "Try again" in refused

    again = type_key(ann, books.sandbox.api_keys.make([BLUE], field=OFFICE).value)
    assert 'Till Books is connected to "Blue Plumbing LLC" again.' in words(again)
    assert company(books) == ("Blue Plumbing LLC", "active")


def test_an_address_works_for_who_is_not_signed_in_and_only_while_its_ticket_does(books: Till) -> None:
    address = offer_connect(books.hub, tenant_id=books.tenant_id, provider="till", requested_by="host app")
    with browser(books.hub) as nobody:
        ticket = urlsplit(address).query.removeprefix("ticket=")
        forged = nobody.http.post("/connect/till", data={"ticket": ticket[:-1], "key": OF_BLUE, "field": OFFICE})
        assert (forged.status_code, "not one that we made" in forged.text) == (400, True)
        elsewhere = nobody.http.post(
            "/connect/till",
            data={"ticket": ticket, "key": OF_BLUE, "field": OFFICE},
            headers={"Origin": "https://evil.example"},
        )
        assert elsewhere.status_code == 403
        form = nobody.http.get(address.removeprefix(HUB))
        assert form.headers["cache-control"] == "no-store"
        page = nobody.http.post("/connect/till", data={"ticket": ticket, "key": OF_BLUE, "field": OFFICE})
    assert 'Till Books is connected to "Blue Plumbing LLC".' in words(page.text)


# -- REST --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def api(ann: Browser, books: Till) -> TestClient:
    """The host app, with a key of its own."""
    key = create_key(books.hub, tenant="blue", name="host app").key
    ann.http.headers["Authorization"] = f"Bearer {key}"
    return ann.http


def test_a_host_app_connects_with_a_key_once(api: TestClient, books: Till, log: io.StringIO) -> None:
    body, once = {"key": OF_BLUE, "field": OFFICE}, {"Idempotency-Key": "connect-1"}
    first = api.post("/v1/connections/till/key", json=body, headers=once)
    assert first.status_code == 200, first.text
    assert first.json()["company_name"] == "Blue Plumbing LLC"
    calls = books.sandbox.calls.report()["total"]

    again = api.post("/v1/connections/till/key", json=body, headers=once)

    assert again.headers["Idempotent-Replayed"] == "true"
    assert books.sandbox.calls.report()["total"] == calls
    assert OF_BLUE not in first.text + again.text + log.getvalue()
    assert company(books) == ("Blue Plumbing LLC", "active")


@pytest.mark.parametrize(
    ("body", "field", "detail"),
    [
        ({"key": "never-given-out", "field": OFFICE}, "key", "does not accept this Till key"),
        ({"key": OF_BLUE}, "field", "The Office is missing."),
        ({"key": OF_BOTH, "field": OFFICE}, "company_id", '"Acme Inc" (2)'),
        ({"key": [OF_BLUE], "field": OFFICE}, "key", "must be text"),
        ({"field": OFFICE}, "key", "is missing"),
    ],
)
def test_a_host_app_is_told_which_field_is_wrong(
    api: TestClient, log: io.StringIO, body: dict[str, object], field: str, detail: str
) -> None:
    answer = api.post("/v1/connections/till/key", json=body)

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert detail in answer.json()["detail"]
    for key in ("never-given-out", OF_BLUE, OF_BOTH):
        assert key not in answer.text + log.getvalue()


def test_a_key_is_not_for_who_may_only_read(ann: Browser, books: Till) -> None:
    key = create_key(books.hub, tenant="blue", name="reader", scopes=["read"]).key
    answer = ann.http.post(
        "/v1/connections/till/key",
        json={"key": OF_BLUE, "field": OFFICE},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status_code == 403
    assert books.sandbox.calls.report()["total"] == 0


# -- the command line --------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(books: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal on the hub's own home."""
    monkeypatch.chdir(books.home)
    monkeypatch.setenv("LEDGERPORT_HOME", str(books.home))
    monkeypatch.setenv("LEDGERPORT_PROVIDERS__TILL__ADDRESS", books.url)
    for name in ("LEDGERPORT_DATABASE_URL", "LEDGERPORT_REDIS_URL", "LEDGERPORT_CONNECT_KEY"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str, code: int = 0, given: str | None = None) -> Result:
    result = CliRunner().invoke(app, ["connect", "till", "--tenant", "blue", *arguments], input=given)
    assert result.exit_code == code, result.output
    return result


@pytest.mark.usefixtures("shell")
def test_a_terminal_reads_the_key_from_the_standard_input(books: Till) -> None:
    told = run("--field", OFFICE, given=f"{OF_BLUE}\n").output

    assert 'Till Books is connected to "Blue Plumbing LLC".' in told
    assert OF_BLUE not in told
    assert company(books) == ("Blue Plumbing LLC", "active")


@pytest.mark.usefixtures("shell")
def test_a_script_leaves_the_key_in_the_environment(books: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGERPORT_CONNECT_KEY", OF_BOTH)
    assert '"Acme Inc" (2)' in run("--field", OFFICE, code=2).output

    told = json.loads(run("--field", OFFICE, "--company", ACME, "--json").stdout)

    assert (told["company_name"], told["new"]) == ("Acme Inc", True)
    assert company(books) == ("Acme Inc", "active")


@pytest.mark.usefixtures("shell")
def test_a_terminal_says_what_is_wrong_without_the_key() -> None:
    assert "The Till key is missing. You find the Till key under Settings" in run("--field", OFFICE, code=2).output
    told = run("--field", OFFICE, code=2, given="never-given-out\n").output
    assert "Till Books does not accept this Till key." in told
    assert "never-given-out" not in told


@pytest.mark.usefixtures("shell")
def test_a_terminal_gives_the_page_s_address_to_whom_has_no_key_at_hand() -> None:
    assert re.search(r"/connect/till\?ticket=\S+", run("--page").output)


@pytest.mark.usefixtures("shell")
def test_a_person_at_a_terminal_is_asked_without_echo(books: Till) -> None:
    ours, theirs = pty.openpty()
    path = os.pathsep.join([str(books.home), *(entry for entry in sys.path if entry)])
    command = [
        sys.executable,
        "-c",
        "from ledgerport.cli.main import app; app()",
        "connect",
        "till",
        "--tenant",
        "blue",
    ]
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": path},
        # A terminal of its own, which the question for the key looks for.
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no thread of ours runs in the child
    ) as person:
        os.close(theirs)
        shown = _read_until(ours, "Office: ")
        os.write(ours, f"{OFFICE}\n".encode())
        shown += _read_until(ours, "Till key: ")
        os.write(ours, f"{OF_BLUE}\n".encode())
        shown += _read_until(ours, '"Blue Plumbing LLC"')
        assert person.wait(timeout=30) == 0
    os.close(ours)

    assert "You find the Till key under Settings, Access." in shown
    assert OF_BLUE not in shown
    assert company(books) == ("Blue Plumbing LLC", "active")


def _read_until(terminal: int, words: str) -> str:
    """What the terminal shows up to some words; fails after half a minute without news."""
    shown = ""
    while words not in shown:
        ready, _, _ = select.select([terminal], [], [], 30)
        assert ready, f"no {words!r} after {shown!r}"
        shown += os.read(terminal, 4096).decode()
    return shown


# -- the demo ----------------------------------------------------------------------------------------------------------


def test_the_demo_s_bookkeeper_types_the_sandbox_s_key(tmp_path: Path) -> None:
    with installed(tmp_path), open_house(tmp_path, "till") as house:
        typed = house.running.sandboxes["till"].api_key()
        address = offer_connect(house.hub, tenant_id=house.tenant_id, provider="till", requested_by="demo")
        with DemoBrowser() as person:
            last = person.consent(address, typed)
        state = house.connection("till").state

    assert typed == {"key": OF_BLUE, "field": OFFICE}
    assert 'Till Books is connected to "Blue Plumbing LLC".' in last
    assert state == "active"
