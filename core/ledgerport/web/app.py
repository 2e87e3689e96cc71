"""The console as an application: which pages there are, and what a page says when something is not as it should be."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from ledgerport.contract import ContractError
from ledgerport.services.context import Hub
from ledgerport.services.memory.unavailable import MemoryUnavailable
from ledgerport.services.rejections import BadChoice, Conflict, NotFound, RecordRejected
from ledgerport.services.sign_in import NotSignedIn
from ledgerport.web import pages
from ledgerport.web.access import NotAllowed, visitor_of
from ledgerport.web.render import problem_page

STATIC = Path(__file__).with_name("static")
# Nothing is loaded from elsewhere, nothing runs that is not ours.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def create_console(hub: Hub, *, look_every: float = 0.5) -> FastAPI:
    """The pages over one hub. `look_every`: seconds between looks at a run for server-sent events."""
    app = FastAPI(title="Ledgerport console", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.hub = hub
    app.state.look_every = look_every
    for router in pages.ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for error, answer in _ANSWERS.items():
        app.add_exception_handler(error, answer)

    @app.middleware("http")
    async def dress(request: Request, call_next):  # type: ignore[no-untyped-def]
        answer = await call_next(request)
        answer.headers.setdefault("Content-Security-Policy", _POLICY)
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        answer.headers.setdefault("Referrer-Policy", "same-origin")
        if not request.url.path.startswith("/static/"):
            # Pages are somebody's books: the back button must not show them after signing out.
            answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    return app


def _sign_in(request: Request, _error: Exception) -> Response:
    """To the sign-in page, and back here afterwards. A form that was being sent cannot be sent again by itself."""
    back = str(request.url.path) if request.method == "GET" else ""
    if back and request.url.query:
        back = f"{back}?{request.url.query}"
    return RedirectResponse(f"/sign-in?next={quote(back, safe='')}" if back else "/sign-in?ended=1", status_code=303)


def _not_found(request: Request, error: Exception) -> Response:
    return problem_page(request, 404, "Not here", str(error))


def _not_allowed(request: Request, error: Exception) -> Response:
    return problem_page(request, 403, "Not allowed", str(error))


def _told(request: Request, error: Exception) -> Response:
    return problem_page(request, 409, "Not possible", str(error), str(getattr(error, "next_step", "")))


def _memory(request: Request, error: Exception) -> Response:
    words = str(getattr(error, "next_step", ""))
    return problem_page(request, 503, "The memory does not answer", str(error), words)


def _rejected(request: Request, error: Exception) -> Response:
    told = error.rejected if isinstance(error, RecordRejected) else None
    return problem_page(request, 422, "Not accepted", str(error), told.next_step if told else "")


def _provider(request: Request, error: Exception) -> Response:
    detail = error.detail if isinstance(error, ContractError) else ""
    return problem_page(request, 502, "The provider did not do it", str(error), "Try again in a minute.", detail)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = ", ".join(sorted({str(part["loc"][-1]) for part in error.errors()}))
    return problem_page(request, 422, "Not accepted", f"The form came without what it needs: {fields}.", "Go back.")


def _http(request: Request, error: Exception) -> Response:
    # No page was asked who looks at it: found out here, so that somebody who is signed in keeps the way around.
    with suppress(NotSignedIn):
        visitor_of(request, request.app.state.hub)
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = "There is no such page." if status == 404 else "This address does not do that."
    return problem_page(request, status, "Not here", words)


def _database(request: Request, _error: Exception) -> Response:
    words = "The database does not answer just now. Nothing was lost."
    return problem_page(request, 503, "Not now", words, "Try again in a minute.")


_ANSWERS = {
    NotSignedIn: _sign_in,
    NotAllowed: _not_allowed,
    NotFound: _not_found,
    Conflict: _told,
    BadChoice: _told,
    RecordRejected: _rejected,
    ContractError: _provider,
    MemoryUnavailable: _memory,
    RequestValidationError: _invalid,
    OperationalError: _database,
    HTTPException: _http,
}
