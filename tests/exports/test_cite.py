"""How to cite: in formats that other people's readers take, with the day or the version, and no person made up."""

import json
import re
from datetime import UTC, date, datetime

import bibtexparser
import pytest
import rispy
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from commitments.exports.citing import bibtex, csl, plain, ris
from commitments.exports.references import Reference
from commitments.models import Release
from commitments.text import plain as one_line
from tests import unpublished
from tests.exports.files import body

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACCESSED = date(2026, 12, 1)
titles = st.one_of(
    st.text(alphabet=st.sampled_from("\\{}&%$#_~^\"' aã合\n\r\t-=@"), min_size=1, max_size=30),
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30),
).filter(lambda text: one_line(text) != "")


@pytest.fixture
def _at_noon() -> object:
    with time_machine.travel(NOON, tick=False) as moved:
        yield moved


def release() -> Release:
    facts = {"sha256": "0" * 64, "size": 1, "files": [], "changes": {}, "log_size": 1, "log_root": "0" * 64}
    return Release.objects.create(version="2026.1", as_of=date(2026, 11, 21), published_at=NOON, **facts)


pages = pytest.mark.usefixtures("_at_noon")


@pages
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("key", "page"),
    [
        ("SPC-3.1", "/en/pledges/SPC-3.1/"),
        ("FMP", "/en/documents/policy-paper-2025/"),
        ("sao-paulo-consensus", "/en/documents/sao-paulo-consensus/"),
        ("dataset", "/en/data/"),
        ("evidence", "/en/evidence/"),
    ],
)
def test_all_formats_name_the_body_the_year_and_the_address_of_that_day(key: str, page: str) -> None:
    seen = unpublished.public()
    if key == "evidence":
        key, page = seen.items[2].public_id, f"{page}{seen.items[2].public_id}/"
    asked = f"{key}.%s?as_of=2026-11-22"
    (entry,) = bibtexparser.parse_string(body(f"/cite/{asked % 'bib'}").decode()).entries
    fields = {field.key: field.value for field in entry.fields}
    (record,) = rispy.loads(body(f"/cite/{asked % 'ris'}").decode())
    (item,) = json.loads(body(f"/cite/{asked % 'json'}"))
    text = body(f"/cite/{asked % 'txt'}").decode()
    assert fields["author"] == "{Pledge Tracker}"
    assert record["authors"] == ["Pledge Tracker"]
    assert item["author"] == [{"literal": "Pledge Tracker"}]
    assert fields["year"] == record["year"] == "2026"
    assert item["issued"] == {"date-parts": [[2026, 11, 22]]}
    for url in (fields["url"], record["urls"][0], item["URL"], text.split()[-1]):
        assert url.endswith(f"{page}?as_of=2026-11-22")
    assert fields["urldate"] == "2026-11-22"
    assert item["accessed"] == {"date-parts": [[2026, 11, 22]]}
    assert record["title"] == item["title"]
    assert item["title"] in text
    assert (item["type"] == "dataset") == (key == "dataset") == (record["type_of_reference"] == "DATA")


@pages
@pytest.mark.django_db
def test_a_release_is_cited_by_its_version_and_leads_to_its_day() -> None:
    release()
    (entry,) = bibtexparser.parse_string(body("/cite/SPC-3.1.bib?version=2026.1").decode()).entries
    fields = {field.key: field.value for field in entry.fields}
    assert fields["version"] == "2026.1"
    assert fields["url"].endswith("/en/pledges/SPC-3.1/?as_of=2026-11-21")
    assert fields["note"].endswith(r"Frozen at http://127.0.0.1:8000/en/data/\#release-2026.1")
    (dataset,) = json.loads(body("/cite/dataset.json?version=2026.1"))
    assert dataset["URL"].endswith("/en/data/#release-2026.1")
    assert 'id="release-2026.1"' in Client().get("/en/data/").content.decode()
    assert "release 2026.1, as of 2026-11-21" in body("/cite/dataset.txt?version=2026.1").decode()
    assert json.loads(body("/cite/dataset.json?version=2026.1"))[0]["version"] == "2026.1"


