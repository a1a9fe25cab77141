"""What goes out comes back: an export can be imported again without effect, and runs nothing where it is opened."""

import csv
from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from commitments.admin.evidence.sheet import EvidenceResource
from commitments.admin.exchange.formats import FORMATS
from commitments.cells import guarded
from commitments.models import LANGUAGES, Attachment, Evidence, StatusDraft, Target
from tests import factories
from tests.desk.tables import DRAFTS, EVIDENCE, cells_of, exported, imported, in_csv, item, told, tried
from tests.factories import AT, draft, evidence, person, published, two_good_items, update, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "waiting")]

Desk = Callable[[Any], Client]
BOTH = pytest.mark.parametrize("kind", ["0", "1"])
#: Facts that a sheet could spoil.
AWKWARD = [
    "=1+1",
    "+1 more",
    "-5 percent",
    "@everybody",
    "＝全角",
    "'quoted'",
    "'=quoted",
    "''=twice",
    'He said "yes", twice; really',
    "line one\nline two",
    "line one\r\nline two",
    "one\rtwo",
    "tab\there",
    "圣保罗共识：第三条，“合作”",
    "São Tomé é ñ ¿?",
    "00123",
    "1.50",
    "2026-01-15",
    "TRUE",
    "#N/A",
    "#REF!",
    "None",
    "E10001",
    "1e5",
    "a\x0bb\x07c",
    "emoji 🌎",
    "<b>bold</b> & more",
]


@pytest.fixture(name="curator")
def _curator(desk: Desk) -> Client:
    return desk(person("curator", "cora"))


def awkward_items() -> None:
    for n, text in enumerate(AWKWARD):
        found = evidence(
            public_at=AT if n % 2 else None,
            title=text.strip()[:500],
            publisher=text[:200],
            fact=dict.fromkeys(LANGUAGES[: n % 4 + 1], text),
            countries=["BR", "CL"][: n % 3],
            event_precision="month" if n % 5 == 0 else "day",
            excerpt_only=n % 3 == 0,
            confidence=["", "high", "low"][n % 3],
        )
        Attachment.objects.create(evidence=found, pledge=factories.pledge(n=n), bearing="context", why={"en": text})
    found.targets.add(*Target.objects.all()[:2])


def picture() -> list[Any]:
    tables = [Evidence.objects.order_by("pk"), Attachment.objects.order_by("pk"), StatusDraft.objects.order_by("pk")]
    return [list(rows.values()) for rows in tables]


@BOTH
def test_an_export_comes_back_without_effect(curator: Client, kind: str) -> None:
    awkward_items()
    before, content = picture(), exported(curator, EVIDENCE, kind)
    page = tried(curator, EVIDENCE, content)
    assert f"0 new, 0 changed, {len(AWKWARD)} left alone" in told(page)
    imported(curator, EVIDENCE, content)
    assert picture() == before
    assert cells_of(exported(curator, EVIDENCE, kind)) == cells_of(content)
    if kind == "1":
        assert exported(curator, EVIDENCE, kind) == content


@BOTH
def test_a_new_item_comes_back_as_it_was_sent(curator: Client, kind: str) -> None:
    """What is typed into a sheet is what is stored, whatever it looks like."""
    rows = [item(n, title=text, fact_en=text) for n, text in enumerate(AWKWARD) if text.isprintable()]
    table = FORMATS[int(kind)]()
    for row in rows:
        row |= {name: guarded(row[name]) for name in ("title", "fact_en")}
    content = in_csv(rows) if kind == "1" else table.export_data(FORMATS[1]().create_dataset(in_csv(rows)))
    imported(curator, EVIDENCE, content)
    stored = [found.title for found in Evidence.objects.order_by("pk")]
    assert stored == [text for text in AWKWARD if text.isprintable()]


TEXTS = st.text(alphabet=st.sampled_from("a'=+-@\",;\n\t 中é\x0b"), max_size=12)


@pytest.mark.parametrize("number", [0, 1])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, min_size=3, max_size=3))
def test_any_text_comes_back_without_effect(number: int, texts: list[str]) -> None:
    found, _ = Evidence.objects.update_or_create(
        public_id="E9000000",
        defaults={
            "source_url": "https://example.org/",
            "publisher_kind": "ngo",
            "side": "lac",
            "record": "report",
            "origin": "any",
            "language": "es",
            "accessed_on": AT.date(),
            "title": texts[0],
            "publisher": texts[1],
            "fact": {"es": texts[2]},
        },
    )
    rows, table = Evidence.objects.filter(pk=found.pk), FORMATS[number]()
    sheet = table.create_dataset(table.export_data(EvidenceResource().export(rows)))
    result = EvidenceResource().import_data(sheet, dry_run=True, user=None)
    assert (result.totals["skip"], result.has_errors(), result.has_validation_errors()) == (1, False, False)


@BOTH
def test_nothing_in_an_export_runs_where_it_is_opened(curator: Client, kind: str) -> None:
    awkward_items()
    content = exported(curator, EVIDENCE, kind)
    for row in cells_of(content):
        for cell in row:
            assert not cell.startswith(tuple("=+-@＝＋－＠\t\r")), cell
    if kind == "0":
        sheet = load_workbook(BytesIO(content)).active
        typed = {(cell.data_type, cell.number_format) for row in sheet.rows for cell in row if cell.value is not None}
        assert typed == {("s", "@")}


