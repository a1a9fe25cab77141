"""`manage.py invite` and the link that it prints."""

import re
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client

from commitments import people
from commitments.models import Audit
from tests.factories import AT
from tests.sign_in import PASSWORD, code, give_code, give_password, is_in, signed_in, with_second_factor

ADDRESS = "new@example.org"
FORM = {"name": "Somebody New", "new_password1": PASSWORD, "new_password2": PASSWORD}

pytestmark = pytest.mark.django_db


def invite(*arguments: str) -> str:
    """Run the command and return what it prints."""
    out = StringIO()
    call_command("invite", *arguments, stdout=out)
    return out.getvalue()


def path(printed: str) -> str:
    """Return the path of the link on the last line."""
    found = re.fullmatch(r"http://127\.0\.0\.1:\d+(/account/invitation/.+/)", printed.splitlines()[-1])
    assert found, printed
    return found[1]


def link(*arguments: str) -> str:
    return path(invite(*(arguments or (ADDRESS, "--role", "curator"))))


def works(link: str, client: Client | None = None) -> bool:
    return (client or Client()).get(link).status_code == 200


def test_it_makes_an_account_of_the_desk_that_nobody_can_sign_in_to_yet() -> None:
    printed = invite(" New@Example.org ", "--role", "curator", "--role", "reviewer")
    person = User.objects.get(email=ADDRESS)
    assert (person.username, person.is_staff, person.is_superuser) == (ADDRESS, True, False)
    assert not person.has_usable_password()
    assert sorted(group.name for group in person.groups.all()) == ["curator", "reviewer"]
    assert not person.user_permissions.exists()
    assert "new@example.org: curator, reviewer. A new account." in printed


def test_by_the_link_one_sets_name_password_app_and_recovery_codes(client: Client) -> None:
    address = link()
    assert client.post(address, FORM)["Location"] == "/account/app/"
    secret = client.get("/account/app/").context["form"].secret
    client.post("/account/app/", {"code": code(secret)})
    client.post("/account/recovery-codes/", {"kept": "on"})
    assert is_in(client)
    person = User.objects.get(email=ADDRESS)
    assert person.get_full_name() == "Somebody New"
    fresh = Client()
    give_password(fresh, ADDRESS)
    give_code(fresh, code(secret, steps=1))
    assert is_in(fresh)


def test_looking_at_a_link_does_not_use_it_up(client: Client) -> None:
    address = link()
    for _ in range(3):
        assert works(address, client)
    assert client.head(address).status_code == 200
    assert "session" not in client.cookies


def test_a_link_dies_at_its_first_use(client: Client) -> None:
    address = link()
    client.post(address, FORM)
    thief = Client()
    assert thief.get(address).status_code == 410
    answer = thief.post(address, FORM | {"new_password1": "mine-is-another", "new_password2": "mine-is-another"})
    assert answer.status_code == 410
    assert b"no longer works" in answer.content
    assert User.objects.get(email=ADDRESS).check_password(PASSWORD)


def test_a_mistake_in_the_form_does_not_use_it_up(client: Client) -> None:
    address = link()
    for mistake in ({"name": ""}, {"new_password1": "12345678", "new_password2": "12345678"}, {"new_password2": "x"}):
        answer = client.post(address, FORM | mistake)
        assert answer.status_code == 200
        assert b'aria-invalid="true"' in answer.content
    assert client.post(address, FORM).status_code == 302


def test_a_password_like_the_name_given_now_is_refused(client: Client) -> None:
    same = FORM | {"new_password1": "Somebody New", "new_password2": "Somebody New"}
    assert client.post(link(), same).status_code == 200


def test_a_link_dies_when_a_newer_one_is_made() -> None:
    old = link()
    new = link(ADDRESS)
    assert (works(old), works(new)) == (False, True)


def test_a_link_is_good_for_seven_days(clock: Any) -> None:
    address = link()
    clock.shift(7 * 24 * 3600)
    assert works(address)
    clock.shift(1)
    assert not works(address)


def test_a_changed_link_is_none() -> None:
    address = link()
    uid, token = address.split("/")[3:5]
    other = User.objects.create_user("other", "other@example.org")
    elsewhere = people.renew(other, at=AT).split("/")[-3]
    stamp, _, mac = token.partition("-")
    later = format(int(stamp, 36) + 1, "x")
    for uid_, token_ in [
        (elsewhere, token),
        (uid, token[:-1] + ("0" if token[-1] != "0" else "1")),
        (uid, f"{later}-{mac}"),
        (uid, f"{stamp}-"),
        (uid, mac),
        ("", token),
        ("%00", token),
        ("LTE", token),
        ("9" * 400, token),
        ("MTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMA", token),
    ]:
        assert Client().get(f"/account/invitation/{uid_}/{token_}/").status_code in (400, 404, 410), (uid_, token_)


def test_a_link_holds_128_bits() -> None:
    assert re.search(r"-[0-9a-f]{32}/$", link())


