"""The made-up plumbing company: what the demo promises about its records."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal

import pytest

from ledgerport.contract import Kind
from ledgerport.demo import plumbing
from ledgerport.demo.catalogue import ODD_NAMES
from ledgerport.demo.records import Record, document_total
from ledgerport.services.record_input import as_record


@pytest.fixture(scope="module")
def company() -> dict[str, list[Record]]:
    """The default company, by kind."""
    kinds: dict[str, list[Record]] = defaultdict(list)
    for record in plumbing.generate().records:
        kinds[record["kind"]].append(record)
    return kinds


def test_the_price_book_has_3629_items_and_the_company_600_invoices(company: dict[str, list[Record]]) -> None:
    assert (len(company["item"]), len(company["invoice"])) == (3629, 600)


def test_the_same_seed_gives_the_same_company() -> None:
    assert list(plumbing.generate(seed=7).records) == list(plumbing.generate(seed=7).records)


def test_another_seed_gives_another_company() -> None:
    assert list(plumbing.generate(seed=7).records) != list(plumbing.generate(seed=8).records)


def test_every_record_is_taken_by_the_bulk_load(company: dict[str, list[Record]]) -> None:
    taken = [as_record(Kind(record["kind"]), record) for records in company.values() for record in records]

    assert len(taken) == sum(map(len, company.values()))


@pytest.mark.parametrize("kind", ["customer", "item", "invoice", "estimate", "payment"])
def test_no_two_records_of_a_kind_share_a_ref(company: dict[str, list[Record]], kind: str) -> None:
    refs = [record["ref"] for record in company[kind]]

    assert len(set(refs)) == len(refs) > 0


def test_every_odd_name_is_in_the_price_book(company: dict[str, list[Record]]) -> None:
    names = Counter(item["name"] for item in company["item"])

    assert {name: names[name] for name in ODD_NAMES} == Counter(ODD_NAMES)


def test_the_name_with_a_tab_is_there_to_the_letter(company: dict[str, list[Record]]) -> None:
    assert [item["name"] for item in company["item"] if "813PB" in item["name"]] == ["TKO-\t813PB-1500B"]


def test_some_names_agree_once_they_are_cut_to_a_hundred_characters(company: dict[str, list[Record]]) -> None:
    long = [item["name"] for item in company["item"] if len(item["name"]) > 100]

    assert (len(long), len(set(long)), len({name[:100] for name in long})) == (3, 3, 1)


def test_some_names_differ_in_case_only_and_their_skus_tell_them_apart(company: dict[str, list[Record]]) -> None:
    rings = [item for item in company["item"] if item["name"].casefold() == "wax ring"]

    assert (len(rings), len({ring["name"] for ring in rings}), len({ring["sku"] for ring in rings})) == (4, 3, 4)


def test_every_sku_is_used_once(company: dict[str, list[Record]]) -> None:
    assert len({item["sku"] for item in company["item"]}) == 3629


def test_a_price_book_of_ten_has_odd_names_too() -> None:
    items = [r for r in plumbing.generate(items=10, customers=1, invoices=0).records if r["kind"] == "item"]

    assert (len(items), "TKO-\t813PB-1500B" in [item["name"] for item in items]) == (10, True)


def test_a_price_book_larger_than_the_catalogue_still_has_no_name_twice_but_the_odd_ones() -> None:
    records = plumbing.generate(items=9000, customers=0, invoices=0).records
    names = Counter(record["name"] for record in records)

    assert {name for name, uses in names.items() if uses > 1} == {"Wax ring"}


def test_no_two_customers_share_a_name_in_any_case(company: dict[str, list[Record]]) -> None:
    names = [" ".join(customer["name"].split()).casefold() for customer in company["customer"]]

    assert len(set(names)) == len(names)


def test_most_customers_have_an_email_of_their_own_and_some_have_none(company: dict[str, list[Record]]) -> None:
    emails = [customer["email"] for customer in company["customer"] if "email" in customer]

    assert len(set(emails)) == len(emails)
    assert 200 < len(emails) < 240


def test_homeowners_businesses_and_builders_are_among_the_customers(company: dict[str, list[Record]]) -> None:
    assert {customer["type"] for customer in company["customer"]} == {"homeowner", "business", "builder"}


def test_an_invoice_has_one_to_eight_lines_of_items_in_the_price_book(company: dict[str, list[Record]]) -> None:
    refs = {item["ref"] for item in company["item"]}

    assert {len(invoice["lines"]) for invoice in company["invoice"]} == set(range(1, 9))
    assert {line["item"] for invoice in company["invoice"] for line in invoice["lines"]} <= refs


def test_hours_discounts_taxes_and_drafts_occur(company: dict[str, list[Record]]) -> None:
    invoices = company["invoice"]
    seen = {
        "hours": any(line["quantity"] == "1.5" for invoice in invoices for line in invoice["lines"]),
        "discount": any("discount" in invoice for invoice in invoices),
        "tax": any("tax" in invoice for invoice in invoices),
        "draft": any(invoice["status"] == "DRAFT" for invoice in invoices),
    }

    assert all(seen.values()), seen


def test_a_builder_is_not_taxed(company: dict[str, list[Record]]) -> None:
    builders = {customer["ref"] for customer in company["customer"] if customer["type"] == "builder"}

    assert [i["ref"] for i in company["invoice"] if i["customer"] in builders and "tax" in i] == []


def test_a_payment_is_the_sum_of_its_allocations(company: dict[str, list[Record]]) -> None:
    wrong = [
        p for p in company["payment"] if Decimal(p["amount"]) != sum(Decimal(a["amount"]) for a in p["allocations"])
    ]

    assert wrong == []


def test_no_invoice_is_paid_more_than_its_total_and_every_way_of_paying_occurs(
    company: dict[str, list[Record]],
) -> None:
    parts: dict[str, list[Decimal]] = defaultdict(list)
    for record in company["payment"]:
        for allocation in record["allocations"]:
            parts[allocation["invoice"]].append(Decimal(allocation["amount"]))
    ways: Counter[str] = Counter()
    for invoice in company["invoice"]:
        paid, total = parts[invoice["ref"]], document_total(invoice)
        assert sum(paid) <= total
        ways[
            "unpaid" if not paid else "partial" if sum(paid) < total else "full" if len(paid) == 1 else "two parts"
        ] += 1
    ways["several invoices"] = sum(len(record["allocations"]) > 1 for record in company["payment"])

    assert min(ways[way] for way in ("unpaid", "partial", "full", "two parts", "several invoices")) > 10


def test_a_payment_pays_invoices_of_its_own_customer_that_were_listed_before_it() -> None:
    owner: dict[str, str] = {}
    for record in plumbing.generate(items=50, customers=20).records:
        if record["kind"] == "invoice":
            owner[record["ref"]] = record["customer"]
        if record["kind"] == "payment":
            assert {owner[part["invoice"]] for part in record["allocations"]} == {record["customer"]}


def test_nothing_is_dated_after_the_last_day(company: dict[str, list[Record]]) -> None:
    days = [record["paid_on"] for record in company["payment"]] + [record["issued_on"] for record in company["invoice"]]

    assert max(days) == plumbing.LAST_DAY.isoformat()


def test_invoices_without_an_item_to_sell_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one item"):
        plumbing.generate(items=0, invoices=1, last_day=date(2026, 1, 1))
