"""The Online Retail file as records: what is taken, what is left out and why, and the stated rule of payment."""

from __future__ import annotations

import gzip
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from ledgerport.contract import Kind
from ledgerport.demo import retail, retail_lines
from ledgerport.demo.records import Record, document_total
from ledgerport.services.record_input import as_record

UK = "United Kingdom"


def write(folder: Path, *lines: str) -> Path:
    path = folder / "sales.csv"
    path.write_text("\n".join([",".join(retail_lines.HEADER), *lines]) + "\n", encoding="utf-8")
    return path


def sale(
    invoice: str = "1001", code: str = "22423", name: str = "CAKE STAND", quantity: str = "2", price: str = "10.95",
    customer: str = "17850.0", day: str = "2010-12-01",
) -> str:  # fmt: skip
    return f"{invoice},{code},{name},{quantity},{day} 08:26:00,{price},{customer},{UK}"


def records(path: Path, kind: str, *, invoices: int | None = None, items: int | None = None) -> list[Record]:
    return [r for r in retail.read(path, invoices=invoices, items=items).records if r["kind"] == kind]


def left_out(path: Path, *, invoices: int | None = None, items: int | None = None) -> dict[str, int]:
    data = retail.read(path, invoices=invoices, items=items)
    assert list(data.records) is not None
    return data.left_out.counts


def test_an_item_takes_the_commonest_description_that_is_not_empty(tmp_path: Path) -> None:
    path = write(
        tmp_path, sale(name=""), sale(name=""), sale(name="STAND"), sale(name="CAKE STAND"), sale(name="CAKE STAND")
    )

    assert [item["name"] for item in records(path, "item")] == ["CAKE STAND"]


def test_an_item_takes_the_median_of_its_prices(tmp_path: Path) -> None:
    path = write(tmp_path, sale(price="10"), sale(price="12"), sale(price="99"))

    assert [item["price"] for item in records(path, "item")] == ["12.00"]


def test_a_code_written_in_both_cases_is_one_item(tmp_path: Path) -> None:
    path = write(tmp_path, sale(code="85123A"), sale(code="85123a"))

    assert [item["ref"] for item in records(path, "item")] == ["85123A"]


def test_a_code_that_never_had_a_description_is_its_own_name(tmp_path: Path) -> None:
    path = write(tmp_path, sale(code="22423", name=""))

    assert [item["name"] for item in records(path, "item")] == ["22423"]


def test_sales_without_a_customer_id_belong_to_cash_sales(tmp_path: Path) -> None:
    path = write(tmp_path, sale("1001", customer=""), sale("1002", customer=""), sale("1003", customer="17850.0"))

    assert [customer["name"] for customer in records(path, "customer")] == ["Customer 17850", "Cash sales"]


def test_an_invoice_whose_lines_stand_in_two_places_is_one_invoice(tmp_path: Path) -> None:
    path = write(tmp_path, sale("1001"), sale("1002"), sale("1001", code="22424"))

    assert {i["number"]: len(i["lines"]) for i in records(path, "invoice")} == {"1001": 2, "1002": 1}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (sale("C1009"), retail_lines.CANCELLED),
        (sale("A1009"), retail_lines.BAD_DEBT),
        (sale("X1009"), retail_lines.NO_INVOICE),
        (sale("1001", code="POST"), retail_lines.NO_PRODUCT),
        (sale("1001", code="gift_0001_20"), retail_lines.NO_PRODUCT),
        (sale("1001", code="BANK CHARGES"), retail_lines.NO_PRODUCT),
        (sale("1001", quantity="-3"), retail_lines.NO_QUANTITY),
        (sale("1001", price="0.0"), retail_lines.NO_PRICE),
        (sale("1001", price="-11062.06"), retail_lines.NO_PRICE),
        (sale("1001", price="cheap"), retail_lines.UNREADABLE),
        (sale("1001", price="NaN"), retail_lines.UNREADABLE),
        (sale("1001", day="yesterday"), retail_lines.UNREADABLE),
        ("1001,22423", retail_lines.UNREADABLE),
    ],
)
def test_a_line_that_is_no_sale_is_left_out_with_its_reason(tmp_path: Path, line: str, reason: str) -> None:
    assert left_out(write(tmp_path, sale("1001"), line)) == {reason: 1}


@pytest.mark.parametrize("code", ["22423", "85123A", "15056BL", "DCGS0003", "DCGSSGIRL"])
def test_a_product_code_is_taken(code: str) -> None:
    assert retail_lines.product_code(code) == code


def test_an_invoice_of_which_no_line_is_left_is_counted_with_the_reason(tmp_path: Path) -> None:
    data = retail.read(write(tmp_path, sale("1001"), sale("1002", code="POST")))

    assert [record["ref"] for record in data.records if record["kind"] == "invoice"] == ["INV-1001"]
    assert data.left_out.examples[retail.NO_LINE_LEFT] == ["invoice 1002: code that is no product"]