def test_the_link_of_somebody_deactivated_since_is_none() -> None:
    address = link()
    User.objects.update(is_active=False)
    assert not works(address)


def test_two_who_send_the_form_at_once_do_not_both_get_in() -> None:
    address = link()
    uid, token = address.split("/")[3:5]
    first = people.accept(uid, token, name="First", password=PASSWORD, at=AT)
    second = people.accept(uid, token, name="Second", password="another-long-one", at=AT)
    assert first is not None
    assert second is None


def test_a_restored_account_gets_a_new_password_and_a_new_app(enrolled: User, client: Client) -> None:
    """Phone and password are lost, or in the hands of somebody else."""
    signed_in(enrolled, client)
    address = link(enrolled.email)
    assert not is_in(client)
    assert give_password(Client(), enrolled.email).status_code == 200  # the old password ended at once
    Client().post(address, FORM | {"new_password1": "another-long-one", "new_password2": "another-long-one"})
    assert not Authenticator.objects.filter(user=enrolled).exists()
    assert [group.name for group in enrolled.groups.all()] == ["curator"]


def test_every_lock_ends_with_a_new_link(enrolled: User, client: Client, elsewhere: Client) -> None:
    give_password(client, enrolled.email)
    for _ in range(5):
        of_code = give_code(client, "000000")
        of_password = give_password(elsewhere, enrolled.email, "wrong")
    assert (of_code.status_code, of_password.status_code) == (429, 429)
    Client().post(link(enrolled.email), FORM)
    with_second_factor(enrolled)
    assert give_password(elsewhere, enrolled.email)["Location"] == "/account/code/"
    assert give_code(elsewhere, code())["Location"] == "/admin/"


def test_roles_are_added_to_an_existing_account(curator: User) -> None:
    printed = invite(curator.email, "--role", "reviewer")
    assert f"{curator}: curator, reviewer. The old password" in printed


def test_the_last_administrator_can_be_restored(administrator: User) -> None:
    User.objects.filter(pk=administrator.pk).update(is_active=False, is_staff=False)
    administrator.groups.clear()
    address = link(administrator.email, "--role", "administrator", "--restore")
    assert Client().post(address, FORM).status_code == 302
    assert list(people.administrators()) == [administrator]


def test_a_superuser_of_make_admin_can_be_restored() -> None:
    boss = User.objects.create_superuser("boss", "boss@example.org", PASSWORD)
    Client().post(
        link("boss@example.org"), FORM | {"new_password1": "another-long-one", "new_password2": "another-long-one"}
    )
    boss.refresh_from_db()
    assert (boss.username, boss.is_superuser, boss.check_password("another-long-one")) == ("boss", True, True)


def state() -> Any:
    return (
        list(User.objects.order_by("pk").values()),
        list(User.groups.through.objects.values()),
        Audit.objects.count(),
    )


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["no-address", "--role", "curator"], "“no-address” is no e-mail address. Write it as name@example.org"),
        (["a@", "--role", "curator"], "Write it as"),
        ([f"{'a' * 60}@{'b' * 60}.{'c' * 60}.org", "--role", "curator"], "longer than 150"),
        ([ADDRESS, "--role", "editor"], "no role “editor”. The roles are viewer, curator, reviewer, administrator"),
        ([ADDRESS, "--role", "curator", "--role", "Curator"], "no role “Curator”"),
        ([ADDRESS], "Say its role: --role with one of viewer"),
        (
            ["gone@example.org", "--role", "curator"],
            "gone@example.org is deactivated. To let them in again, say so: --restore",
        ),
        (["two@example.org"], "2 accounts have the address"),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_is_written(arguments: list[str], advice: str) -> None:
    User.objects.create_user("gone@example.org", "gone@example.org", is_active=False)
    for name in ("one", "two"):
        User.objects.create_user(name, "two@example.org")
    before = state()
    with pytest.raises(CommandError, match=re.escape(advice)) as told:
        invite(*arguments)
    assert told.value.returncode == 1
    assert state() == before


def test_a_role_that_the_database_lacks_is_told_and_not_made() -> None:
    Group.objects.filter(name="reviewer").delete()
    before = state()
    with pytest.raises(CommandError, match=r"Run manage\.py migrate"):
        invite(ADDRESS, "--role", "curator", "--role", "reviewer")
    assert state() == before
    assert not Group.objects.filter(name="reviewer").exists()


def test_the_use_of_a_link_stands_in_the_audit_trail(client: Client) -> None:
    client.post(link(), FORM)
    row = Audit.objects.get()
    assert (row.action, row.subject, row.by.email) == ("person.accept", ADDRESS, ADDRESS)


def test_a_link_is_made_and_judged_by_the_time_it_is_given() -> None:
    person = User.objects.create_user("new", ADDRESS)
    uid, token = people.renew(person, at=AT).split("/")[-3:-1]

    def good(at: datetime) -> bool:
        return people.guest(uid, token, at=at) == person

    assert good(AT)
    assert not good(AT + timedelta(days=7, seconds=1))
