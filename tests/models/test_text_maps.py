"""Texts that people write are maps from language to text; a reader gets the nearest language there is."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from commitments.models import LANGUAGES, Coding, Theme, text_in
from commitments.models.base import TextMap, validate_text_map

ALL = {"en": "bank", "zh-hans": "银行", "es": "banco", "pt-br": "banco"}
REFUSED: dict[str, Any] = {
    "not a map": "bank",
    "a list": ["en"],
    "nothing": None,
    "a language that the interface has not": {"en": "bank", "fr": "banque"},
    "a language in another spelling": {"zh-Hans": "银行"},
    "an empty text": {"en": ""},
    "blanks": {"en": "bank", "es": " \n"},
    "a number": {"en": 5},
    "no text": {"en": None},
    "a map in a map": {"en": {"text": "bank"}},
    "a language that is no string": {1: "bank"},
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_map_of_languages_to_texts_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError, match="en, zh-hans, es, pt-br"):
        validate_text_map(value)


@pytest.mark.parametrize("value", [{}, ALL, *({language: "x"} for language in LANGUAGES)], ids=str)
def test_any_languages_of_the_interface_are_taken_none_included(value: dict[str, str]) -> None:
    validate_text_map(value)


@pytest.mark.parametrize("value", [v for v in REFUSED.values() if v], ids=str)
def test_a_rows_own_validation_refuses_the_same(value: Any) -> None:
    with pytest.raises(ValidationError) as refusal:
        Theme(slug="bank", position=1, name=value).clean_fields()
    assert set(refusal.value.message_dict) == {"name"}


@pytest.mark.parametrize("value", [None, "", []], ids=repr)
def test_a_rows_own_validation_refuses_what_is_empty_and_no_map(value: Any) -> None:
    with pytest.raises(ValidationError):
        Theme(slug="bank", position=1, name=value).clean_fields()


@pytest.mark.parametrize(
    ("value", "language", "expected"),
    [
        (ALL, "es", ("banco", "es")),
        (ALL, "en", ("bank", "en")),
        ({"en": "bank", "es": "banco"}, "pt-br", ("bank", "en")),
        ({"es": "banco", "en": "bank"}, "zh-hans", ("bank", "en")),
        ({"zh-hans": "银行"}, "es", ("银行", "zh-hans")),
        ({"zh-hans": "银行", "es": "banco"}, "en", ("银行", "zh-hans")),
        ({"en": "bank"}, "fr", ("bank", "en")),
        ({}, "es", ("", "es")),
    ],
)
def test_a_reader_gets_the_asked_language_else_english_else_the_first_there_is(
    value: dict[str, str], language: str, expected: tuple[str, str]
) -> None:
    assert text_in(value, language) == expected


@pytest.mark.django_db
def test_which_language_comes_first_does_not_depend_on_the_database() -> None:
    written = {"zh-hans": "银行", "es": "banco"}
    theme = Theme.objects.create(slug="bank", position=1, name=written)
    theme.refresh_from_db()
    assert text_in(theme.name, "pt-br") == text_in(written, "pt-br") == ("银行", "zh-hans")


@pytest.mark.django_db
def test_a_map_comes_back_as_it_was_written_in_the_order_of_the_languages() -> None:
    written = {**dict(reversed(ALL.items())), "en": 'a "bank" \\ \U00020bb7'}
    theme = Theme.objects.create(slug="bank", position=1, name=written)
    found = Theme.objects.get(pk=theme.pk).name
    assert found == written
    assert list(found) == list(LANGUAGES)


def test_each_new_row_has_an_empty_map_of_its_own() -> None:
    first, second = Coding(), Coding()
    first.title["en"] = "bank"
    assert second.title == {}
    assert {f.name for f in Coding._meta.fields if isinstance(f, TextMap)} == {"title", "reason", "test", "note"}
