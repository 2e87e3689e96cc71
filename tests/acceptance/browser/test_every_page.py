"""Every page there is, opened with something on it: readable for all, on paper-thin screens, by day and by night."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Browser
from tests.acceptance.browser.guest import NARROW, WIDE, Guest, guest
from tests.acceptance.browser.lived_in import MARKUP, addresses, lived_in

# Every page there is, on a machine that may be busy with other tests.
pytestmark = pytest.mark.timeout(400)
GRAVE = {"serious", "critical"}
_AXE = "options => axe.run(document, options)"
# What of a page sticks out on the right; lists stand as cards there, so that none scrolls inside its frame either.
_TOO_WIDE = """() => {
    const root = document.documentElement;
    const frame = [...document.querySelectorAll(".table")].find(one => one.scrollWidth > one.clientWidth + 1);
    if (frame) return "inside its frame: " + frame.getAttribute("aria-label");
    if (root.scrollWidth <= root.clientWidth) return "";
    const wide = [...document.querySelectorAll("main *, header *")]
        .filter(one => one.getBoundingClientRect().right > root.clientWidth + 1 && !one.closest(".table"));
    return root.scrollWidth + " px: " + wide.slice(0, 3).map(one => one.outerHTML.slice(0, 90)).join(" | ");
}"""

# Tables whose rows do not stand as cards: part of each row is out of sight.
_CUT = """() => [...document.querySelectorAll(".table")].filter(one => one.scrollWidth > one.clientWidth + 1)
    .map(one => `${one.getAttribute("aria-label")} (${one.scrollWidth - one.clientWidth} px)`)"""


@dataclass
class Tour:
    """What was found wrong, page by page."""

    pages: dict[str, str] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    sideways: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def tour(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    with lived_in(tmp_path_factory.mktemp("lived-in")) as house:
        made = Tour(pages=addresses(house))
        signing = {name: path for name, path in made.pages.items() if path.startswith("/sign-in")}
        with guest(browser, house) as stranger:
            for name, path in signing.items():
                visit(stranger, made, name, path)
        with guest(browser, house) as operator:
            operator.sign_in(house.link("operator"))
            for name, path in made.pages.items():
                if name not in signing:
                    visit(operator, made, name, path)
            # The address that is nobody's is told so by its status, and so is a consent that nobody asked for.
            for status in ("404", "400"):
                operator.excuse(status)
        yield made


def visit(somebody: Guest, tour: Tour, name: str, path: str) -> None:
    page = somebody.page
    answer = page.goto(somebody.house.url + path)
    tour.statuses[name] = answer.status if answer else 0
    tour.words[name] = page.locator("body").inner_text()
    page.evaluate(AXE_SCRIPT)
    tour.findings += [f"{name} ({path}): {one}" for one in judged(page.evaluate(_AXE, {"resultTypes": ["violations"]}))]
    page.emulate_media(color_scheme="dark")
    tour.findings += [f"{name}, dark: {one}" for one in judged(page.evaluate(_AXE, {"runOnly": ["color-contrast"]}))]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    if wide := page.evaluate(_TOO_WIDE):
        tour.sideways.append(f"{name} ({path}): {wide}")
    tour.cut += [f"{name} ({path}): {one}" for one in page.evaluate(_CUT)]
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    heads = page.locator("h1").all_inner_texts()
    if len(heads) != 1 or heads[0] not in page.title():
        tour.headings.append(f"{name} ({path}): {heads} in {page.title()!r}")
    somebody.shot(name)


def judged(told: dict[str, Any]) -> list[str]:
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in told["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


def test_every_page_opens(tour: Tour) -> None:
    assert {name: status for name, status in tour.statuses.items() if status != 200} == {
        "no-such-page": 404,
        "connect-provider": 400,
        "oauth-provider-callback": 400,
    }


def test_no_page_has_a_serious_finding_of_axe_by_day_or_by_night(tour: Tour) -> None:
    assert not tour.findings, "\n".join(tour.findings)


def test_no_page_scrolls_sideways_on_a_narrow_screen(tour: Tour) -> None:
    assert not tour.sideways, "\n".join(tour.sideways)


def test_no_row_of_a_table_is_cut_off_on_a_narrow_screen(tour: Tour) -> None:
    assert not tour.cut, "\n".join(tour.cut)


def test_every_page_has_one_heading_which_its_title_repeats(tour: Tour) -> None:
    assert not tour.headings, "\n".join(tour.headings)


def test_names_with_markup_are_shown_as_they_are_and_never_run(tour: Tour) -> None:
    """Had one been run, the browser would have told of the policy that refused it."""
    for name in ("invoice-markup", "invoices", "customers"):
        assert MARKUP in tour.words[name], name
