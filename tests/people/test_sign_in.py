"""Signing in and out, and how long it lasts."""

import re
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import person
from tests.sign_in import PASSWORD, code, give_code, give_password, is_in, signed_in

HOUR = 60 * 60


def words(response: Any) -> str:
    """The text of a page without the parts that are new each time."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", response.content.decode())


@pytest.mark.parametrize("spelling", [str, str.upper, lambda text: f"  {text} "], ids=["as is", "upper", "blanks"])
def test_password_and_code_open_the_desk(client: Client, enrolled: User, spelling: Any) -> None:
    asked = give_password(client, spelling(enrolled.email))
    assert asked["Location"] == "/account/code/"
    assert not is_in(client)
    assert give_code(client, code())["Location"] == "/admin/"
    assert is_in(client)


def test_the_user_name_that_make_admin_asks_for_will_do_as_well(client: Client, enrolled: User) -> None:
    User.objects.filter(pk=enrolled.pk).update(username="Ada", email="")
    give_password(client, "ada")
    give_code(client, code())
    assert is_in(client)


def test_an_unknown_address_gets_the_same_answer_as_a_wrong_password(client: Client, curator: User) -> None:
    known = give_password(client, curator.email, "wrong")
    unknown = give_password(client, "nobody@example.org", "wrong")
    assert (known.status_code, unknown.status_code) == (200, 200)
    assert words(known).replace(curator.email, "X") == words(unknown).replace("nobody@example.org", "X")


@pytest.mark.parametrize("known", [True, False])
def test_one_password_is_hashed_for_every_attempt(
    client: Client, curator: User, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More for a known name than for an unknown one, and the time would tell which exist."""
    hashed: list[str] = []
    for method in ("encode", "verify"):
        real = getattr(Argon2PasswordHasher, method)

        def counted(self: Any, *args: Any, real: Any = real) -> Any:
            hashed.append("")
            return real(self, *args)

        monkeypatch.setattr(Argon2PasswordHasher, method, counted)
    give_password(client, curator.email if known else "nobody@example.org", "wrong")
    assert len(hashed) == 1


def test_an_address_of_two_accounts_opens_neither(client: Client, enrolled: User) -> None:
    other = person("viewer")
    User.objects.filter(pk=other.pk).update(email=enrolled.email.upper(), username="other")
    User.objects.filter(pk=enrolled.pk).update(username="one")
    assert give_password(client, enrolled.email).status_code == 200
    assert give_password(client, "one")["Location"] == "/account/code/"


def test_the_session_gets_a_new_key_at_sign_in(client: Client, enrolled: User) -> None:
    give_password(client, enrolled.email)
    before = client.cookies["session"].value
    give_code(client, code())
    assert client.cookies["session"].value != before
    thief = Client()
    thief.cookies["session"] = before
    assert not is_in(thief)


@pytest.mark.parametrize(
    "bad",
    [
        "https://evil.example/",
        "//evil.example/admin/",
        "http:evil.example",
        "javascript:alert(1)",
        r"\\evil.example",
        "/\\evil.example",
        "https://testserver@evil.example",
    ],
)
def test_after_signing_in_nobody_is_led_to_another_site(client: Client, enrolled: User, bad: str) -> None:
    give_password(client, enrolled.email, fields={"next": bad})
    assert give_code(client, code())["Location"] == "/admin/"
    assert client.get("/account/login/", {"next": bad})["Location"] == "/admin/"
    assert client.get("/admin/login/", {"next": bad})["Location"] == "/admin/"


def test_whoever_wanted_a_page_of_the_desk_gets_it_after_signing_in(client: Client, enrolled: User) -> None:
    wanted = "/admin/commitments/pledge/?q=polar"
    asked = client.get(wanted, follow=True)
    assert asked.redirect_chain[-1][0].startswith("/account/login/?next=")
    fields = {"next": asked.context["redirect_field_value"]}
    give_password(client, enrolled.email, fields=fields)
    assert give_code(client, code())["Location"] == wanted


