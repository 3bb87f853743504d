"""Countries, by whatever name."""

import re
from collections.abc import Iterator
from pathlib import Path

import django_countries
import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from django_countries.data import ALT_CODES, COUNTRIES
from pytest_django import Settings

from records.countries import (
    DISSOLVED,
    SYNONYMS,
    _names_to_codes,
    country_choices,
    country_name,
)
from records.rules import Warned, country


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("de", "DE"),
        ("DEU", "DE"),
        ("gErMaNy", "DE"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("Great Britain", "GB"),
        ("Northern Ireland", "GB"),
        ("USA", "US"),
        ("United States", "US"),
        ("South Korea", "KR"),
        ("Korea", "KR"),
        ("Republic of Korea", "KR"),
        ("Korea, North", "KP"),
        ("Russia", "RU"),
        ("Russian Federation", "RU"),
        ("Viet Nam", "VN"),
        ("Vietnam", "VN"),
        ("Czech Republic", "CZ"),
        ("Ivory Coast", "CI"),
        ("Cote d'Ivoire", "CI"),
        ("C\u00d4TE D\u2019IVOIRE", "CI"),
        ("Reunion", "RE"),
        ("Turkey", "TR"),
        ("Swaziland", "SZ"),
        ("Cape Verde", "CV"),
        ("Congo", "CG"),
        ("Congo (Kinshasa)", "CD"),
        ("Holy See (Vatican City State)", "VA"),
        ("British Indian Ocean Territory (Chagos Archipelago)", "IO"),
        ("Bouvet Island (Bouvetoya)", "BV"),
        ("Antarctica (the territory South of 60 deg S)", "AQ"),
        ("Slovakia (Slovak Republic)", "SK"),
        ("Svalbard & Jan Mayen Islands", "SJ"),
        ("Palestinian Territory", "PS"),
        ("Libyan Arab Jamahiriya", "LY"),
        ("Kyrgyz Republic", "KG"),
        ("Pitcairn Islands", "PN"),
        ("Nauru", "NR"),
        ("Bahamas", "BS"),
        ("St. Lucia", "LC"),
        ("Saint Martin", "MF"),
        ("British Virgin Islands", "VG"),
        ("United States Virgin Islands", "VI"),
        ("EL", "GR"),
        # Codes that read like a word which does not count in a name.
        ("AND", "AD"),
        ("ST", "ST"),
    ],
)
def test_a_country_is_known_by_its_codes_and_names(typed: str, code: str) -> None:
    assert country(typed, {}) == code


@pytest.mark.parametrize("code", COUNTRIES)
def test_every_name_of_a_country_leads_to_it_alone(code: str) -> None:
    names = [code, ALT_CODES[code][0], country_name(code), *SYNONYMS.get(code, ())]
    assert {country(name, {}) for name in names} == {code}


@pytest.mark.parametrize("code", SYNONYMS)
def test_synonyms_are_for_countries_that_exist(code: str) -> None:
    assert code in COUNTRIES


@pytest.mark.parametrize("typed", ["Atlantis", "XX", "the", "-", "Saint", "49"])
def test_refuses_what_is_no_country_and_says_what_is_expected(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        country(typed, {})
    assert f'"{typed}" is not a country' in refused.value.message
    assert "DE or DEU" in refused.value.message


@pytest.mark.parametrize("typed", ["Czechoslovakia", "CS", "csk"])
def test_refuses_a_dissolved_country_and_offers_those_that_followed(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        country(typed, {})
    assert "no longer exists" in refused.value.message
    assert re.search(r"Slovakia \(SK\)|Montenegro \(ME\)", str(refused.value.message))


@pytest.mark.parametrize("typed", ["Netherlands Antilles", "AN", "ant"])
def test_keeps_a_dissolved_country_whose_code_says_what_was_meant(typed: str) -> None:
    kept = country(typed, {})
    assert isinstance(kept, Warned)
    assert kept.value == "AN"
    assert "Cura\u00e7ao (CW)" in kept.warning
    assert country_name("AN") == "Netherlands Antilles"


def test_no_country_of_today_has_the_code_that_a_dissolved_one_keeps() -> None:
    assert not {gone.code for gone in DISSOLVED} & set(COUNTRIES)


@pytest.mark.parametrize("heirs", [gone.successors for gone in DISSOLVED])
def test_what_followed_a_dissolved_country_exists(heirs: tuple[str, ...]) -> None:
    assert set(heirs) <= set(COUNTRIES)


@pytest.fixture
def _german(settings: Settings) -> Iterator[None]:
    """German is active, with the names of countries in German."""
    settings.LOCALE_PATHS = [Path(django_countries.__file__).parent / "locale"]
    _names_to_codes.cache_clear()
    with override("de"):
        yield


@pytest.mark.usefixtures("_german")
def test_a_name_is_shown_in_the_active_language() -> None:
    assert country_name("CZ") == "Tschechien"


@pytest.mark.usefixtures("_german")
def test_a_file_means_the_same_whatever_language_is_active() -> None:
    assert country("Czechia", {}) == "CZ"


def test_choices_offer_every_country_once() -> None:
    assert {code for code, _ in country_choices()} == set(COUNTRIES)
    assert len(country_choices()) == len(COUNTRIES)


def test_choices_are_sorted_by_name_without_accents() -> None:
    names = [name for _, name in country_choices()]
    assert names[:3] == ["Afghanistan", "\u00c5land Islands", "Albania"]
    assert names[-1] == "Zimbabwe"


def test_choices_have_everyday_names() -> None:
    assert ("GB", "United Kingdom") in country_choices()


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert country_name("XX") == "XX"
