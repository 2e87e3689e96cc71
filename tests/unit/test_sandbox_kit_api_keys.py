"""API keys of the sandbox kit: for companies, until they are ended."""

from __future__ import annotations

from typing import Any

import pytest

from ledgerport_sandbox import Clock
from ledgerport_sandbox.api_keys import ApiKeys


def test_a_key_works_for_its_companies_until_it_is_revoked() -> None:
    keys = ApiKeys(Clock())
    made = keys.make(["1", "2"], field="blue")

    assert keys.check(made.value) == (made, "")
    assert (made.companies, made.field) == (["1", "2"], "blue")

    assert keys.end(made.value)
    assert keys.check(made.value) == (made, "revoked")
    assert not keys.end(made.value, "expired")
    assert keys.check(made.value) == (made, "revoked")
    assert keys.living() == []


def test_two_keys_are_never_the_same_and_nobody_guesses_one() -> None:
    keys = ApiKeys(Clock())
    first, second = keys.make(["1"]), keys.make(["1"])

    assert first.value != second.value
    assert len(first.value) > 32
    assert keys.check("guessed") == (None, "unknown")


def test_a_company_that_is_cut_off_loses_its_keys_alone() -> None:
    keys = ApiKeys(Clock())
    one, both, other = keys.make(["1"]), keys.make(["1", "2"]), keys.make(["2"])

    assert keys.end_company("1") == 2
    assert keys.living() == [other]
    assert (one.ended, both.ended) == ("revoked", "revoked")
    assert keys.end_company(None) == 1


def test_keys_outlive_the_sandbox() -> None:
    saved: list[list[dict[str, Any]]] = []
    keys = ApiKeys(Clock(), save=saved.append, shape=iter(["k-1", "k-2"]).__next__)
    keys.make(["1"])
    keys.make(["2"])
    keys.end("k-1", "expired")

    later = ApiKeys(Clock())
    later.restore(saved[-1])

    assert later.check("k-1")[1] == "expired"
    assert [key.value for key in later.living()] == ["k-2"]


def test_a_key_for_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="one company at least"):
        ApiKeys(Clock()).make([])
