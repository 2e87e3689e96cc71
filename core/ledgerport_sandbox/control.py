"""The control routes under `/_sandbox/`: look at the books, break things on purpose, move time. Never part of a
provider's API.

Bodies and answers are JSON; a request that makes no sense is answered 422 `{"problem": sentence}`, an unknown company
404.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ledgerport_sandbox.api_keys import ApiKey
from ledgerport_sandbox.faults import Match
from ledgerport_sandbox.limits import Limit

if TYPE_CHECKING:
    from ledgerport_sandbox.sandbox import Sandbox
    from ledgerport_sandbox.service import Service

Handler = Callable[[Request], Awaitable[Any]]
#: (verb, path under `/_sandbox/`, what answers it)
ControlRoute = tuple[str, str, Handler]


def control_app(routes: Sequence[ControlRoute]) -> Starlette:
    """The routes of one sandbox."""
    return Starlette(routes=[Route(f"/_sandbox/{path}", _guarded(call), methods=[verb]) for verb, path, call in routes])


def service_routes(service: Service) -> list[ControlRoute]:
    """What every emulator can be told."""
    desk = _Desk(service)
    return [
        ("GET", "faults", desk.faults),
        ("POST", "faults", desk.add_fault),
        ("DELETE", "faults", desk.clear_faults),
        ("DELETE", "faults/{id:int}", desk.remove_fault),
        ("GET", "clock", desk.clock),
        ("POST", "clock", desk.set_clock),
        ("GET", "latency", desk.latency),
        ("POST", "latency", desk.set_latency),
        ("GET", "limits", desk.limits),
        ("POST", "limits", desk.set_limits),
        ("GET", "switches", desk.switches),
        ("POST", "switches", desk.set_switches),
        ("POST", "reset", desk.reset),
        ("GET", "calls", desk.calls),
        ("DELETE", "calls", desk.clear_calls),
    ]


def books_routes(sandbox: Sandbox) -> list[ControlRoute]:
    """What an accounting provider's emulator can be told besides."""
    desk = _BooksDesk(sandbox)
    return [
        ("GET", "ledger", desk.ledger),
        ("POST", "revoke", desk.revoke),
        ("GET", "keys", desk.keys),
        ("POST", "keys", desk.make_key),
        ("POST", "keys/revoke", desk.revoke_key),
        ("POST", "companies", desk.add_company),
        ("POST", "person", desk.person),
        ("GET", "webhooks", desk.webhooks),
        ("POST", "webhooks", desk.subscribe),
        ("POST", "webhooks/handshake", desk.shake_hands),
        ("POST", "webhooks/deliver", desk.deliver),
    ]


class _Desk:
    def __init__(self, service: Service) -> None:
        self._sandbox = service

    async def faults(self, request: Request) -> Any:
        return self._sandbox.faults.report()

    async def add_fault(self, request: Request) -> Any:
        return self._sandbox.faults.add(await _object(request)).report()

    async def clear_faults(self, request: Request) -> Any:
        self._sandbox.faults.clear()
        return self._sandbox.faults.report()

    async def remove_fault(self, request: Request) -> Any:
        if not self._sandbox.faults.remove(request.path_params["id"]):
            raise KeyError(f"no waiting fault {request.path_params['id']}")
        return self._sandbox.faults.report()

    async def clock(self, request: Request) -> Any:
        pace = self._sandbox.clock.pace
        return {"rate": pace.rate, "at": pace.at, "since": pace.since, "now": pace.now()}

    async def set_clock(self, request: Request) -> Any:
        data = await _object(request, {"rate", "at", "since", "advance"})
        if any(not isinstance(value, int | float) for value in data.values()):
            raise ValueError("rate, at, since and advance are numbers")
        if "advance" in data:
            self._sandbox.clock.advance(data["advance"])
        else:
            self._sandbox.clock.set(**data)
        return await self.clock(request)

    async def latency(self, request: Request) -> Any:
        return [{"seconds": seconds, "match": match.wanted} for seconds, match in self._sandbox.latency]

    async def set_latency(self, request: Request) -> Any:
        data = await _object(request, {"seconds", "match"})
        seconds = data.get("seconds")
        if not isinstance(seconds, int | float) or seconds < 0:
            raise ValueError("seconds is a number from 0")
        match = Match.read(data.get("match", {}))
        if not match.wanted:
            self._sandbox.latency.clear()
        self._sandbox.latency.append((float(seconds), match))
        return await self.latency(request)

    async def limits(self, request: Request) -> Any:
        return self._sandbox.limits.report()

    async def set_limits(self, request: Request) -> Any:
        data = await _object(request, {"enabled", "limits", "jitter"})
        limits = self._sandbox.limits
        replacement = [Limit.read(row) for row in data["limits"]] if "limits" in data else None
        if replacement is not None:
            limits.replace(replacement)
        limits.enabled = bool(data.get("enabled", limits.enabled))
        limits.jitter = float(data.get("jitter", limits.jitter))
        return limits.report()

    async def switches(self, request: Request) -> Any:
        return self._sandbox.switches.report()

    async def set_switches(self, request: Request) -> Any:
        self._sandbox.switches.set(await _object(request))
        self._sandbox.switched()
        return self._sandbox.switches.report()

    async def reset(self, request: Request) -> Any:
        self._sandbox.reset()
        return {"reset": True}

    async def calls(self, request: Request) -> Any:
        return self._sandbox.calls.report(int(request.query_params.get("last", "50")))

    async def clear_calls(self, request: Request) -> Any:
        self._sandbox.calls.clear()
        return self._sandbox.calls.report()


