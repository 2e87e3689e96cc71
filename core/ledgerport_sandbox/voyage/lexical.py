"""Vectors from words: the sandbox's stand-in for a language model.

A text's vector is the sum of its words' vectors, a word's is spread over the dimensions by hashing its stem, its
meaning (a small table of synonyms) and its groups of three letters. So texts are near that share words, forms of words,
synonyms or spelling, and nothing else makes them near. The same text gives the same vector on every machine.

As with Voyage's own, the first 256, 512 or 1024 entries of a longer vector make the shorter one when brought to length
one again, every vector has length one, and vectors of queries and documents can be compared: a query only cares less
for the words by which one asks. What a word weighs is our choice, tried on the questions in tests/evaluation.
"""

from __future__ import annotations

import math
import re
import unicodedata
from array import array
from collections import Counter
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from ledgerport_sandbox.voyage.words import ASKING, LABELS, MEANINGS, NUMBERS, PHRASES, STOP, UNITS, stem

LONGEST = 2048
# Where a feature has an entry: one place in each block, so that every leading part of a vector is one itself.
_BLOCKS = ((0, 256), (256, 256), (512, 512), (1024, 1024))
STOP_WEIGHT, LABEL_WEIGHT, SHORT_WEIGHT = 0.03, 0.15, 0.7
NUMBER_WEIGHT, SIZE_WEIGHT, UNIT_WEIGHT, COMPOUND_WEIGHT = 0.45, 0.75, 0.1, 0.6
# Shares of a word's square: what it means, where the table knows it; its stem; its letters.
KNOWN_SHARES, PLAIN_SHARES = (0.62, 0.20, 0.18), (0.0, 0.78, 0.22)

_SIZES = "|".join(sorted((re.escape(unit) for unit in UNITS if unit.isalpha()), key=len, reverse=True))
_LETTER, _ASCII_LETTER = r"[^\W\d_]", "[A-Za-z]"
_TOKEN = rf"\d+(?:[-./]\d+)*(?:[ -]?(?:{_SIZES})\b|\")?|LETTER+(?:[-']LETTER+)*"
_PIECE = r"LETTER{1,6}|\d|[^\w\s]|_"
# Sets of plain letters are searched much faster, and most texts hold no others.
_TOKENS, _ASCII_TOKENS = (re.compile(_TOKEN.replace("LETTER", letter)) for letter in (_LETTER, _ASCII_LETTER))
_PIECES, _ASCII_PIECES = (re.compile(_PIECE.replace("LETTER", letter)) for letter in (_LETTER, _ASCII_LETTER))
_NUMBER = re.compile(r"(\d+(?:[-./]\d+)*)[ -]?(.*)")
# How phrases begin; a text without any of these is spared the search for them.
_BEGINNINGS = frozenset(tuple(form.split()[:2]) for phrase in PHRASES for form in (phrase, f"{phrase}s"))
_PHRASES = re.compile(rf"\b(?:{'|'.join(sorted(PHRASES, key=len, reverse=True))})(?=s?\b)")
_IN_WORDS = re.compile(rf"\b({'|'.join(NUMBERS)})(?=[ -](?:{_SIZES})\b)")

_SHORT = 3

Entries = tuple[tuple[int, float], ...]


def tokens_of(text: str) -> int:
    """How many tokens the sandbox counts: pieces of words up to six letters, digits, signs; at least one.

    Not Voyage's tokenizer, which is not to be had offline; of its order of magnitude.
    """
    return len((_ASCII_PIECES if text.isascii() else _PIECES).findall(text)) or 1


def cut(text: str, tokens: int) -> str:
    """The beginning of a text that holds so many tokens."""
    for number, piece in enumerate(_PIECES.finditer(text), 1):
        if number > tokens:
            return text[: piece.start()]
    return text


