"""The reading view: the words of the texts as they stand, every pledge noted once, two renditions side by side."""

import re
from collections import Counter
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils.translation import override

from commitments.catalogue.schema import Catalogue, DocumentFolder
from commitments.record import published
from commitments.text import fold
from commitments.web.documents import choose

from .test_overview import Node, fetch

pytestmark = pytest.mark.django_db

PAPER, CONSENSUS = "policy-paper-2025", "sao-paulo-consensus"
BOTH = f"/en/documents/{PAPER}/?text=zh&with=en"
TWO_ENGLISH = f"/en/documents/{CONSENSUS}/?text=en&with=en-chen"
Read = Callable[[str], Node]
_SEEN: dict[str, Node] = {}


@pytest.fixture
def read(client: Client) -> Read:
    """Fetch a page once for all tests here: none of them changes the record."""
    return lambda address: _SEEN.get(address) or _SEEN.setdefault(address, fetch(client, address))


def folder_of(catalogue: Catalogue, slug: str) -> DocumentFolder:
    return next(folder for folder in catalogue.documents if folder.document.slug == slug)


def language_of(folder: DocumentFolder, key: str) -> str:
    return next(r.language for r in folder.document.renditions if r.key == key)


def wanted_words(folder: DocumentFolder, key: str) -> list[str]:
    """The text of a rendition, row by row, from the files alone."""
    blank = "" if language_of(folder, key).startswith("zh") else " "
    rows = [blank.join(p.exact for p in row.passages if p.rendition == key) for row in folder.rows]
    return [" ".join(row.split()) for row in rows]


def columns(page: Node) -> list[list[Node]]:
    """The cells of words, rendition by rendition."""
    return [list(column) for column in zip(*(row.all("p", "words") for row in page.all("div", "row")), strict=True)]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", fold(text))


@pytest.mark.parametrize(
    ("slug", "language", "query", "shown"),
    [
        (PAPER, "en", "", ["zh", "en"]),
        (PAPER, "zh-hans", "", ["zh"]),
        (PAPER, "es", "?text=en&with=zh", ["en", "zh"]),
        (CONSENSUS, "en", "", ["en"]),
        (CONSENSUS, "zh-hans", "", ["en"]),
        (CONSENSUS, "pt-br", "?text=en-chen", ["en-chen"]),
        (CONSENSUS, "en", "?text=en&with=en-chen", ["en", "en-chen"]),
        (CONSENSUS, "es", "?text=en-chen&with=en", ["en-chen", "en"]),
        (CONSENSUS, "es", "?with=en-chen", ["en", "en-chen"]),
    ],
)
def test_the_words_of_each_rendition_shown_stand_as_in_its_text(
    read: Read, catalogue: Catalogue, slug: str, language: str, query: str, shown: list[str]
) -> None:
    folder = folder_of(catalogue, slug)
    cells = columns(read(f"/{language}/documents/{slug}/{query}"))
    assert len(cells) == len(shown)
    for key, column in zip(shown, cells, strict=True):
        found = ["" if cell.all("span", "absent") else cell.text("ref") for cell in column]
        assert found == wanted_words(folder, key)
        assert {cell["lang"] for cell in column} == {language_of(folder, key)}


@pytest.mark.parametrize(
    ("language", "text", "beside", "shown"),
    [
        ("en", None, None, ["zh", "en"]),
        ("zh-hans", None, None, ["zh"]),
        ("es", None, None, ["zh", "en"]),
        ("pt-br", None, None, ["zh", "en"]),
        ("en", None, "none", ["zh"]),
        ("en", "en", None, ["en"]),
        ("en", "en", "none", ["en"]),
        ("en", "zh", "zh", ["zh"]),
        ("zh-hans", None, "en", ["zh", "en"]),
    ],
)
def test_the_reader_gets_a_text_to_read_beside_the_authoritative_one_or_what_was_asked(
    language: str, text: str | None, beside: str | None, shown: list[str]
) -> None:
    with override(language):
        choice = choose(published.documents().get(slug=PAPER), text, beside)
    assert ([rendition.key for rendition in choice.shown], choice.problem) == (shown, "")


@pytest.mark.parametrize(("slug", "language"), [(PAPER, "en"), (CONSENSUS, "pt-br")])
def test_every_pledge_is_noted_once_beside_its_authoritative_words_and_linked(
    read: Read, catalogue: Catalogue, slug: str, language: str
) -> None:
    folder = folder_of(catalogue, slug)
    key = next(r.key for r in folder.document.renditions if r.authority == "authoritative")
    starts = {p.code: min(q.start for q in p.quotes if q.rendition == key) for p in folder.pledges}
    titles, noted = {p.code: p.coding.title[language] for p in folder.pledges}, []
    rows = read(f"/{language}/documents/{slug}/").all("div", "row")
    for row, sentences in zip(rows, folder.rows, strict=True):
        spans = [(p.start, p.end) for p in sentences.passages if p.rendition == key]
        wanted = [code for code, start in starts.items() if any(a <= start < b for a, b in spans)]
        notes = row.one("div", "notes").all("li")
        assert [note["id"] for note in notes] == wanted
        assert [note.one("a")["href"] for note in notes] == [f"/{language}/pledges/{code}/" for code in wanted]
        assert [note.one("a").text() for note in notes] == [f"{code} {titles[code]}" for code in wanted]
        noted += wanted
    assert sorted(noted) == sorted(starts)


