"""Stops bodies that are longer than an ordinary request can be, before they fill the memory."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledgerport.api.errors import TooLarge

MOST = 8 * 1024 * 1024


class BodyLimit:
    """ASGI middleware. Addresses in `unlimited` count for themselves."""

    def __init__(self, app: ASGIApp, *, unlimited: frozenset[str]) -> None:
        self.app = app
        self.unlimited = unlimited

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self.unlimited:
            await self.app(scope, receive, send)
            return
        length = 0

        async def counted() -> Message:
            nonlocal length
            message = await receive()
            length += len(message.get("body", b""))
            if length > MOST:
                raise TooLarge(MOST)
            return message

        await self.app(scope, counted, send)
