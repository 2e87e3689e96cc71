"""Wave's two channels of failure (section 2): errors at the top, and `inputErrors` in a mutation's payload."""

from __future__ import annotations

import re
import uuid
from typing import Any

from graphql import GraphQLError

_OF_TYPE = re.compile(r'"(\w+)\.(\w+)"\.')


class Trouble(GraphQLError):
    """Channel one: an error with a code; the field it belongs to is null."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, extensions={"code": code})


class Refused(Exception):
    """Channel two: `didSucceed` is false. `errors` are {path, message, code}; none of them for some reasons [OA]."""

    def __init__(self, *errors: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{'.'.join(row['path'])}: {row['message']}" for row in errors) or "refused")
        self.errors = list(errors)


def refused(message: str, *path: str | int, code: str = "INVALID") -> Refused:
    """One input error; `path` is what comes after `input`. Codes are guesses, no recording shows any."""
    return Refused({"path": ["input", *map(str, path)], "message": message, "code": code})


def not_found(kind: str, id: str) -> Trouble:
    """The id is unknown, or another business's, which is the same to the caller [DOC-errors]."""
    return Trouble("NOT_FOUND", f"{kind} '{id}' could not be found.")


def unauthenticated(trouble: str) -> Trouble:
    """No token, or one that does not work; the wording of the last is LIVE [HUB]."""
    text = "authentication expired" if trouble == "expired" else "Authentication is required."
    return Trouble("UNAUTHENTICATED", text)


def shown(error: GraphQLError, code: str) -> dict[str, Any]:
    """An error as it travels; `code` is used when it brings none. Members in the order of the documented examples."""
    given = (error.extensions or {}).get("code")
    row: dict[str, Any] = {"extensions": {"id": str(uuid.uuid4()), "code": given or code}, "message": error.message}
    if error.locations:
        row["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        row["path"] = error.path
    return row


def worded(error: GraphQLError) -> str:
    """A validation message in the words of Wave's server, which quotes doubly and says `of type` [DOC-errors]."""
    text = re.sub(r"'([^']*)'", r'"\1"', error.message)
    if text.startswith("Unknown argument"):
        text = _OF_TYPE.sub(r'"\2" of type "\1".', text)
    return text
