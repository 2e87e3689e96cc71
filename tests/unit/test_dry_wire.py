"""The wire of a dry run: what it writes down, what it lets pass, and where it stops."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest

from ledgerport.engine.dry_wire import DryWire, NotSent

KEY = "key-of-blue-plumbing"


def ask(
    wire: DryWire, method: str = "POST", *, content: bytes = b"{}", headers: Mapping[str, str] | None = None
) -> httpx.Response:
    address = "https://api.acme.example/invoices"
    return wire.handle_request(httpx.Request(method, address, content=content, headers=headers))


def test_a_write_is_written_down_and_stops_without_having_left() -> None:
    wire = DryWire(real=None, is_write=lambda: True)
    # For the transport a request that never left: nothing about it can be unknown.
    with pytest.raises(httpx.ConnectError):
        ask(wire, content=b'{"total": "105.10"}')
    (request,) = wire.requests
    assert (request.method, request.address) == ("POST", "https://api.acme.example/invoices")
    assert request.body == '{"total": "105.10"}'
    assert (request.read, request.status, wire.is_stopped) == (False, None, True)


def test_after_the_first_write_nothing_more_is_written_down() -> None:
    wire = DryWire(real=None, is_write=lambda: True)
    for _ in range(2):
        with pytest.raises(NotSent):
            ask(wire)
    assert len(wire.requests) == 1


def test_a_read_passes_where_there_is_a_wire_for_it_and_a_write_does_not() -> None:
    passed: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        passed.append(request.method)
        return httpx.Response(200)

    writes = iter([False, True])
    wire = DryWire(real=httpx.MockTransport(answer), is_write=lambda: next(writes))
    assert ask(wire, "GET").status_code == 200
    with pytest.raises(NotSent):
        ask(wire, "POST")
    assert passed == ["GET"]
    assert [(request.read, request.status) for request in wire.requests] == [(True, 200), (False, None)]


def test_how_a_request_signs_in_is_left_out_wherever_it_stands() -> None:
    wire = DryWire(real=None, is_write=lambda: True, secrets={KEY})
    signs_in = {"authorization": "Basic abc", "cookie": "session=1", "x-acme-key": f"Key {KEY}"}
    with pytest.raises(NotSent):
        ask(wire, headers={**signs_in, "x-acme-company": "7"})
    (request,) = wire.requests
    assert request.headers["x-acme-company"] == "7"
    assert not signs_in.keys() & request.headers.keys()


def test_a_body_that_is_no_text_is_told_by_its_length() -> None:
    wire = DryWire(real=None, is_write=lambda: True)
    with pytest.raises(NotSent):
        ask(wire, content=b"\xff\xfe\x00")
    assert wire.requests[0].body == "<3 bytes>"
