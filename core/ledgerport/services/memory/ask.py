"""Answers "what did we charge for X" from the lines of past documents: the nearest by meaning, the figures by the
database. No language model is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from ledgerport.contract import Kind
from ledgerport.db.models import Tenant
from ledgerport.db.repositories.memory_read import LinesWanted, known_choices, lines_with, newest_lines
from ledgerport.memory.documents import Sold, clean, line_text, text_hash
from ledgerport.memory.port import Memory
from ledgerport.services.context import Hub
from ledgerport.services.memory.answer_words import sentence
from ledgerport.services.memory.answers import Answer, Basis, Citation, Filters, Scope, Thing
from ledgerport.services.memory.ask_voyage import question_vector
from ledgerport.services.memory.figures import PricedLine, figures, markup_percent, shown_price
from ledgerport.services.memory.unavailable import for_people, memory_of
from ledgerport.services.rejections import BadChoice

LONGEST_QUESTION = 500
MOST_CITATIONS = 50
# How many distinct things are looked at, and how many documents help to rank the lines.
_THINGS, _DOCUMENTS = 300, 200
# Things less near than this part of the nearest are similar, but not what was asked for: an answer about fitting a
# water heater is none about its spare anode.
NEAR_THE_BEST = 0.85
# "What is our usual markup?" names nothing that is sold: it is answered over so many of the newest lines.
_NEWEST = 50_000
_ABOUT_MARKUP = re.compile(r"\b(mark-?\s?ups?|margins?)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class _Found:
    """The passages that are meant and their similarity, how many more are similar but not as near, and the similarity
    of whole documents (`invoice:12`)."""

    near: Mapping[str, float] = field(default_factory=dict)
    more: int = 0
    documents: Mapping[str, float] = field(default_factory=dict)


def ask(hub: Hub, *, tenant_id: int, question: str, filters: Filters | None = None, limit: int = 10) -> Answer:
    """What the sent invoices and estimates say about a question; at most `limit` citations.

    Voyage is asked once, for the vector of the question. Raises BadChoice, Conflict where the memory is off, and
    MemoryUnavailable.
    """
    memory, filters = memory_of(hub), filters or Filters()
    asked = clean(question)
    _check(question, asked, filters)
    with for_people():
        found = _search(hub, memory, tenant_id, asked)
    scope = Scope.SIMILAR if found.near or not _ABOUT_MARKUP.search(asked) else Scope.EVERYTHING
    wanted = LinesWanted(
        hashes=list(found.near),
        since=filters.since,
        until=filters.until,
        category=filters.category.strip(),
        customer_type=filters.customer_type.strip(),
    )
    with hub.database.tenant(tenant_id, read=True) as session:
        currency = session.get_one(Tenant, tenant_id).currency
        if scope is Scope.EVERYTHING:
            rows = newest_lines(session, tenant_id, wanted, _NEWEST)
        else:
            rows = lines_with(session, tenant_id, wanted) if found.near else []
    rows = [row for row in rows if not row.edited or _still(row)]
    if scope is Scope.EVERYTHING:
        found = _Found(near=dict.fromkeys({row.text_hash for row in rows}, 0.0), more=found.more)
    return _answer(memory, question, filters, scope, found, rows, currency, limit)


def filter_choices(hub: Hub, *, tenant_id: int) -> tuple[list[str], list[str]]:
    """Categories and types of customers to narrow an answer to."""
    with hub.database.tenant(tenant_id, read=True) as session:
        return known_choices(session, tenant_id)


def _check(question: str, asked: str, filters: Filters) -> None:
    if not asked:
        raise BadChoice("q", "There is no question.", "Ask for something you sell, such as a water heater install.")
    if len(question) > LONGEST_QUESTION:
        raise BadChoice(
            "q", f"The question is longer than {LONGEST_QUESTION} characters.", "Ask for one thing in a few words."
        )
    if filters.since is not None and filters.until is not None and filters.since > filters.until:
        raise BadChoice("until", "The last day is before the first.", "Give the earlier day first.")


def _search(hub: Hub, memory: Memory, tenant_id: int, asked: str) -> _Found:
    """Raises MemoryAway, MemoryRefused, MemoryBusy."""
    # First of all, since it costs nothing: whether the index can be used, and holds anything.
    if not memory.index.count(tenant_id, "line"):
        return _Found()
    vector = question_vector(hub, memory, tenant_id, asked)
    lines = [one for one in memory.index.near(tenant_id, "line", vector, _THINGS) if one.similarity >= memory.threshold]
    if not lines:
        return _Found()
    least = max(one.similarity for one in lines) * NEAR_THE_BEST
    near = {one.id: one.similarity for one in lines if one.similarity >= least}
    documents = memory.index.near(tenant_id, "document", vector, _DOCUMENTS)
    return _Found(near=near, more=len(lines) - len(near), documents={one.id: one.similarity for one in documents})


def _still(row: Any) -> bool:
    """Whether a line of an edited document says what it said when it was stored."""
    sold = Sold(item=row.item_name, category=row.category, type=row.item_type, description=row.description)
    return text_hash(line_text(sold)) == str(row.text_hash)


def _answer(
    memory: Memory,
    question: str,
    filters: Filters,
    scope: Scope,
    found: _Found,
    rows: Sequence[Any],
    currency: str,
    limit: int,
) -> Answer:
    counts = Counter(row.kind for row in rows)
    basis = Basis.INVOICES if counts[Kind.INVOICE] else Basis.ESTIMATES if counts[Kind.ESTIMATE] else Basis.NONE
    counted = [row for row in rows if basis is not Basis.INVOICES or row.kind == Kind.INVOICE]
    told = figures(_priced(row, currency) for row in counted)
    free = sum(not row.quantity * row.unit_price for row in counted)
    # Over everything nothing is nearer than anything else: what is cited are some of the lines that count.
    ranked = sorted(rows if scope is Scope.SIMILAR else counted, key=partial(_rank, found))
    return Answer(
        question=question.strip(),
        filters=filters,
        enough=any(one.enough for one in told),
        sentence=sentence(told, basis, filters, scope, found=bool(found.near), free=free),
        scope=scope,
        basis=basis,
        lines=len(counted),
        invoice_lines=counts[Kind.INVOICE],
        estimate_lines=counts[Kind.ESTIMATE],
        figures=told,
        things=_told_things(ranked, found.near) if scope is Scope.SIMILAR else [],
        more_things=found.more,
        citations=[_citation(row, found.near[row.text_hash], currency) for row in ranked[:limit]],
        threshold=memory.threshold,
        model=memory.embedder.model,
    )


def _rank(found: _Found, row: Any) -> tuple[float, float, int, str, int]:
    """The most similar line first; of the same thing the one on the most similar document, then the newest."""
    whole = found.documents.get(f"{row.kind}:{row.record_id}", 0.0)
    return (-found.near[row.text_hash], -whole, -row.issued_on.toordinal(), row.ref, row.position)


def _priced(row: Any, currency: str) -> PricedLine:
    return PricedLine(
        thing=row.text_hash,
        currency=row.currency,
        on=row.issued_on,
        quantity=row.quantity,
        unit_price=row.unit_price,
        cost=_cost(row, currency),
    )


def _cost(row: Any, currency: str) -> Decimal | None:
    """The price book is in the tenant's currency: on a document in another one its cost says nothing."""
    return row.cost if row.currency == currency else None


