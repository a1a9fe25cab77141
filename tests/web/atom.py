"""A small reader of Atom, that the tests of feeds share."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

from django.test import Client

ATOM = "{http://www.w3.org/2005/Atom}"
XML = "{http://www.w3.org/XML/1998/namespace}"


class Feed:
    """A feed as a program reads it."""

    def __init__(self, body: bytes) -> None:
        self.root = ElementTree.fromstring(body)
        self.entries = [Entry(node) for node in self.root.findall(f"{ATOM}entry")]

    def text(self, name: str) -> str:
        return self.root.findtext(f"{ATOM}{name}") or ""

    def link(self, rel: str) -> str:
        (found,) = (link for link in self.root.findall(f"{ATOM}link") if link.get("rel") == rel)
        return found.get("href") or ""

    def since(self, before: int) -> list["Entry"]:
        """Return the entries of what became public after a number of the log, the oldest first."""
        return [entry for entry in reversed(self.entries) if entry.seq > before]


class Entry:
    """An entry: its texts, and the words and tags of its HTML."""

    def __init__(self, node: ElementTree.Element) -> None:
        self.title, self.id, self.updated = (
            node.findtext(f"{ATOM}{name}") or "" for name in ("title", "id", "updated")
        )
        self.content = node.findtext(f"{ATOM}content") or ""
        self.seq = int(re.search(r"/log/(\d+)/", self.id)[1])
        self.link = node.find(f"{ATOM}link").get("href")
        self.kinds = {category.get("term") for category in node.findall(f"{ATOM}category")}
        self.html = node.find(f"{ATOM}content").get("type") == "html"
        words: list[str] = []
        self.tags: list[str] = []
        parser = HTMLParser()
        parser.handle_data = words.append  # type: ignore[method-assign]
        parser.handle_starttag = lambda tag, _: self.tags.append(tag)  # type: ignore[method-assign]
        parser.feed(self.content)
        parser.close()
        self.text = " ".join("".join(words).split())


def read(client: Client, address: str) -> Feed:
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "application/atom+xml; charset=utf-8"), address
    return Feed(response.content)