def test_what_is_left_out_is_named_by_its_line_in_the_file(tmp_path: Path) -> None:
    data = retail.read(write(tmp_path, sale("1001"), sale("1001", code="POST", name="POSTAGE")))
    assert len(list(data.records)) == 4

    assert data.left_out.rows() == [
        {"reason": retail_lines.NO_PRODUCT, "count": 1, "examples": ["line 3: 1001,POST,POSTAGE"]}
    ]


def test_an_invoice_is_paid_in_full_on_its_day(tmp_path: Path) -> None:
    (paid,) = records(write(tmp_path, sale(quantity="3", price="0.85")), "payment")

    assert (paid["amount"], paid["paid_on"], paid["allocations"]) == (
        "2.55",
        "2010-12-01",
        [{"invoice": "INV-1001", "amount": "2.55"}],
    )


def test_every_tenth_invoice_by_date_and_number_is_paid_in_two_parts_that_add_up(tmp_path: Path) -> None:
    # Written backwards: the rule goes by date and number, not by the file's order.
    path = write(tmp_path, *(sale(str(number), quantity="1", price="0.95") for number in range(1012, 1000, -1)))

    parts = Counter(payment["allocations"][0]["invoice"] for payment in records(path, "payment"))
    amounts = [payment["amount"] for payment in records(path, "payment") if "1010" in payment["ref"]]

    assert ([ref for ref, count in parts.items() if count == 2], amounts) == (["INV-1010"], ["0.47", "0.48"])


def test_the_first_invoices_are_the_first_by_date_then_by_number(tmp_path: Path) -> None:
    path = write(
        tmp_path, sale("1003", day="2011-01-02"), sale("1001", day="2011-01-02"), sale("1002", day="2011-01-01")
    )

    assert {invoice["number"] for invoice in records(path, "invoice", invoices=2)} == {"1002", "1001"}


def test_only_the_items_and_customers_that_are_used_are_loaded(tmp_path: Path) -> None:
    path = write(tmp_path, sale("1001", code="11111"), sale("1002", code="22222", customer="1.0"))

    assert [item["ref"] for item in records(path, "item", invoices=1)] == ["11111"]
    assert [customer["ref"] for customer in records(path, "customer", invoices=1)] == ["C-17850"]


def test_invoices_beyond_the_number_asked_for_are_counted(tmp_path: Path) -> None:
    assert left_out(write(tmp_path, sale("1001"), sale("1002")), invoices=1) == {retail.BEYOND_INVOICES: 1}


def test_a_number_of_items_fills_the_price_book_with_unused_ones(tmp_path: Path) -> None:
    path = write(tmp_path, sale("1001", code="33333"), sale("1002", code="11111"), sale("1002", code="22222"))

    assert [item["ref"] for item in records(path, "item", invoices=1, items=2)] == ["11111", "33333"]


def test_lines_of_items_beyond_the_number_asked_for_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, *(sale("1001") for _ in range(3)), sale("1001", code="11111"), sale("1002", code="11111"))

    assert [len(invoice["lines"]) for invoice in records(path, "invoice", items=1)] == [3]
    assert left_out(path, items=1) == {retail.BEYOND_ITEMS: 2, retail.NO_LINE_LEFT: 1}


def test_a_packed_file_reads_like_a_plain_one(tmp_path: Path) -> None:
    plain = write(tmp_path, sale("1001"), sale("1002", name='"STAND, LARGE"'))
    packed = tmp_path / "sales.bin"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    assert list(retail.read(packed).records) == list(retail.read(plain).records)


def test_a_file_with_another_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")

    with pytest.raises(ValueError, match="does not begin with the header InvoiceNo"):
        list(retail.read(path).records)


def test_every_record_is_taken_by_the_bulk_load(tmp_path: Path) -> None:
    path = write(tmp_path, sale("1001", price="0.001"), *(sale(str(number)) for number in range(1002, 1013)))
    loaded = [as_record(Kind(record["kind"]), record) for record in retail.read(path).records]

    assert len(loaded) == 1 + 1 + 12 + 12  # customer, item, invoices, and payments: one halved, one for nothing


@pytest.mark.slow
def test_the_true_file_gives_the_known_counts(shared: Path) -> None:
    kinds: Counter[str] = Counter()
    sums = {"invoiced": Decimal(0), "paid": Decimal(0)}
    data = retail.read(shared / "data" / "online_retail.csv.gz")
    for record in data.records:
        kinds[record["kind"]] += 1
        if record["kind"] == "invoice":
            kinds["line"] += len(record["lines"])
            sums["invoiced"] += document_total(record)
        if record["kind"] == "payment":
            sums["paid"] += Decimal(record["amount"])
    left = data.left_out.counts

    assert kinds == {"customer": 4335, "item": 3798, "invoice": 19773, "payment": 21750, "line": 527758}
    assert (left[retail_lines.CANCELLED], left[retail_lines.BAD_DEBT], left[retail.NO_LINE_LEFT]) == (9288, 3, 2288)
    # Every line of the file is either taken or left out.
    assert kinds["line"] + sum(left.values()) - left[retail.NO_LINE_LEFT] == 541_909
    assert sums["paid"] == sums["invoiced"]