def test_djangos_own_sign_in_is_gone(client: Client, enrolled: User, curator: User) -> None:
    """It knows no second factor."""
    answer = client.post("/admin/login/", {"username": enrolled.username, "password": PASSWORD})
    assert answer["Location"].startswith("/account/login/")
    assert "_auth_user_id" not in client.session
    signed_in(enrolled, client)
    assert client.get("/admin/password_change/")["Location"] == "/account/password/"


@pytest.mark.parametrize(
    "address", ["signup/", "email/", "password/reset/", "password/set/", "social/", "login/code/", "3rdparty/", "x/"]
)
def test_what_the_desk_does_not_need_is_not_there(client: Client, address: str) -> None:
    assert client.get(f"/account/{address}").status_code == 404
    assert client.post(f"/account/{address}", {"email": "me@example.org"}).status_code == 404


def test_looking_at_the_page_signs_nobody_out(client: Client, curator: User) -> None:
    signed_in(curator, client)
    assert b"Sign out?" in client.get("/account/logout/").content
    assert is_in(client)
    assert client.post("/account/logout/")["Location"] == "/account/login/"
    assert not is_in(client)
    assert Session.objects.count() == 0 or "_auth_user_id" not in client.session


def test_an_account_that_is_not_of_the_desk_is_told_so(client: Client, db: None) -> None:
    outsider = User.objects.create_user("outsider", "outsider@example.org", PASSWORD)
    signed_in(outsider, client)
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 403
    assert b"Not for this account" in answer.content


def test_a_deactivated_account_ends_its_running_session(client: Client, curator: User) -> None:
    signed_in(curator, client)
    assert is_in(client)
    User.objects.filter(pk=curator.pk).update(is_active=False)
    assert not is_in(client)
    assert client.get("/account/")["Location"].startswith("/account/login/")


def test_a_deactivated_account_is_told_so_only_with_its_password(client: Client, curator: User) -> None:
    User.objects.filter(pk=curator.pk).update(is_active=False)
    assert give_password(client, curator.email, "wrong").status_code == 200
    assert give_password(client, curator.email)["Location"] == "/account/inactive/"
    assert b"is deactivated" in client.get("/account/inactive/").content


def test_an_hour_without_a_request_ends_the_session(client: Client, curator: User, clock: Any) -> None:
    signed_in(curator, client)
    assert is_in(client)
    clock.shift(HOUR - 60)
    assert is_in(client)
    clock.shift(HOUR + 1)
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/account/login/")
    assert b"You were signed out" in answer.content


def test_eight_hours_after_signing_in_it_ends_however_busy_one_was(client: Client, curator: User, clock: Any) -> None:
    signed_in(curator, client)
    for _ in range(16):
        assert is_in(client)
        clock.shift(HOUR // 2)
    assert is_in(client)
    clock.shift(60)
    assert not is_in(client)


def test_a_session_is_written_once_a_minute_at_most(client: Client, curator: User, clock: Any) -> None:
    signed_in(curator, client)
    is_in(client)

    def writes() -> int:
        with CaptureQueriesContext(connection) as asked:
            is_in(client)
        return sum("django_session" in q["sql"] and not q["sql"].startswith("SELECT") for q in asked.captured_queries)

    assert writes() == 0
    clock.shift(61)
    assert writes() == 1
    assert writes() == 0


def test_changing_the_password_ends_the_other_sessions(client: Client, enrolled: User, elsewhere: Client) -> None:
    signed_in(enrolled, client)
    signed_in(enrolled, elsewhere)
    new = "a-quite-different-one"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/account/password/", form)["Location"] == "/account/"
    assert is_in(client)
    assert not is_in(elsewhere)
    enrolled.refresh_from_db()
    assert enrolled.check_password(new)


@pytest.mark.parametrize("weak", ["short1!", "password", "12345678", "{name}"])
def test_a_weak_password_is_refused(client: Client, enrolled: User, weak: str) -> None:
    signed_in(enrolled, client)
    weak = weak.format(name=enrolled.username)
    answer = client.post("/account/password/", {"oldpassword": PASSWORD, "password1": weak, "password2": weak})
    assert answer.status_code == 200
    assert b"errorlist" in answer.content
