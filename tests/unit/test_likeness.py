"""Keys by which two entries are found to be the same."""

from __future__ import annotations

import pytest

from ledgerport.services.imports.likeness import address_key, phone_key, text_key
from ledgerport.services.imports.name_records import made_ref


@pytest.mark.parametrize(
    "phone", ["(512) 555-0100", "+1 512 555 0100", "512.555.0100 ext 7", "1-512-555-0100 x12", "5125550100"]
)
def test_one_number_written_in_many_ways_is_one(phone: str) -> None:
    assert phone_key(phone) == "5125550100"


@pytest.mark.parametrize("phone", ["", "n/a", "911", "x12"])
def test_what_is_no_number_is_like_nothing(phone: str) -> None:
    assert phone_key(phone) == ""


def test_one_address_written_in_two_ways_is_one() -> None:
    one = {"line1": "12 N. Main St., Apt. #4", "postal_code": "78701"}
    other = {"line1": "12 North Main Street", "line2": "Unit 4", "postal_code": "78701-1234"}
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize("address", [{}, {"line1": "12 Main St"}, {"postal_code": "78701"}])
def test_half_an_address_is_like_nothing(address: dict[str, str]) -> None:
    assert address_key(address) == ""


def test_names_are_compared_without_case_and_blanks() -> None:
    assert text_key("  Jon   DOE ") == text_key("jon doe")


@pytest.mark.parametrize(
    ("label", "remote_id", "ref"),
    [
        ("QuickBooks", "58", "QB-58"),
        ("FreshBooks", "301", "FB-301"),
        ("Xero", "bd2270c3-8706-4c11-9cfb-000b551c3f51", "X-bd2270c3-8706-4c11-9cfb-000b551c3f51"),
    ],
)
def test_a_ref_is_made_of_the_providers_capitals_and_its_id(label: str, remote_id: str, ref: str) -> None:
    assert made_ref(label, remote_id) == ref


@pytest.mark.parametrize("remote_id", ["QnVz/a b==", "9" * 41])
def test_an_id_with_odd_signs_or_a_long_one_is_shortened_always_alike(remote_id: str) -> None:
    made = made_ref("Wave", remote_id)
    assert (made, len(made)) == (made_ref("Wave", remote_id), len("W-") + 12)
