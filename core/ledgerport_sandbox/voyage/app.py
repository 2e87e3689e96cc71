"""Voyage AI's embeddings API on one origin: `POST /v1/embeddings`, as the client `voyageai` speaks it.

Its vectors are lexical: they come from words (`lexical.py`), no language model is behind them. `GET /` says so.

What the real API does and this one, too: it reads the body before it asks who is there, so a bad body without a key
is 400 and a good one 401 "Unauthorized"; a wrong key is 401 "Provided API key is invalid."; unknown arguments are
refused; every refusal is `{"detail": sentence}`, and each answer has an `x-request-id`. Limits are those of usage tier
1, per key and model; `switches.py` names what the documents leave open, `requests.py` where the words come from.

`GET /_sandbox/paid` tells what would be charged for (see `paid.py`), `DELETE` forgets it. The faults `status` with 403,
409, 422 and the like answer in the same shape. There is no batch API, no rerank, no multimodal input.
"""

from __future__ import annotations

import hashlib
import html
import math
import os
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from ledgerport_sandbox.calls import Call, Reply
from ledgerport_sandbox.clock import Clock
from ledgerport_sandbox.control import ControlRoute
from ledgerport_sandbox.service import Service
from ledgerport_sandbox.voyage.answers import answer
from ledgerport_sandbox.voyage.models import FREE_REQUESTS, FREE_TOKENS, LIMITS, REQUESTS
from ledgerport_sandbox.voyage.paid import Paid
from ledgerport_sandbox.voyage.requests import Unusable, Wish, read
from ledgerport_sandbox.voyage.switches import SWITCHES

PATH = "/v1/embeddings"
NOTICE = (
    "Its vectors are lexical: made from words, word forms and a small table of synonyms, with no language model behind "
    "them. What it finds says nothing about how well Voyage's models find."
)
_PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Voyage sandbox</title>"
    "<h1>Voyage sandbox</h1><p><strong>{notice}</strong><p>POST {path} answers as Voyage's embeddings API does."
)
_DETAILS = {
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
_OVER = "You have exceeded your rate limit of {limit}. Please slow down your requests."
# As the API says it, without its addresses of the dashboard.
_NO_PAYMENT_METHOD = (
    "You have not yet added your payment method in the billing page and will have reduced rate limits of 3 RPM and 10K "
    "TPM. Please add your payment method in the billing page to unlock our standard rate limits."
)


def create_app(*, store: str | os.PathLike[str] | None = None, clock: Clock | None = None) -> VoyageSandbox:
    """The ASGI app. `clock`: shared with others, or its own; `store` is every sandbox's option and has no effect here:
    Voyage keeps nothing.
    """
    return VoyageSandbox(clock=clock)


class VoyageSandbox(Service):
    """Voyage, small."""

    provider = "voyage"
    notice = NOTICE
    published_limits = LIMITS
    known_switches = SWITCHES
    request_timeout = 600.0

    def __init__(self, *, clock: Clock | None = None) -> None:
        self.paid = Paid()
        self._requests = 0
        super().__init__(clock=clock)

    # -- one request -----------------------------------------------------------------------------------------

    def describe(self, call: Call) -> None:
        call.route = call.path if call.path in {PATH, "/"} else ""
        self._requests += 1
        call.details["requestid"] = f"{self._requests:032x}"
        if call.path != PATH or call.method != "POST":
            return
        call.operation = "embed"
        # A log of calls must not hold keys.
        call.client = hashlib.sha256(_key(call).encode()).hexdigest()[:12]
        try:
            call.details["wish"] = wish = read(call.body)
        except Unusable as refusal:
            call.details["unusable"] = refusal
        else:
            call.entities = (wish.model.name,)

    def refuse_early(self, call: Call) -> Reply | None:
        """Before limits: what is refused for itself uses nothing up."""
        if call.path == "/" and call.method == "GET":
            return Reply.text(_PAGE.format(notice=html.escape(NOTICE), path=PATH), 200, "text/html; charset=utf-8")
        if call.path != PATH:
            return _refusal(404)
        if call.method != "POST":
            return _refusal(405)
        unusable = call.details.get("unusable")
        if isinstance(unusable, Unusable):
            return _refusal(self.switches["malformed_status"] if unusable.malformed else 400, unusable.detail)
        key = _key(call)
        if not key:
            return _refusal(401, "Unauthorized")
        return None if self._good(key) else _refusal(401, "Provided API key is invalid.")

    def limit_keys(self, call: Call) -> list[tuple[str, str]]:
        wish: Wish = call.details["wish"]
        key = f"{call.client}/{wish.model.name}"
        if self.switches["payment_method"]:
            return [(REQUESTS, key), (wish.model.token_limit, key)]
        return [(FREE_REQUESTS, key), (FREE_TOKENS, key)]

    def amounts(self, call: Call) -> Mapping[str, int]:
        wish: Wish = call.details["wish"]
        return {wish.model.token_limit: wish.tokens, FREE_TOKENS: wish.tokens}

    def handle(self, call: Call) -> Reply:
        wish: Wish = call.details["wish"]
        reply = Reply.json(answer(wish))
        self.paid.add(wish)
        return reply

    def throttled(self, call: Call, retry_after: float | None) -> Reply:
        limit = call.details.get("limit") or "requests or tokens per minute"
        detail = _NO_PAYMENT_METHOD if limit in {FREE_REQUESTS, FREE_TOKENS} else _OVER.format(limit=limit)
        reply = _refusal(429, detail)
        asked = call.fault is not None and call.fault.name == "throttle"
        if retry_after is not None and (asked or self.switches["retry_after"] == "seconds"):
            reply.headers.append(("retry-after", str(math.ceil(retry_after))))
        return reply

    def failed(self, call: Call, status: int) -> Reply:
        return _refusal(status)

    def dress(self, call: Call, reply: Reply) -> Reply:
        reply.headers += [("server", "uvicorn"), ("x-request-id", str(call.details["requestid"]))]
        return reply

    def _good(self, key: str) -> bool:
        if known := str(self.switches["keys"]).split():
            return key in known
        return key != "wrong" and not key.startswith("bad-")

    # -- control ---------------------------------------------------------------------------------------------

    def control_routes(self) -> list[ControlRoute]:
        return [*super().control_routes(), ("GET", "paid", self._tell_paid), ("DELETE", "paid", self._forget_paid)]

    async def _tell_paid(self, request: Request) -> Any:
        return self.paid.report()

    async def _forget_paid(self, request: Request) -> Any:
        self.paid.clear()
        return self.paid.report()

    def reset(self) -> None:
        super().reset()
        self.paid.clear()


def _key(call: Call) -> str:
    scheme, _, key = call.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _refusal(status: int, detail: str = "") -> Reply:
    return Reply.json({"detail": detail or _DETAILS.get(status, "The request was refused.")}, status)
