"""The list of pledges: its filters, the counts beside them, paging, and that every state is a plain address."""

from collections import Counter
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

import pytest
from django.test import Client

from commitments.catalogue.schema import Catalogue
from commitments.text import fold

from .test_overview import Node, fetch

pytestmark = pytest.mark.django_db

Query = dict[str, list[str]]
FILTERS = ("document", "project", "section", "trackability", "actor", "theme", "right")
PAPER = "policy-paper-2025"


#: Each filter on its own, two values of one, and several together.
QUERIES = [
    {},
    {"actor": ["roundtable-participants"]},
    {"right": ["education"]},
    {"theme": ["poverty", "climate"]},
    {"trackability": ["verifiable", "continuing"], "actor": ["china"]},
    {"trackability": ["verifiable"], "theme": ["digital", "space"], "right": ["science-benefits"]},
    {"document": ["sao-paulo-consensus"]},
    {"document": ["sao-paulo-consensus", PAPER], "right": ["work"]},
    {"section": ["1.2", "3"]},
    {"project": ["1", "5"], "trackability": ["verifiable"]},
    {"document": ["sao-paulo-consensus"], "project": ["1"]},
]


@dataclass(frozen=True)
class Coded:
    """A pledge as the files have it: the values that each filter can find it by."""

    code: str
    values: dict[str, set[str]]

    def answers(self, query: Query) -> bool:
        return all(self.values[name] & set(asked) for name, asked in query.items())


@pytest.fixture(scope="module")
def record(catalogue: Catalogue) -> list[Coded]:
    found = []
    for folder in catalogue.documents:
        for p in folder.pledges:
            section = p.code.partition("-")[2].rpartition(".")[0]
            project = {section.partition(".")[0]} if "." in section else set()
            values = {"document": {folder.document.slug}, "project": project, "section": {section}}
            tags = {"actor": set(p.coding.actors), "theme": set(p.coding.themes), "right": set(p.coding.rights)}
            found.append(Coded(p.code, {**values, **tags, "trackability": {p.coding.trackability}}))
    return found


def address(query: Query, **more: str) -> str:
    return "/en/pledges/?" + urlencode([*((k, v) for k, values in query.items() for v in values), *more.items()])


def codes(page: Node) -> list[str]:
    return [span.text() for li in page.all("li", "pledge") for span in li.all("span", "code")]


def tally(page: Node) -> tuple[int, int]:
    found, _, total = page.one("p", "tally").text().removesuffix(" pledges").partition(" of ")
    return int(found), int(total)


def counts(page: Node) -> dict[str, dict[str, int]]:
    """The numbers beside the choices of each filter shown."""
    return {
        box["name"]: {
            label.one("input")["value"]: int(label.one("span", "count").text()) for label in facet.all("label")
        }
        for facet in page.all("details", "facet")
        for box in facet.all("input")
    }


def walk(client: Client, start: str) -> list[Node]:
    """All pages of a list, by following what is said to be next."""
    pages = [fetch(client, start)]
    while following := pages[-1].all("a", rel="next"):
        pages.append(fetch(client, "/en/pledges/" + following[0]["href"]))
    return pages


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: urlencode(query, doseq=True) or "all")
def test_filters_find_what_the_files_say_and_each_choice_has_its_count(
    client: Client, record: list[Coded], query: Query
) -> None:
    page, wanted = fetch(client, address(query)), [p.code for p in record if p.answers(query)]
    assert tally(page) == (len(wanted), len(record))
    assert codes(page) == wanted[:50]
    found = counts(page)
    for name in FILTERS:
        others = {other: asked for other, asked in query.items() if other != name}
        naive = Counter(value for p in record if p.answers(others) for value in p.values[name])
        naive.update(dict.fromkeys(query.get(name, []), 0))  # what is set is shown, even where it finds nothing
        assert found.get(name, {}) == (naive if len(naive) > 1 or name in query else {})
    checked = {(box["name"], box["value"]) for box in page.all("input", type="checkbox") if "checked" in box.attrs}
    assert checked == {(name, value) for name, values in query.items() for value in values}


def test_walking_the_pages_shows_every_pledge_found_once_in_order(client: Client, record: list[Coded]) -> None:
    pages = walk(client, address({"trackability": ["verifiable", "continuing"]}))
    wanted = [p.code for p in record if p.answers({"trackability": ["verifiable", "continuing"]})]
    assert [code for page in pages for code in codes(page)] == wanted
    assert len(pages) > 2
    assert [page.one("ol", "list")["start"] for page in pages] == [str(1 + 50 * n) for n in range(len(pages))]
    assert all(len(codes(page)) == 50 for page in pages[:-1])
    back = fetch(client, "/en/pledges/" + pages[1].one("a", rel="prev")["href"])
    assert codes(back) == codes(pages[0])
    assert pages[0].all("a", rel="prev") == []


