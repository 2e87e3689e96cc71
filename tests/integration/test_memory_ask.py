"""What is charged for a thing, asked in words: figures over all lines, citations of the right ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.factories import HandClock, make_hub, make_tenant, save, sqlite_url
from tests.memory_answers import control, invoice, line, memory, plumber, remember, remembering, voyage

from ledgerport.db.models import Estimate, Invoice
from ledgerport.memory.port import Memory
from ledgerport.services.context import Hub
from ledgerport.services.memory.answers import Basis, Filters, Scope
from ledgerport.services.memory.ask import LONGEST_QUESTION, ask, filter_choices
from ledgerport.services.memory.unavailable import MemoryUnavailable
from ledgerport.services.rejections import BadChoice, Conflict
from ledgerport.services.void_invoice import void_invoice

QUESTION = "what did we charge for a water heater install?"


@pytest.fixture(scope="module")
def voyage_url() -> Iterator[str]:
    with voyage() as url:
        yield url


@pytest.fixture
def hub(tmp_path: Path, voyage_url: str) -> Iterator[Hub]:
    control(voyage_url, "faults", method="DELETE")
    with remembering(tmp_path, voyage_url) as made:
        yield made


@pytest.fixture
def tenant(hub: Hub) -> int:
    return plumber(hub)


def cited(hub: Hub, tenant: int, question: str = QUESTION, **filters: object) -> list[tuple[str, int]]:
    answer = ask(hub, tenant_id=tenant, question=question, filters=Filters(**filters))  # type: ignore[arg-type]
    return [(one.ref, one.line) for one in answer.citations]


def test_the_figures_are_of_every_sent_invoice_line_of_the_thing_asked_for(hub: Hub, tenant: int) -> None:
    answer = ask(hub, tenant_id=tenant, question=QUESTION)

    assert (answer.enough, answer.basis, answer.scope) == (True, Basis.INVOICES, Scope.SIMILAR)
    assert (answer.lines, answer.invoice_lines, answer.estimate_lines) == (3, 3, 1)
    figures = answer.figures[0]
    assert (figures.currency, figures.low, figures.median, figures.high) == (
        "USD",
        Decimal("400.00"),
        Decimal("420.00"),
        Decimal("460.00"),
    )
    assert figures.markup is not None and figures.markup.median_percent == Decimal("50.0")
    assert answer.sentence == (
        "Usually 420.00 USD, from 400.00 to 460.00: 3 lines on invoices of 10 Jan 2026 to 10 Apr 2026. "
        "Markup on cost: usually 50 %, from 42.9 to 64.3 % (3 lines with a known cost)."
    )


def test_a_citation_names_document_line_day_customer_type_figures_and_similarity(hub: Hub, tenant: int) -> None:
    answer = ask(hub, tenant_id=tenant, question=QUESTION)
    found = next(one for one in answer.citations if one.ref == "I-2")

    assert (found.kind, found.number, found.line, found.on) == ("invoice", "NI-2", 2, date(2026, 2, 10))
    assert (found.customer_type, found.item, found.item_name) == ("business", "HEATER", "Install water heater")
    assert (found.unit_price, found.cost, found.markup_percent) == (
        Decimal("420.00"),
        Decimal("280.00"),
        Decimal("50.0"),
    )
    assert 0.35 <= found.similarity <= 1


def test_only_lines_of_the_thing_are_cited_and_no_more_than_asked_for(hub: Hub, tenant: int) -> None:
    assert set(cited(hub, tenant)) == {("I-1", 1), ("I-2", 2), ("I-3", 1), ("E-1", 1)}
    assert len(ask(hub, tenant_id=tenant, question=QUESTION, limit=2).citations) == 2


def test_what_was_only_offered_is_said_to_be_that(hub: Hub, tenant: int) -> None:
    answer = ask(hub, tenant_id=tenant, question=QUESTION, filters=Filters(since=date(2026, 4, 15)))

    assert (answer.basis, answer.enough) == (Basis.ESTIMATES, False)
    assert answer.sentence.startswith("Nothing like it was billed yet; these are estimates. There is not enough")


def test_an_estimate_that_became_an_invoice_is_not_counted_twice(hub: Hub, tenant: int) -> None:
    invoice(hub, tenant, "I-9", "C-2", "2026-04-25", [("HEATER", "999.00")])
    with hub.database.tenant(tenant) as session:
        made = session.scalars(select(Invoice).where(Invoice.ref == "I-9")).one()
        made.estimate_id = session.scalars(select(Estimate.id)).one()
    remember(hub, tenant)

    answer = ask(hub, tenant_id=tenant, question=QUESTION)

    assert (answer.invoice_lines, answer.estimate_lines) == (4, 0)


@pytest.mark.parametrize(
    ("filters", "refs"),
    [
        ({"since": date(2026, 2, 10), "until": date(2026, 4, 10)}, {"I-2", "I-3"}),
        ({"customer_type": "Business"}, {"I-2", "E-1"}),
        ({"category": "labour"}, {"I-1", "I-2", "I-3", "E-1"}),
        ({"category": "Fixtures"}, set()),
    ],
)
def test_filters_narrow_lines_and_figures(hub: Hub, tenant: int, filters: dict[str, object], refs: set[str]) -> None:
    assert {ref for ref, _ in cited(hub, tenant, **filters)} == refs


def test_filters_that_leave_nothing_are_named_as_the_reason(hub: Hub, tenant: int) -> None:
    answer = ask(hub, tenant_id=tenant, question=QUESTION, filters=Filters(category="Fixtures"))

    assert (answer.figures, answer.basis, answer.enough) == ([], Basis.NONE, False)
    assert answer.sentence == "What is similar to this question does not pass the filters. Take a filter away."


def test_too_little_history_is_said_plainly_and_still_cited(hub: Hub, tenant: int) -> None:
    answer = ask(hub, tenant_id=tenant, question="kitchen faucet")

    assert (answer.enough, answer.lines) == (False, 2)
    assert answer.sentence == (
        "There is not enough history for a usual price: only 2 lines on invoices of 10 Jan 2026 to 11 Apr 2026, "
        "at 150.00 to 160.00 USD (it takes 3)."
    )
    assert {one.ref for one in answer.citations} == {"I-1", "I-4"}


def test_nothing_similar_is_no_answer(hub: Hub, tenant: int) -> None:
    answer = ask(hub, tenant_id=tenant, question="zebra photography lessons")

    assert (answer.citations, answer.lines, answer.enough) == ([], 0, False)
    assert answer.sentence.startswith("Nothing that was sold is similar enough")


def test_a_question_about_markup_in_general_is_answered_over_everything(hub: Hub, tenant: int) -> None:
    answer = ask(hub, tenant_id=tenant, question="what is our typical markup?")

    assert (answer.scope, answer.lines) == (Scope.EVERYTHING, 6)
    markup = answer.figures[0].markup
    assert markup is not None and (markup.lines, markup.median_percent) == (4, Decimal("57.1"))
    assert answer.sentence == (
        "The question names nothing that you sell, so this is over all of it. "
        "Markup on cost: usually 57.1 %, from 42.9 to 99.9 % (4 lines with a known cost)."
    )


def test_of_a_line_that_was_changed_since_only_what_still_fits_is_told(hub: Hub, tenant: int) -> None:
    assert isinstance(hub.clock, HandClock)
    hub.clock.pass_time(timedelta(hours=1))
    invoice(hub, tenant, "I-1", "C-1", "2026-01-10", [("DRAIN", "400.00"), ("FAUCET", "150.00")])
    invoice(hub, tenant, "I-3", "C-1", "2026-04-10", [("HEATER", "470.00")])

    answer = ask(hub, tenant_id=tenant, question=QUESTION)

    assert {(one.ref, one.unit_price) for one in answer.citations if one.kind == "invoice"} == {
        ("I-2", Decimal("420.00")),
        ("I-3", Decimal("470.00")),
    }


def test_a_voided_invoice_is_not_told_even_before_the_memory_let_it_go(hub: Hub, tenant: int) -> None:
    void_invoice(hub, tenant_id=tenant, ref="I-3")

    assert "I-3" not in {ref for ref, _ in cited(hub, tenant)}


def test_lines_in_another_currency_have_figures_of_their_own_and_no_cost(hub: Hub, tenant: int) -> None:
    invoice(hub, tenant, "I-8", "C-1", "2026-04-25", [("HEATER", "380.00")], currency="EUR")
    remember(hub, tenant)

    answer = ask(hub, tenant_id=tenant, question=QUESTION)

    assert [(one.currency, one.lines, one.high) for one in answer.figures] == [
        ("USD", 3, Decimal("460.00")),
        ("EUR", 1, Decimal("380.00")),
    ]
    assert answer.figures[1].markup is None
    assert next(one for one in answer.citations if one.ref == "I-8").cost is None


def test_a_credit_is_cited_but_does_not_pull_the_price_down(hub: Hub, tenant: int) -> None:
    save(
        hub,
        tenant,
        "invoice",
        "I-8",
        status="SENT",
        customer="C-1",
        issued_on="2026-04-25",
        lines=[line("HEATER", "50.00", quantity="-1"), line("HEATER", "0.00"), line("FAUCET", "500.00")],
    )
    remember(hub, tenant)

    figures = ask(hub, tenant_id=tenant, question=QUESTION).figures[0]

    assert (figures.low, figures.lines, figures.credits, figures.free) == (Decimal("400.00"), 3, 1, 1)


def test_another_tenant_s_lines_are_never_told(hub: Hub, tenant: int) -> None:
    other = make_tenant(hub, "green", promote_drafts=False)
    save(hub, other, "customer", "C-1", name="Kim Fields")
    save(hub, other, "item", "HEATER", name="Install water heater", type="service", price="5000.00")
    invoice(hub, other, "I-1", "C-1", "2026-03-03", [("HEATER", "5000.00")])
    remember(hub, other)

    assert cited(hub, other) == [("I-1", 1)]
    assert ask(hub, tenant_id=tenant, question=QUESTION).figures[0].high == Decimal("460.00")
    assert ask(hub, tenant_id=make_tenant(hub, "empty"), question=QUESTION).citations == []


def test_postgresql_answers_the_same(tmp_path: Path, voyage_url: str, postgres_url: str) -> None:
    control(voyage_url, "faults", method="DELETE")
    with remembering(tmp_path, voyage_url, postgres_url) as hub:
        tenant = plumber(hub)
        assert isinstance(hub.clock, HandClock)
        hub.clock.pass_time(timedelta(hours=1))
        invoice(hub, tenant, "I-3", "C-1", "2026-04-10", [("DRAIN", "460.00")])

        figures = ask(hub, tenant_id=tenant, question=QUESTION).figures[0]
        business = cited(hub, tenant, since=date(2026, 1, 1), category="labour", customer_type="business")
        everything = ask(hub, tenant_id=tenant, question="what is our typical markup?")

    assert (figures.low, figures.median, figures.high) == (Decimal("400.00"), Decimal("410.00"), Decimal("420.00"))
    assert set(business) == {("I-2", 2), ("E-1", 1)}
    assert (everything.scope, everything.lines) == (Scope.EVERYTHING, 5)


def test_a_question_is_counted_as_spent_and_one_to_an_empty_memory_costs_nothing(
    hub: Hub, tenant: int, voyage_url: str
) -> None:
    control(voyage_url, "paid", method="DELETE")
    ask(hub, tenant_id=make_tenant(hub, "empty"), question=QUESTION)
    assert control(voyage_url, "paid", method="GET")["requests"] == 0

    ask(hub, tenant_id=tenant, question=QUESTION)

    assert control(voyage_url, "paid", method="GET")["texts"] == 1


def test_what_can_be_filtered_by_is_listed(hub: Hub, tenant: int) -> None:
    assert filter_choices(hub, tenant_id=tenant) == (["Fixtures", "Labour", "Tools"], ["business", "homeowner"])


@pytest.mark.parametrize(
    ("question", "field"),
    [("  ", "q"), ("j.doe@example.com", "q"), ("x" * (LONGEST_QUESTION + 1), "q")],
)
def test_a_question_that_is_none_is_refused(hub: Hub, tenant: int, question: str, field: str) -> None:
    with pytest.raises(BadChoice) as refused:
        ask(hub, tenant_id=tenant, question=question)
    assert refused.value.field == field


def test_days_in_the_wrong_order_are_refused(hub: Hub, tenant: int) -> None:
    with pytest.raises(BadChoice) as refused:
        ask(
            hub,
            tenant_id=tenant,
            question=QUESTION,
            filters=Filters(since=date(2026, 2, 1), until=date(2026, 1, 1)),
        )
    assert refused.value.field == "until"


def test_a_memory_that_is_off_says_so(tmp_path: Path) -> None:
    hub = make_hub(sqlite_url(tmp_path))
    with pytest.raises(Conflict, match="turned off"):
        ask(hub, tenant_id=make_tenant(hub), question=QUESTION)
    hub.database.close()


def with_memory(hub: Hub, other: Memory) -> Hub:
    assert hub.memory is not None
    hub.memory.close()
    return dataclasses.replace(hub, memory=other)


def test_voyage_away_is_said_with_what_to_do(hub: Hub, tenant: int, tmp_path: Path) -> None:
    gone = with_memory(hub, memory(tmp_path, "http://127.0.0.1:9"))

    with pytest.raises(MemoryUnavailable, match="Voyage cannot be reached") as away:
        ask(gone, tenant_id=tenant, question=QUESTION)

    assert away.value.next_step.startswith("Ask again in a minute.")
    assert gone.memory is not None
    gone.memory.close()


def test_a_wrong_key_is_for_the_operator(hub: Hub, tenant: int, tmp_path: Path, voyage_url: str) -> None:
    wrong = with_memory(hub, memory(tmp_path, voyage_url, key="wrong"))

    with pytest.raises(MemoryUnavailable, match="does not accept the API key") as refused:
        ask(wrong, tenant_id=tenant, question=QUESTION)

    assert "operator" in refused.value.next_step
    assert wrong.memory is not None
    wrong.memory.close()


def test_a_pause_that_voyage_asks_for_is_told_and_kept(hub: Hub, tenant: int, voyage_url: str) -> None:
    control(voyage_url, "faults", {"name": "throttle", "retry_after": 30})

    with pytest.raises(MemoryUnavailable) as throttled:
        ask(hub, tenant_id=tenant, question=QUESTION)
    assert throttled.value.after == timedelta(seconds=30)
    control(voyage_url, "faults", method="DELETE")

    with pytest.raises(MemoryUnavailable, match="used up"):
        ask(hub, tenant_id=tenant, question=QUESTION)


def test_a_folder_that_another_process_has_is_said_before_anything_is_paid(
    hub: Hub, tenant: int, tmp_path: Path, voyage_url: str
) -> None:
    second = dataclasses.replace(hub, memory=memory(tmp_path, voyage_url))
    control(voyage_url, "paid", method="DELETE")

    with pytest.raises(MemoryUnavailable, match="open in another process"):
        ask(second, tenant_id=tenant, question=QUESTION)

    assert control(voyage_url, "paid", method="GET")["requests"] == 0