def test_a_file_that_a_spreadsheet_program_opens_in_the_right_letters(curator: Client) -> None:
    evidence(title="会谈")
    content = exported(curator, EVIDENCE, "1")
    assert content.startswith(b'\xef\xbb\xbf"id","source_url",')
    assert "会谈" in content.decode("utf-8-sig")


def test_no_cell_hides_another_from_programs_that_part_cells_by_semicolons(curator: Client) -> None:
    evidence(title="Talks;=1+1;more")
    assert b',"Talks;\'=1+1;more",' in exported(curator, EVIDENCE, "1")


@BOTH
def test_an_export_holds_what_the_list_is_filtered_to(curator: Client, kind: str) -> None:
    one, other = evidence(side="china"), evidence(side="lac")
    found = cells_of(exported(curator, EVIDENCE, kind, "?side__exact=china"))
    assert [row[0] for row in found] == ["id", one.public_id]
    assert {row[0] for row in cells_of(exported(curator, EVIDENCE, kind))} == {"id", one.public_id, other.public_id}
    assert "1 row, as the list is filtered" in told(curator.get(f"{EVIDENCE}/export/?side__exact=china"))


def test_a_filter_that_is_none_exports_nothing_unseen(curator: Client) -> None:
    page = curator.get(f"{EVIDENCE}/export/?published_on__year=x", follow=True)
    assert "cannot be filtered so" in page.content.decode()


def test_an_export_says_when_an_item_became_public_and_an_import_reads_past_it(curator: Client) -> None:
    found = evidence(public_at=AT, file_name="decree.pdf")
    header, row = cells_of(exported(curator, EVIDENCE))
    told_only = dict(zip(header, row, strict=True))
    assert (told_only["public_at"], told_only["file"]) == ("2026-11-22", "decree.pdf")
    page = tried(curator, EVIDENCE, in_csv([{"id": found.public_id, "public_at": "", "file": "other.pdf"}]))
    assert "0 changed" in told(page)


@BOTH
def test_drafts_go_out_as_the_list_is_filtered_and_come_back_without_effect(desk: Desk, kind: str) -> None:
    by, place = person("curator", "cora"), factories.pledge()
    first = published(update(place, "in_progress"), two_good_items())
    mine = draft(place, by, two_good_items(), summary=words("=1+1"), to_reviewer="-see\nbelow")
    draft(place, by, kind="withdrawal", corrects=first)
    draft(factories.pledge(n=1), person(), two_good_items(), kind="status")
    before, client = picture(), desk(by)
    content = exported(client, DRAFTS, kind)
    assert "0 new, 0 changed, 3 left alone" in told(tried(client, DRAFTS, content))
    imported(client, DRAFTS, content)
    assert picture() == before
    assert cells_of(exported(client, DRAFTS, kind)) == cells_of(content)
    header, *rows = cells_of(exported(client, DRAFTS, kind, f"?whose=mine&pledge={place.code}"))
    assert len(rows) == 2
    row = next(row for row in (dict(zip(header, one, strict=True)) for one in rows) if row["id"] == str(mine.pk))
    assert (row["pledge"], row["author"], row["state"], row["revision"]) == (place.code, "cora", "draft", "1")
    cites = sorted(f"{c.evidence.public_id} {c.bearing}" for c in mine.citations.all())
    assert row["evidence"] == "\n".join(cites)


@pytest.mark.parametrize("room", [EVIDENCE, DRAFTS])
def test_whoever_may_look_may_export_and_strangers_may_not(desk: Desk, room: str) -> None:
    assert exported(desk(person("viewer")), room)
    assert Client().post(f"{room}/export/", {"resource": "0", "format": "1"}).status_code == 302


def test_the_lists_lead_to_import_and_export_with_their_filters(desk: Desk) -> None:
    curator, viewer = desk(person()), desk(person("viewer"))
    for room, kind in (("evidence", "evidence"), ("draft", "statusdraft")):
        query = "?side__exact=china" if room == "evidence" else "?state=in_review"
        page = curator.get(f"/admin/commitments/{room}/{query}").content.decode()
        assert f'href="/admin/commitments/{kind}/import/"' in page
        assert f'href="/admin/commitments/{kind}/export/{query}"' in page
        shown = viewer.get(f"/admin/commitments/{room}/").content.decode()
        assert f"/{kind}/import/" not in shown
        assert f"/{kind}/export/" in shown


def test_more_rows_cost_no_more_queries(desk: Desk) -> None:
    by, place = person(), factories.pledge()
    curator = desk(by)

    def asked(room: str) -> int:
        with CaptureQueriesContext(connection) as found:
            exported(curator, room)
        return sum(query["sql"].startswith("SELECT") for query in found.captured_queries)

    counts = []
    for _ in range(3):  # the first time somebody comes, their session is read and written as well
        awkward_items()
        draft(place, by, two_good_items())
        counts.append((asked(EVIDENCE), asked(DRAFTS)))
    assert counts[1] == counts[2]


def test_an_export_reads_as_a_table_of_one_row_for_an_item(curator: Client) -> None:
    awkward_items()
    rows = list(csv.reader(StringIO(exported(curator, EVIDENCE).decode("utf-8-sig"), newline="")))
    assert len(rows) == len(AWKWARD) + 1
    assert {len(row) for row in rows} == {len(EvidenceResource.columns)}
