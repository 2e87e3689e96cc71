"""Words and what they have in common: stems, words that say little, and the trade's synonyms."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Say nothing about what a text is about.
STOP = _set(
    """
    a an and any are as at be been by do does did for from get got had has have how i if in into is it its me my no
    not of on or our ours per s so some than that the their them then there these they this to up us was we were
    what when where which who why will with would you your t d ll re ve x
    """
)
# Say little where they stand in a billing document: what kind of thing a field holds.
LABELS = _set(
    """
    amount bill billed category cost customer date description document estimate field hour hours inv invoice item
    kind line lines number paid price product quantity sale sales sent service services standard status subtotal
    total type unit usd
    """
)
# Say little in a question: that it asks for a price.
ASKING = _set(
    """
    about ask asked asking average billing bought buy charge charged charges charging client clients common cost
    costs costing customers did ever expensive fee fees find give given going had history invoiced invoicing job
    jobs last latest looking markup money much new normal normally order ordered past pay paying please previously
    priced prices pricing put quote quoted quotes rate rates recent recently run sell selling show sold tell the
    thing things typical typically us usual usually want was work worth year years
    """
)
# Groups of words that mean much the same to a plumber or a gift shop. A word may stand in one group only.
_GROUPS = """
install fit fitted mount hookup hook-up
replace swap swop exchange change changeover renew
repair fix mend patch
clear unclog unblock clean cleaning clogged blocked blockage clog
inspect examine survey examination
relocate move shift reposition
winterize winterise
emergency urgent callout
weekend saturday sunday
labour labor
toilet wc loo commode
faucet tap mixer
sink basin lavatory washbasin
bibb spigot sillcock bibcock
disposal disposer insinkerator grinder
heater boiler geyser
tank cylinder
pipe tube tubing piping
elbow bend
coupling coupler connector joiner
cap stopper
bushing reducer
valve stopcock
trap siphon
gasket washer seal
strap clamp bracket
hanger hook
insulation lagging
drain waste drainage
strainer filter sieve
sewer sewage
snake auger
putty sealant caulk
sweat solder
steel inox
galvanized galvanised zinc
lead-free unleaded
round circular
elongated oval
tall high
low-boy squat
jumbo huge giant oversized big large
small mini little tiny
holder stand
tealight t-light votive
bunting pennant garland
cushion pillow
box case chest crate
bag tote sack shopper
tin can canister
mug cup beaker
plate dish
sign plaque
red crimson scarlet
grey gray
colour color
cream ivory
wooden wood timber
metal metallic
glass crystal
christmas xmas noel
vintage retro antique
child kid children kids childrens
baby infant newborn
clock timepiece
notebook jotter
paper tissue
napkin serviette
purse wallet
necklace pendant
bracelet bangle
earring stud
hat bonnet
umbrella brolly parasol
photo picture
doormat mat
cabinet cupboard
jar pot
cutlery silverware
scales weighing
rabbit bunny
chick hen chicken
spotty spotted polkadot dotty dots dot
striped stripe stripy
postage shipping carriage delivery
"""
# Several words that are one thing: written as the words that the trade uses.
PHRASES = {
    "put in": "install",
    "putting in": "install",
    "fitting a": "install",
    "fitting of": "install",
    "fitting the": "install",
    "shut off valve": "angle stop valve",
    "shut-off valve": "angle stop valve",
    "shutoff valve": "angle stop valve",
    "hot water heater": "water heater",
    "hot water tank": "water heater tank",
    "hot water cylinder": "water heater cylinder",
    "water closet": "toilet",
    "outdoor tap": "hose bibb faucet",
    "outside tap": "hose bibb faucet",
    "garden tap": "hose bibb faucet",
    "outdoor faucet": "hose bibb faucet",
    "waste disposal": "garbage disposal",
    "waste disposer": "garbage disposal",
    "food disposer": "garbage disposal",
    "ptfe tape": "thread seal tape",
    "teflon tape": "thread seal tape",
    "non return valve": "check valve",
    "one way valve": "check valve",
    "pressure regulator": "pressure reducing valve",
    "out of hours": "after hours",
    "night time": "after hours",
    "at night": "after hours",
    "t light": "tealight",
    "tea light": "tealight",
    "polka dot": "polkadot",
    "retro spot": "retrospot",
    "bath tub": "tub",
    "toilet bolts": "closet bolts",
    "toilet wax ring": "wax ring",
    "water jetting": "hydro jetting",
}
UNITS = {
    "in": "in", "inch": "in", "inches": "in", '"': "in", "ft": "ft", "foot": "ft", "feet": "ft", "gal": "gal",
    "gallon": "gal", "gallons": "gal", "yr": "yr", "year": "yr", "years": "yr", "oz": "oz", "ounce": "oz",
    "ounces": "oz", "lb": "lb", "lbs": "lb", "pound": "lb", "pounds": "lb", "psi": "psi", "cm": "cm", "mm": "mm",
}  # fmt: skip
NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "twelve": "12", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60",
    "eighty": "80", "hundred": "100", "half": "1/2", "quarter": "1/4",
}  # fmt: skip
# Own meanings that a common stem would mix up: fittings are parts, to fit is to install.
_STEMS = {"fitting": "fitting", "fittings": "fitting", "children": "child", "knives": "knife", "leaves": "leaf"}
_ENDINGS = (
    "ations",
    "ation",
    "ions",
    "ion",
    "ements",
    "ement",
    "ments",
    "ment",
    "ings",
    "ing",
    "edly",
    "ed",
    "ers",
    "er",
    "ly",
)
_LEAST = 4


def stem(word: str) -> str:
    """A key that forms of one word share; it need not be a word. `word` in lower case."""
    if known := _STEMS.get(word):
        return known
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST - (ending in {"ed", "ing", "ings"}):
            return _bare(word.removesuffix(ending))
    if word.endswith("ies") and len(word) > _LEAST:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    return word.removesuffix("e") if len(word) > _LEAST else word


def _bare(root: str) -> str:
    """`root` without the letter that an ending doubled, or the e that it left."""
    if root[-1] == root[-2] and root[-1] not in "lsz":
        return root[:-1]
    return root.removesuffix("e") if len(root) > _LEAST else root


MEANINGS = {stem(word): f"={number}" for number, line in enumerate(_GROUPS.split("\n")) for word in line.split()}
