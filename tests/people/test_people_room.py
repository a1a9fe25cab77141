"""The room for people: who may change what about whom, and what is not offered at all."""

import re
from datetime import datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client

from commitments import people
from commitments.models import Audit
from tests.factories import person
from tests.sign_in import PASSWORD, is_in, signed_in

LIST = "/admin/auth/user/"


@pytest.fixture
def desk(administrator: User) -> Client:
    """The desk as an administrator sees it."""
    return signed_in(administrator)


def able(role: str = "administrator") -> User:
    """Somebody who can sign in."""
    user: User = person(role)
    user.set_password(PASSWORD)
    user.save()
    return user


def page(user: User) -> str:
    return f"{LIST}{user.pk}/change/"


def roles(user: User) -> list[str]:
    return sorted(Group.objects.filter(user=user).values_list("name", flat=True))


def save(desk: Client, user: User, *names: str, **fields: Any) -> Any:
    """Send the form of a person with these roles."""
    groups = list(Group.objects.filter(name__in=names).values_list("pk", flat=True))
    return desk.post(page(user), {"first_name": user.first_name, "groups": groups, **fields}, follow=True)


def act(desk: Client, action: str, *chosen: User) -> Any:
    """Do an action of the list with these people."""
    form = {"action": action, "_selected_action": [user.pk for user in chosen], "index": 0}
    return desk.post(LIST, form, follow=True)


