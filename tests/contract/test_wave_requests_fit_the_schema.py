"""Whatever the Wave plugin said in its cassettes fits Wave's official schema, values included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values

CASSETTES = sorted((Path(__file__).resolve().parents[2] / "cassettes" / "wave").rglob("*.yaml"))


@pytest.fixture(scope="module")
def schema(shared: Path) -> GraphQLSchema:
    return build_schema((shared / "specs" / "wave" / "schema.graphql").read_text())


def said_in(cassette: Path) -> list[dict[str, Any]]:
    recorded = yaml.load(cassette.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    requests = [one["request"] for one in recorded["interactions"]]
    return [json.loads(request["body"]) for request in requests if request["uri"].endswith("/graphql/public")]


def test_there_are_cassettes() -> None:
    assert CASSETTES


@pytest.mark.parametrize("cassette", CASSETTES, ids=lambda path: path.stem)
def test_every_recorded_request_fits(schema: GraphQLSchema, cassette: Path) -> None:
    for request in said_in(cassette):
        document = parse(request["query"])
        assert [error.message for error in validate(schema, document)] == []
        operation = document.definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        coerced = get_variable_values(schema, operation.variable_definitions or (), request["variables"])
        assert not isinstance(coerced, list), coerced
