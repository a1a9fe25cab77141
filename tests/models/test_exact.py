"""Quoted words are the source's words: the database compares them at their offsets, in code points."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from commitments.models import Difference, Document, Heading, Passage, Pledge, Quote, Rendition, Section, Wording

# U+20BB7 lies outside the basic plane: one code point, two UTF-16 units, four UTF-8 bytes.
TEXT = "\U00020bb7野家宣布:Wé shall found a bank."
START, END = 6, 14
WORDS = "Wé shall"
MODELS = (Quote, Passage, Heading, Wording)

of_every_kind = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own syntax")


@dataclass
class Source:
    """A synthetic document with two renditions of one text, worded otherwise in the second."""

    text: Rendition
    other: Rendition
    pledge: Pledge
    difference: Difference

    def place(self, model: Any, start: int = START, end: int = END, exact: str = WORDS, **more: Any) -> Any:
        """Insert a row, past every check that is not the database's."""
        own: dict[Any, dict[str, Any]] = {
            Quote: {"pledge": self.pledge},
            Passage: {"ordinal": 1, "row": 1, "role": "pledge"},
            Heading: {},
            Wording: {"difference": self.difference},
        }
        values = {"rendition": self.text, "start": start, "end": end, "exact": exact, **own[model], **more}
        return model.objects.bulk_create([model(**values)])[0]


@pytest.fixture
def source(db: None) -> Source:
    day = date(2026, 1, 1)
    document = Document.objects.create(slug="synthetic", code="SYN", position=9, issued_on=day, baseline_on=day)
    common = {"document": document, "language": "zh", "authority": "unofficial-translation", "sha256": "0" * 64}
    text = Rendition.objects.create(key="one", position=1, text=TEXT, **common)
    other = Rendition.objects.create(key="two", position=2, text=TEXT.replace("shall", "would"), **common)
    section = Section.objects.create(document=document, number="1", position=1, kind="paragraph")
    pledge = Pledge.objects.create(code="SYN-1.1", document=document, section=section, ordinal=1, position=9999)
    difference = Difference.objects.create(code="D-SYN-1", document=document, section=section, position=1, kind="term")
    return Source(text, other, pledge, difference)


@contextmanager
def refused(match: str | None = None) -> Iterator[None]:
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        yield


def change_text(rendition: Rendition, text: str) -> None:
    Rendition.objects.filter(pk=rendition.pk).update(text=text)


WRONG: dict[str, dict[str, Any]] = {
    "starts one character late": {"start": START + 1},
    "starts one character early": {"start": START - 1},
    "ends one character late": {"end": END + 1},
    "ends one character early": {"end": END - 1},
    "moved by one": {"start": START + 1, "end": END + 1},
    "counted in UTF-16 units": {"start": START + 1, "end": END + 1, "exact": WORDS},
    "counted in UTF-8 bytes": {"start": 17, "end": 26},
    "one letter less": {"exact": WORDS[:-1]},
    "one letter more": {"exact": WORDS + " "},
    "wrong case": {"exact": WORDS.lower()},
    "the letter é without its accent": {"exact": WORDS.replace("é", "e")},
    "the letter é as two code points": {"exact": WORDS.replace("é", "e\u0301")},
    "no words": {"exact": ""},
    "beyond the end": {"start": len(TEXT), "end": len(TEXT) + len(WORDS)},
    "over the end": {"start": len(TEXT) - 5, "end": len(TEXT) + 3, "exact": TEXT[-5:] + "???"},
    "far beyond the end": {"start": 2_000_000, "end": 2_000_008},
}
RIGHT = {
    "the words": (START, END),
    "a character outside the basic plane": (0, 1),
    "the characters after it": (1, 5),
    "the whole text": (0, len(TEXT)),
    "the last character": (len(TEXT) - 1, len(TEXT)),
}


@of_every_kind
@pytest.mark.parametrize("place", RIGHT.values(), ids=RIGHT.keys())
def test_the_words_of_the_text_are_taken(source: Source, model: Any, place: tuple[int, int]) -> None:
    row = source.place(model, *place, exact=TEXT[slice(*place)])
    assert model.objects.get(pk=row.pk).exact == TEXT[slice(*place)]


@of_every_kind
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_words_that_are_not_the_texts_are_refused(source: Source, model: Any, wrong: dict[str, Any]) -> None:
    with refused("words are not those"):
        source.place(model, **wrong)
    row = source.place(model)
    with refused("words are not those"):
        model.objects.filter(pk=row.pk).update(**wrong)


