"""What routes ask for: the hub, who calls, a body as a file, an answer given once."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Annotated, Any

from fastapi import Depends, Header, Path, Query, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import TypeAdapter

from ledgerport.api.errors import Forbidden, TooLarge
from ledgerport.services.api_keys import OPERATOR, READ, WRITE, Caller, KeyRefused, read_key
from ledgerport.services.context import Hub
from ledgerport.services.once import Answer, once
from ledgerport.services.paging import MOST
from ledgerport.services.record_fields import Ref, Short

LOAD_BYTES = 512 * 1024 * 1024
_IN_MEMORY = 4 * 1024 * 1024
_bearer = HTTPBearer(auto_error=False, description="An API key: `lp_<prefix>_<secret>`.")


def the_hub(request: Request) -> Hub:
    """The parts of this process."""
    hub: Hub = request.app.state.hub
    return hub


TheHub = Annotated[Hub, Depends(the_hub)]


def _caller(hub: TheHub, given: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]) -> Caller:
    if given is None:
        raise KeyRefused("Send your API key as a bearer token: Authorization: Bearer lp_...")
    return read_key(hub, given.credentials)


AnyCaller = Annotated[Caller, Depends(_caller)]


@dataclass(frozen=True, kw_only=True)
class TenantCaller:
    """Somebody who acts for one tenant."""

    tenant_id: int
    name: str


def _reader(caller: AnyCaller) -> TenantCaller:
    if caller.tenant_id is None:
        raise Forbidden("This is an operator's key. Use a key of the tenant.")
    if not caller.scopes & {READ, WRITE}:
        raise Forbidden("This key may not read.")
    return TenantCaller(tenant_id=caller.tenant_id, name=caller.name)


def _writer(caller: AnyCaller) -> TenantCaller:
    reader = _reader(caller)
    if WRITE not in caller.scopes:
        raise Forbidden("This key may only read. Use one with the scope write.")
    return reader


def _operator(caller: AnyCaller) -> Caller:
    if OPERATOR not in caller.scopes or caller.tenant_id is not None:
        raise Forbidden("Only an operator's key may do this.")
    return caller


Reader = Annotated[TenantCaller, Depends(_reader)]
Writer = Annotated[TenantCaller, Depends(_writer)]
Operator = Annotated[Caller, Depends(_operator)]
ONLY_OPERATORS = Depends(_operator)

RefPath = Annotated[Ref, Path(description="The host app's own id of the record.")]
ProviderPath = Annotated[str, Path(pattern="^[a-z][a-z0-9_-]{0,49}$", description="Such as `quickbooks`.")]
SlugPath = Annotated[str, Path(pattern="^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", description="The tenant's slug.")]
RunPath = Annotated[int, Path(ge=1, le=2**53)]
Cursor = Annotated[Short, Query(description="The `next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MOST)]


@dataclass(frozen=True, kw_only=True)
class Once:
    """Answers a POST; with an `Idempotency-Key` it acts once, and a repeat gets the first answer."""

    hub: Hub
    tenant_id: int
    key: str | None
    digest: str

    def __call__(self, status: int, model: Any, act: Callable[[], Any]) -> Response:
        """Run `act` and show what it returns, a `model`, with `status`."""

        def answer() -> Answer:
            return Answer(status=status, body=_adapter(model).dump_python(act(), mode="json"))

        given = (
            answer()
            if self.key is None
            else once(self.hub, tenant_id=self.tenant_id, key=self.key, digest=self.digest, act=answer)
        )
        headers = {"Idempotent-Replayed": "true"} if given.repeated else None
        return JSONResponse(given.body, status_code=given.status, headers=headers)


@lru_cache(maxsize=64)
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,200}$",
        description="Any text of your own; a repeat with the same one within a day gets the first answer.",
    ),
]


async def _once(request: Request, hub: TheHub, caller: Writer, key: IdempotencyKey = None) -> Once:
    body = await request.body()
    return Once(hub=hub, tenant_id=caller.tenant_id, key=key, digest=_digest(request, hashlib.sha256(body).hexdigest()))


AskedOnce = Annotated[Once, Depends(_once)]


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A body kept in a file, and the way to answer it once."""

    file: IO[bytes]
    once: Once


async def _upload(request: Request, hub: TheHub, caller: Writer, key: IdempotencyKey = None) -> AsyncIterator[Upload]:
    """The body as it streams in, in memory up to some megabytes, then on disk. Raises TooLarge."""
    whole = hashlib.sha256()
    length = 0
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        async for part in request.stream():
            length += len(part)
            if length > LOAD_BYTES:
                raise TooLarge(LOAD_BYTES)
            whole.update(part)
            await run_in_threadpool(file.write, part)
        file.seek(0)
        digest = _digest(request, whole.hexdigest())
        yield Upload(file=file, once=Once(hub=hub, tenant_id=caller.tenant_id, key=key, digest=digest))


TheUpload = Annotated[Upload, Depends(_upload)]


def _digest(request: Request, body: str) -> str:
    told = f"{request.method} {request.url.path}?{request.url.query} {body}"
    return hashlib.sha256(told.encode()).hexdigest()
