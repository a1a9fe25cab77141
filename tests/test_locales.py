"""Countries and languages are codes that exist."""

import pytest

from commitments.evidence import load
from commitments.locales import countries, country, language, language_name


@pytest.mark.parametrize(
    ("given", "code"), [("BR", "BR"), ("br", "BR"), (" Brazil ", "BR"), ("uruguay", "UY"), ("China", "CN")]
)
def test_a_country_is_known_by_code_or_name(given: str, code: str) -> None:
    assert country(given) == code


@pytest.mark.parametrize("given", ["", "XX", "ZZ", "EU", "UN", "BRA", "Brasilia", "419", "B"])
def test_what_is_no_country_is_refused(given: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        country(given)


def test_the_countries_are_those_of_the_standard() -> None:
    assert len(countries()) == 250  # 249 of ISO 3166-1, and Kosovo
    assert all(len(code) == 2 and code.isupper() for code in countries())


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        ("es", "es"),
        ("ES", "es"),
        ("zh-hans", "zh-Hans"),
        ("pt_BR", "pt-BR"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("qu", "qu"),
    ],
)
def test_a_language_is_written_as_the_standard_has_it(given: str, tag: str) -> None:
    assert language(given) == tag


@pytest.mark.parametrize("given", ["", "Spanish", "xx", "es-XX", "zh-Fooo", "en us", "en-", "-en", "<b>"])
def test_what_is_no_language_is_refused(given: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        language(given)


def test_the_evidence_that_ships_has_no_other_codes() -> None:
    for entry in load.read().evidence:
        assert language(entry.language) == entry.language
        assert [country(code) for code in entry.countries] == entry.countries


def test_a_language_has_a_name() -> None:
    assert (language_name("es"), language_name("zh-Hant"), language_name("zz")) == ("Spanish", "Chinese", "zz")
