"""What a load does to words, vocabulary and documents that change, and that a wrong catalogue leaves no trace."""

import hashlib
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalogue.changes import (
    FMP,
    NOW,
    SPC,
    changed,
    everything,
    found,
    with_first,
    with_spc,
)
from commitments.catalogue import files
from commitments.catalogue.check import check
from commitments.catalogue.files import RECORD, CatalogueError
from commitments.catalogue.load import load
from commitments.catalogue.schema import Catalogue, TargetEntry
from commitments.models import (
    LANGUAGES,
    Coding,
    Document,
    Passage,
    Pledge,
    Quote,
    Rendition,
    Target,
    Theme,
)


def test_a_catalogue_that_is_wrong_half_way_leaves_an_empty_database_empty(
    empty_record: None, catalogue: Catalogue
) -> None:
    before = everything()
    coding = changed(catalogue.documents[0].pledges[0].coding, themes=["astrology"])
    with pytest.raises(KeyError, match="astrology"):
        load(with_first(catalogue, coding=coding), at=NOW)
    assert not Document.objects.exists()
    assert everything() == before


@pytest.mark.django_db
def test_a_pledge_that_vanished_is_refused_and_nothing_else_is_loaded(catalogue: Catalogue) -> None:
    before = everything()
    words = catalogue.vocabulary
    consensus = changed(catalogue.documents[0], rows=catalogue.documents[0].rows[:-1])
    paper = changed(catalogue.documents[1], pledges=catalogue.documents[1].pledges[:-1])
    wrong = changed(catalogue, vocabulary=changed(words, themes=words.themes[::-1]), documents=[consensus, paper])
    with pytest.raises(CatalogueError) as caught:
        load(wrong, at=NOW)
    assert caught.value.problems == [f"{FMP}: FMP-5.6.12: in the database, but no longer in the catalogue"]
    assert everything() == before


def test_a_section_that_vanished_with_its_pledges_is_refused(loaded: Catalogue) -> None:
    folder = loaded.documents[0]
    sections = [section for section in folder.document.sections if section.number != "7"]
    wrong = with_spc(
        loaded,
        document=changed(folder.document, sections=sections),
        rows=[row for row in folder.rows if row.section != "7"],
        pledges=[pledge for pledge in folder.pledges if not pledge.code.startswith("SPC-7.")],
    )
    with pytest.raises(CatalogueError, match=r"SPC-7\.1, SPC-7\.2, SPC-7\.3: in the database"):
        load(wrong, at=NOW)


def test_changed_words_of_a_quote_are_replaced(loaded: Catalogue) -> None:
    pledge = Pledge.objects.get(code="SPC-2.1")
    ours, theirs = loaded.documents[0].pledges[0].quotes
    cut = len(" and particularity")
    shorter = changed(ours, end=ours.end - cut, exact=ours.exact[:-cut])
    report = load(with_first(loaded, quotes=[shorter, theirs]), at=NOW)
    quote = pledge.quotes.get(rendition__key="en")
    assert quote.exact.endswith("possess both universality")
    assert (quote.start, quote.end) == (shorter.start, shorter.end)
    assert [passage.row for passage in quote.passages.all()] == [4]
    assert Quote.objects.count() == sum(len(p.quotes) for p in loaded.documents[0].pledges)
    assert report.unchanged == Coding.objects.count() == 27
    assert Pledge.objects.get(code="SPC-2.1") == pledge


def test_a_quote_lies_in_every_sentence_that_it_touches(loaded: Catalogue) -> None:
    ours, theirs = loaded.documents[0].pledges[0].quotes
    longer = changed(ours, end=1148, exact=loaded.texts[SPC, "en"][ours.start : 1148])
    load(with_first(loaded, quotes=[longer, theirs]), at=NOW)
    quote = Quote.objects.get(pledge__code="SPC-2.1", rendition__key="en")
    assert [(p.rendition.key, p.row) for p in quote.passages.order_by("row")] == [("en", 4), ("en", 5)]


