"""What kind of customer somebody seems to be, and why."""

from __future__ import annotations

import pytest

from ledgerport.services.imports.suggest_type import suggest_type


@pytest.mark.parametrize(
    ("given", "type", "reason"),
    [
        ({"name": "Jon Doe"}, "homeowner", "no sign of a company"),
        ({"name": "Jon Doe", "email": "JD@Gmail.com"}, "homeowner", "private e-mail (gmail.com)"),
        ({"name": "Iron Gym"}, "business", '"gym" in the name'),
        ({"name": "St. Mary's Church"}, "business", '"church" in the name'),
        ({"name": "Oak Hill School"}, "business", '"school" in the name'),
        ({"name": "Riverside Apartments"}, "business", '"apartments" in the name'),
        ({"name": "The Clinic's Annex"}, "business", '"clinic" in the name'),
        ({"name": "Blue Sky L.L.C."}, "business", '"llc" in the name'),
        ({"name": "Acme, Inc."}, "business", '"inc" in the name'),
        ({"name": "Speedy Car Wash"}, "business", '"car wash" in the name'),
        ({"name": "Doe Custom Homes LLC"}, "builder", '"homes" in the name'),
        ({"name": "Lee Builders"}, "builder", '"builders" in the name'),
        ({"name": "Jon Doe", "company_name": "Doe Construction"}, "builder", '"construction" in the company name'),
        ({"name": "Jon Doe", "company_name": "Doe Farm Supply"}, "business", '"farm" in the company name'),
        ({"name": "Jon Doe", "company_name": "Zyx", "person": "Jon Doe"}, "business", 'has the company name "Zyx"'),
        ({"name": "Jon Doe", "company_name": "jon doe", "person": "Jon Doe"}, "homeowner", "no sign of a company"),
        ({"name": "Jon Doe", "company_name": "Jon Doe"}, "homeowner", "no sign of a company"),
        ({"name": "Jon Doe", "email": "jon@bluesky.test"}, "business", "e-mail at bluesky.test"),
    ],
)
def test_a_type_is_suggested_with_its_reason(given: dict[str, str], type: str, reason: str) -> None:
    suggested = suggest_type(**given)
    assert (suggested.type, suggested.reason) == (type, reason)


@pytest.mark.parametrize(
    "name", ["Annie Hall", "Kimberly Incorvaia", "Coco Chandler", "Schoolcraft, Ann", "Innis Doe", ""]
)
def test_a_name_that_only_begins_like_a_company_word_is_a_persons(name: str) -> None:
    assert suggest_type(name=name).type == "homeowner"
