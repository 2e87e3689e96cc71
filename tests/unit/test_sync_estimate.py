"""How far a sync is and when it will be done: from what is left, the published limits, and the pace so far."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.factories import terms

from ledgerport.contract import ON, Kind, KindTerms, Limit
from ledgerport.services.sync_estimate import Standing, about, calls_needed, estimate, progress, started_words

MINUTE = timedelta(minutes=1)
BOOKS = replace(
    terms("alpha"),
    kinds={
        Kind.ITEM: KindTerms(batch_size=30, batch_meter="batch"),
        Kind.CUSTOMER: KindTerms(batch_size=5, batch_choice="together"),
    },
    limits=(Limit(count=500, per=MINUTE), Limit(count=40, per=MINUTE, meter="batch")),
)


def standing(**more: object) -> Standing:
    values: dict[str, object] = {"label": "Alpha", "done": 0, "left": {}, "elapsed": timedelta(0)}
    return Standing(**{**values, **more})  # type: ignore[arg-type]


def test_a_fresh_sync_takes_as_long_as_the_limits_make_its_last_batch_wait() -> None:
    # 121 batches: 40 at once, the last one three windows later.
    told = estimate(BOOKS, standing(left={Kind.ITEM: 3629}))

    assert told.span == timedelta(minutes=3)
    assert told.limit is not None and told.limit.meter == "batch"


def test_the_words_name_figures_time_and_the_limit_that_matters() -> None:
    told = progress(BOOKS, standing(done=1290, left={Kind.ITEM: 2339}, elapsed=timedelta(seconds=65)))

    assert told.total == 3629
    assert told.words == "1,290 of 3,629 · about 2 min left · limited by Alpha to 40 batch requests a minute"


def test_a_pace_slower_than_the_limits_counts_and_no_limit_is_blamed() -> None:
    told = progress(BOOKS, standing(done=100, left={Kind.ITEM: 900}, elapsed=timedelta(minutes=1)))

    assert told.words == "100 of 1,000 · about 9 min left"


def test_a_burst_at_the_start_does_not_promise_what_the_limits_forbid() -> None:
    # Forty batches went in six seconds; the rest may not go on like that.
    told = estimate(BOOKS, standing(done=1200, left={Kind.ITEM: 2429}, elapsed=timedelta(seconds=6)))

    assert timedelta(minutes=2) <= told.span <= timedelta(minutes=3)


def test_a_pace_of_the_first_moments_says_nothing() -> None:
    told = progress(BOOKS, standing(done=1, left={Kind.ITEM: 29}, elapsed=timedelta(seconds=4)))

    assert told.words == "1 of 30 · less than a minute left"


def test_a_provider_that_makes_us_wait_adds_the_wait() -> None:
    told = progress(BOOKS, standing(done=10, left={Kind.ITEM: 20}, held_for=timedelta(minutes=4)))

    assert told.words == "10 of 30 · about 4 min left · Alpha makes us wait, we go on in 4 min"


def test_where_nothing_is_sent_no_time_is_promised() -> None:
    told = progress(BOOKS, standing(done=10, left={Kind.ITEM: 20}, stopped="waits until you reconnect Alpha"))

    assert told.words == "10 of 30 · waits until you reconnect Alpha"


def test_without_a_plugin_only_the_figures_are_told() -> None:
    assert progress(None, standing(done=1, left={Kind.ITEM: 2})).words == "1 of 3"


def test_a_batch_that_must_be_chosen_counts_only_once_it_is() -> None:
    assert calls_needed(BOOKS, {Kind.CUSTOMER: 10})["request"] == 10
    assert calls_needed(BOOKS, {Kind.CUSTOMER: 10}, {"together": ON})["request"] == 2


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=20), "less than a minute"),
        (timedelta(seconds=61), "about 2 min"),
        (timedelta(minutes=95), "about 1 h 35 min"),
        (timedelta(hours=12, minutes=1), "about 13 h"),
        (timedelta(days=3), "about 3 days"),
    ],
)
def test_a_time_is_rounded_up_so_that_it_is_not_promised_too_early(span: timedelta, words: str) -> None:
    assert about(span) == words


def test_a_long_sync_tells_its_time_and_a_short_one_that_it_takes_minutes_at_most() -> None:
    end = "; you may leave this page; see Sync history."

    long = started_words(3629, timedelta(minutes=3), "Alpha")
    assert long == f"Sync started: 3,629 records. About 3 min within the limits of Alpha{end}"
    short = started_words(1, timedelta(0), "Alpha")
    assert short == f"Sync started: 1 record. A few minutes for large catalogues{end}"
