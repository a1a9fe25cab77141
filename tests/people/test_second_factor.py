"""The second factor: asked of everybody everywhere, each code once, its secret unreadable in the database."""

import json
from datetime import datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client
from django.urls import clear_script_prefix, set_script_prefix

from commitments import people
from tests.sign_in import PASSWORD, SECRET, code, give_code, give_password, is_in, signed_in, with_second_factor

ROOMS = [
    "/admin/commitments/pledge/",
    "/admin/auth/group/1/",
    "/admin/nonsense/",
    "/admin/jsi18n/",
    "/account/",
    "/account/password/",
]
SETUP, CODE_AGAIN, CODES = "/account/app/", "/account/code/again/", "/account/recovery-codes/"


def unlocked(client: Client, user: User) -> Client:
    """A client that has given the password only."""
    give_password(client, user.email)
    return client


def set_up(client: Client) -> Any:
    """Read the secret off the page, as an app does, and send its code."""
    page = client.get(SETUP)
    return client.post(SETUP, {"code": code(page.context["form"].secret)})


@pytest.mark.parametrize("room", ROOMS)
def test_without_an_app_every_room_leads_to_setting_one_up(client: Client, curator: User, room: str) -> None:
    unlocked(client, curator)
    assert client.get(room)["Location"].partition("?")[0] == SETUP
    assert client.post(room, {})["Location"] == SETUP


def test_the_page_says_why_and_shows_a_picture_and_a_key(client: Client, curator: User) -> None:
    page = unlocked(client, curator).get(SETUP)
    body = page.content.decode()
    assert "because a password can be guessed or stolen" in body
    assert 'src="data:image/svg+xml;base64,' in body
    assert page.context["form"].secret.startswith(page.context["groups"][0])
    assert client.get(SETUP).context["form"].secret == page.context["form"].secret  # loading it again is harmless


def test_setting_it_up_leads_through_the_recovery_codes_into_the_desk(client: Client, curator: User) -> None:
    unlocked(client, curator)
    assert set_up(client)["Location"] == CODES
    assert client.get("/admin/")["Location"].partition("?")[0] == CODES
    shown = client.get(CODES).context["codes"]
    assert len(set(shown)) == 10
    assert client.get(CODES).context["codes"] == shown  # looking changes nothing
    assert client.post(CODES, {}).status_code == 400
    assert client.post(CODES, {"kept": "on"})["Location"] == "/admin/"
    assert is_in(client)
    again = client.get(CODES)
    assert again.context["codes"] == []
    assert shown[0] not in again.content.decode()


def test_a_wrong_first_code_sets_nothing_up(client: Client, curator: User) -> None:
    unlocked(client, curator).get(SETUP)
    assert b"does not fit" in client.post(SETUP, {"code": "000000"}).content
    assert not Authenticator.objects.filter(user=curator).exists()


def test_a_second_click_on_set_up_removes_nothing(client: Client, curator: User) -> None:
    unlocked(client, curator)
    set_up(client)
    assert client.post(SETUP, {"code": "123456"})["Location"].partition("?")[0] == CODES
    client.post(CODES, {"kept": "on"})
    assert client.post(SETUP, {"code": "123456"})["Location"] == "/account/"
    assert Authenticator.objects.filter(user=curator, type="totp").exists()