def test_a_sentence_read_otherwise_is_replaced(loaded: Catalogue) -> None:
    rows = list(loaded.documents[0].rows)
    assert rows[4].passages[0].role == "position"
    rows[4] = changed(rows[4], passages=[changed(passage, role="context") for passage in rows[4].passages])
    load(with_spc(loaded, rows=rows), at=NOW)
    assert set(Passage.objects.filter(row=5).values_list("role", flat=True)) == {"context"}


def test_a_corrected_text_moves_all_that_quotes_it(loaded: Catalogue) -> None:
    def moved(entries: list[Any]) -> list[Any]:
        return [changed(e, start=e.start + 1, end=e.end + 1) if e.rendition == "en" else e for e in entries]

    text = "\n" + loaded.texts[SPC, "en"]
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    folder = loaded.documents[0]
    document = changed(
        folder.document,
        renditions=[changed(r, sha256=sha256) if r.key == "en" else r for r in folder.document.renditions],
        headings=moved(folder.document.headings),
        sections=[changed(s, headings=moved(s.headings)) for s in folder.document.sections],
    )
    rows = [changed(row, passages=moved(row.passages)) for row in folder.rows]
    pledges = [changed(pledge, quotes=moved(pledge.quotes)) for pledge in folder.pledges]
    differences = [changed(difference, words=moved(difference.words)) for difference in folder.differences]
    corrected = with_spc(loaded, document=document, rows=rows, pledges=pledges, differences=differences)
    corrected = changed(corrected, texts={**loaded.texts, (SPC, "en"): text})
    assert check(corrected).problems == []
    assert load(corrected, at=NOW).unchanged == 27
    assert Rendition.objects.get(key="en").text == text
    assert Quote.objects.get(pledge__code="SPC-2.1", rendition__key="en").start == 831


def test_a_rendition_listed_earlier_can_become_the_authoritative_one(loaded: Catalogue) -> None:
    document = loaded.documents[0].document
    ours, theirs = document.renditions
    turned = [changed(theirs, authority="authoritative"), changed(ours, authority="unofficial-translation")]
    load(with_spc(loaded, document=changed(document, renditions=turned)), at=NOW)
    assert Rendition.objects.get(authority="authoritative").key == "en-chen"


def test_words_of_the_vocabulary_follow_the_catalogue(loaded: Catalogue) -> None:
    first, *others = loaded.vocabulary.themes
    renamed = changed(first, name={**first.name, "en": "Another name"})
    themes = [*others, renamed, changed(first, slug="unused")]
    load(changed(loaded, vocabulary=changed(loaded.vocabulary, themes=themes)), at=NOW)
    assert list(Theme.objects.values_list("slug", flat=True)) == [term.slug for term in themes]
    assert Theme.objects.get(slug=first.slug).name["en"] == "Another name"
    load(loaded, at=NOW)
    assert list(Theme.objects.values_list("slug", flat=True)) == [first.slug, *(term.slug for term in others)]


def test_a_word_that_an_earlier_version_uses_cannot_vanish(loaded: Catalogue) -> None:
    slug = loaded.documents[0].pledges[0].coding.themes[0]
    pledges = []
    for pledge in loaded.documents[0].pledges:
        themes = [theme for theme in pledge.coding.themes if theme != slug] or ["global-governance"]
        pledges.append(changed(pledge, coding=changed(pledge.coding, themes=themes)))
    terms = [term for term in loaded.vocabulary.themes if term.slug != slug]
    wrong = changed(with_spc(loaded, pledges=pledges), vocabulary=changed(loaded.vocabulary, themes=terms))
    assert check(wrong).problems == [], "nothing uses it any more, but the first versions stand"
    with pytest.raises(CatalogueError, match=slug):
        load(wrong, at=NOW)


def test_targets_follow_the_catalogue(loaded: Catalogue) -> None:
    words, day = dict.fromkeys(LANGUAGES, "Scholarships"), date(2025, 5, 13)
    source = {"source_url": "https://example.org/", "source_publisher": "X", "source_published_on": day}
    place = {"code": "scholarships", "document": SPC, "section": "5", "baseline_on": day}
    target = TargetEntry(title=words, unit=words, period=words, quantity=Decimal(3500), **place, **source)
    load(changed(loaded, targets=[target]), at=NOW)
    assert [(t.code, t.quantity, str(t.section)) for t in Target.objects.all()] == [("scholarships", 3500, "SPC-5")]
    load(changed(loaded, targets=[changed(target, quantity=Decimal(3600))]), at=NOW)
    assert Target.objects.get().quantity == 3600
    load(loaded, at=NOW)
    assert not Target.objects.exists()


