"""Mapping pages and the steps after connecting: where items, payments and taxes are booked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.integration.picky_books import Picky, picky
from tests.web_stage import Browser, signed_in, words

from ledgerport.contract import LoginNeeded, TryLater
from ledgerport.db.models import LedgerAccount, RemoteTaxCode, Tenant
from ledgerport.services.show_connections import list_mapping, list_tax_codes, show_connection

AT = "/t/blue/integrations/picky"
ITEMS = [
    {"kind": "item", "ref": f"P-{number}", "name": name, "type": type_, "price": "5.00", "sku": f"SKU-{number}"}
    for number, (name, type_) in enumerate([("Snake", "product"), ("Visit", "service"), ("Wax ring", "product")])
]


@pytest.fixture
def books(tmp_path: Path) -> Picky:
    made = picky(tmp_path)
    with made.hub.database.everything() as session:
        session.get_one(Tenant, made.tenant).slug = "blue"
        session.add(
            LedgerAccount(
                tenant_id=made.tenant,
                connection_id=made.connection,
                remote_id="A&B",
                name='Goods "x"',
                number="4100",
                use="income",
                read_at=made.clock.now(),
            )
        )
        for code in session.scalars(select(RemoteTaxCode)):
            code.rate = Decimal("8.25")
    made.save(*ITEMS)
    return made


@pytest.fixture
def ann(books: Picky) -> Iterator[Browser]:
    with signed_in(books.hub, tenant="blue") as browser:
        yield browser


def mapped(books: Picky) -> dict[str, tuple[str, str]]:
    rows = list_mapping(books.hub, tenant_id=books.tenant, provider="picky").rows
    return {row.ref: (row.income_account, row.source) for row in rows}


def rows(page: str) -> list[str]:
    return re.findall(r'<label for="i-\d+">(.*?)</label>', page)


# -- items -------------------------------------------------------------------------------------------------------------


def test_items_are_listed_filtered_and_searched(books: Picky, ann: Browser) -> None:
    ann.send(f"{AT}/mapping/items", which="ticked", item="P-1", income_account="400")

    assert rows(ann.get(f"{AT}/mapping")) == ["Snake", "Visit", "Wax ring"]
    assert rows(ann.get(f"{AT}/mapping?show=unmapped")) == ["Snake", "Wax ring"]
    assert rows(ann.get(f"{AT}/mapping?q=wax")) == ["Wax ring"]
    assert rows(ann.get(f"{AT}/mapping?q=SKU-1")) == ["Visit"]
    assert "No item matches." in words(ann.get(f"{AT}/mapping?q=%25"))


def test_a_long_list_comes_in_pages(books: Picky, ann: Browser) -> None:
    books.save(*({**ITEMS[0], "ref": f"Q-{number}", "name": f"Pipe {number}"} for number in range(60)))
    page = ann.get(f"{AT}/mapping?q=pipe")
    following = re.findall(r'href="([^"]+)" rel="next"', page)[0].replace("&amp;", "&")

    assert len(rows(page)) == 50
    assert len(rows(ann.get(following))) == 10


def test_all_unmapped_items_get_an_account_in_one_go(books: Picky, ann: Browser) -> None:
    assert "Apply to all 3 unmapped" in words(ann.get(f"{AT}/mapping"))
    told = words(ann.send(f"{AT}/mapping/items", which="unmapped", income_account="400"))

    assert "3 items are mapped." in told
    assert set(mapped(books).values()) == {("400", "item")}


def test_mapping_lets_go_what_waited_for_it(books: Picky, ann: Browser) -> None:
    books.drain()
    assert "no income account" in books.blocked()["item"]
    told = words(ann.send(f"{AT}/mapping/items", which="unmapped", income_account="400"))

    assert "3 items are mapped, and 3 that waited go on." in told
    books.drain()
    assert "item" not in books.blocked()


def test_only_ticked_items_change_and_can_follow_their_type_again(books: Picky, ann: Browser) -> None:
    ann.send(f"{AT}/mapping/booking", income_product="A&B", expense_product="")
    ann.send(f"{AT}/mapping/items", which="ticked", item=["P-0", "P-1"], income_account="400")
    assert mapped(books) == {"P-0": ("400", "item"), "P-1": ("400", "item"), "P-2": ("A&B", "default")}
    told = words(ann.send(f"{AT}/mapping/items", which="default", item="P-0"))

    assert "1 item follows the type again." in told
    assert mapped(books)["P-0"] == ("A&B", "default")


def test_ticking_nothing_or_choosing_no_account_is_said_and_the_rest_is_kept(books: Picky, ann: Browser) -> None:
    nothing = ann.send(f"{AT}/mapping/items", status=422, which="ticked", income_account="400")
    assert "No item is ticked. Tick the items first." in words(nothing)
    assert '<option value="400" selected>' in nothing
    no_account = ann.send(f"{AT}/mapping/items", status=422, which="ticked", item="P-2")
    assert "Choose the account that these items are booked to." in words(no_account)
    assert re.search(r'value="P-2"[^>]*checked', no_account)
    assert set(mapped(books).values()) == {("", "none")}


def test_an_account_of_another_use_is_refused_next_to_its_field(books: Picky, ann: Browser) -> None:
    page = ann.send(f"{AT}/mapping/items", status=422, which="unmapped", income_account="100")

    assert 'Account 100 "Bank" in Picky Books is not an income account.' in words(page)
    assert 'aria-describedby="f-income_account-help"' in page


# -- defaults, deposits, taxes -----------------------------------------------------------------------------------------


def test_one_form_saves_types_deposit_and_taxes(books: Picky, ann: Browser) -> None:
    ann.send(
        f"{AT}/mapping/booking",
        income_service="400",
        income_product="A&B",
        deposit_account="100",
        code=["taxable", "exempt", "GST"],
        remote=["TX", "", "TX"],
    )

    assert mapped(books) == {"P-0": ("A&B", "default"), "P-1": ("400", "default"), "P-2": ("A&B", "default")}
    assert show_connection(books.hub, tenant_id=books.tenant, provider="picky").deposit_account == "100"
    assert list_tax_codes(books.hub, tenant_id=books.tenant, provider="picky")[0].mapped_to == ["GST", "taxable"]


def test_what_is_saved_is_chosen_on_the_page_with_rates_and_numbers(books: Picky, ann: Browser) -> None:
    ann.send(f"{AT}/mapping/booking", income_product="A&B", code=["GST"], remote=["TX"])
    page = ann.get(f"{AT}/mapping")

    assert '<option value="A&amp;B" selected>4100 Goods &#34;x&#34;</option>' in page
    assert '<option value="TX" selected>Texas (8.25 %)</option>' in page
    assert 'Our tax code "GST"' in words(page)


def test_a_tax_code_that_records_wait_for_is_asked_for_by_its_name(books: Picky, ann: Browser) -> None:
    line = {"description": "Work", "quantity": "1", "unit_price": "10.00", "taxable": True, "tax_code": "VAT"}
    books.book_services()
    books.save(
        {"kind": "customer", "ref": "C-1", "name": "Jon Doe"},
        {
            "kind": "invoice",
            "ref": "I-1",
            "number": "1",
            "customer": "C-1",
            "issued_on": "2026-05-01",
            "tax": "0.83",
            "lines": [line],
        },
    )
    books.drain()

    assert 'Our tax code "VAT"' in words(ann.get(f"{AT}/mapping"))
    assert "Records wait for this choice." in words(ann.get(f"{AT}/mapping"))


def test_a_wrong_choice_is_shown_at_its_field_and_nothing_typed_is_lost(books: Picky, ann: Browser) -> None:
    page = ann.send(
        f"{AT}/mapping/booking", status=422, income_service="nope", deposit_account="100", code=["X-1"], remote=["TX"]
    )

    assert "This was not saved." in words(page)
    assert 'Picky Books has no active account with the id "nope".' in words(page)
    assert '<option value="100" selected>' in page


def test_an_expense_account_alone_asks_for_the_income_account(books: Picky, ann: Browser) -> None:
    page = ann.send(f"{AT}/mapping/booking", status=422, income_service="", expense_service="9")

    assert "Choose the income account too." in words(page)


def test_every_choice_can_be_emptied_again(books: Picky, ann: Browser) -> None:
    ann.send(
        f"{AT}/mapping/booking",
        income_product="A&B",
        deposit_account="100",
        code=["taxable", "GST"],
        remote=["TX", "TX"],
    )
    page = ann.get(f"{AT}/mapping")
    assert "None: such items wait for one" in words(page)
    assert "None: payments wait" in words(page)
    told = words(
        ann.send(
            f"{AT}/mapping/booking",
            income_product="",
            expense_product="",
            deposit_account="",
            code=["taxable", "exempt", "GST"],
            remote=["", "", ""],
        )
    )

    assert "Saved." in told
    assert {source for _, source in mapped(books).values()} == {"none"}
    assert show_connection(books.hub, tenant_id=books.tenant, provider="picky").deposit_account == ""
    assert list_tax_codes(books.hub, tenant_id=books.tenant, provider="picky")[0].mapped_to == []


def test_reading_the_accounts_again_says_how_many_there_are(books: Picky, ann: Browser) -> None:
    told = words(ann.send(f"{AT}/mapping/refresh"))

    assert "0 accounts and 0 tax codes were read." in told


def test_accounts_that_cannot_be_read_are_said_where_one_is_and_a_lost_sign_in_where_its_button_is(
    books: Picky, ann: Browser
) -> None:
    books.plugin.trouble = TryLater("Picky Books does not answer.")
    told = words(ann.send(f"{AT}/mapping/refresh"))
    assert "Accounts and taxes in Picky Books" in told
    assert "The accounts were not read. Picky Books does not answer. Try again in a minute." in told

    books.plugin.trouble = LoginNeeded("Picky Books no longer accepts our connection.")
    told = words(ann.send(f"{AT}/mapping/refresh"))
    assert "Picky Books no longer accepts our connection." in told
    assert "Sync settings" in told


def test_a_viewer_sees_the_mapping_but_no_buttons(books: Picky) -> None:
    with signed_in(books.hub, role="viewer", tenant="blue") as vi:
        page = vi.get(f"{AT}/mapping")
        assert "Snake" in words(page)
        assert "Apply to" not in words(page)
        assert 'name="item"' not in page
        for act in ("items", "booking", "refresh"):
            vi.send(f"{AT}/mapping/{act}", status=403, which="unmapped", income_account="400")


# -- the steps after connecting ----------------------------------------------------------------------------------------


def test_every_step_can_be_skipped_and_opened_again(books: Picky, ann: Browser) -> None:
    accounts = ann.get(f"{AT}/wizard/accounts")
    for step in ("customers", "items", "accounts", "settings", "done"):
        assert f'href="{AT}/wizard/{step}"' in accounts
    assert re.search(rf'href="{AT}/wizard/settings">Skip this step', accounts)
    assert 'aria-current="step"' in accounts
    assert f'href="{AT}/wizard/accounts"' in ann.get(f"{AT}/wizard/done")


def test_saving_a_step_goes_on_to_the_next(books: Picky, ann: Browser) -> None:
    went = ann.http.post(
        f"{AT}/mapping/booking",
        data={"csrf": ann.csrf(), "back": "wizard", "income_service": "400"},
        follow_redirects=False,
    )
    assert went.headers["location"] == f"{AT}/wizard/settings"
    went = ann.http.post(
        f"{AT}/settings", data={"csrf": ann.csrf(), "back": "wizard", "shown": "sync_items"}, follow_redirects=False
    )
    assert went.headers["location"] == f"{AT}/wizard/done"


def test_a_mistake_in_a_step_stays_in_the_step(books: Picky, ann: Browser) -> None:
    page = ann.send(f"{AT}/mapping/booking", status=422, back="wizard", income_service="nope")

    assert 'aria-label="Steps"' in page
    assert 'no active account with the id "nope"' in words(page)


def test_the_accounts_step_maps_all_unmapped_items_and_is_then_done(books: Picky, ann: Browser) -> None:
    assert "Apply to all 3 items" in words(ann.get(f"{AT}/wizard/accounts"))
    ann.send(f"{AT}/mapping/booking", back="wizard", deposit_account="100")
    page = ann.send(f"{AT}/mapping/items", which="unmapped", income_account="400", back="wizard")

    assert "3 items are mapped." in words(page)
    assert 'class="here"' in page
    assert re.search(rf'href="{AT}/wizard/settings">Continue', page)


def test_the_last_step_says_what_happens_next_and_offers_sync_now(books: Picky, ann: Browser) -> None:
    page = ann.get(f"{AT}/wizard/done")
    told = words(page)

    assert "From now on, what you save here reaches Blue in Picky Books by itself." in told
    assert "3 items are not in Picky Books yet." in told
    assert "3 items have no income account and wait." in told
    assert f'action="{AT}/sync"' in page