def told(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_the_list_shows_roles_second_factor_and_last_sign_in(desk: Client, enrolled: User) -> None:
    row = re.search(rf"<tr>(?:(?!</tr>).)*{enrolled.username}.*?</tr>", desk.get(LIST).content.decode(), re.S)
    assert row
    assert '<td class="field-roles">curator</td>' in row[0]
    assert re.search(r'field-second_factor"><img [^>]*alt="True"', row[0])
    assert "field-last_login" in row[0]


def test_inviting_has_one_button(desk: Client) -> None:
    body = desk.get(f"{LIST}add/").content.decode()
    assert "Invite somebody" in body
    assert re.findall(r'type="submit"[^>]*name="(_\w+)"', body) == ["_save"]


def test_an_administrator_gives_and_takes_roles(desk: Client, curator: User, administrator: User) -> None:
    save(desk, curator, "reviewer", "viewer", first_name="Ada Example")
    assert roles(curator) == ["reviewer", "viewer"]
    curator.refresh_from_db()
    assert curator.get_full_name() == "Ada Example"
    row = Audit.objects.get(action="person.roles")
    assert (row.by, row.detail) == (administrator, {"roles": ["reviewer", "viewer"]})


@pytest.mark.parametrize("role", ["viewer", "curator", "reviewer"])
def test_nobody_else_sees_or_changes_people(role: str, curator: User) -> None:
    desk = signed_in(able(role))
    for answer in (desk.get(LIST), desk.get(page(curator)), save(desk, curator, "administrator")):
        assert answer.status_code == 403
    assert act(desk, "deactivate", curator).status_code == 403
    assert roles(curator) == ["curator"]


def test_nobody_changes_their_own_roles(desk: Client, administrator: User) -> None:
    save(desk, administrator, "administrator", "reviewer", first_name="A New Name")
    administrator.refresh_from_db()
    assert (administrator.first_name, roles(administrator)) == ("A New Name", ["administrator"])


@pytest.mark.parametrize("action", ["deactivate", "new_link", "let_in_again"])
def test_nobody_changes_their_own_access(desk: Client, administrator: User, action: str) -> None:
    able()
    assert "Nobody changes their own" in told(act(desk, action, administrator))
    assert is_in(desk)


def test_permissions_one_by_one_and_superusers_are_not_offered_nor_taken(desk: Client, curator: User) -> None:
    body = desk.get(page(curator)).content.decode()
    for name in ("is_superuser", "is_staff", "user_permissions", "password", "email"):
        assert f'name="{name}"' not in body
    other = Group.objects.create(name="something else")
    tricks = {"is_superuser": "on", "user_permissions": [1, 2], "password": "x", "email": "me@example.org"}
    save(desk, curator, "curator", **tricks)
    answer = save(desk, curator, "curator", groups=[other.pk])
    assert answer.context["errors"]
    curator.refresh_from_db()
    assert (curator.is_superuser, curator.user_permissions.count(), roles(curator)) == (False, 0, ["curator"])
    assert curator.check_password(PASSWORD)


def test_an_administrator_does_not_touch_a_superuser(desk: Client) -> None:
    boss = User.objects.create_superuser("boss", "boss@example.org", PASSWORD)
    assert save(desk, boss, "viewer").status_code == 403
    for action in ("deactivate", "new_link"):
        assert "looked after there" in told(act(desk, action, boss))
    boss.refresh_from_db()
    assert boss.is_active
    assert boss.check_password(PASSWORD)


@pytest.mark.parametrize("address", ["password/", "delete/"])
def test_no_password_is_set_and_nobody_deleted(desk: Client, curator: User, address: str) -> None:
    for send in (desk.get, desk.post):
        assert send(f"{LIST}{curator.pk}/{address}", {"post": "yes", "password1": "x"}).status_code != 200
    act(desk, "delete_selected", curator)
    curator.refresh_from_db()
    assert curator.check_password(PASSWORD)


def test_even_a_superuser_deletes_nobody(curator: User) -> None:
    desk = signed_in(User.objects.create_superuser("boss", "boss@example.org", PASSWORD))
    assert desk.post(f"{LIST}{curator.pk}/delete/", {"post": "yes"}).status_code == 403
    act(desk, "delete_selected", curator)
    assert User.objects.filter(pk=curator.pk).exists()


@pytest.mark.parametrize("room", ["auth/group", "mfa/authenticator", "account/emailaddress", "axes/accessattempt"])
def test_secrets_and_single_permissions_have_no_room(room: str, db: None) -> None:
    desk = signed_in(User.objects.create_superuser("boss", "boss@example.org", PASSWORD))
    assert desk.get(f"/admin/{room}/").status_code == 404


def test_deactivating_ends_session_password_and_links_for_good(desk: Client, curator: User) -> None:
    theirs = signed_in(curator)
    assert "What they wrote stands" in told(act(desk, "deactivate", curator))
    assert not is_in(theirs)
    curator.refresh_from_db()
    assert (curator.is_active, curator.has_usable_password()) == (False, False)
    assert roles(curator) == ["curator"]
    assert LogEntry.objects.filter(object_id=str(curator.pk), change_message="Deactivated.").exists()


def test_a_new_link_is_printed_on_the_page_and_works(desk: Client, curator: User) -> None:
    answer = act(desk, "new_link", curator)
    found = re.search(r"<code>http://127\.0\.0\.1:\d+(/account/invitation/[^<]+)</code>", answer.content.decode())
    assert found
    assert "no-store" in answer["Cache-Control"]
    assert Client().get(found[1]).status_code == 200
    assert Audit.objects.filter(action="person.invite").count() == 1


def test_a_deactivated_account_is_let_in_again_only_when_that_is_said(desk: Client, curator: User) -> None:
    act(desk, "deactivate", curator)
    assert "Let in again" in told(act(desk, "new_link", curator))
    curator.refresh_from_db()
    assert not curator.is_active
    assert b"/account/invitation/" in act(desk, "let_in_again", curator).content
    curator.refresh_from_db()
    assert curator.is_active


def test_an_administrator_invites_at_the_desk(desk: Client) -> None:
    groups = list(Group.objects.filter(name__in=["curator", "viewer"]).values_list("pk", flat=True))
    answer = desk.post(f"{LIST}add/", {"email": "New@example.org", "groups": groups})
    assert b"/account/invitation/" in answer.content
    new = User.objects.get(email="new@example.org")
    assert (new.username, new.is_staff, new.is_superuser, new.is_active) == ("new@example.org", True, False, True)
    assert roles(new) == ["curator", "viewer"]


@pytest.mark.parametrize(
    ("email", "problem"),
    [("nobody", "valid email"), ("CURATOR", "has an account"), ("a" * 200 + "@example.org", "150")],
)
def test_inviting_tells_what_is_wrong(desk: Client, curator: User, email: str, problem: str) -> None:
    address = curator.email.upper() if email == "CURATOR" else email
    group = Group.objects.get(name="viewer").pk
    answer = desk.post(f"{LIST}add/", {"email": address, "groups": [group]})
    assert problem in answer.content.decode()
    assert desk.post(f"{LIST}add/", {"email": "new@example.org"}).status_code == 200  # no role
    assert User.objects.count() == 2


# --- the last administrator -----------------------------------------------------------------


def test_the_last_administrator_stays_one(desk: Client, administrator: User, at: datetime) -> None:
    """Whoever acts is one: so it takes a second, who has no password yet, and somebody at the server."""
    boss = User.objects.create_superuser("boss", "boss@example.org", PASSWORD)
    chief = signed_in(boss)
    boss.set_unusable_password()  # while signed in elsewhere: nothing that could sign in again
    User.objects.filter(pk=boss.pk).update(password=boss.password)
    with pytest.raises(people.PeopleError, match="last administrator who can sign in"):
        people.deactivate(administrator, by=boss, at=at)
    with pytest.raises(people.PeopleError, match="last administrator who can sign in"):
        people.set_roles(administrator, ["viewer"], by=boss, at=at)
    assert not is_in(chief)


def test_of_two_administrators_one_may_go(desk: Client, administrator: User) -> None:
    second = able()
    save(desk, second, "viewer")
    assert roles(second) == ["viewer"]
    third = able()
    act(desk, "deactivate", third)
    third.refresh_from_db()
    assert not third.is_active
    assert list(people.administrators()) == [administrator]


def test_a_form_that_would_take_the_last_one_says_so(administrator: User) -> None:
    boss = User.objects.create_superuser("boss", "boss@example.org", PASSWORD)
    desk = signed_in(boss)
    save(desk, administrator, "viewer")  # the superuser remains
    assert roles(administrator) == ["viewer"]
    User.objects.filter(pk=boss.pk).update(is_superuser=False)
    boss.groups.set(Group.objects.filter(name="administrator"))
    administrator.groups.set(Group.objects.filter(name="administrator"))
    save(desk, administrator, "viewer")
    assert roles(administrator) == ["viewer"]
    assert people.administrators().count() == 1


def test_no_filter_asks_about_passwords(desk: Client, curator: User) -> None:
    for ask in ("password__startswith=argon2", "password=x", "password__regex=^a"):
        assert desk.get(f"/admin/auth/user/?{ask}").status_code == 400
