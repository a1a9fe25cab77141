"""Proposing a status update: from a page about the pledge to a draft in review, with nothing typed lost on the way."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from commitments.editorial import drafts, people
from commitments.editorial.fingerprint import fingerprint
from commitments.models import Attachment, Draft, DraftState, Pledge, StatusDraft, UpdateKind
from tests import factories
from tests.factories import AT, LATER, draft, evidence, person, published, submitted, two_good_items, update, words
from tests.sign_in import PASSWORD, code, give_code, give_password, with_second_factor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

Desk = Callable[[Any], Client]
ADD = "/admin/commitments/statusdraft/add/"
HARM = "<script>alert('x')</script>"


def form_of(content: StatusDraft) -> str:
    return f"/admin/commitments/statusdraft/{content.pk}/change/"


def typed(**fields: Any) -> dict[str, Any]:
    """Return what a form sends; `cites` are items with their bearings."""
    cites = fields.pop("cites", ())
    values = {"status": "in_progress", "effective_on": "2026-01-15", "summary_en": "So.", "reasoning_en": "Because."}
    values |= {f"citations-{item}": bearing for item, bearing in cites} | {"citations": [i for i, _ in cites]}
    return values | fields


def shown(answer: Any) -> str:
    assert answer.status_code == 200, answer
    return str(answer.content.decode())


def only_draft() -> StatusDraft:
    return StatusDraft.objects.get()


# --- the form -------------------------------------------------------------------------------


def test_text_test_and_standing_stand_beside_the_form(desk: Desk) -> None:
    pledge = Pledge.objects.get(code="FMP-2.11.3")
    standing = published(update(pledge, "announced"), [(evidence(), "supports")])
    text = shown(desk(person()).get(ADD, {"pledge": "FMP-2.11.3"}))
    for part in (
        '<mark data-codes="FMP-2.11.3">',
        'lang="zh-Hans"',
        standing.public_id,
        "or an agreement to host one",
    ):
        assert part in text


def test_every_status_is_offered_with_its_meaning_and_its_needs(desk: Desk) -> None:
    text = shown(desk(person()).get(ADD, {"pledge": factories.pledge().code}))
    assert text.count('type="radio"') == 11
    for part in (
        "Every part of its test was seen.",
        "and grade A or B.",
        "Needs a logged search.",
        'href="#m-delivered"',
    ):
        assert part in text


def test_a_declaratory_pledge_can_only_be_not_assessable(desk: Desk) -> None:
    pledge, client = factories.pledge("declaratory"), desk(person())
    assert shown(client.get(ADD, {"pledge": pledge.code})).count('type="radio"') == 1
    answer = client.post(f"{ADD}?pledge={pledge.code}", typed(status="delivered"))
    assert "A declaratory pledge can only be not assessable." in shown(answer)
    assert not Draft.objects.exists()


def test_what_bears_on_the_pledge_is_offered_with_its_bearing(desk: Desk) -> None:
    pledge = factories.pledge()
    new, old = evidence(), evidence(event_on=date(2019, 5, 1))
    for item in (new, old):
        Attachment.objects.create(evidence=item, pledge=pledge, bearing="supports", why=words("Touches the test."))
    text = shown(desk(person()).get(ADD, {"pledge": pledge.code}))
    chosen = {
        item: text.split(f'name="citations-{item}"')[1].split(" selected")[0].rpartition('value="')[2]
        for item in (new, old)
    }
    assert chosen == {new: 'supports"', old: 'context"'}
    assert "Touches the test." in text


def test_an_unknown_pledge_leads_back_with_a_word(desk: Desk) -> None:
    assert "There is no pledge" in shown(desk(person()).get(ADD, {"pledge": "NO-1.1"}, follow=True))
    assert "There is no pledge" in shown(desk(person()).get(ADD, follow=True))


# --- saving ---------------------------------------------------------------------------------


def test_a_saved_draft_says_its_grade_and_what_it_lacks(desk: Desk) -> None:
    pledge, client = factories.pledge(), desk(person())
    item = evidence(side="china", publisher="A ministry")
    answer = client.post(
        f"{ADD}?pledge={pledge.code}", typed(status="delivered", cites=[(item, "supports")]), follow=True
    )
    assert answer.redirect_chain[-1][0] == form_of(only_draft())
    text = shown(answer)
    assert "Grade C" in text
    assert f"one side only: {item} (A ministry, China&#x27;s side, report)." in text
    assert "needs evidence grade A or B, and this gives C" in text
    assert list(only_draft().citations.values_list("evidence", "bearing")) == [(item.pk, "supports")]


def test_a_complete_draft_is_saved_and_submitted_by_one_button(desk: Desk) -> None:
    pledge, curator = factories.pledge(), person()
    cites = two_good_items()
    answer = desk(curator).post(f"{ADD}?pledge={pledge.code}", typed(cites=cites, _submit="1"), follow=True)
    waiting = Draft.objects.get()
    assert answer.redirect_chain[-1][0] == f"/admin/commitments/draft/{waiting.pk}/review/"
    assert (waiting.state, waiting.author, waiting.pledge) == (DraftState.IN_REVIEW, curator, pledge)


def test_an_incomplete_draft_is_saved_and_not_submitted(desk: Desk) -> None:
    answer = desk(person()).post(f"{ADD}?pledge={factories.pledge().code}", typed(_submit="1"), follow=True)
    assert "needs at least one item of evidence" in shown(answer)
    assert Draft.objects.get().state == DraftState.DRAFT


def test_an_item_from_elsewhere_is_cited_by_its_number(desk: Desk) -> None:
    item = evidence()
    more = {"citations-more-0": f"{item.public_id.lower()} · 2026", "citations-more-0-bearing": "contradicts"}
    desk(person()).post(f"{ADD}?pledge={factories.pledge().code}", typed(**more))
    assert list(only_draft().citations.values_list("evidence", "bearing")) == [(item.pk, "contradicts")]


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(desk: Desk) -> None:
    more = {"citations-more-0": "E99999999", "citations-more-0-bearing": "supports", "effective_on": "soon"}
    more |= {"summary_zh-hans": "已经开始。", "to_reviewer": "Look twice."}
    text = shown(desk(person()).post(f"{ADD}?pledge={factories.pledge().code}", typed(**more)))
    for part in (
        "There is no item of evidence E99999999",
        'value="E99999999"',
        "已经开始。",
        "Look twice.",
        "Enter a valid date",
    ):
        assert part in text
    assert 'aria-describedby="id_citations_error"' in text
    assert "<details open>" in text  # the Chinese words are in sight
    assert not Draft.objects.exists()


def test_words_stay_words_wherever_they_are_shown(desk: Desk) -> None:
    pledge, curator = factories.pledge(), person()
    client = desk(curator)
    fields = typed(summary_en=HARM, reasoning_en=HARM, to_reviewer=HARM, cites=two_good_items(), _submit="1")
    client.post(f"{ADD}?pledge={pledge.code}", fields)
    content = only_draft()
    pages = [form_of(content), *(f"/admin/commitments/draft/{content.pk}/{name}/" for name in ("review", "preview"))]
    for address in [*pages, f"/admin/commitments/pledge/{pledge.pk}/change/"]:
        text = shown(client.get(address))
        assert HARM not in text
        assert "<script>alert" not in text


def test_evidence_is_suggested_while_typing(desk: Desk) -> None:
    item = evidence(publisher="Diario del Puerto", fact={"en": "A pier was opened."})
    address = "/admin/commitments/statusdraft/suggest/"
    found = desk(person()).get(address, {"q": "puerto pier"}).json()["items"]
    assert [one["value"] for one in found] == [item.public_id]
    assert "Diario del Puerto" in found[0]["label"]
    assert desk(person()).get(address).json() == {"items": []}


# --- confirming, correcting, withdrawing ----------------------------------------------------


def test_confirming_a_provisional_update_begins_with_what_it_says(desk: Desk) -> None:
    pledge, client = factories.pledge(), desk(person())
    cites = two_good_items()
    first = published(update(pledge, "in_progress", summary=words("First assessed so.")), cites)
    text = shown(client.get(ADD, {"confirm": first.public_id}))
    assert "First assessed so." in text
    assert text.count(" checked") == 3  # two items and the status
    client.post(f"{ADD}?confirm={first.public_id}", typed(cites=cites))
    assert (only_draft().kind, only_draft().corrects, only_draft().pledge) == (UpdateKind.STATUS, None, pledge)


def test_correcting_names_the_update_and_asks_what_was_wrong(desk: Desk) -> None:
    pledge, client = factories.pledge(), desk(person())
    first = published(update(pledge, "in_progress"), two_good_items())
    assert "Correct U" in shown(client.get(ADD, {"correct": first.public_id}))
    client.post(f"{ADD}?correct={first.public_id}", typed(status="announced"))
    assert (only_draft().kind, only_draft().corrects, only_draft().status) == ("correction", first, "announced")


def test_withdrawing_asks_only_why(desk: Desk) -> None:
    client = desk(person())
    first = published(update(factories.pledge(), "in_progress"), two_good_items())
    text = shown(client.get(ADD, {"withdraw": first.public_id}))
    assert 'type="radio"' not in text
    client.post(f"{ADD}?withdraw={first.public_id}", typed(status="delivered", _submit="1"))
    content = only_draft()
    assert (content.kind, content.corrects, content.status, content.state) == (
        "withdrawal",
        first,
        "in_progress",
        "in_review",
    )


def test_an_update_of_another_pledge_is_not_corrected_here(desk: Desk) -> None:
    first = published(update(factories.pledge(), "in_progress"), two_good_items())
    other = factories.pledge(n=1)
    for send in ("get", "post"):
        address = f"{ADD}?pledge={other.code}&correct={first.public_id}"
        answer = getattr(desk(person()), send)(address, **({"data": typed()} if send == "post" else {}), follow=True)
        assert f"is about {first.pledge}, not about {other}" in shown(answer)
    assert not Draft.objects.exists()


@pytest.mark.parametrize("asked", ["correct", "withdraw", "confirm"])
def test_what_is_undone_or_not_there_is_not_begun_from(desk: Desk, asked: str) -> None:
    pledge = factories.pledge()
    first = published(update(pledge, "in_progress"), two_good_items())
    gone = published(update(pledge, "in_progress", kind="withdrawal", corrects=first, **factories.people()))
    for number, why in (
        (first, "corrected or withdrawn already"),
        (gone, "is a withdrawal itself"),
        ("U999999", "no update"),
    ):
        assert why in shown(desk(person()).get(ADD, {asked: str(number)}, follow=True))


def test_what_two_people_stand_for_is_not_confirmed_again(desk: Desk) -> None:
    final = published(update(factories.pledge(), "in_progress", **factories.people()), two_good_items())
    assert "is not provisional" in shown(desk(person()).get(ADD, {"confirm": str(final)}, follow=True))


def test_what_was_typed_stays_where_somebody_corrected_the_update_meanwhile(desk: Desk) -> None:
    place = factories.pledge()
    first = published(update(place, "in_progress"), two_good_items())
    address = f"{ADD}?pledge={place.code}&correct={first.public_id}"
    client = desk(person())
    client.get(address)
    published(update(place, "in_progress", kind="correction", corrects=first, **factories.people()), two_good_items())
    answer = client.post(address, typed(summary_en="My words.", _submit="1", cites=two_good_items()), follow=True)
    assert f"Corrects: {first} is corrected or withdrawn already" in shown(answer)
    assert only_draft().summary == {"en": "My words."}
    assert only_draft().state == "draft"


# --- two windows ----------------------------------------------------------------------------


def test_a_second_window_loses_nothing_and_sees_what_the_first_saved(desk: Desk) -> None:
    curator = person()
    client, content = desk(curator), draft(factories.pledge(), curator, two_good_items())
    cites = two_good_items()
    client.post(form_of(content), typed(summary_en="The first window's words.", revision="1", cites=cites))
    text = shown(client.post(form_of(content), typed(summary_en="The second window's words.", revision="1")))
    assert "The draft was changed meanwhile" in text
    assert "The second window&#x27;s words.</textarea>" in text
    assert "What the other version says" in text
    assert "first" in text.split("What the other version says")[1].split("</table>")[0]
    assert only_draft().summary == {"en": "The first window's words."}
    assert str(cites[0][0]) in text.split("What the other version says")[1].split("</table>")[0]
    assert 'name="revision" value="2"' in text
    client.post(form_of(content), typed(summary_en="The second window's words.", revision="2"))
    assert only_draft().summary == {"en": "The second window's words."}


def test_saving_a_draft_in_review_takes_it_out_of_review(desk: Desk) -> None:
    curator = person()
    content = draft(factories.pledge(), curator, two_good_items())
    submitted(content)
    client = desk(curator)
    assert "Saving takes it back" in shown(client.get(form_of(content)))
    client.post(form_of(content), typed(revision="1"))
    assert Draft.objects.get().state == DraftState.DRAFT


# --- who may --------------------------------------------------------------------------------


def test_somebody_elses_draft_is_read_and_not_edited(desk: Desk) -> None:
    content, other = draft(factories.pledge(), person()), desk(person("reviewer"))
    assert other.get(form_of(content)).headers["Location"].endswith(f"/draft/{content.pk}/review/")
    assert other.post(form_of(content), typed(summary_en="Mine now.", revision="1")).status_code == 403
    assert only_draft().summary == words("So.")


def test_a_published_draft_is_not_edited_by_its_address(desk: Desk) -> None:
    curator = person()
    content = draft(factories.pledge(), curator, two_good_items())
    waiting = submitted(content)
    drafts.approve(waiting, by=person("reviewer"), read=fingerprint(waiting), at=AT)
    client = desk(curator)
    assert client.get(form_of(content)).status_code == 302
    answer = client.post(form_of(content), typed(summary_en="Rewritten.", revision="1"))
    assert "there is no way to edit" in shown(answer)
    assert only_draft().summary == words("So.")


def test_a_viewer_proposes_nothing(desk: Desk) -> None:
    client, pledge = desk(person("viewer")), factories.pledge()
    assert client.get(ADD, {"pledge": pledge.code}).status_code == 403
    assert client.post(f"{ADD}?pledge={pledge.code}", typed()).status_code == 403
    assert not Draft.objects.exists()


def test_somebody_with_a_conflict_proposes_nothing_and_keeps_their_words(desk: Desk) -> None:
    curator, pledge = person(), factories.pledge()
    people.declare_conflict(pledge, by=curator, reason="x", at=AT)
    client = desk(curator)
    assert client.get(ADD, {"pledge": pledge.code}).status_code == 302
    text = shown(client.post(f"{ADD}?pledge={pledge.code}", typed(summary_en="Long words.")))
    assert "You declared a conflict of interest" in text
    assert "Long words." in text
    assert not Draft.objects.exists()


# --- the whole way --------------------------------------------------------------------------


def test_from_the_sign_in_to_a_submitted_proposal_in_six_pages() -> None:
    curator = with_second_factor(person("curator", "ana"))
    curator.set_password(PASSWORD)
    curator.save()
    client, cites, loads = Client(), two_good_items(), []

    def load(answer: Any) -> Any:
        while answer.status_code == 302:
            answer = client.get(answer.headers["Location"])
        loads.append(answer.request["PATH_INFO"])
        return answer

    load(client.get("/admin/"))
    load(give_password(client, "ana"))
    load(give_code(client, code()))
    workplace = load(client.get("/admin/find/", {"q": "FMP-2.11.3"}))
    assert f'{ADD}?pledge=FMP-2.11.3"' in workplace.content.decode()
    load(client.get(f"{ADD}?pledge=FMP-2.11.3"))
    load(client.post(f"{ADD}?pledge=FMP-2.11.3", typed(cites=cites, _submit="1")))
    assert loads[-1].endswith("/review/")
    assert len(loads) <= 6
    assert Draft.objects.get().state == DraftState.IN_REVIEW


def test_who_proposes_what_something_later_overtakes_is_told_so(desk: Desk) -> None:
    place, by = factories.pledge(), person()
    later = published(update(place, "in_progress", effective_on=LATER, **factories.people()), two_good_items())
    content = draft(place, by, two_good_items(), effective_on=LATER - timedelta(days=30))
    submitted(content)
    words = f"{later} is effective since {LATER:%Y-%m-%d}, which is later than this: it stays what stands"
    assert words in shown(desk(by).get(form_of(content)))
    assert words in shown(desk(person("reviewer")).get(f"/admin/commitments/draft/{content.pk}/review/"))
