"""The form of a source: what it takes, what it refuses and at which field, and that nothing public changes by it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from commitments.editorial import drafts, people
from commitments.editorial.fingerprint import fingerprint
from commitments.models import Attachment, Audit, Evidence, LinkState, Target
from tests import factories
from tests.desk.sources import ADD, change, errors, filled, recorded, row
from tests.factories import AT, draft, evidence, person, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "kept")]

Desk = Callable[[Any], Client]
LIST = "/admin/commitments/evidence/"
PLEDGE = "SPC-3.1"


@pytest.fixture
def curator(desk: Desk) -> Client:
    return desk(person("curator", "cora"))


def test_a_recorded_item_has_a_number_a_person_and_a_trace_and_is_not_public(curator: Client) -> None:
    target = Target.objects.all()[0]
    item = recorded(curator, targets=str(target.pk), excerpt_only="on", confidence="medium")
    assert (item.public_id, item.public_at, item.entered_by.username) == ("E10001", None, "cora")  # type: ignore[union-attr]
    assert (item.title, item.fact, item.countries) == ("Una visita", {"en": "They met."}, ["UY", "CN"])
    assert list(item.targets.all()) == [target]
    assert Audit.objects.get(action="evidence.record").subject == "E10001"
    assert item.history.count() == 1


def test_titles_and_dates_that_are_not_known_stay_empty(curator: Client) -> None:
    item = recorded(curator, title="", event_on="", published_on="")
    assert (item.title, item.event_on, item.published_on) == ("", None, None)


def test_a_month_is_kept_as_its_first_day(curator: Client) -> None:
    item = recorded(curator, event_on="2026-03-19", event_precision="month")
    assert (f"{item.event_on}", item.event_precision) == ("2026-03-01", "month")


def test_codes_are_written_as_the_standards_have_them(curator: Client) -> None:
    item = recorded(curator, language="ZH-hans", countries="brazil, cu; BR", origin="Xinhua-2026")
    assert (item.language, item.countries, item.origin) == ("zh-Hans", ["BR", "CU"], "xinhua-2026")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("source_url", "", "address of the source, or a file"),
        ("source_url", "javascript:alert(1)", "valid URL"),
        ("source_url", "ftp://example.org/a", "http"),
        ("source_url", "http://localhost:8000/", "network of its own"),
        ("source_url", "http://127.0.0.1/x", "network of its own"),
        ("source_url", "http://192.168.7.7/x", "network of its own"),
        ("source_url", "http://169.254.169.254/latest/", "network of its own"),
        ("source_url", "http://[::1]/", "network of its own"),
        ("source_url", "https://me:word@example.org/", "user name"),
        ("source_url", "https://example.org/" + "a" * 1000, "at most 1000"),
        ("title", "t" * 501, "at most 500"),
        ("publisher", "", "required"),
        ("publisher", "p" * 201, "at most 200"),
        ("publisher_kind", "rumour", "not one of the available"),
        ("side", "", "required"),
        ("record", "", "required"),
        ("origin", "", "required"),
        ("origin", "efe 2026", "hyphens"),
        ("origin", "o" * 81, "at most 80"),
        ("language", "Spanish", "no language tag"),
        ("language", "", "required"),
        ("countries", "BR, Atlantis", "Atlantis"),
        ("event_on", "2026-11-23", "not come yet"),
        ("event_on", "2026-11-21", "after the day on which the source was read"),
        ("event_on", "someday", "valid date"),
        ("published_on", "2026-12-01", "not come yet"),
        ("published_on", "2026-11-21", "after the day on which the source was read"),
        ("accessed_on", "2026-11-23", "not come yet"),
        ("accessed_on", "", "required"),
        ("fact_en", "", "required"),
        ("confidence", "absolute", "not one of the available"),
        ("targets", "99999", "not one of the available"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(curator: Client, field: str, value: str, words: str) -> None:
    answer = curator.post(ADD, filled(**{field: value}))
    assert answer.status_code == 200
    found = errors(answer)
    assert list(found) == [field.removesuffix("_en")]
    assert words in " ".join(found[field.removesuffix("_en")])
    assert not Evidence.objects.exists()


def test_words_that_a_spreadsheet_or_a_browser_would_act_on_are_kept_and_shown_as_words(curator: Client) -> None:
    bad = "<script>alert(1)</script>"
    item = recorded(curator, title=bad, publisher="=HYPERLINK(1)", fact_en=f"+1 {bad}")
    assert (item.title, item.publisher) == (bad, "=HYPERLINK(1)")
    for address in (LIST, change(item), f"{LIST}?q=HYPERLINK", ADD):
        body = curator.get(address).content.decode()
        assert bad not in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in curator.get(LIST).content.decode()


# --- on which pledges it bears ---


def test_the_pledge_in_the_address_is_filled_in_and_led_back_to(curator: Client) -> None:
    page = curator.get(f"{ADD}?pledge={PLEDGE}")
    assert f'value="{PLEDGE}"' in page.content.decode()
    answer = curator.post(f"{ADD}?pledge={PLEDGE}", filled(row(0, PLEDGE, why="The forum.")))
    bears = Attachment.objects.get()
    assert answer.url == f"/admin/commitments/pledge/{bears.pledge_id}/change/"  # type: ignore[attr-defined]
    assert (bears.pledge.code, bears.bearing, bears.why, bears.public_at) == (
        PLEDGE,
        "supports",
        {"en": "The forum."},
        None,
    )
    assert Audit.objects.filter(action="attachment.add").count() == 1


def test_an_unknown_pledge_in_the_address_is_left_aside(curator: Client) -> None:
    for code in ("SPC-99.9", "%F0%9F%98%80", "a" * 5000):
        assert curator.get(f"{ADD}?pledge={code}").status_code == 200


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"event_on": "2025-07-24"}, "before the document's baseline (2025-07-25)"),
        ({"event_on": "2025-07-30", "event_precision": "month"}, "dated 2025-07-01"),
        ({"event_on": "", "published_on": "2025-07-01"}, "dated 2025-07-01"),
        ({"event_on": "", "published_on": ""}, "neither a date"),
    ],
)
@pytest.mark.parametrize("bearing", ["supports", "contradicts"])
def test_what_came_before_the_baseline_or_has_no_date_can_only_be_context(
    curator: Client, dates: dict[str, str], words: str, bearing: str
) -> None:
    answer = curator.post(ADD, filled(row(0, PLEDGE, bearing), **dates))
    assert words in errors(answer)["attachments-0-bearing"][0]
    assert "only be context" in errors(answer)["attachments-0-bearing"][0]
    assert not Evidence.objects.exists()
    assert curator.post(ADD, filled(row(0, PLEDGE, "context"), **dates)).status_code == 302


def test_the_day_of_the_baseline_counts(curator: Client) -> None:
    assert curator.post(ADD, filled(row(0, PLEDGE), event_on="2025-07-25")).status_code == 302


def test_a_wrong_date_is_said_once_and_not_at_the_rows_too(curator: Client) -> None:
    answer = curator.post(ADD, filled(row(0, PLEDGE), event_on="2027-01-01", published_on=""))
    assert list(errors(answer)) == ["event_on"]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (row(0, "SPC-99.9"), "pledge"),
        (row(0, PLEDGE, ""), "bearing"),
        (row(0, PLEDGE, "helps"), "bearing"),
        (row(0, "", "supports"), "pledge"),
    ],
)
def test_a_row_that_cannot_be_is_refused_at_its_field(curator: Client, line: dict[str, str], field: str) -> None:
    answer = curator.post(ADD, filled(line))
    assert list(errors(answer)) == [f"attachments-0-{field}"]


def test_one_pledge_stands_in_one_row(curator: Client) -> None:
    answer = curator.post(ADD, filled(row(0, PLEDGE), row(1, PLEDGE, "context")))
    assert answer.status_code == 200
    assert not Evidence.objects.exists()


def test_somebody_with_a_conflict_of_interest_lays_nothing_beside_the_pledge(desk: Desk) -> None:
    by, pledge = person(), factories.pledge()
    people.declare_conflict(pledge, by=by, reason="My sister works there.", at=AT)
    answer = desk(by).post(ADD, filled(row(0, pledge.code)))
    assert "conflict of interest" in errors(answer)["attachments-0-pledge"][0]
    assert not Attachment.objects.exists()


def stored(item: Evidence, n: int = 0) -> dict[str, str]:
    bears = item.attachments.get()
    return row(n, bears.pledge.code, bears.bearing, id=str(bears.pk), evidence=str(item.pk))


def test_rows_are_changed_and_taken_away_with_a_trace(curator: Client) -> None:
    curator.post(ADD, filled(row(0, PLEDGE)))
    item = Evidence.objects.get()
    changed = stored(item) | {"attachments-0-bearing": "contradicts"}
    assert curator.post(change(item), filled(changed, stored=1)).status_code == 302
    assert item.attachments.get().bearing == "contradicts"
    gone = stored(item) | {"attachments-0-DELETE": "on"}
    assert curator.post(change(item), filled(gone, stored=1)).status_code == 302
    assert not item.attachments.exists()
    acts = Audit.objects.filter(action__startswith="attachment.").order_by("pk").values_list("action", flat=True)
    assert list(acts) == ["attachment.add", "attachment.change", "attachment.remove"]


def test_a_later_date_cannot_leave_a_row_that_could_not_have_been_made(curator: Client) -> None:
    curator.post(ADD, filled(row(0, PLEDGE)))
    item = Evidence.objects.get()
    answer = curator.post(change(item), filled(stored(item), stored=1, event_on="2025-01-15"))
    assert "only be context" in errors(answer)["attachments-0-bearing"][0]
    assert f"{Evidence.objects.get().event_on}" == "2026-01-15"


# --- once readers see it ---


def published_item() -> tuple[Evidence, Attachment]:
    item = evidence(public_at=None, record="primary", side="china", title="As it was")
    waiting = submitted(draft(factories.pledge(), person(), [(item, "supports")]))
    drafts.approve(waiting, by=person("reviewer"), read=fingerprint(waiting), at=AT)
    item.refresh_from_db()
    return item, item.attachments.get()


def test_a_public_item_is_shown_without_fields(curator: Client) -> None:
    item, _ = published_item()
    body = curator.get(change(item)).content.decode()
    assert 'name="publisher"' not in body
    assert "As it was" in body
    assert "U" in body


def test_a_form_that_was_opened_before_the_item_became_public_is_refused_in_words(curator: Client) -> None:
    item, _ = published_item()
    answer = curator.post(change(item), filled(title="Other", fact_en="Other"), follow=True)
    assert "is public: it is not changed any more" in answer.content.decode()
    item.refresh_from_db()
    assert (item.title, item.fact["en"]) == ("As it was", "It happened.")


def test_a_forged_form_changes_nothing_of_a_public_item(curator: Client) -> None:
    item, bears = published_item()
    forged = filled(
        row(0, bears.pledge.code, "contradicts", id=str(bears.pk), evidence=str(item.pk)),
        stored=1,
        publisher=None,
        title="Other",
    )
    curator.post(change(item), forged | {"attachments-0-DELETE": "on"})
    curator.post(change(item), forged)
    assert Attachment.objects.get().bearing == "supports"
    assert Evidence.objects.get().title == "As it was"


def test_a_public_item_can_be_laid_beside_another_pledge_and_readers_do_not_see_it_there(curator: Client) -> None:
    item, _ = published_item()
    other = factories.pledge(n=1)
    only_rows = {name: value for name, value in filled(row(0, other.code)).items() if name.startswith("attachments")}
    assert curator.post(change(item), only_rows).status_code == 302
    assert item.attachments.get(pledge=other).public_at is None
    assert other.code not in curator.get(f"/en/evidence/{item.public_id}/").content.decode()
    assert not Audit.objects.filter(action="evidence.edit").exists()


def test_a_pledge_beside_which_the_item_stands_in_public_takes_no_second_row(curator: Client) -> None:
    item, bears = published_item()
    rows = {k: v for k, v in filled(row(0, bears.pledge.code, "context")).items() if k.startswith("attachments")}
    assert curator.post(change(item), rows).status_code == 200
    assert Attachment.objects.count() == 1


# --- who may ---


def test_a_viewer_reads_and_writes_nothing(desk: Desk) -> None:
    viewer, item = desk(person("viewer")), evidence(public_at=None, title="To be read")
    page = viewer.get(change(item))
    assert "To be read" in page.content.decode()
    assert 'name="publisher"' not in page.content.decode()
    assert viewer.get(ADD).status_code == 403
    assert viewer.post(ADD, filled()).status_code == 403
    assert viewer.post(change(item), filled(title="Other")).status_code == 403
    assert Evidence.objects.get().title == "To be read"


def test_nobody_deletes_an_item(curator: Client) -> None:
    item = evidence(public_at=None)
    assert curator.post(f"/admin/commitments/evidence/{item.pk}/delete/", {"post": "yes"}).status_code == 403
    curator.post(LIST, {"action": "delete_selected", "_selected_action": [item.pk], "post": "yes"})
    assert Evidence.objects.filter(pk=item.pk).exists()


@pytest.mark.parametrize(("state", "action"), [("dead", "link_dead"), ("alive", "link_alive")])
def test_a_link_is_noted_alone_or_with_others_of_public_items_too(curator: Client, state: str, action: str) -> None:
    one, two, filed = evidence(), evidence(public_at=None), evidence(source_url="", file="a.pdf")
    curator.post(f"{LIST}{one.pk}/link/", {"state": state})
    chosen = {"action": action, "_selected_action": [two.pk, filed.pk]}
    said = curator.post(LIST, chosen, follow=True).content.decode()
    assert f"{filed} has no address" in said
    found = Evidence.objects.order_by("pk").values_list("link_state", "link_checked_on")
    assert [(s, f"{day}") for s, day in found] == [(state, "2026-11-22"), (state, "2026-11-22"), ("", "None")]
    assert Audit.objects.filter(action="evidence.link").count() == 2


def test_a_link_is_noted_by_post_by_those_who_may_and_only_as_one_of_two(curator: Client, desk: Desk) -> None:
    item, viewer = evidence(), desk(person("viewer"))
    assert curator.get(f"{LIST}{item.pk}/link/").status_code == 405
    assert curator.post(f"{LIST}{item.pk}/link/", {"state": "unsure"}).status_code == 400
    viewer.post(f"{LIST}{item.pk}/link/", {"state": "dead"})
    viewer.post(LIST, {"action": "link_dead", "_selected_action": [item.pk]})
    assert Evidence.objects.get().link_state == LinkState.UNKNOWN
