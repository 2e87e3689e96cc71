"""Countries and provinces as Wave wants them: enum values and ISO 3166-2 codes. Pure.

The host app gives what people typed. A country that is not known here would be refused as a whole request, so it is
not sent as one: `unplaced` says what of an address had no code.
"""

from __future__ import annotations

# ISO 3166-1, as far as Wave has them.
_COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BR BS BT BW BY BZ CA CC CD "
    "CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD "
    "GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP KE KG KH KI KM "
    "KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX "
    "MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD "
    "SE SG SH SI SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE "
    "VG VI VN VU WF WS YE YT ZA ZM ZW"
)
_COUNTRY_NAMES = {
    "USA": "US",
    "U.S.A.": "US",
    "U.S.": "US",
    "UNITED STATES": "US",
    "UNITED STATES OF AMERICA": "US",
    "CAN": "CA",
    "CANADA": "CA",
    "MEX": "MX",
    "MEXICO": "MX",
    "UK": "GB",
    "GBR": "GB",
    "UNITED KINGDOM": "GB",
    "GREAT BRITAIN": "GB",
    "ENGLAND": "GB",
    "SCOTLAND": "GB",
    "WALES": "GB",
    "IRL": "IE",
    "IRELAND": "IE",
    "AUS": "AU",
    "AUSTRALIA": "AU",
    "NZL": "NZ",
    "NEW ZEALAND": "NZ",
    "DEU": "DE",
    "GERMANY": "DE",
    "FRA": "FR",
    "FRANCE": "FR",
    "PUERTO RICO": "PR",
}
_PROVINCES = {
    "US": (
        "AL=Alabama AK=Alaska AZ=Arizona AR=Arkansas CA=California CO=Colorado CT=Connecticut DE=Delaware "
        "DC=District_of_Columbia FL=Florida GA=Georgia HI=Hawaii ID=Idaho IL=Illinois IN=Indiana IA=Iowa KS=Kansas "
        "KY=Kentucky LA=Louisiana ME=Maine MD=Maryland MA=Massachusetts MI=Michigan MN=Minnesota MS=Mississippi "
        "MO=Missouri MT=Montana NE=Nebraska NV=Nevada NH=New_Hampshire NJ=New_Jersey NM=New_Mexico NY=New_York "
        "NC=North_Carolina ND=North_Dakota OH=Ohio OK=Oklahoma OR=Oregon PA=Pennsylvania RI=Rhode_Island "
        "SC=South_Carolina SD=South_Dakota TN=Tennessee TX=Texas UT=Utah VT=Vermont VA=Virginia WA=Washington "
        "WV=West_Virginia WI=Wisconsin WY=Wyoming"
    ),
    "CA": (
        "AB=Alberta BC=British_Columbia MB=Manitoba NB=New_Brunswick NL=Newfoundland_and_Labrador NS=Nova_Scotia "
        "NT=Northwest_Territories NU=Nunavut ON=Ontario PE=Prince_Edward_Island QC=Quebec SK=Saskatchewan YT=Yukon"
    ),
}
_BY_NAME = {
    (country, word.replace("_", " ").upper()): f"{country}-{code}"
    for country, listed in _PROVINCES.items()
    for code, name in (entry.split("=") for entry in listed.split())
    for word in (code, name, f"{country}-{code}")
}


def country_code(words: str) -> str:
    """The country's two letters; empty when it is none that Wave knows."""
    plain = " ".join(words.upper().split())
    plain = _COUNTRY_NAMES.get(plain, plain)
    return plain if len(plain) == 2 and plain in _COUNTRIES.split() else ""


def province_code(words: str, country: str) -> str:
    """The ISO 3166-2 code (`US-TX`) of a state or province of a country; empty when it is not known for sure."""
    return _BY_NAME.get((country, " ".join(words.upper().split())), "")
