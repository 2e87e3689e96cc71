"""The GraphQL endpoint: requests are read, judged in Wave's order, executed, and answered in its form (section 2)."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, OperationDefinitionNode, OperationType, execute_sync
from graphql.execution.values import get_variable_values

from ledgerport_sandbox.calls import Call, Reply
from ledgerport_sandbox.switches import Switches
from ledgerport_wave_sandbox import resolvers
from ledgerport_wave_sandbox.prepare import Documents, Prepared, verb
from ledgerport_wave_sandbox.refusals import shown, worded
from ledgerport_wave_sandbox.state import Desk

log = logging.getLogger("ledgerport_sandbox")
ENDPOINT = "/graphql/public"


@dataclass(slots=True)
class Request:
    """One request as far as it can be understood. `bad`: why it is no GraphQL request at all."""

    bad: str = ""
    prepared: Prepared | None = None
    chosen: OperationDefinitionNode | None = None
    name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    roots: list[str] = field(default_factory=list)
    operation: str = ""
    entities: tuple[str, ...] = ()
    scopes: set[str] = field(default_factory=set)

    @property
    def introspection(self) -> bool:
        """Only the schema is asked for."""
        return all(name.startswith("__") for name in self.roots)

    @property
    def mutation(self) -> bool:
        """Something is to be changed."""
        return self.chosen is not None and self.chosen.operation is OperationType.MUTATION


class Endpoint:
    """A schema served over POST."""

    def __init__(self, schema: GraphQLSchema, documents: Documents, switches: Switches) -> None:
        self._schema, self._documents, self._switches = schema, documents, switches

    def read(self, call: Call) -> Request:
        """Understand a request; never raises."""
        if call.method != "POST":
            return Request(bad="GraphQL is served over POST only.")
        try:
            body = orjson.loads(call.body)
        except orjson.JSONDecodeError as err:
            return Request(bad=f"The body is not JSON: {err}")
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            return Request(bad="The body is an object with a query.")
        variables, name = body.get("variables"), body.get("operationName")
        if not isinstance(variables, dict | None) or not isinstance(name, str | None):
            return Request(bad="variables is an object, operationName a text.")
        prepared = self._documents.read(body["query"])
        request = Request(prepared=prepared, name=name, variables=variables or {})
        if prepared.errors:
            return request
        request.chosen = prepared.operation(name)
        if request.chosen is not None:
            request.roots = prepared.roots(request.chosen)
            request.scopes = prepared.scopes(request.roots)
            request.entities = prepared.entities(request.roots)
            request.operation = verb(request.roots) if request.mutation else "query"
            if request.introspection:
                request.operation = "introspection"
        return request

    # -- before it is done -----------------------------------------------------------------------------------

    def problem(self, request: Request) -> Reply | None:
        """What is wrong with the document or its variables: told without `data`, before any token is looked at."""
        if request.bad or request.prepared is None:
            return self._refusal([shown(GraphQLError(request.bad), "BAD_REQUEST")], 400)
        prepared, status = request.prepared, self._switches["validation_status"]
        if prepared.document is None:
            return self._refusal([shown(error, "GRAPHQL_PARSE_FAILED") for error in prepared.errors], status)
        if prepared.errors:
            rows = [
                {**shown(error, "GRAPHQL_VALIDATION_FAILED"), "message": worded(error)} for error in prepared.errors
            ]
            return self._refusal(rows, status)
        if request.chosen is None:
            error = GraphQLError("Must provide the name of one operation of the document.")
            return self._refusal([shown(error, "GRAPHQL_VALIDATION_FAILED")], status)
        if prepared.inline and self._switches["inline_strings"] == "refuse":
            return self._refusal([shown(error, "VARIABLE_VALUE") for error in prepared.inline], status)
        if request.mutation and len(request.roots) > 1 and self._switches["several_mutations"] == "refuse":
            error = GraphQLError("Only one mutation is allowed in a document.", request.chosen)
            return self._refusal([shown(error, "GRAPHQL_VALIDATION_FAILED")], status)
        values = get_variable_values(self._schema, request.chosen.variable_definitions or (), request.variables)
        if isinstance(values, list):
            return self._refusal(
                [{**shown(error, "BAD_USER_INPUT"), "message": worded(error)} for error in values], status
            )
        return None

    @staticmethod
    def _refusal(rows: list[dict[str, Any]], status: int) -> Reply:
        return Reply.json({"errors": rows}, status)

    def failure(self, roots: tuple[str, ...], status: int) -> Reply:
        """Wave's own server error; with 200 as most of them are."""
        error = shown(GraphQLError("Internal server error."), "INTERNAL_SERVER_ERROR")
        if not roots:
            return Reply.json({"errors": [error]}, status)
        return Reply.json({"errors": [{**error, "path": [roots[0]]}], "data": dict.fromkeys(roots)}, status)

    # -- doing it --------------------------------------------------------------------------------------------

    def execute(self, desk: Desk, request: Request) -> Reply:
        """Run an operation that `problem` let through; the caller holds the transaction."""
        fault = desk.call.fault if desk.call is not None else None
        if fault is not None and fault.name == "refuse_batch" and request.mutation:
            text = fault.arguments.get("message") or "The request is refused as a whole."
            code = fault.arguments.get("code") or "BAD_USER_INPUT"
            return self._refusal([shown(GraphQLError(text), code)], 200)
        result = self._executed(desk, request)
        rows = [_row(error) for error in result.errors or ()]
        data = result.data
        if fault is not None and data is not None:
            data = _mangled(data, fault.name, fault.arguments)
        refused = any(row["extensions"]["code"] == "UNAUTHENTICATED" for row in rows)
        status = self._switches["unauthenticated_status"] if refused else 200
        return Reply.json({"errors": rows, "data": data} if rows else {"data": data}, status)

    def _executed(self, desk: Desk, request: Request) -> ExecutionResult:
        assert request.prepared is not None
        assert request.prepared.document is not None
        return execute_sync(
            self._schema,
            request.prepared.document,
            context_value=desk,
            variable_values=request.variables,
            operation_name=request.name,
            field_resolver=resolvers.default,
        )

    def run(self, desk: Desk, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """A mutation of a person with all rights. Raises ValueError when it is refused, KeyError when what it is about
        is not there.
        """
        mutation = self._schema.mutation_type
        root = mutation.fields.get(name) if mutation is not None else None
        if root is None:
            raise ValueError(f"there is no way to do {name}")
        payload = next(iter(root.args.values())).type
        members = _made(root.type)
        selected = f"didSucceed inputErrors {{ message }} {members}"
        text = f"mutation($input: {payload}) {{ {name}(input: $input) {{ {selected} }} }}"
        prepared = self._documents.read(text)
        assert prepared.document is not None
        assert not prepared.errors, prepared.errors
        with desk.store.transaction():
            result = self._executed(desk, Request(prepared=prepared, variables={"input": given}))
        for error in result.errors or ():
            raise (KeyError if (error.extensions or {}).get("code") == "NOT_FOUND" else ValueError)(error.message)
        answer: dict[str, Any] = (result.data or {})[name]
        if not answer["didSucceed"]:
            raise ValueError("; ".join(row["message"] for row in answer["inputErrors"]) or "refused")
        made = [value for member, value in answer.items() if member not in {"didSucceed", "inputErrors"}]
        return {"id": made[0]["id"] if isinstance(made[0], dict) else made[0]} if made else {}


def _made(payload: Any) -> str:
    """What to select of a mutation's payload: the id of what was made."""
    fields = getattr(payload, "of_type", payload).fields
    names = [name for name in fields if name not in {"didSucceed", "inputErrors"}]
    return " ".join(name if name == "invoiceId" else f"{name} {{ id }}" for name in names)


def _row(error: GraphQLError) -> dict[str, Any]:
    """An error of the execution; what nobody foresaw is loud in the log and dull outside."""
    cause = error.original_error
    if cause is not None and not isinstance(cause, GraphQLError):
        log.error("wave sandbox failed at %s", error.path, exc_info=cause)
        return {**shown(error, "INTERNAL_SERVER_ERROR"), "message": "Internal server error."}
    if error.extensions:
        return shown(error, "INTERNAL_SERVER_ERROR")
    # An argument that only shows to be wrong when its field is reached: null in the variable of `sort`.
    return {**shown(error, "BAD_USER_INPUT"), "message": worded(error)}


def _mangled(data: dict[str, Any], name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    keys = list(data)
    if name == "shuffle_batch":
        keys.reverse()
        keys[1:] = keys[:0:-1]
    if name == "drop_bid" and keys:
        del keys[int(arguments.get("index", -1))]
    return {key: data[key] for key in keys}