@pytest.mark.parametrize("room", ROOMS)
def test_the_password_alone_opens_no_room(client: Client, enrolled: User, room: str) -> None:
    assert unlocked(client, enrolled).get(room, follow=True).redirect_chain[-1][0].startswith("/account/code/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("room", ROOMS)
def test_a_session_from_before_the_app_must_give_a_code(client: Client, curator: User, room: str) -> None:
    """Whoever stole the password and signed in before the owner set the app up must not stay, nor remove it."""
    unlocked(client, curator)
    with_second_factor(curator)
    assert client.get(room)["Location"].partition("?")[0] == CODE_AGAIN
    assert client.get("/account/app/remove/")["Location"].partition("?")[0] == CODE_AGAIN
    client.post(CODE_AGAIN, {"code": code()})
    assert client.get(room).status_code != 302


def test_a_code_works_once(client: Client, enrolled: User, elsewhere: Client) -> None:
    seen = code()
    unlocked(client, enrolled)
    assert give_code(client, seen)["Location"] == "/admin/"
    unlocked(elsewhere, enrolled)
    assert b"used already" in give_code(elsewhere, seen).content
    assert not is_in(elsewhere)


def test_a_code_is_refused_as_long_as_it_would_fit(
    client: Client, enrolled: User, elsewhere: Client, clock: Any
) -> None:
    """allauth would forget it after half a minute, while a clock may be off by as much."""
    seen = code(steps=1)
    unlocked(client, enrolled)
    give_code(client, seen)
    clock.shift(59)
    unlocked(elsewhere, enrolled)
    assert give_code(elsewhere, seen).status_code == 200
    assert not is_in(elsewhere)
    clock.shift(30)
    assert give_code(elsewhere, code())["Location"] == "/admin/"


def test_an_older_code_does_not_work_after_a_newer_one(client: Client, enrolled: User, elsewhere: Client) -> None:
    unlocked(client, enrolled)
    give_code(client, code())
    unlocked(elsewhere, enrolled)
    assert give_code(elsewhere, code(steps=-1)).status_code == 200


def test_the_code_that_set_the_app_up_is_used_up(client: Client, curator: User, elsewhere: Client, clock: Any) -> None:
    unlocked(client, curator)
    secret = client.get(SETUP).context["form"].secret
    set_up(client)
    unlocked(elsewhere, curator)
    assert give_code(elsewhere, code(secret)).status_code == 200
    clock.shift(30)
    assert give_code(elsewhere, code(secret)).status_code == 302


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_half_a_minute(client: Client, enrolled: User, steps: int, fits: bool) -> None:
    unlocked(client, enrolled)
    assert (give_code(client, code(steps=steps)).status_code == 302) is fits


def test_a_recovery_code_works_once_and_says_how_many_are_left(
    client: Client, enrolled: User, elsewhere: Client
) -> None:
    spare = Authenticator.objects.get(user=enrolled, type="recovery_codes").wrap().get_unused_codes()[3]
    unlocked(client, enrolled)
    give_code(client, f"{spare[:4]} {spare[4:]}")
    assert b"9 are left" in client.get("/account/").content
    unlocked(elsewhere, enrolled)
    assert give_code(elsewhere, spare).status_code == 200
    assert not is_in(elsewhere)


def test_moving_to_another_app_shuts_the_desk_until_it_is_set_up(client: Client, enrolled: User) -> None:
    signed_in(enrolled, client)
    assert client.get("/account/app/remove/").status_code == 200
    assert is_in(client)
    client.post("/account/app/remove/")
    assert not Authenticator.objects.filter(user=enrolled).exists()
    assert client.get("/admin/")["Location"].partition("?")[0] == SETUP


def test_sensitive_changes_ask_again_after_a_quarter_of_an_hour(client: Client, enrolled: User, clock: Any) -> None:
    signed_in(enrolled, client)
    clock.shift(15 * 60 + 1)
    for address in ("/account/app/remove/", "/account/recovery-codes/new/"):
        assert client.post(address)["Location"].startswith(f"{CODE_AGAIN}?next=")
        give_password_again(client, address)
        assert client.post(address)["Location"].startswith(f"{CODE_AGAIN}?next=")  # the password alone is not enough
    assert Authenticator.objects.filter(user=enrolled).count() == 2
    again = client.post(f"{CODE_AGAIN}?next=/account/app/remove/", {"code": code()})
    assert again["Location"] == "/account/app/remove/"
    client.post("/account/app/remove/")
    assert not Authenticator.objects.filter(user=enrolled).exists()


def give_password_again(client: Client, address: str) -> None:
    answer = client.post("/account/password/again/", {"password": PASSWORD, "next": address})
    assert answer.status_code == 302


def test_new_recovery_codes_end_the_old_ones_and_are_shown_once(client: Client, enrolled: User) -> None:
    def spare() -> list[str]:
        return Authenticator.objects.get(user=enrolled, type="recovery_codes").wrap().get_unused_codes()

    signed_in(enrolled, client)
    old = spare()
    assert client.post("/account/recovery-codes/new/")["Location"] == CODES
    assert not set(old) & set(spare())
    assert not is_in(client)
    client.post(CODES, {"kept": "on"})
    assert is_in(client)


def test_whoever_has_an_app_and_no_recovery_codes_makes_some_first(client: Client, enrolled: User) -> None:
    signed_in(enrolled, client)
    Authenticator.objects.get(user=enrolled, type="recovery_codes").delete()
    assert client.get("/admin/")["Location"].partition("?")[0] == "/account/recovery-codes/new/"


# --- a development copy ---------------------------------------------------------------------


@pytest.fixture
def at_home(settings: Any) -> None:
    settings.DEBUG = True


def test_on_this_machine_it_is_offered_and_may_wait(client: Client, curator: User, at_home: None) -> None:
    assert give_password(client, curator.email)["Location"] == "/admin/"
    assert is_in(client)
    assert b"without a second factor" in client.get("/account/").content
    assert b"may wait" in client.get(SETUP).content


@pytest.mark.parametrize(
    "where",
    [
        {"REMOTE_ADDR": "192.168.1.20"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_VIA": "1.1 tunnel"},
    ],
    ids=str,
)
def test_from_elsewhere_it_is_required_in_a_development_copy_too(
    client: Client, curator: User, at_home: None, where: dict[str, str]
) -> None:
    unlocked(client, curator)
    assert client.get("/admin/", **where)["Location"].startswith(SETUP)  # type: ignore[arg-type]


def test_behind_a_proxy_it_is_always_required(client: Client, curator: User, at_home: None, settings: Any) -> None:
    settings.BEHIND_PROXY = True
    unlocked(client, curator)
    assert client.get("/admin/")["Location"].startswith(SETUP)


def test_whoever_has_an_app_uses_it_there_too(client: Client, enrolled: User, at_home: None) -> None:
    client.force_login(enrolled)
    assert client.get("/admin/")["Location"].startswith(CODE_AGAIN)


# --- the secret -----------------------------------------------------------------------------


def test_the_database_does_not_tell_the_secrets(enrolled: User) -> None:
    stored = json.dumps([one.data for one in Authenticator.objects.filter(user=enrolled)])
    assert SECRET not in stored
    assert "gAAAA" in stored


def test_an_old_key_among_the_fallbacks_still_opens_them(client: Client, enrolled: User, settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a newer key " * 5, [settings.SECRET_KEY]
    unlocked(client, enrolled)
    assert give_code(client, code()).status_code == 302


def test_a_lost_key_is_told_in_words(client: Client, enrolled: User, settings: Any) -> None:
    settings.SECRET_KEY = "a newer key " * 5
    unlocked(client, enrolled)
    assert b"another SECRET_KEY" in give_code(client, code()).content


def test_a_new_link_ends_a_sign_in_that_waits_for_its_code(client: Client, enrolled: User, at: datetime) -> None:
    give_password(client, enrolled.email)
    people.renew(enrolled, at=at)
    give_code(client, code())
    assert not is_in(client)


def test_the_door_holds_under_a_path_of_the_server(client: Client, curator: User) -> None:
    unlocked(client, curator)
    set_script_prefix("/tracker/")
    try:
        answer = client.get("/admin/commitments/draft/", SCRIPT_NAME="/tracker")
    finally:
        clear_script_prefix()
    assert answer["Location"].startswith(f"/tracker{SETUP}")
