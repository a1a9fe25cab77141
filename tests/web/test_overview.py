"""The overview: every pledge once, in the order of the texts; and the small HTML reader that the page tests share."""

from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Self

import pytest
import time_machine
from django.test import Client

from commitments.catalogue.schema import Catalogue

VOID = {"meta", "link", "input", "br", "hr", "img", "source", "wbr"}


class Node:
    """An element of a page with what it holds."""

    def __init__(self, tag: str, attrs: dict[str, str]) -> None:
        self.tag, self.attrs, self.children = tag, attrs, []

    def __getitem__(self, name: str) -> str:
        return self.attrs[name]

    def walk(self) -> Iterator["Node"]:
        for child in self.children:
            if isinstance(child, Node):
                yield child
                yield from child.walk()

    def all(self, tag: str = "", cls: str = "", **attrs: str) -> list["Node"]:
        """Return the elements inside, in order, that have this tag, class and attributes."""
        return [
            node
            for node in self.walk()
            if (not tag or node.tag == tag)
            and (not cls or cls in node.attrs.get("class", "").split())
            and all(node.attrs.get(name) == value for name, value in attrs.items())
        ]

    def one(self, tag: str = "", cls: str = "", **attrs: str) -> "Node":
        """Return the only such element."""
        (found,) = self.all(tag, cls, **attrs)
        return found

    def text(self, *without: str) -> str:
        """Return the words inside on one line, those in elements of the classes `without` left out."""
        return " ".join(self._raw({*without}).split())

    def _raw(self, without: set[str]) -> str:
        if without & {*self.attrs.get("class", "").split()}:
            return ""
        return "".join(child if isinstance(child, str) else child._raw(without) for child in self.children)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

    def read(self, html: str) -> Self:
        self.feed(html)
        self.close()
        assert len(self.open) == 1, f"<{self.open[-1].tag}> is never closed"
        return self


def parse(html: str) -> Node:
    """Return a page as a tree; fails where elements are not closed in order."""
    return _Reader().read(html).open[0]


def fetch(client: Client, address: str, status: int = 200) -> Node:
    """Return the page at an address, which must answer with this status."""
    response = client.get(address)
    assert response.status_code == status, f"{address} answers {response.status_code}"
    return parse(response.content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_pledge_is_one_named_link_in_the_order_of_the_texts(
    client: Client, catalogue: Catalogue, language: str
) -> None:
    links = fetch(client, f"/{language}/").one("div", "shelves").all("a", "pledge")
    wanted = [pledge for folder in catalogue.documents for pledge in folder.pledges]
    assert [link["href"] for link in links] == [f"/{language}/pledges/{pledge.code}/" for pledge in wanted]
    for link, pledge in zip(links, wanted, strict=True):
        assert link["aria-label"].startswith(f"{pledge.code} {pledge.coding.title[language]}: ")


@pytest.mark.django_db
def test_a_declaratory_pledge_has_the_sign_of_not_assessable_and_no_other_has(
    client: Client, catalogue: Catalogue
) -> None:
    links = fetch(client, "/en/").one("div", "shelves").all("a", "pledge")
    wanted = [pledge.coding.trackability for folder in catalogue.documents for pledge in folder.pledges]
    for link, trackability in zip(links, wanted, strict=True):
        status = "not assessable" if trackability == "declaratory" else "not assessed"
        assert f": {status}" in link["aria-label"]
        assert link.all("use")[0]["href"] == f"#m-{status.replace(' ', '_')}"


@pytest.mark.django_db
def test_the_sums_agree_with_the_marks_above_them(client: Client, catalogue: Catalogue) -> None:
    page = fetch(client, "/en/")
    shelves = page.all("section", "shelf")
    assert [len(shelf.one("ol", "marks").all("li")) for shelf in shelves] == [7, 9, 17, 6, 6, 6]
    for shelf in shelves:
        marks = len(shelf.all("a", "pledge"))
        assert shelf.one("p", "sum").text().startswith(f"{marks} pledges ")
    total = sum(int(shelf.one("p", "sum").all("b")[0].text()) for shelf in shelves)
    assert total == sum(len(folder.pledges) for folder in catalogue.documents)


@pytest.mark.django_db
def test_every_section_leads_to_its_place_in_the_text_also_without_a_pledge(
    client: Client, catalogue: Catalogue
) -> None:
    marks = [li for ol in fetch(client, "/es/").all("ol", "marks") for li in ol.all("li")]
    sections = [(f.document, s) for f in catalogue.documents for s in f.document.sections if s.kind != "project"]
    codes = [pledge.code for folder in catalogue.documents for pledge in folder.pledges]
    assert len(marks) == len(sections)
    for li, (document, section) in zip(marks, sections, strict=True):
        number = li.one("a", "number")
        assert number["href"] == f"/es/documents/{document.slug}/#s{section.number}"
        assert number["aria-label"] == f"{section.number} {section.title['es']}"
        here = [code for code in codes if code.rpartition(".")[0] == f"{document.code}-{section.number}"]
        assert [link["href"].split("/")[-2] for link in li.all("a", "pledge")] == here
        assert bool(li.all("span", "none")) == (not here)


@pytest.mark.django_db
def test_the_page_says_of_which_day_and_which_release_it_speaks(client: Client, catalogue: Catalogue) -> None:
    with time_machine.travel(datetime(2027, 3, 9, 12, tzinfo=UTC), tick=False):
        said = fetch(client, "/en/").one("p", "asof").text()
    assert "9 March 2027" in said
    assert f"Release {catalogue.release.release} of the record" in said
