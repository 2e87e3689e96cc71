"""Wave fails in every way it can, at every kind of record: in the end its ledger agrees to the cent."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.killing.failures import (
    IMPATIENT,
    KINDS,
    PLAIN,
    SLOW,
    UNKNOWN,
    Fault,
    at_every_kind,
    called,
    everything_arrives,
)
from tests.integration.killing.steps import one_of

from ledgerport.contract import Kind

PROVIDER = "wave"
# Several mutations in one document: an operator's choice, off until then.
TOGETHER = ("several_mutations",)
TAKEN = {"several_mutations": "allow"}


@pytest.mark.parametrize("fault", [*UNKNOWN, *PLAIN], ids=called)
def test_everything_arrives_once_although_the_first_request_of_every_kind_fails(tmp_path: Path, fault: Fault) -> None:
    everything_arrives(tmp_path, PROVIDER, at_every_kind(PROVIDER, fault))


def test_everything_arrives_once_although_the_hub_stops_waiting_before_the_first_requests_are_applied(
    tmp_path: Path,
) -> None:
    everything_arrives(tmp_path, PROVIDER, at_every_kind(PROVIDER, SLOW), **IMPATIENT)


@pytest.mark.parametrize("kind", KINDS)
def test_two_lost_answers_beside_one_another_double_nothing(tmp_path: Path, kind: Kind) -> None:
    match = one_of(PROVIDER, kind)
    everything_arrives(
        tmp_path, PROVIDER, [{"name": "drop_after", "match": match}, {"name": "drop_before", "match": match}]
    )


@pytest.mark.parametrize("fault", UNKNOWN, ids=called)
def test_everything_arrives_once_although_the_first_document_of_several_mutations_fails(
    tmp_path: Path, fault: Fault
) -> None:
    faults = at_every_kind(PROVIDER, fault, TOGETHER)
    everything_arrives(tmp_path, PROVIDER, faults, TAKEN, choices=TOGETHER)


def test_everything_arrives_once_although_wave_refuses_several_mutations(tmp_path: Path) -> None:
    everything_arrives(tmp_path, PROVIDER, [], choices=TOGETHER)
