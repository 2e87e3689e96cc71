"""The demo's report over several providers: every tenant is named, and none may have taken other records."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

from rich.console import Console

from ledgerport.contract import Kind
from ledgerport.demo.floor import Floor
from ledgerport.demo.outcome import Load, Outcome, Pace, Synced
from ledgerport.demo.records import DemoData, LeftOut
from ledgerport.demo.report import BooksReport, Counted, Money, Rounded
from ledgerport.demo.show import show

BEGAN = datetime(2026, 10, 1, 9, tzinfo=UTC)


def books(provider: str, *, rounded: tuple[Rounded, ...] = ()) -> BooksReport:
    money = Money(here=Decimal("90.00"), there=Decimal("90.00"))
    return BooksReport(
        provider=provider,
        label=provider.capitalize(),
        company="Blue Heron Plumbing",
        currency="USD",
        counts={kind: Counted(here=1, there=1, before=0) for kind in Kind},
        money=dict.fromkeys(("invoiced", "paid", "open", "estimated"), money),
        rounded=rounded,
    )


def synced(provider: str, *, accepted: int = 5, computed: float = 1.0, report: BooksReport | None = None) -> Synced:
    return Synced(
        tenant=f"demo-{provider}",
        load=Load(lines=5, accepted=accepted, rejected_count=5 - accepted),
        books=report or books(provider),
        pace=Pace(
            began=BEGAN,
            ended=BEGAN + timedelta(minutes=3),
            floor=Floor(span=timedelta(minutes=2), limit=None, calls={"request": 90}),
            computed=computed,
            refused_calls=0,
            calls=91,
        ),
        run={"state": "finished"},
    )


def outcome(*providers: Synced) -> Outcome:
    return Outcome(
        source="made up",
        data=DemoData(records=iter(()), left_out=LeftOut(), rules=()),
        rate=60.0,
        load_seconds=1.0,
        total_seconds=2.0,
        peak_megabytes=100.0,
        providers=providers,
    )


def printed(report: Outcome) -> str:
    out = StringIO()
    show(Console(file=out, width=200), report)
    return out.getvalue()


def test_all_providers_together_are_summed_up_with_their_tenants_and_verdicts() -> None:
    words = printed(outcome(synced("wave"), synced("xero")))

    assert words[words.index("All providers") :].splitlines()[:3] == [
        "All providers",
        "✓ Wave  0 differences, 0.00 apart  3 min 0 s (2 min 0 s at best)  (tenant demo-wave)",
        "✓ Xero  0 differences, 0.00 apart  3 min 0 s (2 min 0 s at best)  (tenant demo-xero)",
    ]


def test_one_provider_alone_needs_no_summary() -> None:
    assert "All providers" not in printed(outcome(synced("wave")))


def test_what_the_machine_computed_is_told_once_for_all() -> None:
    words = printed(outcome(synced("wave", computed=2.0), synced("xero", computed=7.5)))

    assert words.count("This machine") == 1
    assert "computed for 7.5 s" in words


def test_the_report_says_so_when_a_tenant_took_other_records_than_the_first() -> None:
    report = outcome(synced("wave"), synced("xero", accepted=4))

    assert not report.agrees
    assert "demo-xero took 4 of 5: not what the others took" in printed(report)


def test_the_json_has_each_provider_with_its_tenant_and_load() -> None:
    written = outcome(synced("wave"), synced("xero")).as_json()

    assert written["agrees"] is True
    assert {slug: (one["tenant"], one["load"]["accepted"]) for slug, one in written["providers"].items()} == {
        "wave": ("demo-wave", 5),
        "xero": ("demo-xero", 5),
    }


def test_documents_that_differ_by_rounding_are_named_below_the_sums_and_the_verdict_stays() -> None:
    off = Rounded(kind=Kind.INVOICE, record="Invoice 1", sentence="Invoice 1: 90.01 there.", variance=Decimal("0.01"))
    rounded = books("wave", rounded=(off,))
    money = {**rounded.money, "invoiced": Money(here=Decimal(90), there=Decimal("90.01"), variance=Decimal("0.01"))}

    words = printed(outcome(synced("wave", report=replace(rounded, money=money))))

    assert "1 document differs by tax rounding, 0.01 in all, kept and shown:\n  Invoice 1: 90.01 there." in words
    assert "tax rounding" in words[: words.index("Customers")]
    assert "+0.01" in words
    assert "✓ 0 differences, 0.00 apart" in words
