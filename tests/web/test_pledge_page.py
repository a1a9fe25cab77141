"""The page of one pledge: its words in every rendition, how it is read, its neighbours; and unknown codes."""

import pytest
from django.test import Client

from commitments.catalogue.schema import Catalogue, DocumentFolder, PledgeEntry

from .test_overview import Node, fetch

pytestmark = pytest.mark.django_db

Entry = tuple[DocumentFolder, PledgeEntry]
_SEEN: dict[str, Node] = {}


def page_of(client: Client, code: str) -> Node:
    """Fetch a page once for all tests here: none of them changes the record."""
    return _SEEN.get(code) or _SEEN.setdefault(code, fetch(client, f"/en/pledges/{code}/"))


def entries(catalogue: Catalogue) -> list[Entry]:
    return [(folder, pledge) for folder in catalogue.documents for pledge in folder.pledges]


def sample(catalogue: Catalogue) -> list[Entry]:
    """Every 60th pledge, and each that is odd: a gap in its quotes, a sentence break in them, or a note."""
    every = entries(catalogue)
    split = [e for e in every if len(e[1].quotes) > len({q.rendition for q in e[1].quotes})]
    long = [e for e in every if any(". " in q.exact for q in e[1].quotes)]
    noted = [e for e in every if any(q.note for q in e[1].quotes)]
    chosen = {e[1].code: e for e in (*every[::60], *split[:3], *long[:3], *noted[:4])}
    return list(chosen.values())


def bare(text: str) -> str:
    return "".join(text.split())


def meaning(page: Node, term: str) -> str:
    """The words beside a term of the coding."""
    (terms,) = page.all("dl", "coding")
    names = [dt.text() for dt in terms.all("dt")]
    return terms.all("dd")[names.index(term)].text()


def test_a_pledge_shows_its_words_in_every_rendition_with_its_notes(client: Client, catalogue: Catalogue) -> None:
    chosen = sample(catalogue)
    assert any(q.note for _, p in chosen for q in p.quotes)
    for folder, pledge in chosen:
        figures = page_of(client, pledge.code).all("figure", "context")
        renditions = [r for r in folder.document.renditions if any(q.rendition == r.key for q in pledge.quotes)]
        assert [figure.one("blockquote")["lang"] for figure in figures] == [r.language for r in renditions]
        for figure, rendition in zip(figures, renditions, strict=True):
            quotes = sorted((q for q in pledge.quotes if q.rendition == rendition.key), key=lambda q: q.start)
            assert bare("".join(mark.text() for mark in figure.all("mark"))) == bare("".join(q.exact for q in quotes))
            notes = [p.text() for p in figure.all("p", "editor")]
            assert notes == [f"Note {' '.join(q.note.split())}" for q in quotes if q.note]


def test_the_words_stand_in_their_sentence_between_the_sentences_beside_it(
    client: Client, catalogue: Catalogue
) -> None:
    for folder, pledge in sample(catalogue):
        figures = page_of(client, pledge.code).all("figure", "context")
        section = pledge.code.partition("-")[2].rpartition(".")[0]
        here = [passage for row in folder.rows if row.section == section for passage in row.passages]
        keys = [r.key for r in folder.document.renditions if any(q.rendition == r.key for q in pledge.quotes)]
        for key, figure in zip(keys, figures, strict=True):
            sentences = sorted((p for p in here if p.rendition == key), key=lambda p: p.start)
            quotes = [q for q in pledge.quotes if q.rendition == key]
            inside = [n for n, p in enumerate(sentences) if any(q.start < p.end and q.end > p.start for q in quotes)]
            shown = sentences[max(inside[0] - 1, 0) : inside[-1] + 2]
            between = "" if key == "zh" else " "
            assert figure.one("blockquote").text() == " ".join(between.join(p.exact for p in shown).split())


@pytest.mark.parametrize("language", ["en", "zh-hans", "es", "pt-br"])
def test_a_pledge_says_how_it_is_read_in_the_readers_language(
    client: Client, catalogue: Catalogue, language: str
) -> None:
    for _, pledge in entries(catalogue)[::90]:
        page = fetch(client, f"/{language}/pledges/{pledge.code}/")
        assert page.one("h1").text() == pledge.coding.title[language]
        said = page.one("dl", "coding").text()
        assert " ".join(pledge.coding.test[language].split()) in said
        assert " ".join(pledge.coding.reason[language].split()) in said
        names = {t.slug: t.name[language] for t in catalogue.vocabulary.actors}
        assert all(names[slug] in said for slug in (*pledge.coding.actors, *pledge.coding.addressees))


