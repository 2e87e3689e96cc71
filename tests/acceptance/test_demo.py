"""`ledgerport demo` as a person runs it: a process of its own, judged by its report, its words and its exit code."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.acceptance.demo_process import COMMAND, Ended, environment, play

# Where one provider says it all.
QUICKBOOKS = ("--provider", "quickbooks")


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
    return play(folder, *QUICKBOOKS, "--items", "60", "--invoices", "20")


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

    ended = play(tmp_path, *QUICKBOOKS, "--data", str(data))

    told = ended.report["data"]
    assert (told["accepted"], told["rejected_count"]) == (3, 3), ended.output
    assert [(row["line"], row["field"]) for row in told["rejected"]] == [(2, "price"), (4, ""), (6, "customer")]
    assert all(row["reason"] for row in told["rejected"])
    assert "Line 2, field price: " in ended.output
    assert (ended.code, books(ended)["verdict"]) == (0, "0 differences, 0.00 apart")


def test_an_invoice_that_does_not_arrive_is_named_and_the_exit_code_says_so(tmp_path: Path) -> None:
    data = tmp_path / "records.ndjson"
    data.write_text(lines(CUSTOMER, ITEM, invoice("I-1", "INV-1"), invoice("I-2", "INV-1")))

    ended = play(tmp_path, *QUICKBOOKS, "--data", str(data))

    assert ended.code == 1, ended.output
    assert books(ended)["apart"] == "25.00"
    assert [(one["what"], one["kind"]) for one in books(ended)["differences"]] == [("missing there", "invoice")]


def test_two_demos_in_one_folder_do_not_empty_each_others_home(tmp_path: Path) -> None:
    with serving(tmp_path):
        second = play(tmp_path, *QUICKBOOKS, "--items", "5", "--invoices", "1")

    assert second.code == 2
    assert "A demo is running" in second.output


def test_without_once_the_demo_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, printed):
        address, key = re.findall(r"(http://\S+/v1) ", printed)[0], re.findall(r"Tenant key +(\S+)", printed)[0]
        answer = httpx.get(f"{address}/connections/quickbooks", headers={"Authorization": f"Bearer {key}"}, timeout=10)

        assert answer.json()["state"] == "active"

        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_the_printed_link_opens_the_console_once_and_only_without_once_is_one_printed(
    tmp_path: Path, small: Ended
) -> None:
    with serving(tmp_path) as (_, printed), httpx.Client(timeout=10, follow_redirects=True) as http:
        link = re.findall(r"Open (http://127\.0\.0\.1:\d+/sign-in/\S+) in a browser", printed)[0]
        inside, again = http.post(link), http.post(link)

        assert (inside.status_code, inside.url.path) == (200, "/operator")
        assert again.status_code == 401
        assert "used already" in again.text
    assert "/sign-in/" not in small.output


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A demo that has printed its report and serves; ended at the end."""
    process = subprocess.Popen(
        [*COMMAND, *QUICKBOOKS, "--items", "5", "--invoices", "1"],
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


def test_with_the_memory_on_ten_questions_are_answered_from_the_right_lines(tmp_path: Path) -> None:
    """Had a citation or a figure not been the records', the demo would have failed."""
    ended = play(tmp_path, *QUICKBOOKS, "--items", "40", "--invoices", "60", RAG_BILLING_EMBED_ENABLED="true")

    assert ended.code == 0, ended.output
    assert len(ended.report["memory"]) == 10
    assert all(told["citations"] >= 1 for told in ended.report["memory"])
    assert re.search(r"10 questions answered; \d+ citations and all figures agree with the records\.", ended.output)
    assert "lexical: made from words, with no language model" in ended.output


def test_without_the_switch_a_demo_knows_nothing_of_past_prices(small: Ended) -> None:
    assert "memory" not in small.report
    assert "Past prices" not in small.output and "remembered" not in small.output
    assert not (small.folder / ".ledgerport" / "demo" / "memory").exists()
