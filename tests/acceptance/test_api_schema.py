"""OpenAPI says the truth: requests made from it never meet a fault, and every answer has a described status and
shape.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.factories import make_connection, make_hub, save, sqlite_url
from tests.memory_answers import memory

from ledgerport.api.app import create_app
from ledgerport.services.api_keys import create_key
from ledgerport.services.tenants import create_tenant

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

_folder = tempfile.TemporaryDirectory(prefix="ledgerport-schema-test-")
# A memory that is on and empty: nothing is asked of Voyage, which is not there.
_hub = dataclasses.replace(
    make_hub(sqlite_url(Path(_folder.name))), memory=memory(Path(_folder.name), "http://127.0.0.1:9")
)
_tenant = create_tenant(_hub, slug="blue", name="Blue Plumbing LLC").id
make_connection(_hub, _tenant)
save(_hub, _tenant, "customer", "C-1")
save(_hub, _tenant, "item", "I-1")
save(_hub, _tenant, "invoice", "INV-1")
_app = create_app(_hub, look_every=0.01)
_keys = {
    "tenant": create_key(_hub, tenant="blue", name="schema").key,
    "operator": create_key(_hub, tenant=None, name="schema", scopes=["operator"]).key,
}
# A run's events end when the run does; they have tests of their own.


@schemathesis.serializer("application/x-ndjson")
def ndjson(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    return value.encode("utf-8", "replace") if isinstance(value, str) else json.dumps(value).encode()


# Keys are ours to send: the isolation tests see to wrong ones.
_config = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False, "max-examples": 8}})
_schema = schemathesis.openapi.from_asgi("/openapi.json", _app, config=_config).exclude(path_regex="/events$")
# Each under a name of its own: tests of one name are taken for one by whoever shares them out among processes.
OPERATIONS = {operation.label: operation for operation in (each.ok() for each in _schema.get_all_operations())}


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_operation_answers_as_described(label: str) -> None:
    operation = OPERATIONS[label]
    for_operators = operation.path.startswith(("/v1/tenants", "/v1/keys", "/v1/plugins"))
    key = _keys["operator" if for_operators else "tenant"]

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy())
    def answers_as_described(case: schemathesis.Case) -> None:
        response = case.call(headers={"Authorization": f"Bearer {key}"})
        case.validate_response(response, checks=CHECKS)
        assert response.status_code != 401

    answers_as_described()


def test_no_operation_was_left_out() -> None:
    paths = _app.openapi()["paths"]
    described = {f"{method.upper()} {path}" for path, its in paths.items() for method in its}

    assert {label for label in described if not label.endswith("/events")} == set(OPERATIONS)
