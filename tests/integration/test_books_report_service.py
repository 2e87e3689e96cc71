"""The books report over a real hub: what we know, what the provider's own lists add, and the page that shows it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from tests.factories import (
    HandClock,
    link,
    make_connection,
    make_hub,
    make_tenant,
    messages,
    save,
    set_tasks,
    sqlite_url,
    terms,
)
from tests.web_stage import signed_in, words

from ledgerport.contract import (
    Account,
    ContractError,
    Customer,
    Grant,
    Kind,
    Page,
    PulledCustomer,
    PulledPayment,
    Refused,
    Remote,
    TryLater,
    hookimpl,
)
from ledgerport.db.models import Allocation, Comparison, Connection, ConnectionState, Invoice
from ledgerport.db.models import Customer as StoredCustomer
from ledgerport.host import Host, Provider
from ledgerport.services.books_lines import What
from ledgerport.services.books_report import BooksReport, KindReport, books_report, newest_year
from ledgerport.services.compare_books import due_comparisons, start_comparison, work_comparison
from ledgerport.services.context import Hub
from ledgerport.services.rejections import Conflict, NotFound
from ledgerport.services.settle_connection import keep_grant


@dataclass
class Lists:
    """A plugin that lists customers and payments, one a page; items it does not offer."""

    customers: list[str] = field(default_factory=list)
    payments: list[tuple[str, str, str]] = field(default_factory=list)
    trouble: ContractError | None = None
    asked: int = 0

    @hookimpl
    def provider_terms(self) -> Any:
        return terms("alpha")

    @hookimpl
    def pull_customers(self, account: Account, cursor: str | None) -> Page[PulledCustomer]:
        rows = [
            PulledCustomer(remote=Remote(id=id_, kind=Kind.CUSTOMER), value=Customer(ref="", name=id_))
            for id_ in self.customers
        ]
        return self._page(rows, cursor)

    @hookimpl
    def pull_payments(self, account: Account, cursor: str | None) -> Page[PulledPayment]:
        rows = [
            PulledPayment(
                remote=Remote(id=id_, kind=Kind.PAYMENT),
                paid_on=date.fromisoformat(on),
                amount=Decimal(amount),
                applied={"R-1": Decimal(amount)},
            )
            for id_, on, amount in self.payments
        ]
        return self._page(rows, cursor)

    def _page(self, rows: list[Any], cursor: str | None) -> Page[Any]:
        self.asked += 1
        if self.trouble is not None:
            trouble, self.trouble = self.trouble, None
            raise trouble
        at = int(cursor or 0)
        return Page(rows=rows[at : at + 1], next=str(at + 1) if at + 1 < len(rows) else None)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def plugin() -> Lists:
    return Lists()


@pytest.fixture
def hub(tmp_path: Path, clock: HandClock, plugin: Lists) -> Iterator[Hub]:
    made = make_hub(sqlite_url(tmp_path), clock=clock)
    yield dataclasses.replace(made, host=Host([Provider(terms("alpha"), plugin, "alpha 1", 5.0)]))
    made.database.close()


@pytest.fixture
def tenant(hub: Hub) -> int:
    return make_tenant(hub, "blue")


@pytest.fixture
def connection(hub: Hub, tenant: int) -> int:
    made = make_connection(hub, tenant)
    with hub.database.tenant(tenant) as session:
        grant = Grant(access_token=SecretStr("token"), access_expires_at=hub.clock.now() + timedelta(days=9999))
        row = keep_grant(session, hub, tenant_id=tenant, provider="alpha", grant=grant)
        session.get_one(Connection, made).grant_id = row.id
    return made


def report(hub: Hub, tenant: int, **asked: Any) -> BooksReport:
    made = books_report(hub, tenant_id=tenant, provider="alpha", **asked)
    assert made.unexplained == 0
    return made


def of(made: BooksReport, kind: Kind) -> KindReport:
    return next(its for its in made.kinds if its.kind is kind)


def named(made: BooksReport) -> list[tuple[What, str, Decimal]]:
    return [(one.what, one.name, one.apart) for one in made.differences]


def record_id(hub: Hub, model: Any, **by: Any) -> int:
    with hub.database.everything(read=True) as session:
        return int(session.scalars(select(model.id).filter_by(**by)).one())


@pytest.fixture
def sold(hub: Hub, tenant: int, connection: int) -> int:
    """A customer and three invoices of 100.00; the first is in the books, a cent more there."""
    save(hub, tenant, "customer", "C-1")
    for number, on in (("1", "2026-04-30"), ("2", "2026-05-01"), ("3", "2025-12-31")):
        save(hub, tenant, "invoice", f"I-{number}", number=number, issued_on=on)
    link(hub, tenant, connection, "customer", record_id(hub, StoredCustomer, ref="C-1"), "R-C1")
    invoice = record_id(hub, Invoice, ref="I-1")
    link(hub, tenant, connection, "invoice", invoice, "R-1", remote_total=Decimal("100.01"), variance=Decimal("0.01"))
    return invoice


def test_both_sides_are_told_by_month_and_each_difference_has_its_reason(hub: Hub, tenant: int, sold: int) -> None:
    set_tasks(hub, tenant, state="blocked", reason='Item "Pipe" has no income account.')
    made = report(hub, tenant, year=2026)
    invoices = of(made, Kind.INVOICE)
    assert [(month, sums.here, sums.there) for month, sums in invoices.months] == [
        ("2026-05", Decimal(100), Decimal(0)),
        ("2026-04", Decimal(100), Decimal("100.01")),
    ]
    assert named(made) == [
        (What.VARIANCE, "Invoice 1", Decimal("0.01")),
        (What.MISSING_THERE, "Invoice 2", Decimal(-100)),
    ]
    assert 'Item "Pipe" has no income account.' in made.differences[1].sentence
    assert (made.years, newest_year(hub, tenant_id=tenant)) == ([2026, 2025], 2026)
    assert of(report(hub, tenant), Kind.INVOICE).sums.count_here == 3


def test_a_record_deleted_over_there_and_one_changed_since_are_named(
    hub: Hub, tenant: int, connection: int, sold: int, clock: HandClock
) -> None:
    second = record_id(hub, Invoice, ref="I-2")
    link(hub, tenant, connection, "invoice", second, "R-2", remote_total=Decimal(100), gone=True)
    clock.pass_time(timedelta(minutes=1))
    lines = [{"description": "Work", "quantity": "2", "unit_price": "100.00"}]
    save(hub, tenant, "invoice", "I-1", number="1", issued_on="2026-04-30", lines=lines)
    told = named(report(hub, tenant, year=2026))
    assert told == [(What.CHANGED, "Invoice 1", Decimal("-99.99")), (What.GONE, "Invoice 2", Decimal(-100))]


def test_what_was_received_and_not_applied_is_a_difference_of_its_own(
    hub: Hub, tenant: int, connection: int, sold: int
) -> None:
    save(hub, tenant, "payment", "P-1", amount="80.00", allocations=[{"invoice": "I-1", "amount": "50.00"}])
    link(hub, tenant, connection, "payment", record_id(hub, Allocation), "R-P1", remote_total=Decimal(50))
    made = report(hub, tenant, year=2026)
    assert (What.UNAPPLIED, "Payment P-1", Decimal(-30)) in named(made)
    payments = of(made, Kind.PAYMENT).sums
    assert (payments.here, payments.there, payments.count_here) == (Decimal(80), Decimal(50), 1)


def test_another_currency_is_in_no_sum_and_said(hub: Hub, tenant: int, sold: int) -> None:
    save(hub, tenant, "invoice", "I-9", number="9", currency="CAD")
    made = report(hub, tenant, year=2026)
    assert made.foreign == 1
    assert of(made, Kind.INVOICE).sums.here == 200


def test_the_providers_own_lists_name_what_is_only_there_and_what_is_gone(
    hub: Hub, tenant: int, connection: int, sold: int, plugin: Lists, clock: HandClock
) -> None:
    allocations = [{"invoice": "I-1", "amount": "50.00"}]
    save(hub, tenant, "payment", "P-1", amount="50.00", allocations=allocations)
    first = record_id(hub, Allocation)
    link(hub, tenant, connection, "payment", first, "R-P1", remote_total=Decimal(50))
    save(hub, tenant, "customer", "C-2", name="Gone There")
    second = record_id(hub, StoredCustomer, ref="C-2")
    link(hub, tenant, connection, "customer", second, "R-C2")
    clock.pass_time(timedelta(minutes=1))
    plugin.customers = ["R-C1", "R-C8", "R-C9"]
    plugin.payments = [("R-P1", "2026-05-04", "45.00"), ("R-P7", "2026-05-20", "7.00"), ("R-P6", "2025-05-20", "6.00")]
    start_comparison(hub, tenant_id=tenant, provider="alpha", by="user:ann@example.com")
    assert messages(hub)[-1] == ("books.compare", connection)
    assert not work_comparison(hub, connection)
    made = report(hub, tenant, year=2026)
    told = named(made)
    assert (What.AMOUNT, "Payment P-1 on 1", Decimal(-5)) in told
    assert (What.MISSING_HERE, "Payment R-P7", Decimal(7)) in told
    assert (What.GONE, 'Customer "Gone There" (C-2)', Decimal(0)) in told
    customers = of(made, Kind.CUSTOMER)
    assert (customers.listed, customers.sums.not_here, customers.sums.count_there) == (True, 2, 3)
    assert not of(made, Kind.ITEM).listed
    assert of(made, Kind.PAYMENT).sums.there == Decimal(52)


def test_what_was_sent_after_the_lists_were_asked_for_is_not_said_to_be_missing(
    hub: Hub, tenant: int, connection: int, plugin: Lists, clock: HandClock
) -> None:
    start_comparison(hub, tenant_id=tenant, provider="alpha", by="x")
    work_comparison(hub, connection)
    clock.pass_time(timedelta(minutes=1))
    save(hub, tenant, "customer", "C-1")

    link(hub, tenant, connection, "customer", record_id(hub, StoredCustomer), "R-C1")
    assert named(report(hub, tenant)) == []


def test_a_provider_that_wants_us_to_wait_is_asked_again_then_and_the_reading_goes_on(
    hub: Hub, tenant: int, connection: int, plugin: Lists, clock: HandClock
) -> None:
    plugin.customers = ["R-C1", "R-C2"]
    start_comparison(hub, tenant_id=tenant, provider="alpha", by="x")
    start_comparison(hub, tenant_id=tenant, provider="alpha", by="somebody else meanwhile")
    plugin.trouble = TryLater("Alpha wants us to wait.", after=timedelta(minutes=2))
    assert not work_comparison(hub, connection)
    assert due_comparisons(hub) == []
    assert not work_comparison(hub, connection)
    clock.pass_time(timedelta(minutes=2))
    assert due_comparisons(hub) == [connection]
    work_comparison(hub, connection)
    with hub.database.everything(read=True) as session:
        row = session.scalars(select(Comparison)).one()
    assert (row.state, row.requested_by, list(row.figures["customer"]["rows"])) == ("done", "x", ["R-C1", "R-C2"])


def test_a_provider_that_refuses_is_quoted_and_the_report_stands_without_it(
    hub: Hub, tenant: int, connection: int, sold: int, plugin: Lists
) -> None:
    start_comparison(hub, tenant_id=tenant, provider="alpha", by="x")
    plugin.trouble = Refused("Alpha refuses.", detail="Not in your plan")
    work_comparison(hub, connection)
    made = report(hub, tenant, year=2026)
    assert made.comparison is not None
    assert (made.comparison.state, made.comparison.reason) == ("failed", "Alpha refuses. Not in your plan")
    assert not of(made, Kind.CUSTOMER).listed


def test_nothing_is_asked_of_a_paused_connection(hub: Hub, tenant: int, connection: int, plugin: Lists) -> None:
    start_comparison(hub, tenant_id=tenant, provider="alpha", by="x")
    with hub.database.everything() as session:
        session.get_one(Connection, connection).state = ConnectionState.PAUSED
    work_comparison(hub, connection)
    assert plugin.asked == 0
    with pytest.raises(Conflict):
        start_comparison(hub, tenant_id=tenant, provider="alpha", by="x")
    with pytest.raises(NotFound):
        books_report(hub, tenant_id=make_tenant(hub), provider="alpha")


def test_the_page_shows_totals_sources_and_differences_and_gives_files(hub: Hub, tenant: int, sold: int) -> None:
    save(hub, tenant, "invoice", "I-4", number="=4", issued_on="2026-05-02")
    with signed_in(hub, role="viewer", tenant="blue") as viewer:
        page = viewer.get("/t/blue/report")
        told = words(page)
        assert "3 differences, 199.99 USD apart." in told
        assert "Invoice 2 is not in Alpha. It is on its way." in told
        assert "Alpha is not asked for its own list of them" in told
        assert "Alpha does not let items be listed." in told
        assert "report/compare" not in page
        viewer.send("/t/blue/report/compare", status=403, provider="alpha")
        assert "4 differences" in words(viewer.get("/t/blue/report?year=all"))
        file = viewer.get("/t/blue/report/differences.csv?provider=alpha&year=2026")
        assert "invoice,I-4,Invoice =4,2026-05-02,100.00,0,-100.00,not there," in file
        assert "invoice,2026-04,1,1,100.00,100.01,0.01,1" in viewer.get(
            "/t/blue/report/totals.csv?provider=alpha&year=2026"
        )
        viewer.get("/t/blue/report?provider=nobody", status=404)


def test_rounding_that_the_provider_does_itself_needs_nobody(hub: Hub, tenant: int, connection: int, sold: int) -> None:
    for number in ("2", "3"):
        its = record_id(hub, Invoice, ref=f"I-{number}")
        link(hub, tenant, connection, "invoice", its, f"R-{number}", remote_total=Decimal(100))
    assert of(report(hub, tenant), Kind.INVOICE).sums.rounded == 1
    with signed_in(hub, role="viewer", tenant="blue") as viewer:
        page = viewer.get("/t/blue/report?year=all")
        assert "Agrees, but for 1 document that Alpha rounded, 0.01 USD." in words(page)
        assert "1 rounded" in words(page)
        assert 'href="/t/blue/invoices/I-1">Invoice 1</a>: 100.00 here, 100.01 in Alpha' in page


def test_a_comparison_is_started_by_a_button_and_told_while_it_goes_on(hub: Hub, tenant: int, connection: int) -> None:
    with signed_in(hub, role="admin", tenant="blue") as admin:
        assert "No difference." in words(admin.get("/t/blue/report"))
        told = words(admin.send("/t/blue/report/compare", provider="alpha", year="all"))
        assert "Alpha is being asked for its own lists." in told
        work_comparison(hub, connection)
        assert "Payments and customers: Alpha's own list, read at 12:00 UTC" in words(admin.get("/t/blue/report"))


def test_without_a_connection_the_page_says_what_to_do(hub: Hub, tenant: int) -> None:
    with signed_in(hub, role="viewer", tenant="blue") as viewer:
        assert "There is nothing to compare with yet." in words(viewer.get("/t/blue/report"))


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_records_that_agree_are_added_up_by_the_database(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = sqlite_url(tmp_path) if database == "sqlite" else request.getfixturevalue("postgres_url")
    hub = make_hub(url)
    tenant = make_tenant(hub)
    books = make_connection(hub, tenant)
    save(hub, tenant, "customer", "C-1")
    for number, on in (("1", "2026-05-01"), ("2", "2026-05-01"), ("3", "2026-05-30"), ("4", "2026-06-01")):
        save(hub, tenant, "invoice", f"I-{number}", number=number, issued_on=on)
    with hub.database.tenant(tenant, read=True) as session:
        invoices = session.scalars(select(Invoice.id).order_by(Invoice.id)).all()
    for invoice in invoices[:3]:
        link(hub, tenant, books, "invoice", invoice, f"R-{invoice}", remote_total=Decimal(100))
    told = of(report(hub, tenant, year=2026), Kind.INVOICE)
    assert [(month, sums.count_here, sums.count_there, sums.here, sums.there) for month, sums in told.months] == [
        ("2026-06", 1, 0, Decimal(100), Decimal(0)),
        ("2026-05", 3, 3, Decimal(300), Decimal(300)),
    ]
    hub.database.close()
