"""NUL, which PostgreSQL takes in no text: every address and form of the desk refuses it in words, and none crashes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from commitments.models import Audit, Conflict, Evidence, Review, SearchLog
from tests import factories
from tests.desk.sources import filled
from tests.factories import draft, person, submitted, two_good_items
from tests.sign_in import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "kept")]

Desk = Callable[[Any], Client]
ROOMS = "/admin/commitments/"
TITLE = "<h1>A sign that cannot be stored</h1>"

ADDRESSES = [
    "/admin/find/?q=%00",
    f"{ROOMS}statusdraft/add/?pledge=%00",
    f"{ROOMS}replydraft/add/?pledge=%00",
    f"{ROOMS}codingdraft/add/?pledge=%00",
    f"{ROOMS}statusdraft/add/?pledge=FMP-2.11.3&evidence=%00",
    f"{ROOMS}pointdraft/add/?indicator=%00",
    f"{ROOMS}statusdraft/suggest/?q=%00",
    f"{ROOMS}evidence/add/?pledge=%00",
    f"{ROOMS}evidence/duplicates/?url=a%00b",
    f"{ROOMS}evidence/pledges/?q=%00",
    f"{ROOMS}pledge/a%00b/change/",
    f"{ROOMS}pledge/?q=%00",
    f"{ROOMS}draft/?state__exact=%00",
    f"{ROOMS}evidence/?side__exact=%00",
    f"{ROOMS}evidence/?side__exact=lac&o=1&q=a&q=b%00",
    f"{ROOMS}evidence/?%00",
    f"{ROOMS}evidence/?a%00b=c",
    f"{ROOMS}evidence/export/?side__exact=%00",
    f"{ROOMS}searchlog/?q=%00",
    f"{ROOMS}searchlog/add/?pledge=%00",
    f"{ROOMS}audit/?q=%00",
    "/account/?next=%00",
    "/account/invitation/%00/x/",
]


def refused(answer: Any, where: str) -> None:
    assert answer.status_code == 400
    page = answer.content.decode()
    assert TITLE in page
    assert f"{where} holds a NUL" in page
    assert "Nothing was changed." in page
    assert "\0" not in page


def sends(client: Client, address: str, field: str, **fields: Any) -> None:
    """Send a form in both of the ways in which browsers send one; neither changes anything."""
    before = Audit.objects.count()
    refused(client.post(address, fields), f"What was sent in the field “{field}”")
    coded = "&".join(f"{name}={value}".replace("\0", "%00") for name, value in fields.items())
    answer = client.post(address, coded, content_type="application/x-www-form-urlencoded")
    refused(answer, f"What was sent in the field “{field}”")
    assert Audit.objects.count() == before


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_with_a_nul_is_refused_in_words(desk: Desk, address: str) -> None:
    refused(desk(person()).get(address), "The address of this page")


@pytest.mark.parametrize("address", ["/admin/find/?q=%00", "/account/login/?next=%00", "/admin/%00/", "/admin/?%00"])
def test_nobody_in_particular_gets_the_same_answer(address: str) -> None:
    refused(Client().get(address), "The address of this page")


@pytest.mark.parametrize(
    "address",
    [f"{ROOMS}pledge/a_00b/change/", f"{ROOMS}evidence/a_00b/change/", f"{ROOMS}draft/?_changelist_filters=q%3D%2500"],
)
def test_a_nul_that_is_written_in_another_way_crashes_nothing(desk: Desk, address: str) -> None:
    assert desk(person()).get(address, follow=True).status_code in (200, 404)


def test_the_pages_of_readers_name_the_field_themselves(client: Client) -> None:
    page = client.get("/es/pledges/?q=%00")
    assert page.status_code == 400
    assert TITLE not in page.content.decode()


def test_a_cookie_with_a_nul_names_nobody_and_is_refused(client: Client) -> None:
    client.cookies["session"] = "abcdefghij\0"
    refused(client.get("/admin/"), "A cookie of this site, which you can delete in your browser,")
    refused(
        client.post("/account/login/", {"login": "a"}), "A cookie of this site, which you can delete in your browser,"
    )


# --- forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("field", "words"), [("reason", "A friend.\0"), ("csrfmiddlewaretoken", "\0"), ("x", "\0")])
def test_a_conflict_declared_with_a_nul_is_not_declared(desk: Desk, field: str, words: str) -> None:
    pledge = factories.pledge()
    sends(desk(person()), f"{ROOMS}pledge/{pledge.pk}/conflict/", field, **{field: words})
    assert not Conflict.objects.exists()


def test_a_nul_in_the_name_of_a_field_is_refused(desk: Desk) -> None:
    pledge = factories.pledge()
    sends(desk(person()), f"{ROOMS}pledge/{pledge.pk}/conflict/", "reason", reason="Mine.", **{"rea\0son": "x"})


def test_a_review_with_a_nul_is_not_kept(desk: Desk) -> None:
    waiting = submitted(draft(factories.pledge(), person(), two_good_items()))
    address = f"{ROOMS}draft/{waiting.pk}/review/"
    sends(desk(person("reviewer")), address, "comment", comment="Mind\0the date.", **{"return": "1"})
    sends(desk(person("reviewer")), address, "read", read="\0", approve="1")
    assert not Review.objects.exists()


def test_a_search_and_a_proposal_with_a_nul_are_not_kept(desk: Desk) -> None:
    curator, pledge = desk(person()), factories.pledge()
    sends(curator, f"{ROOMS}searchlog/add/", "places", pledge=pledge.code, places="a\0b")
    sends(curator, f"{ROOMS}statusdraft/add/?pledge={pledge.code}", "summary_zh-hans", **{"summary_zh-hans": "扶\0贫"})
    sends(curator, f"{ROOMS}draft/", "_selected_action", action="submit", _selected_action="\0")
    assert not SearchLog.objects.exists()


def test_a_sign_in_with_a_nul_is_refused_and_no_failure_of_somebody(db: None) -> None:
    sends(Client(), "/account/login/", "login", login="a\0b", password=PASSWORD)
    sends(Client(), "/account/login/", "password", login="somebody", password="\0")


def test_a_form_of_strangers_is_refused_as_such_before_it_is_read(desk: Desk) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(f"{ROOMS}pledge/1/conflict/", {"reason": "\0"})
    assert answer.status_code == 403
    assert "Send it once more" in answer.content.decode()


def test_a_file_may_hold_any_byte(desk: Desk) -> None:
    curator, bytes_ = desk(person()), b"%PDF-1.4\n\0\0\0 no PDF to the end"
    upload = SimpleUploadedFile("a.pdf", bytes_, content_type="application/pdf")
    answer = curator.post(f"{ROOMS}evidence/add/", filled(source_url="", file=upload))
    assert answer.status_code in (200, 302)
    assert TITLE not in answer.content.decode()
    refused(
        curator.post(f"{ROOMS}evidence/add/", filled(title="\0", file=SimpleUploadedFile("a.pdf", bytes_))),
        "What was sent in the field “title”",
    )
    assert not Evidence.objects.filter(title="").exclude(entered_by=None).filter(file="").exists()


@pytest.mark.parametrize(
    ("limit", "value", "size"), [("DATA_UPLOAD_MAX_MEMORY_SIZE", 100, 200), ("DATA_UPLOAD_MAX_NUMBER_FIELDS", 1, 1)]
)
def test_the_limits_of_what_may_be_sent_hold(desk: Desk, settings: Any, limit: str, value: int, size: int) -> None:
    setattr(settings, limit, value)
    settings.DEBUG = False
    client = desk(person())
    client.raise_request_exception = False
    assert client.post(f"{ROOMS}pledge/1/conflict/", {"reason": "a" * size, "b": "c"}).status_code == 400