def _told_things(ranked: Sequence[Any], near: Mapping[str, float]) -> list[Thing]:
    """The distinct things among the lines, the nearest first."""
    counts = Counter(row.text_hash for row in ranked)
    first = {row.text_hash: row for row in reversed(ranked)}
    return [
        Thing(
            item_name=first[passage].item_name,
            category=first[passage].category,
            description=first[passage].description,
            lines=count,
            similarity=_rounded(near[passage]),
        )
        for passage, count in sorted(counts.items(), key=lambda one: (-near[one[0]], -one[1], one[0]))
    ]


def _citation(row: Any, similarity: float, currency: str) -> Citation:
    cost = _cost(row, currency)
    charged = row.quantity * row.unit_price > 0
    return Citation(
        kind=row.kind,
        ref=row.ref,
        number=row.number,
        line=row.position,
        on=row.issued_on,
        customer_type=row.customer_type,
        item=row.item or "",
        item_name=row.item_name,
        category=row.category,
        description=row.description,
        quantity=row.quantity,
        unit_price=shown_price(row.unit_price, row.currency),
        amount=shown_price(row.amount, row.currency),
        cost=None if cost is None else shown_price(cost, row.currency),
        markup_percent=markup_percent(abs(row.unit_price), cost) if charged else None,
        currency=row.currency,
        similarity=_rounded(similarity),
    )


def _rounded(similarity: float) -> float:
    return round(similarity, 3)