@pages
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("question", "wrong"),
    [
        ("as_of=2026-11-23", "as_of"),
        ("as_of=x", "as_of"),
        ("version=v9", "version"),
        ("version=2026.1&as_of=2026-11-21", "version"),
        ("style=apa", "style"),
    ],
)
def test_what_is_not_known_is_refused_by_its_name(question: str, wrong: str) -> None:
    release()
    assert list(json.loads(body(f"/cite/SPC-3.1.bib?{question}", status=400))["errors"]) == [wrong]


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["SPC-99.9", "E9999999", "nothing", "SPC-3.1.2.3"])
def test_what_is_not_there_is_not_cited(key: str) -> None:
    assert json.loads(body(f"/cite/{key}.ris", status=404))["status"] == 404


@pages
@pytest.mark.django_db
@pytest.mark.parametrize("key", ["dataset", "SPC", "policy-paper-2025", "SPC-3.1"])
def test_of_a_day_before_anything_was_public_nothing_is_cited(key: str) -> None:
    said = json.loads(body(f"/cite/{key}.bib?as_of=2020-01-01", status=404))["detail"]
    assert said == "Nothing was public yet on 2020-01-01: there is nothing to cite of that day."


@pages
@pytest.mark.django_db
def test_what_was_not_public_on_the_day_is_not_cited() -> None:
    body("/cite/SPC-3.1.bib?as_of=2020-01-01", status=404)
    item = unpublished.public().items[0]
    body(f"/cite/{item.public_id}.bib")
    body(f"/cite/{item.public_id}.bib?as_of=2026-11-21", status=404)


# --- any text -------------------------------------------------------------------------------


def reference(title: str) -> Reference:
    return Reference("SPC-3.1", title, "https://example.org/a_b?as_of=2026-11-22&c=%20", date(2026, 11, 22), title)


#: How LaTeX writes what it would else take for a command.
_UNTEX = re.compile(r"\\(text[a-z]+)\{\}|\\([&%$#_])")
_SIGNS = {
    "textbackslash": "\\",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textbraceleft": "{",
    "textbraceright": "}",
}


def balanced(text: str) -> bool:
    """Tell whether every brace is closed again as BibTeX counts them: with a backslash before it or without."""
    depth = 0
    for sign in text:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            return False
    return depth == 0


@given(titles)
def test_any_title_is_read_back_by_readers_of_all_formats(title: str) -> None:
    one = reference(title)
    (entry,) = bibtexparser.parse_string(bibtex(one, accessed=ACCESSED)).entries
    fields = {field.key: field.value for field in entry.fields}
    assert fields["title"].startswith("{")
    assert _UNTEX.sub(lambda m: _SIGNS.get(m[1] or "", m[2]), fields["title"][1:-1]) == one_line(title)
    assert fields["url"] == one.url
    assert all(balanced(field) for field in fields.values())
    lines = ris(one, accessed=ACCESSED).split("\r\n")
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in lines[:-1])
    assert f"TI  - {one_line(title)}" in lines
    (item,) = json.loads(csl(one, accessed=ACCESSED))
    assert item["title"] == one_line(title)
    assert "\n" not in plain(one)


@pages
@pytest.mark.django_db
def test_the_pages_offer_it_for_their_day(client: Client) -> None:
    page = client.get("/es/pledges/SPC-3.1/?as_of=2026-11-21").content.decode()
    assert "/cite/SPC-3.1.bib?as_of=2026-11-21" in page
    assert "Pledge Tracker (2026). SPC-3.1:" in page
    page = client.get("/en/data/").content.decode()
    for form in ("bib", "ris", "json", "txt"):
        assert f"/cite/dataset.{form}?as_of=2026-11-22" in page
    assert "/cite/SPC.ris?as_of=2026-11-22" in client.get("/en/documents/sao-paulo-consensus/").content.decode()
