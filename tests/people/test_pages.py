"""The pages of the door: nothing inline, labelled, out of search engines, in one language, and pretty in trouble."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from commitments import people
from tests.factories import AT
from tests.sign_in import PASSWORD, give_password, signed_in
from tests.web.test_anonymous import CSP, INLINE

CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9"}
WITHIN = [
    "/account/",
    "/account/logout/",
    "/account/password/",
    "/account/app/remove/",
    "/account/recovery-codes/",
    "/account/recovery-codes/new/",
    "/account/password/again/",
    "/account/code/again/",
]


class Controls(HTMLParser):
    """Which controls a page has, and which of them have a label."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.controls: set[str] = set()
        self.labels: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "label":
            self.labels.add(found["for"] or "")
        elif tag == "input" and found.get("type") != "hidden":
            self.controls.add(found["id"] or "")
            assert "placeholder" not in found


def judge(response: Any) -> str:
    """Judge a page by what all of them owe; return its text."""
    body: str = response.content.decode()
    assert INLINE.findall(body) == []
    assert '<html lang="en">' in body
    assert '<meta name="robots" content="noindex">' in body
    assert len(re.findall(r"<h1", body)) == 1
    assert not re.search(r"[\u4e00-\u9fff]", body)
    found = Controls(body)
    assert found.controls <= found.labels
    directives = [part.split() for part in response["Content-Security-Policy"].split(";") if part.strip()]
    assert {name: values for name, *values in directives} == CSP
    return body


def test_every_page_before_the_sign_in_owes_the_same(client: Client, enrolled: User, curator: User) -> None:
    link = people.renew(User.objects.create_user("new", "new@example.org"), at=AT).partition(":8000")[2]
    for address in ("/account/login/", "/account/inactive/", link, "/account/invitation/MQ/x/"):
        judge(client.get(address, **CHINESE))  # type: ignore[arg-type]
    judge(client.post("/account/login/", {"login": ""}, **CHINESE))  # type: ignore[arg-type]
    judge(give_password(client, enrolled.email, "wrong", **CHINESE))
    give_password(client, enrolled.email)
    judge(client.get("/account/code/", **CHINESE))  # type: ignore[arg-type]


@pytest.mark.parametrize("address", WITHIN)
def test_every_page_of_the_account_owes_the_same(client: Client, enrolled: User, address: str) -> None:
    signed_in(enrolled, client)
    judge(client.get(address, **CHINESE))  # type: ignore[arg-type]


def test_the_pages_of_setting_up_owe_the_same(client: Client, curator: User) -> None:
    give_password(client, curator.email)
    judge(client.get("/account/app/", **CHINESE))  # type: ignore[arg-type]
    judge(client.post("/account/app/", {"code": "1"}, **CHINESE))  # type: ignore[arg-type]


def test_what_a_validator_says_is_in_the_language_of_the_page(client: Client, enrolled: User) -> None:
    signed_in(enrolled, client)
    form = {"oldpassword": PASSWORD, "password1": "short", "password2": "short"}
    assert "too short" in judge(client.post("/account/password/", form, **CHINESE))  # type: ignore[arg-type]


def test_a_mistake_is_tied_to_its_field(client: Client, enrolled: User) -> None:
    give_password(client, enrolled.email)
    body = client.post("/account/code/", {"code": "000000"}).content.decode()
    field = re.search(r'<input[^>]*name="code"[^>]*>', body)
    assert field
    assert 'aria-invalid="true"' in field[0]
    described = re.search(r'aria-describedby="([^"]+)"', field[0])
    assert described
    assert f'id="{described[1]}"' in body


def test_what_shows_secrets_is_not_kept_by_the_browser(client: Client, curator: User) -> None:
    give_password(client, curator.email)
    addresses = ["/account/app/", "/account/invitation/MQ/x/"]
    assert ["no-store" in client.get(address)["Cache-Control"] for address in addresses] == [True, True]
    signed_in(curator, client)
    client.post("/account/recovery-codes/new/")
    shown = client.get("/account/recovery-codes/")
    assert b"Keep these codes" in shown.content
    assert "no-store" in shown["Cache-Control"]


def test_a_form_without_its_cookie_is_refused_in_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "x", "password": "y"})
    assert answer.status_code == 403
    assert "Send it once more" in judge(answer)


def test_too_many_requests_are_refused_in_words(client: Client, db: None) -> None:
    for number in range(31):
        answer = give_password(client, f"{number}@example.org", "wrong")
    assert answer.status_code == 429
    assert "Too fast" in judge(answer)


def test_reading_the_record_meets_nothing_of_this(client: Client, curator: User) -> None:
    """Not even for somebody who is signed in: a page of the record asks for no session."""
    signed_in(curator, client)
    answer = client.get("/en/")
    assert answer.cookies == {}
    assert "cookie" not in answer.headers.get("Vary", "").casefold()
