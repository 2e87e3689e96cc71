"""What kind of customer somebody seems to be, and why: a suggestion for a person to look over. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

HOMEOWNER, BUSINESS, BUILDER = "homeowner", "business", "builder"
TYPES = (HOMEOWNER, BUSINESS, BUILDER)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_BUILDER_WORDS = _set(
    "builder builders construction constructions constructors contracting contractor contractors "
    "custombuilders developer developers development developments framing homebuilder homebuilders homes "
    "remodeler remodelers remodeling remodelling renovation renovations"
)
_BUSINESS_WORDS = _set(
    "academy agency airport apartment apartments apts arena associates association bakery bank bistro "
    "boutique brewery cafe cathedral center centre chapel church city clinic club co college company condo "
    "condominium condominiums condos consulting corp corporation council county daycare dealership deli "
    "dental dentist dentistry department diner district enterprises factory farm farms firm fitness "
    "foundation garage gmbh grill group gym hoa holdings hospital hotel hotels inc incorporated industries "
    "inn institute insurance kindergarten laundromat library limited llc llp logistics lp ltd management "
    "market medical ministries ministry mosque motel museum office offices partners partnership pharmacy "
    "pizzeria plaza plc pllc preschool properties property realtors realty restaurant salon school schools "
    "services shop solutions spa store stores studio studios supermarket supply synagogue systems temple "
    "theater theatre university warehouse"
)
# Two words that say it only together.
_BUSINESS_PAIRS = frozenset({("car", "wash"), ("first", "baptist"), ("day", "care"), ("general", "hospital")})
_FREEMAIL = _set(
    "aim.com aol.com att.net bellsouth.net btinternet.com charter.net comcast.net cox.net duck.com "
    "earthlink.net example.com example.net example.org fastmail.com frontier.com gmail.com gmx.com gmx.de "
    "gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com icloud.com juno.com live.com mac.com mail.com "
    "me.com msn.com optonline.net outlook.com pm.me proton.me protonmail.com roadrunner.com rocketmail.com "
    "rr.com sbcglobal.net shaw.ca sympatico.ca verizon.net web.de windstream.net yahoo.ca yahoo.co.uk "
    "yahoo.com yandex.com ymail.com zoho.com"
)
_WORD = re.compile(r"[^\W_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W_]+)*")


@dataclass(frozen=True)
class Suggestion:
    """A type and the reason for it, in words that follow "because": `"clinic" in the name`."""

    type: str
    reason: str


def suggest_type(*, name: str, company_name: str = "", person: str = "", email: str = "") -> Suggestion:
    """`person`: given and family name as the provider tells them; empty where it does not."""
    for place, text in (("name", name), ("company name", company_name)):
        words = _words(text)
        found = next((word for word in words if word in _BUILDER_WORDS), "")
        if found:
            return Suggestion(BUILDER, f'"{found}" in the {place}')
    for place, text in (("name", name), ("company name", company_name)):
        found = _business_word(_words(text))
        if found:
            return Suggestion(BUSINESS, f'"{found}" in the {place}')
    if company_name.strip() and not _same(company_name, person) and not (_same(company_name, name) and not person):
        return Suggestion(BUSINESS, f'has the company name "{company_name.strip()}"')
    domain = email.strip().casefold().rpartition("@")[2] if "@" in email else ""
    if domain and domain not in _FREEMAIL:
        return Suggestion(BUSINESS, f"e-mail at {domain}")
    return Suggestion(HOMEOWNER, f"private e-mail ({domain})" if domain else "no sign of a company")


def _words(text: str) -> list[str]:
    """Lower-case words; `L.L.C.` is one, and a possessive is its noun."""
    plain = re.sub(r"\b((?:\w\.){2,})", lambda found: found.group(1).replace(".", ""), text.casefold())
    return [re.sub(r"['\N{RIGHT SINGLE QUOTATION MARK}]s$", "", word) for word in _WORD.findall(plain)]


def _business_word(words: list[str]) -> str:
    for first, second in zip(words, [*words, ""][1:], strict=True):
        if first in _BUSINESS_WORDS:
            return first
        if (first, second) in _BUSINESS_PAIRS:
            return f"{first} {second}"
    return ""


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
