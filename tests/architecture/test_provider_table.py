"""The README's table of providers is made from what they declare, so it cannot say anything else."""

from __future__ import annotations

from tests.architecture.provider_table import BEGIN, COMMAND, END, README, ROOT, markdown, providers, written


def test_the_readmes_table_says_what_the_plugins_declare() -> None:
    readme = README.read_text()

    assert readme.count(BEGIN) == readme.count(END) == 1
    assert written(readme, markdown(providers())) == readme, f"Write it anew: {COMMAND}"


def test_every_plugin_of_this_repository_is_in_the_table() -> None:
    folders = {path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml")}

    assert {facts.terms.slug for facts in providers()} == folders
