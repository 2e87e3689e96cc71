"""What a request asks for, and every way in which it cannot be used.

The refusals' words are Voyage's own as users quote them: issues embeddings-benchmark/mteb 1681 (a wrong `input_type`),
CherryHQ/cherry-studio 2016 (an unknown argument), sigoden/aichat 825 (too many tokens), and code on GitHub that repeats
what the API said to it (empty input, batch size, dimension, model, JSON, missing arguments). The words on a wrong type,
`output_dtype` and a text that is too long are put together after these.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ledgerport_sandbox.voyage.lexical import cut, tokens_of
from ledgerport_sandbox.voyage.models import DTYPES, FLOAT, MODELS, MOST_TEXTS, Model

ARGUMENTS = frozenset(
    ("input", "model", "input_type", "truncation", "output_dimension", "output_dtype", "encoding_format")
)
REQUIRED = ("input", "model")
_PREAMBLE = "The request body is not valid JSON, or some arguments were not specified properly. In particular, {}"


class Unusable(Exception):
    """A request that is refused; `malformed`: the body itself is at fault, not what it asks of the model."""

    def __init__(self, detail: str, *, malformed: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.malformed = malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A request that can be answered. `texts` are cut to the model's context, `tokens` is what they count."""

    model: Model
    texts: list[str]
    tokens: int
    query: bool
    dimension: int
    dtype: str
    base64: bool


def read(body: bytes) -> Wish:
    """The wish of a body. Raises Unusable."""
    data = _object(body)
    _check_arguments(data)
    texts = _texts(data["input"])
    model = MODELS.get(data["model"])
    if model is None:
        raise Unusable(f"Model {data['model']} is not supported. Supported models are {list(MODELS)}.")
    if len(texts) > MOST_TEXTS:
        raise _failed(model, f"The batch size limit is {MOST_TEXTS}. Your batch size is {len(texts)}.")
    kept, tokens = _measured(texts, model, truncation=data.get("truncation") is not False)
    return Wish(
        model=model,
        texts=kept,
        tokens=tokens,
        query=data.get("input_type") == "query",
        dimension=_among(data, "output_dimension", model, model.dimensions) or model.default,
        dtype=_among(data, "output_dtype", model, model.dtypes) or FLOAT,
        base64=data.get("encoding_format") == "base64",
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except json.JSONDecodeError as error:
        # The API names the place of the mistake where an argument's name would stand.
        raise _malformed(f"Error for argument '{error.pos}': JSON decode error") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise _malformed("Error for argument '0': JSON decode error") from error
    if not isinstance(data, dict):
        raise _malformed("Error for argument 'body': Input should be a valid dictionary or object")
    return data


def _check_arguments(data: dict[str, Any]) -> None:
    """Everything about single arguments that needs no model; all that is wrong is told at once."""
    wrong = ["Your request body was missing one or more required arguments." for name in REQUIRED if name not in data]
    wrong += [f"Argument '{name}' is not supported by our API" for name in data if name not in ARGUMENTS]
    if not isinstance(data.get("model", ""), str):
        wrong.append("Error for argument 'model': Input should be a valid string")
    if data.get("input_type") not in (None, "query", "document"):
        wrong.append(_not_valid("input_type", data["input_type"], "'query' or 'document'"))
    if not isinstance(data.get("truncation"), bool | None):
        wrong.append("Error for argument 'truncation': Input should be a valid boolean")
    if data.get("output_dtype") not in (None, *DTYPES):
        wrong.append(_not_valid("output_dtype", data["output_dtype"], " or ".join(map(repr, DTYPES))))
    dimension = data.get("output_dimension")
    if dimension is not None and (not isinstance(dimension, int) or isinstance(dimension, bool)):
        wrong.append("Error for argument 'output_dimension': Input should be a valid integer")
    if data.get("encoding_format") not in (None, "base64"):
        wrong.append(f"Value '{data['encoding_format']}' supplied for encoding_format is not allowed")
    if wrong:
        raise _malformed("; ".join(wrong))


def _texts(given: Any) -> list[str]:
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or any(not isinstance(text, str) for text in texts):
        raise _malformed("Error for argument 'input': Input should be a valid string or a list of strings")
    if not texts or "" in texts:
        raise _malformed("Error for argument 'input': Value error, Input cannot contain empty strings or empty lists")
    return texts


def _measured(texts: list[str], model: Model, *, truncation: bool) -> tuple[list[str], int]:
    """The texts as the model reads them, and their tokens together."""
    counts = [tokens_of(text) for text in texts]
    long = [number for number, count in enumerate(counts) if count > model.context]
    if long and not truncation:
        raise _failed(
            model,
            f"The example at index {long[0]} in your batch has too many tokens and does not fit into the model's "
            f"context window of {model.context} tokens. Please lower the number of tokens in the listed example(s).",
        )
    texts = [cut(text, model.context) if number in long else text for number, text in enumerate(texts)]
    tokens = sum(min(count, model.context) for count in counts)
    if tokens > model.most_tokens:
        raise _failed(
            model,
            f"The max allowed tokens per submitted batch is {model.most_tokens}. Your batch has {tokens} tokens after "
            "truncation. Please lower the number of tokens in the batch.",
        )
    return texts, tokens


def _among(data: dict[str, Any], name: str, model: Model, offered: tuple[Any, ...]) -> Any:
    """The value when the model offers it, None when none is given. Raises Unusable."""
    value = data.get(name)
    if value is None or value in offered:
        return value
    raise Unusable(
        f"Value '{value}' supplied for argument '{name}' is not valid -- accepted values for '{model.name}' are "
        f"{list(offered)}."
    )


def _not_valid(name: str, value: Any, accepted: str) -> str:
    return f"Value '{value}' supplied for argument '{name}' is not valid -- accepted values are {accepted}"


def _malformed(particulars: str) -> Unusable:
    return Unusable(_PREAMBLE.format(particulars), malformed=True)


def _failed(model: Model, reason: str) -> Unusable:
    return Unusable(f"Request to model '{model.name}' failed. {reason}")