@of_every_kind
def test_words_of_another_rendition_are_refused(source: Source, model: Any) -> None:
    with refused("words are not those"):
        source.place(model, rendition=source.other)
    row = source.place(model)
    with refused("words are not those"):
        model.objects.filter(pk=row.pk).update(rendition=source.other)
    row.rendition = source.other
    with refused("words are not those"):
        row.save()


@of_every_kind
@pytest.mark.parametrize(
    ("start", "end", "exact"), [(len(TEXT) - 5, len(TEXT) + 3, TEXT[-5:]), (len(TEXT), len(TEXT) + 8, "")]
)
def test_offsets_that_leave_the_text_are_refused_whatever_the_words(
    source: Source, model: Any, start: int, end: int, exact: str
) -> None:
    with refused():
        source.place(model, start, end, exact)


@of_every_kind
def test_words_and_offsets_may_move_together(source: Source, model: Any) -> None:
    row = source.place(model)
    model.objects.filter(pk=row.pk).update(start=0, end=5, exact=TEXT[:5])
    row.refresh_from_db()
    row.start, row.end, row.exact = START, END, WORDS
    row.save()
    assert model.objects.filter(pk=row.pk, start=START, exact=WORDS).exists()


@of_every_kind
def test_settling_a_conflict_does_not_bring_wrong_words_in(source: Source, model: Any) -> None:
    row = source.place(model)
    with refused("words are not those"):
        source.place(model, pk=row.pk, exact="I shall!")  # no conflict reached: the words are looked at first
    conflict = {"update_conflicts": True, "unique_fields": ["id"], "update_fields": ["start"]}
    row.start, row.exact = 0, TEXT[:END]
    with refused("words are not those"):
        model.objects.bulk_create([row], **conflict)


@of_every_kind
def test_a_text_does_not_change_while_it_is_quoted(source: Source, model: Any) -> None:
    row = source.place(model)
    with refused("the text is quoted"):
        change_text(source.text, TEXT + " ")  # even where the quoted words would stand
    source.text.text = TEXT.lower()
    with refused("the text is quoted"):
        source.text.save()
    with refused("the text is quoted"):
        Rendition.objects.bulk_create(
            [source.text], update_conflicts=True, unique_fields=["document", "key"], update_fields=["text"]
        )
    row.delete()
    change_text(source.text, "New.")
    assert Rendition.objects.get(pk=source.text.pk).text == "New."


def test_what_is_said_about_a_quoted_text_and_a_text_nobody_quotes_may_change(source: Source) -> None:
    source.place(Quote)
    Rendition.objects.filter(pk=source.text.pk).update(translator="somebody", text=TEXT)
    change_text(source.other, "New.")
    assert Rendition.objects.get(pk=source.other.pk).text == "New."
    assert Rendition.objects.get(pk=source.text.pk).translator == "somebody"


def test_deleting_a_document_through_the_orm_takes_its_words_along(source: Source) -> None:
    for model in MODELS:
        source.place(model)
    Rendition.objects.get(pk=source.text.pk).delete()
    assert not any(model.objects.filter(rendition_id=source.text.pk).exists() for model in MODELS)


COLUMNS = [field.column for field in Rendition._meta.concrete_fields]
OTHERWISE = ", ".join({"text": "'gone'", "key": "'new'"}.get(column, column) for column in COLUMNS)
SWAPS = {
    "deleted and inserted again": [
        "CREATE TEMPORARY TABLE kept AS SELECT * FROM commitments_rendition WHERE id = {it}",
        "DELETE FROM commitments_rendition WHERE id = {it}",
        f"INSERT INTO commitments_rendition ({', '.join(COLUMNS)}) SELECT {OTHERWISE} FROM kept",
    ],
    "given another key": [
        "UPDATE commitments_rendition SET id = -id WHERE id = {it}",
        f"INSERT INTO commitments_rendition ({', '.join(COLUMNS)}) "
        f"SELECT {OTHERWISE.replace('id,', '-id,', 1)} FROM commitments_rendition WHERE id = -{{it}}",
    ],
}
REPLACE = (
    f"REPLACE INTO commitments_rendition ({', '.join(COLUMNS)}) "
    f"SELECT {OTHERWISE} FROM commitments_rendition WHERE id = {{it}}"
)


def swap(source: Source, statements: list[str]) -> None:
    source.place(Quote)
    with refused(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.format(it=source.text.pk))
        connection.check_constraints()


@pytest.mark.parametrize("statements", SWAPS.values(), ids=SWAPS.keys())
def test_a_quoted_text_cannot_be_swapped_under_its_quotes(source: Source, statements: list[str]) -> None:
    swap(source, statements)


@only_sqlite
def test_a_quoted_text_cannot_be_replaced(source: Source) -> None:
    swap(source, [REPLACE])
