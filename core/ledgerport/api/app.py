"""The REST application: which routes there are, how errors look, what OpenAPI says."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from ledgerport.api import errors
from ledgerport.api.body_limit import BodyLimit
from ledgerport.api.routes import (
    acts,
    connections,
    health,
    imports,
    invoices,
    load,
    mappings,
    memory,
    notices,
    operator,
    pauses,
    records,
    reports,
    runs,
)
from ledgerport.services.context import Hub

_TITLE = "Ledgerport"
_ABOUT = """\
Records are saved by `PUT` under the host app's own ref and reach the books by themselves. Every error is
`application/problem+json` with a sentence for people in `detail` and what to do in `next_step`."""
_VERSION = "1"
# What any route of a tenant may answer beside its own.
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": errors.Problem, "description": description}
    for status, description in {
        400: "The body is not JSON",
        401: "No valid API key",
        403: "Not allowed with this key",
        404: "Not found",
        409: "Not possible as things stand",
        413: "Too large",
        422: "Not accepted as it is",
        502: "The provider's answer makes no sense",
        503: "Not possible now",
        504: "The provider did not answer",
    }.items()
}


def create_app(hub: Hub, *, look_every: float = 0.5) -> FastAPI:
    """The application over one hub. `look_every`: seconds between looks at a run for server-sent events."""
    app = FastAPI(title=_TITLE, version=_VERSION, generate_unique_id_function=_operation_id)
    app.state.hub = hub
    app.state.look_every = look_every
    v1 = APIRouter(prefix="/v1", responses=_PROBLEMS)
    for router in (
        *records.routers,
        invoices.router,
        load.router,
        connections.router,
        imports.router,
        mappings.router,
        memory.router,
        notices.router,
        runs.router,
        reports.router,
        acts.router,
        operator.router,
        pauses.router,
    ):
        v1.include_router(router)
    app.include_router(v1)
    app.include_router(health.router)
    app.add_middleware(BodyLimit, unlimited=frozenset({"/v1/load"}))
    errors.install(app)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _operation_id(route: APIRoute) -> str:
    """`put_customers`, `sync_connections`: short and unique."""
    noun = str(route.tags[0]) if route.tags else "root"
    return f"{noun}_{route.name}"


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's description, with problems under their own media type."""
    if app.openapi_schema is None:
        schema = get_openapi(title=_TITLE, version=_VERSION, description=_ABOUT, routes=app.routes)
        for path in schema["paths"].values():
            for operation in path.values():
                for status, response in operation["responses"].items():
                    content = response.get("content", {})
                    if int(status) >= 400 and "application/json" in content:
                        content[errors.MEDIA_TYPE] = content.pop("application/json")
        app.openapi_schema = schema
    return app.openapi_schema
