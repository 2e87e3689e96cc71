"""Sixty names as people write them, and what a text must not break."""

from __future__ import annotations

from collections.abc import Iterator

from ledgerport.contract import Kind, NameRules, clean_name, name_key
from ledgerport.testing import records
from ledgerport.testing.checks import Needs, check, check_each
from ledgerport.testing.desk import Desk

GROUP = "names"
# Quotes, separators, markup, code, other scripts, joined emoji, text that looks like numbers, dates or null.
NASTY = (
    *(
        "O'Brien & Sons",
        'Say "Yes"',
        "Smith, John",
        "A/B Testing",
        "Back\\slash",
        "Semi;colon",
        "Pipe|Pipe",
        "Hash # Tag",
    ),
    *(
        "100% Wool",
        "50 % off + 3",
        "a=b&c=d",
        "?query=1",
        "Q & A <b>bold</b>",
        "<script>alert(1)</script>",
        "&amp; & &lt;",
    ),
    *(
        "'; DROP TABLE x; --",
        "' OR '1'='1",
        "${jndi:x}",
        "{{ 7*7 }}",
        "%s %d %n",
        "%00",
        "..\\..\\etc",
        "../../etc/passwd",
    ),
    *(
        "=1+1",
        "+1 555 0100",
        "-Minus first",
        "@Home",
        "*Star*",
        "_under_",
        "~tilde~",
        "^caret^",
        "`tick`",
        "$money$",
        "!bang!",
    ),
    *("null", "None", "undefined", "true", "NaN", "0", "007", "1e5", "2026-09-30", "3.14", "-1"),
    *(
        "Müller & Söhne",
        "Ærøskøbing",
        "Łódź",
        "Ελλάδα",
        "Россия",
        "日本語の名前",
        "中文公司",
        "한국어",
        "שלום",
        "مرحبا",
    ),
    *(
        "Zoë",
        "Zoe\u0308 II",
        "Emoji 🎉 Ltd",
        "Family 👨\u200d👩\u200d👧",
        "ﬁne ligature",
        "Ⅷ",
        "½ price",
        "ẞ",
        "İstanbul",
    ),
    *("tab\there", "line\nbreak", "  blanks   inside  ", "zero\u200bwidth", "no\u00a0break", "A", "W" * 900),
)


def _rules(desk: Desk, kind: Kind) -> NameRules:
    return desk.terms.kinds[kind].name or NameRules(max_length=255, unique=False)


def told_apart(rules: NameRules) -> Iterator[tuple[str, str]]:
    """(as it is sent to us, as it must stand there) of every name that these rules leave something of, each once."""
    seen = set()
    for name in NASTY:
        clean = clean_name(name, rules)
        if clean and name_key(clean) not in seen:
            seen.add(name_key(clean))
            yield name, clean


@check_each(
    (Kind.CUSTOMER, Kind.ITEM),
    "names.sixty_nasty_{kind}s",
    group=GROUP,
    change="Send the name as push.value has it: it fits NameRules already. Quote and encode it where it goes into a "
    "filter, "
    "an address or markup; declare in NameRules.forbidden what your provider does not take.",
    why="Mrs. O'Brien must get her bill like everybody else.",
)
def sixty_nasty_names(desk: Desk, kind: Kind) -> None:
    names = list(told_apart(_rules(desk, kind)))
    assert len(names) >= 55, f"the NameRules of {kind}s leave only {len(names)} of {len(NASTY)} names apart"
    build = records.customer if kind is Kind.CUSTOMER else records.item
    more = {"email": ""} if kind is Kind.CUSTOMER else {}
    desk.sync([build(number, name=name, **more) for number, (name, _) in enumerate(names, 1)])
    rows = {row["id"]: row["name"] for row in desk.rows(kind)}
    prefix = "C" if kind is Kind.CUSTOMER else "I"
    for number, (name, clean) in enumerate(names, 1):
        there = rows.get(desk.remote_id(kind, f"{prefix}{number}"))
        assert there == clean, f"sent {clean!r} (of {name!r}), the books have {there!r}"
    assert len(rows) == len(names), f"{len(names)} {kind}s were sent, {len(rows)} are in the books"


@check(
    "names.nasty_names_are_found_again",
    group=GROUP,
    needs=Needs(kinds=(Kind.ITEM,), hooks=("find_pushed",)),
    change="Quote names and codes in the filters that find_pushed sends, or filter what a plain list returns.",
    why="After a lost answer an item with an apostrophe would be made twice.",
)
def nasty_names_are_found_again(desk: Desk) -> None:
    rules = _rules(desk, Kind.ITEM)
    for number, name in enumerate(
        ("O'Brien & Sons", 'Say "Yes"', "100% Wool", "a=b&c=d", "日本語の名前", "Back\\slash"), 1
    ):
        value = records.item_value(number, name=clean_name(name, rules))
        push = records.push(value, desk.mapping)
        remote = desk.ask("push_item", push=push)
        found = [each.id for each in desk.ask("find_pushed", push=push)]
        assert found == [remote.id], f"pushed {name!r} as {remote.id!r}, find_pushed returns {found}"


@check(
    "names.free_texts_change_no_figure",
    group=GROUP,
    needs=Needs(kinds=(Kind.INVOICE,)),
    change="Encode memo and line descriptions properly, and cut them to what your provider takes.",
    why="An invoice that is refused for a line break in its memo is not paid.",
)
def free_texts(desk: Desk) -> None:
    text = "Line one\nline two\t<b>&amp;</b> \"q\" 'a' 🎉 ½ مرحبا " + "x" * 500
    lines = [{**records.line(1, 2, "21.62"), "description": text}]
    desk.sync([records.customer(1), records.item(1), records.invoice(1, lines=lines, memo=text)])
    desk.agrees()
    (row,) = desk.rows(Kind.INVOICE)
    assert row["total"] == "43.24", f"sent 43.24, the books show {row['total']}"
