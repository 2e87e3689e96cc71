"""A person at a browser: opens pages, presses buttons, reads. What the browser complains about fails the test."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Locator, Page, expect
from tests.acceptance.browser.house import House
from tests.conftest import wait_until

# Where the machine is busy with other tests, a sync may take a while.
SECONDS = 20
expect.set_options(timeout=SECONDS * 1000)
# No name but this machine's is ever looked up, and the browser asks its maker nothing.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
_FOCUSED = """() => {
    const one = document.activeElement;
    return {name: one === document.body ? "" : one.innerText.trim(), outline: getComputedStyle(one).outlineStyle};
}"""
WIDE, PHONE, NARROW = (1200, 900), (360, 740), (320, 640)


@dataclass
class Guest:
    """One browser profile with one open page."""

    house: House
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    # -- going about -------------------------------------------------------------------------------------------------

    def go(self, path: str) -> None:
        """Open an address of the console, also while the open page is loading itself again."""

        def there() -> bool:
            try:
                self.page.goto(self.house.url + path)
            except Error as error:
                if "interrupted by another navigation" not in error.message:
                    raise
                return False
            return True

        wait_until(there, seconds=SECONDS, what=f"{path} to open")

    def sign_in(self, link: str) -> None:
        """By a link, as it stands in an e-mail or below the demo's report."""
        self.page.goto(link)
        self.press("Sign in")
        expect(self.page.get_by_role("button", name="Sign in")).to_have_count(0)

    def press(self, name: str, *, within: Locator | None = None) -> None:
        """Press the first button of this name."""
        (within or self.page).get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: str, *, within: Locator | None = None) -> None:
        """Follow the first link whose words begin so."""
        (within or self.page).get_by_role("link", name=re.compile(f"^{re.escape(name)}")).first.click()

    def tab_to(self, name: str) -> None:
        """Press Tab until something of this name has the focus, then Enter. Whatever has the focus is to be seen."""
        for _ in range(60):
            focused = self.page.evaluate(_FOCUSED)
            if focused["name"].startswith(name):
                assert focused["outline"] != "none", f"{name} has the focus and does not show it"
                self.page.keyboard.press("Enter")
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {name}")

    def sees(self, *words: str) -> None:
        """Wait until the page says all of this, in a message that has gone by or in its body."""
        for told in words:
            expect(self.page.locator("body")).to_contain_text(told)

    def finds(self, path: str, words: str) -> None:
        """Open a page, again and again, until it says so."""

        def told() -> bool:
            # A page that follows a sync loads itself again when that ends, and may be just about to.
            with contextlib.suppress(Error):
                self.go(path)
            return words in self.page.locator("body").inner_text()

        wait_until(told, seconds=SECONDS, what=f'"{words}" on {path}')

    def sees_not(self, words: str) -> None:
        expect(self.page.locator("body")).not_to_contain_text(words)

    def consents(self, *, company: str = "", decision: str = "Allow") -> None:
        """Decide on the provider's page, and on ours where the sign-in reaches several companies."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("Connect to")
        chosen = self.page.locator(f'input[name=company][value="{company}"]')
        if company and chosen.count():
            chosen.check()
        self.press(decision)
        self.page.wait_for_url(f"{self.house.url}/**")
        if "/oauth/" in self.page.url and self.page.locator("input[name=company]").count():
            which = f'input[name=company][value="{company}"]' if company else "input[name=company]"
            self.page.locator(which).first.check()
            self.press("Connect this company")

    # -- judging ------------------------------------------------------------------------------------------------------

    def excuse(self, words: str) -> None:
        """Let what the test provoked on purpose pass."""
        self.complaints[:] = [one for one in self.complaints if words not in one]

    def shot(self, name: str) -> None:
        """Pictures of the page, for people: in the folder that LEDGERPORT_SCREENSHOTS names, else none."""
        folder = os.environ.get("LEDGERPORT_SCREENSHOTS")
        if not folder:
            return
        for size, shape in (("wide", WIDE), ("phone", PHONE)):
            self.page.set_viewport_size({"width": shape[0], "height": shape[1]})
            self.page.reload()
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme)
                self.page.screenshot(path=Path(folder) / f"{name}-{size}-{scheme}.png", full_page=True)
        self.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        self.page.emulate_media(color_scheme="light")

    def another_tab(self) -> Guest:
        """The same person's second tab."""
        return Guest(house=self.house, context=self.context, page=self.context.new_page(), complaints=self.complaints)


@contextlib.contextmanager
def guest(browser: Browser, house: House, *, script: bool = True, dark: bool = False) -> Iterator[Guest]:
    """Somebody new. At the end the browser must have had nothing to complain about: no error of a script, nothing that
    the content policy refused, no request that left this machine."""
    context = browser.new_context(
        java_script_enabled=script,
        color_scheme="dark" if dark else "light",
        viewport={"width": WIDE[0], "height": WIDE[1]},
        reduced_motion="reduce",
    )
    context.set_default_timeout(SECONDS * 1000)
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # A sandbox's pages stand for somebody else's; only ours are judged.
        if message.type == "error" and message.location.get("url", house.url).startswith(house.url):
            complaints.append(f"{message.location.get('url', '')}: {message.text}")

    context.on("console", heard)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("request", lambda request: complaints.extend(_away(request.url)))
    try:
        yield Guest(house=house, context=context, page=context.new_page(), complaints=complaints)
    finally:
        context.close()
    assert complaints == []


def _away(address: str) -> list[str]:
    parts = urlsplit(address)
    home = parts.scheme in ("data", "blob") or parts.hostname == "127.0.0.1"
    return [] if home else [f"a request left this machine: {address}"]
