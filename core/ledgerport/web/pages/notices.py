"""What a person should see to, and where else it is told: letters, and events for the host app."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from ledgerport.services.context import Hub
from ledgerport.services.notice_words import gist
from ledgerport.services.notices_webhook import (
    EVENTS,
    WebhookView,
    new_secret,
    remove_webhook,
    set_webhook,
    show_webhook,
    try_webhook,
)
from ledgerport.services.rejections import BadChoice, NotFound
from ledgerport.services.show_notices import (
    NoticeView,
    list_deliveries,
    list_letter_readers,
    list_notices,
    list_past_notices,
)
from ledgerport.web.access import Acting, Looking, Place, TheHub, only_admins
from ledgerport.web.render import go, page, query

router = APIRouter(prefix="/t/{tenant}/notices")
_MAPPING = {"map_account": "Map accounts", "map_tax": "Map taxes", "choose_deposit_account": "Choose the account"}


@dataclass(frozen=True, kw_only=True)
class Step:
    """The button of a notice: a link, or a form with hidden fields when it changes something."""

    word: str
    address: str
    is_form: bool = False
    kind: str = ""
    fields: dict[str, str] = field(default_factory=dict)


@router.get("")
def index(
    request: Request, place: Looking, hub: TheHub, cursor: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    here = place.at("notices")
    past = list_past_notices(hub, tenant_id=place.tenant_id, cursor=cursor, limit=25)
    return page(
        request,
        "notices.html",
        title="Notices",
        place=place,
        open_now=[(notice, *gist(notice.text), _steps(place, notice)) for notice in _open(hub, place)],
        past=past.rows,
        first=here if cursor else "",
        next=f"{here}{query(cursor=past.next)}" if past.next else "",
    )


@router.get("/settings")
def settings(request: Request, place: Looking, hub: TheHub) -> Response:
    return _settings(request, only_admins(place), hub)


@router.post("/settings")
def save(
    request: Request,
    place: Acting,
    hub: TheHub,
    url: Annotated[str, Form(max_length=4000)] = "",
    secret: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """A secret that was made is shown on the answer of this very form, and never again."""
    try:
        made = set_webhook(hub, tenant_id=place.tenant_id, url=url, secret=secret.strip(), by=place.by)
    except BadChoice as wrong:
        return _settings(request, place, hub, url=url, wrong=wrong)
    if made.secret:
        return _settings(request, place, hub, made=made)
    return go(request, place.at("notices/settings"), f"Events go to {made.url} now.")


@router.post("/settings/test")
def test(request: Request, place: Acting, hub: TheHub) -> Response:
    tried = try_webhook(hub, tenant_id=place.tenant_id)
    return go(request, place.at("notices/settings"), tried.words, kind="good" if tried.delivered else "bad")


@router.get("/settings/secret")
def ask_secret(request: Request, place: Looking) -> Response:
    points = [
        "We sign with a new secret at once, and show it this once.",
        "Your app refuses our events until it knows the new secret. They are sent again for a day.",
        "The old secret cannot be had back.",
    ]
    return _confirm(request, place, "Make a new secret", points, "secret", "Make a new secret")


@router.post("/settings/secret")
def change_secret(request: Request, place: Acting, hub: TheHub) -> Response:
    return _settings(request, place, hub, made=new_secret(hub, tenant_id=place.tenant_id, by=place.by))


@router.get("/settings/remove")
def ask_remove(request: Request, place: Looking) -> Response:
    points = [
        "Your app is told of nothing any more; events that wait are dropped.",
        "Notices stay here, and letters go on.",
        "It can be set again, with a new secret.",
    ]
    return _confirm(request, place, "Stop telling your app", points, "remove", "Stop telling it")


@router.post("/settings/remove")
def remove(request: Request, place: Acting, hub: TheHub) -> Response:
    remove_webhook(hub, tenant_id=place.tenant_id)
    return go(request, place.at("notices/settings"), "Your app is told of nothing any more.")


def _open(hub: Hub, place: Place) -> list[NoticeView]:
    return list_notices(hub, tenant_id=place.tenant_id)


def _steps(place: Place, notice: NoticeView) -> list[Step]:
    """What helps, the first one most."""
    at = place.at(f"integrations/{notice.provider}")
    steps = []
    if notice.action == "reconnect" and notice.provider:
        word = f"Reconnect {notice.label}"
        steps.append(Step(word=word, address=f"{at}/connect", is_form=True, kind="warn"))
    elif notice.action in _MAPPING:
        steps.append(Step(word=_MAPPING[notice.action], address=f"{at}/mapping", kind="main"))
    elif notice.action == "sync_settings":
        steps.append(Step(word="Sync settings", address=at, kind="main"))
    elif notice.action == "retry":
        steps.append(_retry(place, notice))
    elif notice.action == "webhook":
        steps.append(Step(word="Look at the webhook", address=place.at("notices/settings"), kind="main"))
    if notice.reason_code:
        asked = query(provider=notice.provider, reason=notice.reason_code)
        word = "Show it" if notice.count == 1 else f"Show all {notice.count:,}"
        steps.append(Step(word=word, address=f"{place.at('stuck')}{asked}"))
    return steps


def _retry(place: Place, notice: NoticeView) -> Step:
    return Step(
        word="Retry" if notice.count == 1 else f"Retry all {notice.count:,}",
        address=place.at("stuck/retry-alike"),
        is_form=True,
        kind="main",
        fields={"provider": notice.provider, "reason": notice.reason_code, "back": place.at("notices")},
    )


def _settings(
    request: Request,
    place: Place,
    hub: Hub,
    *,
    url: str | None = None,
    made: WebhookView | None = None,
    wrong: BadChoice | None = None,
) -> Response:
    try:
        webhook = show_webhook(hub, tenant_id=place.tenant_id)
    except NotFound:
        webhook = None
    return page(
        request,
        "notices_settings.html",
        title="Where notices go",
        status=422 if wrong else 200,
        place=place,
        webhook=webhook,
        url=url if url is not None else webhook.url if webhook else "",
        made=made,
        errors={wrong.field: f"{wrong.reason} {wrong.next_step}"} if wrong else {},
        events=EVENTS,
        sends_letters=hub.mail is not None,
        readers=list_letter_readers(hub, tenant_id=place.tenant_id),
        deliveries=list_deliveries(hub, tenant_id=place.tenant_id),
    )


def _confirm(request: Request, place: Place, title: str, points: list[str], act: str, word: str) -> Response:
    address = only_admins(place).at(f"notices/settings/{act}")
    return page(request, "notices_confirm.html", title=title, place=place, points=points, address=address, word=word)
