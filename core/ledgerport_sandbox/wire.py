"""The connection under one request: read the body, send an answer, or break off as a failing network does."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive, Scope, Send

from ledgerport_sandbox.calls import Reply


class Wire:
    """Breaking off needs the transport, which the kit's runner puts into `scope["state"]["transport"]`."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send

    async def body(self) -> bytes:
        """The whole request body."""
        message: Message = await self._receive()
        first: bytes = message.get("body", b"")
        if not message.get("more_body"):
            return first
        parts = [first]
        while message.get("more_body"):
            message = await self._receive()
            parts.append(message.get("body", b""))
        return b"".join(parts)

    async def send(self, reply: Reply) -> None:
        """The whole answer."""
        await self._send(_start(reply))
        await self._send({"type": "http.response.body", "body": reply.body})

    async def abort(self) -> None:
        """Close without a byte. Raises RuntimeError when the app is not run by `ledgerport_sandbox.runner`."""
        self._transport().abort()
        await self._closed()

    async def cut(self, reply: Reply, size: int) -> None:
        """Send the head, which announces the whole body, and `size` bytes of it; then close. Raises RuntimeError like
        `abort`.
        """
        transport = self._transport()
        await self._send(_start(reply))
        await self._send({"type": "http.response.body", "body": reply.body[:size], "more_body": True})
        transport.close()  # sends what is buffered first, unlike abort
        await self._closed()

    async def _closed(self) -> None:
        # The server would answer 500 for an app that returns without an answer before it knows that the client is gone.
        while (await self._receive())["type"] != "http.disconnect":
            continue

    def _transport(self) -> asyncio.Transport:
        transport = (self._scope.get("state") or {}).get("transport")
        if not isinstance(transport, asyncio.Transport):
            raise RuntimeError("only an app run by ledgerport_sandbox.runner can break a connection")
        return transport


def _start(reply: Reply) -> Message:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    return {"type": "http.response.start", "status": reply.status, "headers": headers}
