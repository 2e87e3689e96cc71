"""The demo's browser fills in forms as a person would: what is chosen stays, what must be chosen is."""

from __future__ import annotations

import httpx
import pytest

from ledgerport.demo.browser import Browser, NotConnected

HUB = "http://hub.example"


def visit(pages: dict[str, str], *, status: int = 200) -> tuple[str, list[dict[str, str]]]:
    """The last page's words and the forms that were sent, over pages by path."""
    sent: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            sent.append(dict(httpx.QueryParams(request.content.decode())))
        return httpx.Response(status, html=pages[request.url.path])

    with Browser(httpx.MockTransport(answer)) as browser:
        words = browser.consent(f"{HUB}/start")
    return words, sent


def form(fields: str, action: str = "/end") -> str:
    return f'<p>Please</p><form method="post" action="{action}">{fields}</form>'


def radio(value: str, more: str = "") -> str:
    return f'<input type="radio" name="company" value="{value}" {more}>'


def test_of_companies_that_nobody_chose_the_first_is_taken() -> None:
    words, sent = visit({"/start": form(radio("7") + radio("8")), "/end": "<p>Connected</p>"})

    assert sent == [{"company": "7"}]
    assert words == "Connected"


def test_what_is_chosen_already_stays() -> None:
    _, sent = visit({"/start": form(radio("7") + radio("8", "checked")), "/end": "done"})

    assert sent == [{"company": "8"}]


def test_hidden_fields_and_the_first_button_go_along_and_boxes_stay_as_they_are() -> None:
    fields = (
        '<input type="hidden" name="ticket" value="t1"><input type="checkbox" name="news" value="1">'
        '<input type="checkbox" name="terms" value="1" checked>'
        '<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button>'
    )

    _, sent = visit({"/start": form(fields), "/end": "done"})

    assert sent == [{"ticket": "t1", "terms": "1", "decision": "allow"}]


def test_a_consent_and_a_choice_of_company_are_two_forms_in_a_row() -> None:
    first = form('<button name="decision" value="allow">Allow</button>', "/which")

    _, sent = visit({"/start": first, "/which": form(radio("7") + radio("8")), "/end": "done"})

    assert sent == [{"decision": "allow"}, {"company": "7"}]


def test_a_page_that_is_an_error_ends_the_visit_with_its_words() -> None:
    with pytest.raises(NotConnected, match="No such client"):
        visit({"/start": "<p>No such client</p>"}, status=400)


def test_forms_without_an_end_are_given_up() -> None:
    with pytest.raises(NotConnected, match="do not end"):
        visit({"/start": form("", "/start")})
