"""The steps that bring customers and items over, as a person without script walks them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import save
from tests.integration.import_books import Books, books, customer, item
from tests.web_stage import Browser, signed_in, words

from ledgerport.contract import Kind, TryLater
from ledgerport.db.models import Tenant

CUSTOMERS = "/t/blue/integrations/picky/wizard/customers"
ITEMS = "/t/blue/integrations/picky/wizard/items"
UNSYNCED = "/t/blue/integrations/picky/unsynced-customers"


@pytest.fixture
def here(tmp_path: Path) -> Books:
    made = books(tmp_path)
    with made.hub.database.everything() as session:
        session.get_one(Tenant, made.tenant).slug = "blue"
    made.plugin.customers = [
        customer("1", "Jon Doe", email="j.doe@example.com"),
        customer("2", "Smile Dental Clinic"),
        customer("3", "<b>Kim</b> & Sons", phone="555 010 7777"),
    ]
    return made


@pytest.fixture
def ann(here: Books) -> Iterator[Browser]:
    with signed_in(here.hub, tenant="blue") as browser:
        yield browser


def read(here: Books, ann: Browser, address: str = CUSTOMERS) -> str:
    """Start reading, let the job work, look."""
    ann.send(f"{address}/start")
    kind = Kind.ITEM if address == ITEMS else Kind.CUSTOMER
    here.work(here.start(kind).id)
    return ann.get(address)


def fields(page: str) -> dict[str, str | list[str]]:
    """The form over the rows as the page shows it, nothing changed."""
    form = page[page.index('/rows"') :]
    found: dict[str, str | list[str]] = dict(
        re.findall(r'type="hidden" name="(import|show|q|cursor)" value="([^"]*)"', form)
    )
    found["on_page"] = re.findall(r'name="on_page" value="(\d+)"', form)
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form, flags=re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen.group(1) if chosen else ""
    return found


def row_of(page: str, name: str) -> str:
    found = re.search(rf'id="r-(\d+)" aria-label="{re.escape(name)}"', page)
    assert found, page
    return found.group(1)


def test_before_anything_is_read_the_step_says_what_will_happen_and_can_be_skipped(ann: Browser) -> None:
    page = ann.get(CUSTOMERS)
    assert "Nothing is changed in Picky Books." in words(page)
    assert f'href="{ITEMS}">Skip this step' in page
    assert "Read customers from Picky Books" in words(page)


def test_while_it_is_read_the_page_shows_how_far_and_can_stop_it(here: Books, ann: Browser) -> None:
    page = ann.send(f"{CUSTOMERS}/start")
    assert "Reading the customers of Picky Books. You may leave this page; it goes on." in words(page)
    started = here.start()
    assert f'data-live="/t/blue/integrations/picky/imports/{started.id}/events"' in page
    stopped = ann.send(f"{CUSTOMERS}/stop", **{"import": str(started.id)})
    assert "Stopped: 0 customers read." in words(stopped)
    again = ann.send(f"{CUSTOMERS}/resume", **{"import": str(started.id)})
    assert "Reading customers from Picky Books" in words(again)


def test_progress_comes_as_events_until_the_list_is_there(here: Books, ann: Browser) -> None:
    started = here.start()
    here.work(started.id)
    told = ann.get(f"/t/blue/integrations/picky/imports/{started.id}/events")
    assert told.startswith('event: progress\ndata: {"done": 0, "total": 3, "words": "0 of 3 customers brought over"}')
    assert "event: end" in told


def test_what_was_read_shows_type_reason_and_choice_and_escapes_names(here: Books, ann: Browser) -> None:
    save(here.hub, here.tenant, "customer", "C-1", name="Jonathan Doe", email="j.doe@example.com")
    page = read(here, ann)
    text = words(page)
    assert "3 customers of Picky Books are not here yet." in text
    assert '"dental" in the name' in text
    assert "Same e-mail as Jonathan Doe" in text
    assert "Import 3 customers" in text
    assert "2 new, 1 to be linked." in text
    assert "<b>Kim" not in page
    assert "&lt;b&gt;Kim&lt;/b&gt; &amp; Sons" in page


def test_importing_brings_them_over_and_says_how_many(here: Books, ann: Browser) -> None:
    page = read(here, ann)
    page = ann.send(f"{CUSTOMERS}/rows", **fields(page), act="import")
    assert "Bringing over 3 customers." in words(page)
    assert "Bringing customers over" in words(page)
    here.work(here.start().id)
    page = ann.get(CUSTOMERS)
    assert "3 customers brought over." in words(page)
    assert "3 new, 0 linked to customers you had." in words(page)
    assert "PB-1" in page


def test_a_second_click_on_import_brings_nothing_over_twice(here: Books, ann: Browser) -> None:
    form = fields(read(here, ann))
    ann.send(f"{CUSTOMERS}/rows", **form, act="import")
    assert "just now" in words(ann.send(f"{CUSTOMERS}/rows", status=409, **form, act="import"))
    done = here.work(here.start().id)
    assert done.created == 3


def test_ticked_rows_are_changed_together_and_each_row_alone(here: Books, ann: Browser) -> None:
    page = read(here, ann)
    doe, clinic = row_of(page, "Jon Doe"), row_of(page, "Smile Dental Clinic")
    form = {**fields(page), "bulk": "choice:skip", "row": [doe], f"type-{clinic}": "builder"}
    page = ann.send(f"{CUSTOMERS}/rows", **form, act="ticked")
    assert "Changed 1 customer." in words(page)
    rows = here.rows(here.start().id)
    assert (rows["Jon Doe"].choice, rows["Smile Dental Clinic"].type) == ("skip", "builder")
    assert "Chosen by a person" in words(page)
    assert "Import 2 customers" in words(page)


def test_all_rows_of_a_filter_are_changed_together(here: Books, ann: Browser) -> None:
    page = read(here, ann)
    page = ann.get(f"{CUSTOMERS}?q=dental")
    assert "Jon Doe" not in page
    page = ann.send(f"{CUSTOMERS}/rows", **{**fields(page), "bulk": "type:homeowner"}, act="all")
    assert "Changed 1 customer." in words(page)
    assert here.rows(here.start().id)["Smile Dental Clinic"].type == "homeowner"


def test_a_bulk_change_without_a_choice_says_so_and_keeps_the_ticks(here: Books, ann: Browser) -> None:
    page = read(here, ann)
    doe = row_of(page, "Jon Doe")
    form = {**fields(page), "row": [doe], f"type-{doe}": "builder"}
    page = ann.send(f"{CUSTOMERS}/rows", status=422, **form, act="ticked")
    assert "Nothing is chosen to be changed." in words(page)
    assert re.search(rf'id="r-{doe}" aria-label="Jon Doe" checked', page)
    assert fields(page)[f"type-{doe}"] == "builder"


def test_a_likely_double_is_asked_about_and_linked_when_a_person_says_so(here: Books, ann: Browser) -> None:
    save(here.hub, here.tenant, "customer", "C-3", name="<B>kim</B> & sons", phone="5550107777")
    page = read(here, ann)
    kim = row_of(page, "&lt;b&gt;Kim&lt;/b&gt; &amp; Sons")
    assert "1 looks like one of yours: say whether it is." in words(page)
    assert fields(page)[f"choice-{kim}"] == ""
    ann.send(f"{CUSTOMERS}/rows", **{**fields(page), f"choice-{kim}": "link:C-3"}, act="import")
    done = here.work(here.start().id)
    assert (done.created, done.linked) == (2, 1)


def test_rows_come_by_pages_that_keep_the_filter(here: Books, ann: Browser) -> None:
    here.plugin.customers = [customer(str(number), f"Customer {number:03}") for number in range(60)]
    here.plugin.size = 60
    page = read(here, ann)
    following = re.search(r'href="([^"]+)" rel="next"', ann.get(f"{CUSTOMERS}?show=create"))
    assert following
    assert "show=create" in following.group(1)
    assert "Customer 059" in ann.get(following.group(1).replace("&amp;", "&"))
    assert "Customer 059" not in page


def test_items_show_price_cost_and_tax_and_are_imported(here: Books, ann: Browser) -> None:
    here.plugin.items = [item("i1", "Drain snake", price="19.99", cost="8.5", taxable=True, sku="DS-25")]
    page = read(here, ann, ITEMS)
    text = words(page)
    assert "19.99 USD 8.50 USD Taxable" in text
    ann.send(f"{ITEMS}/rows", **fields(page), act="import")
    assert here.work(here.start(Kind.ITEM).id).created == 1


def test_an_empty_company_says_so_and_goes_on(here: Books, ann: Browser) -> None:
    page = read(here, ann, ITEMS)
    assert "Picky Books has no items that are not here." in words(page)
    assert ">Continue</a>" in page


def test_a_viewer_sees_the_list_and_no_button(here: Books, ann: Browser) -> None:
    read(here, ann)
    with signed_in(here.hub, tenant="blue", role="viewer") as viewer:
        page = viewer.get(CUSTOMERS)
        assert "Smile Dental Clinic" in page
        assert "<button" not in page[page.index('id="content"') : page.index("</main>")].replace(
            '<button type="submit">Search</button>', ""
        )
        viewer.send(f"{CUSTOMERS}/start", status=403)


def test_another_tenants_import_is_not_there(here: Books, ann: Browser) -> None:
    assert "There is no import 999" in words(ann.send(f"{CUSTOMERS}/stop", status=404, **{"import": "999"}))


def test_how_many_customers_are_not_here_is_asked_once_a_minute(here: Books, ann: Browser) -> None:
    text = words(ann.get(UNSYNCED))
    assert "3 of 3 customers in Picky Books are not yet here." in text
    assert "Review & import" in text
    asked = len(here.plugin.asked)
    here.plugin.customers.append(customer("4", "New"))
    fragment = ann.http.get(UNSYNCED, headers={"X-Fragment": "1"}).text
    assert "3 of 3" in words(fragment)
    assert "<html" not in fragment
    assert len(here.plugin.asked) == asked
    here.bring()
    with here.hub.database.everything() as session:
        session.connection().exec_driver_sql("DELETE FROM customer_counts")
    assert "All 4 customers in Picky Books are here." in words(ann.get(UNSYNCED))


def test_a_provider_that_does_not_answer_is_said_in_its_place(here: Books, ann: Browser) -> None:
    def silent(_cursor: str | None) -> None:
        raise TryLater("Picky Books did not answer.")

    here.plugin.before = silent
    assert "Picky Books did not answer. Look again in a minute." in words(ann.get(UNSYNCED))
