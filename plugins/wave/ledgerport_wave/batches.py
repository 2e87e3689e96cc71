"""Several records in one request: aliased mutations in one document, only where the operator chose it.

GraphQL runs them in order and each has its own outcome: one may fail while others were done. What fails as a whole is
raised; what fails for one record is that record's element of the answer. Whatever must be looked up afterwards can
fail too, and then it is that record's fate alone: the others have their outcome already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from ledgerport.contract import Account, ContractError, Gone, Outcome, Push, Refused
from ledgerport_wave.answers import Row
from ledgerport_wave.books import books_of
from ledgerport_wave.client import Client, client_for
from ledgerport_wave.documents import Mutation
from ledgerport_wave.pushes import arrived, prepared
from ledgerport_wave.second_looks import after_refusal
from ledgerport_wave.shapes import Shape, V


@dataclass(slots=True)
class _Record(Generic[V]):
    """One record of a batch: what is sent of it, or what became of it before anything was sent."""

    push: Push[V]
    mutation: Mutation | None = None
    row: Row | None = None
    outcome: Outcome | None = None


def push_batch(account: Account, shape: Shape[V], pushes: Sequence[Push[V]]) -> list[Outcome]:
    """Create or update several objects: one Remote or error per push, in order.

    Records that would be refused are not sent. Raises what befell the whole request; one that Wave did not run at all
    is Refused with `whole_batch`.
    """
    client = client_for(account.http, account.company)
    books = books_of(account)
    records: list[_Record[V]] = []
    for push in pushes:
        record = _Record(push)
        try:
            record.mutation, record.row = prepared(client, shape, push, books)
        except (Refused, Gone) as refusal:
            record.outcome = refusal
        records.append(record)
    steps = [(record.mutation, record.row) for record in records if record.mutation and record.row is not None]
    answers = iter(client.changes(steps)) if steps else iter(())
    return [
        record.outcome if record.outcome is not None else _settled(client, shape, record, next(answers))
        for record in records
    ]


def _settled(client: Client, shape: Shape[V], record: _Record[V], answer: Row | ContractError) -> Outcome:
    try:
        if isinstance(answer, (Refused, Gone)) and record.mutation is not None and record.row is not None:
            answer = after_refusal(client, shape, record.push, record.mutation, record.row, answer)
        return answer if isinstance(answer, ContractError) else arrived(shape, record.push, answer)
    except ContractError as error:
        return error
