"""The Voyage sandbox's vectors: made from words, the same everywhere, near where a tradesman would say the same."""

from __future__ import annotations

import hashlib
import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerport_sandbox.voyage.lexical import cut, tokens_of, vector
from ledgerport_sandbox.voyage.words import MEANINGS, PHRASES, stem

DIMENSIONS = (256, 512, 1024, 2048)
QUESTION = "what did we charge for a water heater install?"


def likeness(question: str, text: str, dimension: int = 1024) -> float:
    asked, said = vector(question, dimension, query=True), vector(text, dimension)
    return sum(map(float.__mul__, asked, said))


@given(st.text(), st.sampled_from(DIMENSIONS), st.booleans())
def test_any_text_has_a_vector_of_length_one(text: str, dimension: int, query: bool) -> None:
    made = vector(text, dimension, query=query)

    assert len(made) == dimension
    assert math.isclose(math.hypot(*made), 1, rel_tol=1e-5)


def test_a_text_has_the_same_vector_on_every_machine_and_at_any_time() -> None:
    made = vector("Install water heater (Labour, service): 40 gal, 3/4 in copper", 1024)

    digits = ",".join(f"{value:.5f}" for value in made)
    assert hashlib.sha256(digits.encode()).hexdigest()[:16] == "5e280d0c1c62ee99"


@pytest.mark.parametrize("dimension", [256, 512, 1024])
def test_the_beginning_of_a_long_vector_is_the_short_one(dimension: int) -> None:
    whole = vector("Copper elbow 90 3/4 in (Fittings, product)", 2048)[:dimension]
    length = math.hypot(*whole)

    assert list(array("f", [value / length for value in whole])) == pytest.approx(
        list(vector("Copper elbow 90 3/4 in (Fittings, product)", dimension)), abs=1e-6
    )


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize(
    "line",
    [
        "Install water heater standard hours (Labour, service)",
        "Install water heater emergency (Labour, service)",
        "Water heater installation, incl. fittings",
    ],
)
def test_an_installation_of_a_water_heater_is_well_above_the_threshold(line: str, dimension: int) -> None:
    assert likeness(QUESTION, line, dimension) > 0.55


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize(
    "line",
    ["Drain cleaning", "Clear drain after hours (Labour, service)", "PVC pipe sch 40 1/2 in x 10 ft (Pipes, product)"],
)
def test_another_job_is_well_below_the_threshold(line: str, dimension: int) -> None:
    assert likeness(QUESTION, line, dimension) < 0.2


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("how much for fitting a hot water tank", "Install water heater standard hours (Labour, service)"),
        ("unblock a sewer on a Sunday", "Clear sewer line weekend (Labour, service)"),
        ("swap the kitchen tap", "Replace kitchen faucet standard hours (Labour, service)"),
        ("half inch brass unions", "Brass union 1/2 in (Fittings, product)"),
        ("outside tap", "Hose bibb Harbor chrome (Fixtures, product)"),
        ("Küchenarmatur", "Grohe Eurosmart Kuchenarmatur (Fixtures, product)"),
        ("large grey pillow", "GRAY CUSHION BIG"),
    ],
)
def test_forms_of_words_and_synonyms_make_texts_alike(question: str, line: str) -> None:
    assert likeness(question, line) > 0.45


def test_a_size_tells_parts_apart() -> None:
    asked = "copper elbow 90 3/4 in"

    assert likeness(asked, "Copper elbow 90 3/4 in") > likeness(asked, "Copper elbow 90 1-1/4 in") + 0.1


def test_a_question_cares_less_for_the_words_by_which_it_asks() -> None:
    line = "Install toilet standard hours (Labour, service)"

    assert likeness("what did we usually charge to install a toilet", line) == pytest.approx(
        likeness("install toilet", line), abs=0.05
    )
    assert vector("charge", 1024) == vector("charge", 1024, query=True)


@pytest.mark.parametrize(
    ("forms", "other"),
    [
        ("install installs installed installing installation installer", "insulation"),
        ("replace replaced replacing replacement", "place"),
        ("fit fitted", "fitting"),
        ("weld welds welding welded", "wedge"),
        ("battery batteries", "batter"),
        ("box boxes", "boxer"),
        ("inspect inspected inspection", "inspire"),
    ],
)
def test_forms_of_a_word_share_a_stem_that_another_word_has_not(forms: str, other: str) -> None:
    (shared,) = {stem(word) for word in forms.split()}

    assert stem(other) != shared


def test_what_stands_for_several_words_is_written_in_the_trades_own() -> None:
    known = {word for phrase in PHRASES.values() for word in phrase.split()}

    assert len(MEANINGS) > 100
    assert not [phrase for phrase in PHRASES if phrase in known]


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 1), ("tap", 1), ("plumbing", 2), ("3/4 in", 4), ("$1,234.50", 9), ("Küche, neu", 3)]
)
def test_tokens_are_pieces_of_words_digits_and_signs(text: str, tokens: int) -> None:
    assert tokens_of(text) == tokens


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_text_that_is_cut_holds_no_more_tokens_than_asked_for(text: str, most: int) -> None:
    kept = cut(text, most)

    assert text.startswith(kept)
    assert tokens_of(kept) <= most
    assert kept == text or tokens_of(text) > most