@pytest.mark.parametrize(("address", "keys"), [(BOTH, ["zh", "en"]), (TWO_ENGLISH, ["en", "en-chen"])])
def test_the_marked_words_of_a_pledge_are_its_quotes_and_nothing_else(
    read: Read, catalogue: Catalogue, address: str, keys: list[str]
) -> None:
    folder = folder_of(catalogue, address.split("/")[3])
    for key, column in zip(keys, columns(read(address)), strict=True):
        marked: dict[str, str] = {}
        for mark in [mark for cell in column for mark in cell.all("mark")]:
            for code in mark["data-codes"].split():
                marked[code] = marked.get(code, "") + mark.text()
        quotes = {
            p.code: "".join(q.exact for q in sorted(p.quotes, key=lambda q: q.start) if q.rendition == key)
            for p in folder.pledges
        }
        assert {code: "".join(text.split()) for code, text in marked.items()} == {
            code: "".join(text.split()) for code, text in quotes.items() if text
        }


def test_a_note_mark_ends_the_words_of_every_pledge_and_leads_to_a_note_on_the_page(
    read: Read, catalogue: Catalogue
) -> None:
    page = read(BOTH)
    notes = {f"#{li['id']}" for li in page.all("li") if "id" in li.attrs}
    for key, column in zip(["zh", "en"], columns(page), strict=True):
        marks = Counter(a["href"] for cell in column for a in cell.all("a", "ref"))
        pledges = folder_of(catalogue, PAPER).pledges
        assert marks == Counter(f"#{p.code}" for p in pledges if any(q.rendition == key for q in p.quotes))
        assert marks.keys() <= notes


def test_words_that_the_other_english_rendition_lacks_are_marked(read: Read) -> None:
    page = read(TWO_ENGLISH)
    assert page.one("p", "legend").all("span", "differs")
    for row in page.all("div", "row"):
        ours, theirs = row.all("p", "words")
        for left, right in ((ours, theirs), (theirs, ours)):
            assert set(words(left.text("ref", "differs"))) <= set(words(right.text("ref")))
    here = next(row for row in page.all("div", "row") if row.all("li", id="SPC-2.1"))
    marked = [" ".join(span.text() for span in cell.all("span", "differs")) for cell in here.all("p", "words")]
    assert "particularity" in marked[0]
    assert "relative" in marked[1]
    assert "human rights" not in " ".join(marked)


def test_words_not_marked_as_differing_are_the_same_in_both(read: Read) -> None:
    for ours, theirs in (row.all("p", "words") for row in read(TWO_ENGLISH).all("div", "row")):
        assert words(ours.text("ref", "differs")) == words(theirs.text("ref", "differs"))


@pytest.mark.parametrize(
    "address", [BOTH, f"/en/documents/{CONSENSUS}/", f"/pt-br/documents/{CONSENSUS}/?text=en-chen"]
)
def test_nothing_is_marked_as_differing_unless_both_renditions_are_in_one_language(read: Read, address: str) -> None:
    assert read(address).all(cls="differs") == []
    assert read(address).all("p", "legend") == []


@pytest.mark.parametrize(
    ("language", "slug", "query", "shown"),
    [
        ("zh-hans", PAPER, "?text=en-chen", ["zh"]),
        ("en", CONSENSUS, "?with=klingon", ["en"]),
        ("es", CONSENSUS, "?text=en&with=%3Cscript%3E", ["en"]),
        ("pt-br", CONSENSUS, "?text=%00", ["en"]),
    ],
)
def test_an_unknown_rendition_is_named_with_status_400_and_the_text_stays_readable(
    client: Client, catalogue: Catalogue, language: str, slug: str, query: str, shown: list[str]
) -> None:
    page = fetch(client, f"/{language}/documents/{slug}/{query}", status=400)
    asked = query.rpartition("=")[2].replace("%3C", "<").replace("%3E", ">").replace("%00", "\x00")
    assert asked in page.one("p", "problem", role="alert").text()
    found = [[cell.text("ref") for cell in column] for column in columns(page)]
    assert found == [wanted_words(folder_of(catalogue, slug), key) for key in shown]


def test_none_is_no_rendition_to_read(client: Client) -> None:
    fetch(client, f"/en/documents/{CONSENSUS}/?text=none", status=400)


@pytest.mark.parametrize(("slug", "language"), [(PAPER, "en"), (CONSENSUS, "pt-br")])
def test_every_section_has_its_anchor_and_the_contents_lead_to_it(
    read: Read, catalogue: Catalogue, slug: str, language: str
) -> None:
    page, sections = read(f"/{language}/documents/{slug}/"), folder_of(catalogue, slug).document.sections
    anchors = [f"s{section.number}" for section in sections]
    assert [part["id"] for part in page.all("section", "part") if "id" in part.attrs] == anchors
    links = page.one("details", "contents").all("a")
    assert [link["href"] for link in links] == [f"#{anchor}" for anchor in anchors]
    assert all(s.title[language] in link.text() for link, s in zip(links, sections, strict=True))
    ids = Counter(node["id"] for node in page.walk() if "id" in node.attrs)
    assert [name for name, count in ids.items() if count > 1] == []


def test_each_row_stands_in_its_own_section(read: Read, catalogue: Catalogue) -> None:
    parts = read(f"/en/documents/{PAPER}/").all("section", "part")
    found = [part.attrs.get("id", "s")[1:] or None for part in parts for _ in part.all("div", "row")]
    assert found == [row.section for row in folder_of(catalogue, PAPER).rows]


def test_an_unknown_document_is_not_found(client: Client) -> None:
    assert "magna-carta" in fetch(client, "/en/documents/magna-carta/", status=404).one("main").text()