def test_paging_keeps_the_filters_and_the_order(client: Client, record: list[Coded]) -> None:
    query = {"actor": ["china"], "trackability": ["directional", "continuing"]}
    first = fetch(client, address(query, ordering="-position", utm_source="mail"))
    following = parse_qs(first.one("a", rel="next")["href"].removeprefix("?"))
    assert following == {**query, "ordering": ["-position"], "page": ["2"]}
    wanted = [p.code for p in record if p.answers(query)][::-1]
    assert codes(fetch(client, address(query, ordering="-position", page="2"))) == wanted[50:100]


@pytest.mark.parametrize(
    "ordering",
    ["position", "-position", "trackability", "title"],
)
def test_the_list_can_be_ordered(client: Client, record: list[Coded], catalogue: Catalogue, ordering: str) -> None:
    query = {"theme": ["digital"]}
    titles = {p.code: p.coding.title["en"] for folder in catalogue.documents for p in folder.pledges}
    found = [p for p in record if p.answers(query)]
    keys = {
        "position": lambda p: 0,
        "-position": lambda p: -found.index(p),
        "trackability": lambda p: min(p.values["trackability"]),
        # Databases sort blanks and hyphens each in its own way: first words are enough to tell.
        "title": lambda p: fold(titles[p.code]).split()[0].split("-")[0],
    }
    page = fetch(client, address(query, ordering=ordering))
    assert page.one("option", selected="")["value"] == ordering
    shown = codes(page)
    assert sorted(shown) == sorted(p.code for p in found)
    assert len(shown) > 10
    key, by_code = keys[ordering], {p.code: p for p in found}
    ranks = [key(by_code[code]) for code in shown]
    assert ranks == sorted(ranks)
    if ordering != "title":
        assert shown == [p.code for p in sorted(found, key=key)]  # ties stand as in the documents


def test_words_and_filters_narrow_together(client: Client, record: list[Coded]) -> None:
    word = {code for page in walk(client, "/en/pledges/?q=forum") for code in codes(page)}
    both = fetch(client, address({"trackability": ["verifiable"]}, q="forum"))
    assert codes(both) == [p.code for p in record if p.code in word and p.answers({"trackability": ["verifiable"]})]
    assert 0 < tally(both)[0] < len(word) < len(record)
    assert both.one("input", id="q")["value"] == "forum"


def test_each_chip_leads_to_the_same_list_without_it(client: Client, record: list[Coded]) -> None:
    query = {"actor": ["china"], "theme": ["digital", "poverty"], "trackability": ["directional"]}
    page = fetch(client, address(query, q="cooperation", ordering="-position", page="1", utm_source="mail"))
    chips = [a["href"].removeprefix("?") for a in page.one("ul", "chips").all("a")]
    assert chips.pop() == "/en/pledges/"  # the last takes all away
    pairs = {(name, value) for name, values in query.items() for value in values}
    everything = {*pairs, ("q", "cooperation"), ("ordering", "-position")}
    lacks = [everything - {(k, v) for k, values in parse_qs(chip).items() for v in values} for chip in chips]
    assert all(len(lack) == 1 for lack in lacks)
    assert {pair for lack in lacks for pair in lack} == everything - {("ordering", "-position")}
    assert not any("utm_source" in chip or "page" in chip for chip in chips)
    without_words = next(chip for chip in chips if "cooperation" not in chip)
    assert tally(fetch(client, f"/en/pledges/?{without_words}"))[0] == sum(p.answers(query) for p in record)


def test_the_whole_state_is_in_the_address_and_the_form_only_asks_for_another(client: Client) -> None:
    (form,) = [f for f in fetch(client, "/en/pledges/").all("form") if "filters" in f["class"]]
    assert form["method"] == "get"
    assert "action" not in form.attrs
    names = {field["name"] for field in form.walk() if "name" in field.attrs}
    assert names <= {"q", "ordering", "status", "grade", "updated_after", "as_of", *FILTERS}


def test_parameters_of_others_are_ignored(client: Client) -> None:
    plain, decorated = "/en/pledges/?theme=digital", "/en/pledges/?utm_source=x&theme=digital&fbclid=%00&ref=odd"
    assert codes(fetch(client, decorated)) == codes(fetch(client, plain))


def test_a_list_without_a_pledge_says_what_to_do(client: Client) -> None:
    page = fetch(client, "/zh-hans/pledges/?q=zzzz")
    assert codes(page) == []
    assert page.one("li", "empty").text()


def test_a_pledge_in_the_list_shows_words_in_the_readers_language_where_there_are_any(
    client: Client, catalogue: Catalogue
) -> None:
    quotes = {p.code: p.quotes for folder in catalogue.documents for p in folder.pledges}
    for language, tag, key in (("zh-hans", "zh-Hans", "zh"), ("en", "en", "en"), ("es", "zh-Hans", "zh")):
        for li in fetch(client, f"/{language}/pledges/?q=FMP-2.1").all("li", "pledge"):
            words = li.one("p", "quoted")
            first = next(q.exact for q in quotes[li.one("span", "code").text()] if q.rendition == key)
            assert (words["lang"], words.text()) == (tag, " ".join(first.split()))
