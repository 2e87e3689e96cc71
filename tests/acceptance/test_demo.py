"""`ledgerport demo` as a person runs it: a process of its own, judged by its report, its words and its exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

COMMAND = [sys.executable, "-P", "-c", "from ledgerport.cli.main import app; app(prog_name='ledgerport')", "demo"]
SECONDS = 120


@dataclass(frozen=True)
class Ended:
    """A demo that has ended: exit code, what it printed, the report it wrote."""

    code: int
    output: str
    report: dict[str, Any]
    folder: Path


def environment(folder: Path) -> dict[str, str]:
    """A machine of somebody who has set up nothing, and whose settings would be wrong for a demo."""
    return {
        **os.environ,
        "HOME": str(folder),
        "COLUMNS": "200",
        "LEDGERPORT_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "LEDGERPORT_PUBLIC_URL": "https://elsewhere.example",
    }


def play(folder: Path, *options: str) -> Ended:
    report = folder / "report.json"
    done = subprocess.run(
        [*COMMAND, "--once", "--json", str(report), *options],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
    )
    return Ended(
        code=done.returncode,
        output=done.stdout,
        report=json.loads(report.read_text()) if report.exists() else {},
        folder=folder,
    )


def lines(*records: dict[str, Any] | str) -> str:
    return "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in records)


CUSTOMER = {"kind": "customer", "ref": "C-1", "name": "Doe Plumbing"}
ITEM = {"kind": "item", "ref": "P-1", "name": "TKO-\t813PB-1500B", "type": "product", "price": "12.50"}


def invoice(ref: str, number: str, **more: Any) -> dict[str, Any]:
    line = {"item": "P-1", "quantity": "2", "unit_price": "12.50"}
    return {
        "kind": "invoice", "ref": ref, "number": number, "customer": "C-1", "issued_on": "2026-05-04", "lines": [line],
        **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    folder = tmp_path_factory.mktemp("demo")
    own = folder / ".ledgerport" / "ledgerport.db"
    own.parent.mkdir()
    own.write_text("the user's own data")
    return play(folder, "--items", "60", "--invoices", "20")


def books(ended: Ended) -> dict[str, Any]:
    found: dict[str, Any] = ended.report["providers"]["quickbooks"]["books"]
    return found


def test_the_demo_ends_well_with_not_a_difference_and_not_a_cent_apart(small: Ended) -> None:
    assert small.code == 0, small.output
    assert books(small)["verdict"] == "0 differences, 0.00 apart"
    assert "0 differences, 0.00 apart" in small.output


def test_every_record_that_was_loaded_is_in_the_books(small: Ended) -> None:
    counts = books(small)["counts"]

    assert {kind: (counted["here"], counted["there"]) for kind, counted in counts.items() if kind != "payments"} == {
        "customers": (240, 240),
        "items": (60, 60),
        "invoices": (20, 20),
        "estimates": (1, 1),
    }
    assert counts["payments"]["here"] == counts["payments"]["there"] > 0


def test_the_sums_of_money_are_the_same_and_not_zero(small: Ended) -> None:
    money = books(small)["money"]

    assert all(sums["here"] == sums["there"] for sums in money.values())
    assert float(money["invoiced"]["there"]) > float(money["paid"]["there"]) > 0


def test_no_call_was_refused_as_over_a_limit(small: Ended) -> None:
    pace = small.report["providers"]["quickbooks"]["pace"]

    assert pace["calls"] > 0
    assert pace["refused_calls"] == 0


def test_the_report_states_duration_floor_and_ratio(small: Ended) -> None:
    pace = small.report["providers"]["quickbooks"]["pace"]

    assert pace["simulated_seconds"] > 0
    assert pace["floor_seconds"] > 0
    assert pace["ratio"] == pytest.approx(pace["simulated_seconds"] / pace["floor_seconds"], rel=0.01)


def test_the_demo_leaves_the_users_own_data_alone(small: Ended) -> None:
    assert (small.folder / ".ledgerport" / "ledgerport.db").read_text() == "the user's own data"


def test_bad_rows_are_named_with_line_field_and_reason_and_the_rest_arrives(tmp_path: Path) -> None:
    data = tmp_path / "records.ndjson"
    data.write_text(
        lines(
            CUSTOMER,
            {**ITEM, "ref": "P-2", "price": "cheap"},
            ITEM,
            "{not json",
            invoice("I-1", "INV-1"),
            invoice("I-2", "INV-2", customer="C-404"),
        )
    )

    ended = play(tmp_path, "--data", str(data))

    told = ended.report["data"]
    assert (told["accepted"], told["rejected_count"]) == (3, 3), ended.output
    assert [(row["line"], row["field"]) for row in told["rejected"]] == [(2, "price"), (4, ""), (6, "customer")]
    assert all(row["reason"] for row in told["rejected"])
    assert "Line 2, field price: " in ended.output
    assert (ended.code, books(ended)["verdict"]) == (0, "0 differences, 0.00 apart")


def test_an_invoice_that_does_not_arrive_is_named_and_the_exit_code_says_so(tmp_path: Path) -> None:
    data = tmp_path / "records.ndjson"
    data.write_text(lines(CUSTOMER, ITEM, invoice("I-1", "INV-1"), invoice("I-2", "INV-1")))

    ended = play(tmp_path, "--data", str(data))

    assert ended.code == 1, ended.output
    assert books(ended)["apart"] == "25.00"
    assert [(one["what"], one["kind"]) for one in books(ended)["differences"]] == [("missing there", "invoice")]


def test_two_demos_in_one_folder_do_not_empty_each_others_home(tmp_path: Path) -> None:
    with serving(tmp_path):
        second = play(tmp_path, "--items", "5", "--invoices", "1")

    assert second.code == 2
    assert "A demo is running" in second.output


def test_without_once_the_demo_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, printed):
        address, key = re.findall(r"(http://\S+/v1) ", printed)[0], re.findall(r"Tenant key +(\S+)", printed)[0]
        answer = httpx.get(f"{address}/connections/quickbooks", headers={"Authorization": f"Bearer {key}"}, timeout=10)

        assert answer.json()["state"] == "active"

        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A demo that has printed its report and serves; ended at the end."""
    process = subprocess.Popen(
        [*COMMAND, "--items", "5", "--invoices", "1"],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    printed: list[str] = []
    try:
        for line in process.stdout:
            printed.append(line)
            if "Ctrl-C ends" in line:
                break
        assert "Ctrl-C ends" in printed[-1], "".join(printed)
        yield process, "".join(printed)
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()