def test_the_search_follows_the_catalogue(loaded: Catalogue) -> None:
    first = loaded.documents[0].pledges[0].coding
    assert found("universales particulares") == ["SPC-2.1"]
    title = {**first.title, "es": "Zanahorias", "zh-hans": "胡萝卜"}
    load(with_first(loaded, coding=changed(first, title=title, themes=["oceans"])), at=NOW)
    assert found("zanahoria") == found("萝卜") == ["SPC-2.1"]
    assert found('"universales y particulares"') == []
    assert "SPC-2.1" in found(Theme.objects.get(slug="oceans").name["pt-br"])


def with_third(root: Path, issued_on: date) -> Catalogue:
    """Write a document of two sentences and one pledge beside the record, as a folder by hand, and read all."""
    folder = Path(shutil.copytree(RECORD, root)) / "joint-plan"
    folder.mkdir()
    text = "1. We met in 2026. We will plant a walnut tree.\n"

    def words(exact: str, **more: str) -> dict[str, Any]:
        start = text.index(exact)
        return {"rendition": "en", "start": start, "end": start + len(exact), "exact": exact, **more}

    def said(*names: str) -> dict[str, dict[str, str]]:
        return {name: {language: f"Walnut {name} in {language}" for language in LANGUAGES} for name in names}

    sha256 = hashlib.sha256(text.encode()).hexdigest()
    rendition = {"key": "en", "language": "en", "authority": "authoritative", "sha256": sha256, **said("source")}
    section = {"number": "1", "kind": "paragraph", "headings": [words("1.")], **said("title")}
    document = {"slug": "joint-plan", "code": "JP", **said("title", "short_title", "issuer")}
    document |= {"issued_on": issued_on, "baseline_on": issued_on, "counted": {"sections": 1, "sentences": 2}}
    document |= {"renditions": [rendition], "sections": [section]}
    met, pledged = words("We met in 2026.", role="context"), words("We will plant a walnut tree.", role="pledge")
    rows = [{"section": "1", "passages": [met]}, {"section": "1", "passages": [pledged]}]
    tags = {"trackability": "verifiable", "actors": ["china"], "themes": ["environment"]}
    coding = {**tags, **said("title", "reason", "test")}
    pledges = [{"code": "JP-1.1", "quotes": [words("We will plant a walnut tree")], "coding": coding}]
    (folder / "en.txt").write_text(text, encoding="utf-8")
    for name, content in (("document", document), ("passages", rows), ("pledges", pledges)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return files.read(root)


@pytest.mark.django_db
def test_a_third_document_needs_no_line_of_code(tmp_path: Path) -> None:
    catalogue = with_third(tmp_path / "record", date(2026, 5, 1))
    proof = check(catalogue)
    assert proof.problems == []
    assert proof.pledges == {SPC: 27, FMP: 335, "joint-plan": 1}
    report = load(catalogue, at=NOW)
    assert (report.new, report.unchanged) == (["JP-1.1"], 362)
    pledge = Pledge.objects.get(code="JP-1.1")
    assert (pledge.document.position, pledge.position, str(pledge.section)) == (3, 363, "JP-1")
    assert pledge.quotes.get().exact == "We will plant a walnut tree"
    assert found("walnut") == ["JP-1.1"]


def test_a_document_issued_before_another_stands_before_it(loaded: Catalogue, tmp_path: Path) -> None:
    three = with_third(tmp_path / "record", date(2025, 7, 1))
    load(changed(three, documents=three.documents[:2], targets=[]), at=NOW)
    assert list(Document.objects.values_list("slug", "position")) == [("joint-plan", 1), (SPC, 2)]
    assert list(Pledge.objects.values_list("position", flat=True)) == list(range(1, 29))
