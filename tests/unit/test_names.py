"""Cleaning names to a provider's rules."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerport.contract import NameRules, clean_name, name_key, with_suffix

RULES = NameRules(max_length=100, forbidden=":\\")
rules = st.builds(NameRules, max_length=st.integers(1, 120), forbidden=st.sampled_from(["", ":", ":\\", ":\t\n<>"]))


@pytest.mark.parametrize(
    ("given_name", "wanted"),
    [
        ("TKO-\t813PB-1500B", "TKO- 813PB-1500B"),
        ("  Drain   snake \r\n 25 ft ", "Drain snake 25 ft"),
        ("A:B\\C", "A B C"),
        ("Zero\u200bwidth", "Zero width"),
        ("e\u0301", "\u00e9"),
        ("\x00\x01", ""),
    ],
)
def test_a_name_is_cleaned(given_name: str, wanted: str) -> None:
    assert clean_name(given_name, RULES) == wanted


@given(st.text(max_size=300), rules)
def test_a_cleaned_name_fits_the_rules(name: str, its: NameRules) -> None:
    cleaned = clean_name(name, its)
    assert len(cleaned) <= its.max_length
    assert not any(mark in its.forbidden or unicodedata.category(mark) == "Cc" for mark in cleaned)
    assert cleaned == cleaned.strip()
    assert "  " not in cleaned


@given(st.text(max_size=300), rules)
def test_cleaning_twice_is_the_same_as_once(name: str, its: NameRules) -> None:
    once = clean_name(name, its)
    assert clean_name(once, its) == once


@given(st.text(min_size=1, max_size=200), st.text(min_size=1, max_size=60), st.integers(20, 120))
def test_a_name_with_a_suffix_still_fits_and_ends_with_it(name: str, suffix: str, length: int) -> None:
    its = NameRules(max_length=length, forbidden=":\\")
    made = with_suffix(clean_name(name, its), suffix, its)
    assert len(made) <= length
    assert made.endswith(f"{clean_name(suffix, its)})"[-length:])


@given(st.text(max_size=50))
def test_names_that_differ_in_case_only_have_one_key(name: str) -> None:
    assert name_key(name.casefold()) == name_key(name)
