"""The words that the plumbing company's price book is put together from."""

from __future__ import annotations

from typing import NamedTuple

_SIZES = "1/4 in; 3/8 in; 1/2 in; 3/4 in; 1 in; 1-1/4 in; 1-1/2 in; 2 in; 2-1/2 in; 3 in; 4 in"


class Category(NamedTuple):
    """A name is one word of each part; `dollars` is the cost of the first combination, later ones cost more."""

    name: str
    prefix: str
    dollars: int
    parts: tuple[tuple[str, ...], ...]


def _category(name: str, prefix: str, dollars: int, *parts: str) -> Category:
    return Category(name, prefix, dollars, tuple(tuple(word.strip() for word in part.split(";")) for part in parts))


CATEGORIES = (
    _category(
        "Pipes",
        "PIP",
        3,
        "PVC pipe sch 40; PVC pipe sch 80; ABS pipe; PEX-A pipe; PEX-B pipe; CPVC pipe; Galvanized pipe; "
        "Black iron pipe; Copper pipe type M; Copper pipe type L; Cast iron no-hub pipe",
        _SIZES,
        "x 2 ft; x 5 ft; x 10 ft; x 20 ft",
    ),
    _category(
        "Fittings",
        "FIT",
        1,
        "PVC; ABS; CPVC; PEX; Galvanized; Black iron; Copper; Brass",
        "cap; plug; coupling; elbow 90; elbow 45; street elbow; tee; reducing tee; repair coupling; bushing; nipple; "
        "male adapter; female adapter; union",
        _SIZES,
    ),
    _category(
        "Valves",
        "VAL",
        9,
        "Angle stop; Gate valve; Ball valve; Check valve; Globe valve; Relief valve; Vacuum breaker; Mixing valve; "
        "Pressure reducing valve; Backflow preventer",
        "threaded; sweat; push-fit; press",
        _SIZES,
    ),
    _category(
        "Water heaters",
        "WHT",
        310,
        "Electric water heater; Gas water heater; Tankless gas heater; Heat pump water heater",
        "20 gal; 30 gal; 40 gal; 50 gal; 65 gal; 80 gal; 100 gal",
        "short; tall; low-boy",
        "6 yr; 9 yr; 12 yr",
    ),
    _category(
        "Drains",
        "DRN",
        6,
        "P-trap; Basket strainer; Cleanout; Floor drain; Shower drain; Tub waste & overflow; Trench drain",
        "PVC; chrome; brass; cast iron; stainless",
        "1-1/4 in; 1-1/2 in; 2 in; 2-1/2 in; 3 in; 4 in",
    ),
    _category(
        "Fixtures",
        "FIX",
        48,
        "Hose bibb; Tub spout; Shower head; Lavatory faucet; Kitchen faucet; Shower trim; Garbage disposal; "
        "Utility sink; Pedestal sink; Toilet, round; Toilet, elongated; Urinal",
        "Harbor; Millbrook; Stonefield; Arden; Lakeport",
        "white; chrome; biscuit; brushed nickel; matte black; oil-rubbed bronze",
    ),
    _category(
        "Supplies",
        "SUP",
        1,
        "Pipe hanger; Pipe clamp; Pipe strap; Pipe insulation; Gasket set; Escutcheon; Supply line",
        "foam; rubber; steel; copper; braided",
        _SIZES,
    ),
    _category(
        "Labour",
        "LAB",
        38,
        "Inspect; Clear; Pressure test; Repair; Install; Replace; Relocate; Winterize",
        "hose bibb; toilet; drain; kitchen faucet; garbage disposal; shower valve; sump pump; water softener; "
        "water heater; gas line; main line; sewer line",
        "standard hours; after hours; weekend; emergency",
    ),
)
_LONG = (
    "Commercial backflow preventer assembly, reduced pressure zone, bronze body with stainless check modules, "
    "quarter-turn shut-offs and test cocks, "
)
# Names as people type them: control characters, colons, quotes, blanks at the ends, other languages' letters, names
# that agree after cutting to a provider's length, or but for their case.
ODD_NAMES = (
    "Drain snake 25 ft",
    "TKO-\t813PB-1500B",
    "Shower valve\ttrim kit",
    "Toilet repair kit\n(flapper, fill valve)",
    "Kit: rough-in, single bath",
    "Valves: ball: 3/4 in: lead-free",
    _LONG + "2 in flanged",
    _LONG + "3 in flanged",
    _LONG + "4 in flanged",
    "Wax ring",
    "Wax ring",
    "WAX RING",
    "wax Ring",
    "  Plumber's putty, 14 oz",
    "Thread seal tape, 1/2 in x 520 in   ",
    "Plumber's putty, 14 oz",
    'Closet bolts, 1/4" x 2-1/4"',
    'Copper strap 3/4" ("bell hanger")',
    "Nuts & washers, assorted",
    "Gauge 0\u2013100 psi, ½ in NPT",
    "Grohe Eurosmart Küchenarmatur",
    "Robinet d'arrêt équerre",
    "Válvula de retención",
    "Service call\r\nminimum charge",
    "Camera inspection:\tup to 100 ft",
    "Hydro jetting <up to 4 in>",
    "Back\\slash coupling",
    "100% silicone, clear",
    "Solder\u00a0lead-free 1 lb",
    "Faucet cartridge #1225/B; brass",
)
ODD_SERVICES = ("Service call", "Camera inspection", "Hydro jetting")