def vector(text: str, dimension: int, *, query: bool = False) -> array[float]:
    """The text's vector of length one, as float32. `dimension` is 256, 512, 1024 or 2048."""
    entries = [0.0] * dimension
    for token, count in Counter(_tokens(text)).items():
        spread = _spread(token, dimension, query)
        if count == 1:
            for place, value in spread:
                entries[place] += value
        else:
            times = 1.0 + math.log(count)
            for place, value in spread:
                entries[place] += value * times
    length = math.hypot(*entries)
    if length == 0.0:
        # Nothing but signs, or words that cancelled one another: still a vector of length one.
        entries[0] = length = 1.0
    return array("f", [value / length for value in entries])


def _tokens(text: str) -> list[str]:
    plain = text.lower() if text.isascii() else _without_accents(text)
    words = _ASCII_TOKENS if plain.isascii() else _TOKENS
    found = words.findall(plain)
    changed = 0
    if not _BEGINNINGS.isdisjoint(pairwise(found)):
        plain, changed = _PHRASES.subn(lambda match: PHRASES[match.group()], plain)
    if not NUMBERS.keys().isdisjoint(found):
        plain, more = _IN_WORDS.subn(lambda match: NUMBERS[match.group()], plain)
        changed += more
    return words.findall(plain) if changed else found


def _without_accents(text: str) -> str:
    parted = unicodedata.normalize("NFKD", text.replace("\N{FRACTION SLASH}", "/"))
    return "".join(sign for sign in parted if not unicodedata.combining(sign)).replace("\u2044", "/").lower()


@lru_cache(maxsize=1 << 14)
def _spread(token: str, dimension: int, query: bool) -> Entries:
    """The entries of one token in a vector of this dimension."""
    total: dict[int, float] = {}
    for feature, weight in _features(token, query).items():
        seed = int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "little")
        for start, size in _BLOCKS:
            if start < dimension:
                place = start + seed % size
                total[place] = total.get(place, 0.0) + (weight if seed & size else -weight)
                seed >>= 12
    return tuple(total.items())


def _features(token: str, query: bool) -> dict[str, float]:
    if token[0].isdigit():
        return _number(token)
    if token in NUMBERS:
        return {f"#{NUMBERS[token]}": NUMBER_WEIGHT}
    if token in UNITS and token not in STOP:
        return {f"%{UNITS[token]}": UNIT_WEIGHT}
    parts = [part for part in re.split(r"[-']", token) if part]
    features: dict[str, float] = {}
    for part in parts:
        for feature, weight in _word(part, query).items():
            features[feature] = features.get(feature, 0.0) + weight
    if len(parts) > 1 and "'" not in token:
        # A compound is its parts, and something of its own.
        features[MEANINGS.get(stem(token), f"-{''.join(parts)}")] = COMPOUND_WEIGHT
    return features


def _number(token: str) -> dict[str, float]:
    match = _NUMBER.match(token)
    assert match is not None
    number, unit = match.groups()
    features = {f"#{number}": NUMBER_WEIGHT}
    if unit:
        features |= {f"#{number} {UNITS[unit]}": SIZE_WEIGHT, f"%{UNITS[unit]}": UNIT_WEIGHT}
    return features


def _word(word: str, query: bool) -> dict[str, float]:
    root = stem(word)
    weight = _weight(word, root, query)
    meaning = MEANINGS.get(root)
    known, plain, letters = KNOWN_SHARES if meaning else PLAIN_SHARES
    features = {f"+{root}": weight * math.sqrt(plain)}
    if meaning:
        features[meaning] = weight * math.sqrt(known)
    framed = f"<{word}>"
    groups = {"".join(group) for group in zip(framed, framed[1:], framed[2:], strict=False)}
    for group in groups:
        features[group] = weight * math.sqrt(letters / len(groups))
    return features


def _weight(word: str, root: str, query: bool) -> float:
    if word in STOP or (query and word in ASKING):
        return STOP_WEIGHT
    if word in LABELS or root in LABELS:
        return LABEL_WEIGHT
    return SHORT_WEIGHT if len(word) < _SHORT else 1.0