def test_trackability_and_status_are_two_things(client: Client, catalogue: Catalogue) -> None:
    for kind in ("verifiable", "directional", "continuing", "declaratory"):
        code = next(p.code for _, p in entries(catalogue) if p.coding.trackability == kind)
        page = page_of(client, code)
        assert meaning(page, "Trackability").startswith(kind)
        status = "not assessable" if kind == "declaratory" else "not assessed"
        assert page.one("p", "standing").all("b")[0].text() == status


def test_the_tags_lead_to_lists_that_hold_the_pledge(client: Client) -> None:
    tags = page_of(client, "FMP-2.11.3").one("dl", "coding").all("a")
    lists = [tag["href"] for tag in tags if tag["href"].startswith(("/en/actors/", "/en/themes/", "/en/pledges/?"))]
    assert {address.split("/")[2] for address in lists} >= {"actors", "themes"}
    for address in lists:
        page = fetch(client, address + ("&q=FMP-2.11" if "?" in address else ""))
        assert page.all("a", href="/en/pledges/FMP-2.11.3/")


def test_the_neighbours_are_those_of_the_record_across_sections_and_documents(
    client: Client, catalogue: Catalogue
) -> None:
    codes = [pledge.code for _, pledge in entries(catalogue)]
    border = next(n for n, code in enumerate(codes) if code.startswith("FMP"))
    for at in (0, 1, border - 1, border, len(codes) - 1):
        pager = fetch(client, f"/es/pledges/{codes[at]}/").one("nav", "pager")
        before = [f"/es/pledges/{code}/" for code in codes[max(at - 1, 0) : at]]
        after = [f"/es/pledges/{code}/" for code in codes[at + 1 : at + 2]]
        assert [a["href"] for a in pager.all("a", rel="prev")] == before
        assert [a["href"] for a in pager.all("a", rel="next")] == after


def test_the_pledges_of_its_section_stand_beside_it(client: Client, catalogue: Catalogue) -> None:
    beside = page_of(client, "FMP-2.11.3").one("ol", "beside")
    wanted = [pledge.code for _, pledge in entries(catalogue) if pledge.code.startswith("FMP-2.11.")]
    assert [span.text() for span in beside.all("span", "code")] == wanted
    assert beside.one("a", **{"aria-current": "page"})["href"] == "/en/pledges/FMP-2.11.3/"


def test_its_links_lead_to_its_place_in_the_text_and_to_its_data(client: Client) -> None:
    page = page_of(client, "FMP-2.11.3")
    places = [p.one("a")["href"] for p in page.all("p", "place")]
    assert places == [f"/en/documents/policy-paper-2025/?text={key}#FMP-2.11.3" for key in ("zh", "en")]
    assert fetch(client, places[1].partition("#")[0]).one("li", id="FMP-2.11.3")
    data = page.one("p", "permanent").all("a")[1]["href"]
    assert client.get(data).json()["code"] == "FMP-2.11.3"


@pytest.mark.parametrize("code", ["spc-3.1", "Spc-3.1", "fmp-2.11.3"])
def test_a_code_in_the_wrong_case_leads_to_the_right_address_for_good(client: Client, code: str) -> None:
    response = client.get(f"/pt-br/pledges/{code}/")
    assert (response.status_code, response["Location"]) == (301, f"/pt-br/pledges/{code.upper()}/")


@pytest.mark.parametrize(
    ("code", "near"),
    [
        ("SPC-3.99", "SPC-3."),
        ("fmp-2.11.99", "FMP-2.11."),
        ("X-1.1", ""),
        ("FMP-2.11", "FMP-2.11."),
    ],
)
def test_an_unknown_code_is_not_found_and_the_pledges_near_it_are_offered(
    client: Client, catalogue: Catalogue, code: str, near: str
) -> None:
    page = fetch(client, f"/en/pledges/{code}/", status=404)
    assert code in page.one("main").text()
    offered = [span.text() for ol in page.all("ol", "beside") for span in ol.all("span", "code")]
    wanted = [pledge.code for _, pledge in entries(catalogue) if near and pledge.code.startswith(near)]
    assert offered == wanted[:12]
