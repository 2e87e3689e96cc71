"""Switching the memory on: by its own name, and not half set up."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from pydantic import ValidationError

from ledgerport import wiring
from ledgerport.settings import Settings

KEY = {"api_key": "pa-1"}


def settings(home: Path, memory: dict[str, Any], **more: Any) -> Settings:
    return Settings.model_validate({"home": home, "rag_billing_embed_enabled": True, "memory": memory, **more})


def refusal(given: Settings) -> str:
    with pytest.raises(wiring.CannotStart) as refused:
        wiring.build(given)
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "on"),
    [
        ("RAG_BILLING_EMBED_ENABLED", True),
        ("LEDGERPORT_RAG_BILLING_EMBED_ENABLED", False),
        ("LEDGERPORT_MEMORY_ENABLED", False),
    ],
)
def test_it_is_switched_on_by_its_own_name_alone(name: str, on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "true")

    assert Settings().rag_billing_embed_enabled is on


def test_a_hub_has_no_memory_unless_it_is_switched_on(tmp_path: Path) -> None:
    hub = wiring.build(Settings.model_validate({"home": tmp_path, "memory": KEY}))

    assert hub.memory is None
    wiring.close(hub)


def test_switched_on_it_takes_its_parts_from_the_settings(tmp_path: Path) -> None:
    given = {"model": "voyage-4-lite", "dimension": 512, "threshold": 0.5, "price_per_million": "0.03"}
    hub = wiring.build(settings(tmp_path, {**KEY, **given, "requests_per_minute": 3}))

    memory = hub.memory
    assert memory is not None
    assert (memory.embedder.model, memory.embedder.dimension, memory.threshold) == ("voyage-4-lite", 512, 0.5)
    assert (memory.limits.requests_per_minute, memory.limits.tokens_per_minute) == (3, 16_000_000)
    assert str(memory.dollars(1_000_000)) == "0.03"
    assert memory.where == str(tmp_path / "memory")
    # Nothing is opened before it is needed.
    assert not (tmp_path / "memory").exists()
    wiring.close(hub)


def test_a_request_is_never_larger_than_what_a_minute_allows(tmp_path: Path) -> None:
    hub = wiring.build(settings(tmp_path, {**KEY, "tokens_per_minute": 10_000}))

    assert hub.memory is not None
    assert hub.memory.limits.tokens == 10_000
    wiring.close(hub)


def test_without_a_key_it_says_which_setting_is_missing(tmp_path: Path) -> None:
    assert "LEDGERPORT_MEMORY__API_KEY is missing: your key at Voyage" in refusal(settings(tmp_path, {}))
    assert list(tmp_path.iterdir()) == []


def test_several_processes_need_a_chroma_server(tmp_path: Path) -> None:
    told = refusal(settings(tmp_path, KEY, redis_url="redis://127.0.0.1:1/0"))

    assert "LEDGERPORT_MEMORY__CHROMA_URL is missing" in told


def test_without_its_libraries_it_says_how_to_get_them(tmp_path: Path) -> None:
    # What is not installed cannot be shown otherwise where it is installed.
    with mock.patch("importlib.util.find_spec", return_value=None):
        told = refusal(settings(tmp_path, KEY))

    assert "chromadb is not installed (RAG_BILLING_EMBED_ENABLED is set): pip install 'ledgerport[memory]'" in told
    assert "voyageai is not installed" in told


def test_a_model_without_a_known_price_needs_one(tmp_path: Path) -> None:
    told = refusal(settings(tmp_path, {**KEY, "model": "voyage-9"}))

    assert "LEDGERPORT_MEMORY__PRICE_PER_MILLION" in told and "voyage-3.5" in told


def test_a_dimension_that_the_model_does_not_offer_is_refused(tmp_path: Path) -> None:
    told = refusal(settings(tmp_path, {**KEY, "model": "voyage-3.5", "dimension": 700}))

    assert "LEDGERPORT_MEMORY__DIMENSION is 700, but voyage-3.5 offers 256, 512, 1024, 2048" in told


def test_a_chroma_address_with_a_path_is_refused(tmp_path: Path) -> None:
    told = refusal(settings(tmp_path, {**KEY, "chroma_url": "http://127.0.0.1:8000/api"}))

    assert "LEDGERPORT_MEMORY__CHROMA_URL must be an origin" in told


def test_a_model_name_that_chroma_does_not_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="model"):
        settings(tmp_path, {**KEY, "model": "org/voyage"})
