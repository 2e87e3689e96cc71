"""The first version of a plugin: what may be asked for, and that every answer is clean and whole."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from ledgerport.contract import CONTRACT_VERSION, Kind
from ledgerport.scaffold import BadWish, FolderTaken, Wish, write_plugin
from ledgerport.scaffold.write import render

KINDS = (
    "customer",
    "customer,item",
    "customer,estimate",
    "customer,invoice",
    "customer,item,invoice,payment",
    "customer,item,invoice,estimate,payment",
)
EVERY = [
    (kinds, idempotency, auth) for kinds, idempotency, auth in product(KINDS, ("none", "key"), ("oauth2", "api-key"))
]


def wish(kinds: str = KINDS[-1], idempotency: str = "none", auth: str = "oauth2", **more: str) -> Wish:
    return Wish.of(
        **{"slug": "acme", "label": "Acme Books", **more}, kinds=kinds.split(","), idempotency=idempotency, auth=auth
    )


def test_every_wish_is_written_without_a_word_for_the_linter(tmp_path: Path) -> None:
    """The longest name and label there may be, so that shorter ones fit too."""
    for number, (kinds, idempotency, auth) in enumerate(EVERY):
        write_plugin(
            wish(kinds, idempotency, auth, slug="z" * 18 + f"{number:02}", label="W" * 40), tmp_path / str(number)
        )

    for words in (["check"], ["format", "--check"]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *words, "--no-cache", "."],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(("kinds", "idempotency", "auth"), EVERY)
def test_a_kind_that_was_not_asked_for_is_nowhere(kinds: str, idempotency: str, auth: str) -> None:
    files = render(wish(kinds, idempotency, auth))

    hooks = {
        node.name for node in ast.parse(files["ledgerport_acme/hooks.py"]).body if isinstance(node, ast.FunctionDef)
    }
    pushed = {hook.removeprefix("push_") for hook in hooks if hook.startswith("push_")}
    assert pushed == set(kinds.split(","))
    terms = files["ledgerport_acme/terms.py"]
    assert {name.lower() for name in re.findall(r"Kind\.([A-Z]+):", terms)} == pushed
    assert ("payments" in files["quality.toml"]) == (Kind.PAYMENT in pushed)


@pytest.mark.parametrize(("kinds", "idempotency", "auth"), EVERY)
def test_nothing_of_a_template_is_left_over(kinds: str, idempotency: str, auth: str) -> None:
    for name, text in render(wish(kinds, idempotency, auth)).items():
        assert "NAME" not in name
        assert not re.search(r"<<|>>|<%|%>", text), name
        if name.endswith(".py"):
            ast.parse(text)


def test_the_files_have_the_names_of_the_built_in_plugins() -> None:
    files = render(wish())

    assert {
        "pyproject.toml",
        "README.md",
        "quality.toml",
        ".github/workflows/ci.yml",
        "ledgerport_acme/py.typed",
        "ledgerport_acme/hooks.py",
        "ledgerport_acme/terms.py",
        "ledgerport_acme/client.py",
        "ledgerport_acme/faults.py",
        "ledgerport_acme/tokens.py",
        "ledgerport_acme/mapping/customers.py",
        "ledgerport_acme_sandbox/app.py",
        "ledgerport_acme_sandbox/rules.py",
        "ledgerport_acme_sandbox/state.py",
    } <= files.keys()
    assert f'contract = "{CONTRACT_VERSION}"' in files["quality.toml"]


def test_a_plugin_imports_the_contract_and_its_sandbox_the_kit() -> None:
    for name, text in render(wish()).items():
        if not name.startswith("ledgerport_acme") or not name.endswith(".py"):
            continue
        own = "ledgerport_acme_sandbox" if "_sandbox/" in name else "ledgerport_acme"
        ours = set(re.findall(r"^from (ledgerport[\w.]*)", text, re.MULTILINE))
        allowed = "ledgerport_sandbox" if own.endswith("_sandbox") else "ledgerport.contract"
        assert {one for one in ours if one.split(".")[0] != own} <= {one for one in ours if one.startswith(allowed)}, (
            name
        )


@pytest.mark.parametrize("slug", ["Acme", "a", "1st", "ac-me", "acme_", "a" * 21, "", "../acme"])
def test_a_name_that_is_none_is_refused_with_what_one_is(slug: str) -> None:
    with pytest.raises(BadWish, match="lower-case letters and digits"):
        wish(slug=slug)


@pytest.mark.parametrize("label", ['Acme "Books"', "x" * 41, " ", "Acme\nBooks", "<b>", "{label}"])
def test_a_label_that_could_end_a_string_is_refused(label: str) -> None:
    with pytest.raises(BadWish, match="--label"):
        wish(label=label)


@pytest.mark.parametrize(
    ("kinds", "why"),
    [
        ("item", "must have customer"),
        ("customer,payment", "add invoice"),
        ("customer,bill", "does not know bill"),
        ("", "must have customer"),
    ],
)
def test_kinds_that_cannot_stand_alone_are_refused(kinds: str, why: str) -> None:
    with pytest.raises(BadWish, match=why):
        wish(kinds)


def test_what_is_there_already_is_never_overwritten(tmp_path: Path) -> None:
    (first, *_) = write_plugin(wish(), tmp_path)
    first.write_text("mine")

    with pytest.raises(FolderTaken, match="there already"):
        write_plugin(wish(), tmp_path)
    assert first.read_text() == "mine"