class _BooksDesk:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def ledger(self, request: Request) -> Any:
        company = request.query_params.get("company", "")
        return self._sandbox.ledger(company, summary=request.query_params.get("summary") == "1")

    async def revoke(self, request: Request) -> Any:
        data = await _object(request, {"company"})
        sandbox, company = self._sandbox, data.get("company")
        return {"revoked": sandbox.authority.revoke_company(company) + sandbox.api_keys.end_company(company)}

    async def keys(self, request: Request) -> Any:
        return [_shown(key) for key in self._sandbox.api_keys.living()]

    async def make_key(self, request: Request) -> Any:
        data = await _object(request, {"companies", "field"})
        companies = data.get("companies")
        if not isinstance(companies, list) or any(not isinstance(company, str) for company in companies):
            raise ValueError("companies is a list of ids")
        for company in companies:
            # Raises KeyError for one that is not there.
            self._sandbox.ledger(company, summary=True)
        return _shown(self._sandbox.api_keys.make(companies, field=str(data.get("field", ""))))

    async def revoke_key(self, request: Request) -> Any:
        data = await _object(request, {"key"})
        if not self._sandbox.api_keys.end(str(data.get("key", ""))):
            raise KeyError("no living key of this value")
        return {"revoked": True}

    async def add_company(self, request: Request) -> Any:
        return self._sandbox.add_company(await _object(request))

    async def person(self, request: Request) -> Any:
        return self._sandbox.person(await _object(request))

    async def webhooks(self, request: Request) -> Any:
        outbox = self._sandbox.outbox
        return {"url": outbox.url, "waiting": len(outbox.pending), "trusted": outbox.trusted}

    async def subscribe(self, request: Request) -> Any:
        data = await _object(request, {"url", "secret"})
        self._sandbox.outbox.subscribe(data.get("url"), str(data.get("secret", "")))
        return await self.webhooks(request)

    async def shake_hands(self, request: Request) -> Any:
        answers = await self._sandbox.outbox.shake_hands()
        return {"answers": answers, "trusted": self._sandbox.outbox.trusted}

    async def deliver(self, request: Request) -> Any:
        data = await _object(request, {"size", "repeat", "shuffle"})
        return {"deliveries": await self._sandbox.outbox.deliver(**data), "waiting": len(self._sandbox.outbox.pending)}


def _shown(key: ApiKey) -> dict[str, Any]:
    return {"key": key.value, "companies": key.companies, "field": key.field}


async def _object(request: Request, known: set[str] | None = None) -> dict[str, Any]:
    """The JSON object of the body (an empty body is {}). Raises ValueError for anything else, or for unknown
    members.
    """
    body = await request.body()
    data = orjson.loads(body) if body.strip() else {}
    if not isinstance(data, dict):
        raise ValueError("the body is a JSON object")
    if known is not None and (unknown := data.keys() - known):
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
    return data


def _guarded(handler: Handler) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            value = await handler(request)
        except KeyError as err:
            return _json({"problem": str(err.args[0]) if err.args else "not found"}, 404)
        except (ValueError, TypeError) as err:
            return _json({"problem": str(err)}, 422)
        return _json(value, 200)

    return answer


def _json(value: Any, status: int) -> Response:
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    return Response(body, status, media_type="application/json")
