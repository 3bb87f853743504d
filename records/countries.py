"""Countries: from whatever people call one to its ISO 3166-1 alpha-2 code, and back to a name.

Codes and names are those of django-countries. Its settings (a shortened list, an order) are passed
by on purpose: what a form offers and what an import accepts must be the same countries.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.utils.translation import override
from django_countries.base import CountriesBase
from django_countries.data import ALT_CODES, COUNTRIES

#: Names in use that differ from the names of ISO by more than `_key` forgives. A name in brackets
#: is written out rather than cut off: "Congo (Kinshasa)" is not the country that "Congo" is.
SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "AE": ("UAE", "Emirates"),
    "AQ": ("Antarctica (the territory South of 60 deg S)",),
    "AT": ("Österreich",),
    "AX": ("Aland",),
    "BA": ("Bosnia", "Bosnia-Hercegovina"),
    "BE": ("Belgique", "België"),
    "BL": ("Saint Barts", "St Barths"),
    "BQ": ("Bonaire", "Caribbean Netherlands"),
    "BR": ("Brasil",),
    "BV": ("Bouvet Island (Bouvetoya)",),
    "CC": ("Cocos Islands", "Keeling Islands"),
    "CD": ("Congo (Kinshasa)", "Congo-Kinshasa", "DR Congo", "DRC", "Zaire"),
    "CG": ("Congo (Brazzaville)", "Congo-Brazzaville", "Republic of the Congo"),
    "CH": ("Schweiz", "Suisse", "Svizzera"),
    "CI": ("Ivory Coast", "Cote d Ivoire"),
    "CN": ("People's Republic of China", "PRC", "Mainland China"),
    "CV": ("Cape Verde",),
    "DE": ("Deutschland", "Federal Republic of Germany"),
    "DK": ("Danmark",),
    "ES": ("España",),
    "FI": ("Suomi",),
    "FK": ("Falkland Islands", "Falklands", "Malvinas"),
    "FO": ("Faeroe Islands", "Faroes"),
    "GB": ("UK", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland"),
    # The European Union writes EL where ISO has GR, in VAT numbers above all.
    "GR": ("EL", "Hellas", "Hellenic Republic"),
    "HK": ("Hong Kong SAR", "Hong Kong SAR China", "Hongkong"),
    "HM": ("Heard and McDonald Islands",),
    "HR": ("Hrvatska",),
    "HU": ("Magyarország",),
    "IE": ("Republic of Ireland", "Eire"),
    "IO": ("British Indian Ocean Territory (Chagos Archipelago)", "Chagos Archipelago"),
    "IT": ("Italia",),
    "KG": ("Kyrgyz Republic",),
    "KN": ("St Kitts", "Saint Christopher and Nevis"),
    "KP": ("DPRK",),
    # Said without north or south, trade means the south.
    "KR": ("Korea",),
    "LA": ("Lao PDR",),
    "LY": ("Libyan Arab Jamahiriya",),
    "MF": ("Saint Martin",),
    "MK": ("Macedonia", "FYROM", "Republic of Macedonia"),
    "MM": ("Burma",),
    "MO": ("Macau", "Macao SAR", "Macau SAR China"),
    "NL": ("Holland", "Nederland"),
    "NO": ("Norge",),
    "NR": ("Nauru",),
    "PF": ("Tahiti",),
    "PL": ("Polska",),
    "PN": ("Pitcairn Islands",),
    "PS": ("Palestinian Territory", "Palestinian Territories", "Occupied Palestinian Territory"),
    "RE": ("La Réunion",),
    "SE": ("Sverige",),
    "SJ": ("Svalbard", "Jan Mayen", "Svalbard & Jan Mayen Islands"),
    "SK": ("Slovak Republic", "Slovakia (Slovak Republic)"),
    "ST": ("São Tomé",),
    "SX": ("Sint Maarten", "St Maarten"),
    "SZ": ("Swaziland",),
    "TF": ("French Southern and Antarctic Lands",),
    "TL": ("East Timor",),
    "TR": ("Turkey",),
    "TW": ("Republic of China", "Chinese Taipei"),
    "UM": ("US Minor Outlying Islands",),
    "US": ("USA", "United States", "America"),
    "VA": ("Vatican", "Vatican City State", "Holy See (Vatican City State)"),
    "VC": ("Saint Vincent",),
    "VI": ("United States Virgin Islands",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dissolved:
    """A country that several others took the place of: only a person can say which is meant."""

    names: tuple[str, ...]
    successors: tuple[str, ...]
    #: Its own code, where ISO never gave that to another country: it says what was meant, and no
    #: more. "CS" has been two countries.
    code: str | None = None


DISSOLVED: Final = (
    Dissolved(
        names=("Netherlands Antilles", "AN", "ANT"), successors=("CW", "SX", "BQ"), code="AN"
    ),
    Dissolved(names=("Czechoslovakia", "CSK"), successors=("CZ", "SK")),
    Dissolved(names=("Serbia and Montenegro", "CS", "SCG"), successors=("RS", "ME")),
)

_SMALL_WORDS: Final = frozenset({"the", "of", "and"})


def country_code(name: str) -> str | None:
    """The alpha-2 code for a code of two or three letters or an English name; None if unknown.

    Case, accents, punctuation, word order and small words do not matter: "Korea, Republic of" is
    "the Republic of Korea". The language of the person asking does not matter either, so that a
    file means the same to everybody.
    """
    # Codes first, and as they are: "AND" is Andorra, and "ST" is not short for "Saint".
    return _codes().get(name.upper()) or _names_to_codes().get(_key(name))


def dissolved(name: str) -> Dissolved | None:
    """The country of that name or code that is no more."""
    return _dissolved().get(_key(name))


def country_name(code: str) -> str:
    """The everyday name of an alpha-2 code; an unknown code as it is.

    In the active language, if django-countries is an installed app. Made for display, where an odd
    stored code should be seen rather than break the page.
    """
    known = CountriesBase.COMMON_NAMES.get(code) or COUNTRIES.get(code)
    former = next((country.names[0] for country in DISSOLVED if country.code == code), code)
    return str(known or former)


def country_choices() -> list[tuple[str, str]]:
    """Pairs for a select box, ``("DE", "Germany")``, by `country_name`."""
    choices = [(code, country_name(code)) for code in COUNTRIES]
    # By letters without accents, or the Åland Islands would come after Zimbabwe.
    return sorted(choices, key=lambda choice: _without_accents(choice[1]))


@cache
def _codes() -> Mapping[str, str]:
    """Alpha-2 and alpha-3 codes, each with the alpha-2 code."""
    return {alpha3: code for code, (alpha3, _) in ALT_CODES.items()} | {c: c for c in COUNTRIES}


@cache
def _names_to_codes() -> Mapping[str, str]:
    with override(None):
        return {_key(name): code for code in COUNTRIES for name in _names(code)}


@cache
def _dissolved() -> Mapping[str, Dissolved]:
    return {_key(name): country for country in DISSOLVED for name in country.names}


def _names(code: str) -> Iterator[str]:
    """All names of one country, in English as long as no language is active."""
    yield str(COUNTRIES[code])
    if code in CountriesBase.COMMON_NAMES:
        yield str(CountriesBase.COMMON_NAMES[code])
    yield from (str(name) for name in CountriesBase.OLD_NAMES.get(code, ()))
    yield from SYNONYMS.get(code, ())


def _key(name: str) -> str:
    """What is left of a name once everything is gone that people write differently."""
    plain = re.sub(r"['.\u2018\u2019]", "", _without_accents(name))
    words = ("saint" if word == "st" else word for word in re.findall(r"\w+", plain))
    return " ".join(sorted(word for word in words if word not in _SMALL_WORDS))


def _without_accents(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
