"""Five failures, then a quarter of an hour: by account and address for passwords, by account for codes."""

from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client

from commitments.models import Audit
from tests.factories import person
from tests.sign_in import PASSWORD, code, give_code, give_password, is_in, signed_in, with_second_factor

MINUTE = 60


def fail(client: Client, login: str, times: int, **extra: Any) -> Any:
    """Give wrong passwords; return the last answer."""
    for _ in range(times):
        answer = give_password(client, login, "wrong", **extra)
    return answer


def test_the_fifth_wrong_password_locks_for_a_quarter_of_an_hour(client: Client, enrolled: User, clock: Any) -> None:
    assert fail(client, enrolled.email, 4).status_code == 200
    locked = fail(client, enrolled.email, 1)
    assert locked.status_code == 429
    assert locked["Retry-After"] == str(15 * MINUTE)
    assert "Wait 15 minutes" in locked.content.decode()
    assert "00:15 UTC" in locked.content.decode()
    clock.shift(15 * MINUTE - 1)
    assert give_password(client, enrolled.email).status_code == 429
    clock.shift(2)
    assert give_password(client, enrolled.email)["Location"] == "/account/code/"


def test_failures_while_locked_do_not_prolong_it(client: Client, enrolled: User, clock: Any) -> None:
    fail(client, enrolled.email, 5)
    clock.shift(14 * MINUTE)
    assert fail(client, enrolled.email, 3)["Retry-After"] == str(MINUTE)
    clock.shift(MINUTE + 1)
    assert give_password(client, enrolled.email).status_code == 302


def test_another_account_at_the_same_address_still_gets_in(client: Client, enrolled: User) -> None:
    other = person("viewer")
    other.set_password(PASSWORD)
    other.save()
    fail(client, enrolled.email, 5)
    assert give_password(client, other.email).status_code == 302


def test_the_same_account_at_another_address_still_gets_in(client: Client, enrolled: User, elsewhere: Client) -> None:
    fail(client, enrolled.email, 5)
    give_password(elsewhere, enrolled.email)
    give_code(elsewhere, code())
    assert is_in(elsewhere)
    assert give_password(client, enrolled.email).status_code == 429


def test_an_unknown_name_is_locked_alike(client: Client, curator: User) -> None:
    answers = [fail(client, name, 5) for name in (curator.email, "nobody@example.org")]
    assert [answer.status_code for answer in answers] == [429, 429]
    assert answers[0].content == answers[1].content


def test_other_spellings_of_a_name_and_other_browsers_are_the_same_account(client: Client, curator: User) -> None:
    User.objects.filter(pk=curator.pk).update(username="ada")
    for login in (curator.email, curator.email.upper(), "ada", " Ada "):
        fail(client, login, 1, HTTP_USER_AGENT=f"browser of {login}")
    assert fail(client, "ADA", 1).status_code == 429


def test_a_name_like_the_count_of_codes_is_only_a_name(client: Client, enrolled: User) -> None:
    fail(client, f"code {enrolled.pk}", 5)
    fail(client, f"account {enrolled.pk}", 5)
    give_password(client, enrolled.email)
    assert give_code(client, code()).status_code == 302


def test_signing_in_ends_the_count(client: Client, enrolled: User) -> None:
    fail(client, enrolled.email, 4)
    give_password(client, enrolled.email)
    give_code(client, code())
    assert AccessAttempt.objects.count() == 0


def test_the_right_password_alone_does_not_end_the_count(client: Client, enrolled: User) -> None:
    fail(client, enrolled.email, 4)
    give_password(client, enrolled.email)
    client.cookies.clear()
    assert fail(client, enrolled.email, 1).status_code == 429


def test_a_network_of_ipv6_is_one_address(enrolled: User) -> None:
    for number in range(1, 6):
        answer = fail(Client(REMOTE_ADDR=f"2001:db8:1:2::{number}"), enrolled.email, 1)
    assert answer.status_code == 429
    assert fail(Client(REMOTE_ADDR="2001:db8:1:3::1"), enrolled.email, 1).status_code == 200


def test_without_a_trusted_proxy_its_header_is_not_believed(client: Client, curator: User) -> None:
    for number in range(5):
        answer = fail(client, curator.email, 1, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert answer.status_code == 429


def test_behind_the_proxy_only_what_it_added_counts(client: Client, curator: User, settings: Any) -> None:
    settings.BEHIND_PROXY = True
    for number in range(5):
        answer = fail(client, curator.email, 1, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}, 203.0.113.9")
    assert answer.status_code == 429
    assert fail(client, curator.email, 1, HTTP_X_FORWARDED_FOR="203.0.113.9, 203.0.113.10").status_code == 200


def test_nothing_that_was_typed_is_stored(client: Client, enrolled: User) -> None:
    give_password(client, enrolled.email, "my-other-password")
    give_password(client, enrolled.email)
    give_code(client, "135790")
    signed_in(enrolled, client)
    new = "another-long-one"
    client.post("/account/password/", {"oldpassword": "not-this", "password1": new, "password2": new})
    stored = str(list(AccessAttempt.objects.values()))
    assert AccessAttempt.objects.count() >= 2
    for typed in ("my-other-password", "135790", "not-this", new, enrolled.email):
        assert typed not in stored


def test_looking_at_the_page_counts_nothing(client: Client, db: None) -> None:
    for _ in range(10):
        client.get("/account/login/", {"login": "nobody@example.org", "password": "x"})
    assert AccessAttempt.objects.count() == 0


# --- codes ----------------------------------------------------------------------------------


def wrong_codes(client: Client, user: User, times: int) -> Any:
    give_password(client, user.email)
    for _ in range(times):
        answer = give_code(client, "000000")
    return answer


def test_the_fifth_wrong_code_locks_all_codes_of_the_account_from_everywhere(
    client: Client, enrolled: User, elsewhere: Client, clock: Any
) -> None:
    assert wrong_codes(client, enrolled, 3).status_code == 200
    locked = wrong_codes(elsewhere, enrolled, 2)
    assert locked.status_code == 429
    assert "Five codes" in locked.content.decode()
    assert give_code(client, code()).status_code == 429
    assert not is_in(client)
    clock.shift(15 * MINUTE + 1)
    give_password(client, enrolled.email)
    assert give_code(client, code()).status_code == 302


def test_recovery_codes_are_locked_with_them(client: Client, enrolled: User) -> None:
    spare = enrolled.authenticator_set.get(type="recovery_codes").wrap().get_unused_codes()[0]
    wrong_codes(client, enrolled, 5)
    assert give_code(client, spare).status_code == 429
    assert spare in enrolled.authenticator_set.get(type="recovery_codes").wrap().get_unused_codes()


def test_a_right_code_ends_the_count_of_wrong_ones(client: Client, enrolled: User, clock: Any) -> None:
    wrong_codes(client, enrolled, 4)
    give_code(client, code())
    client.post("/account/logout/")
    clock.shift(30)
    assert wrong_codes(client, enrolled, 4).status_code == 200


def test_a_replayed_code_counts_as_wrong(client: Client, enrolled: User, elsewhere: Client) -> None:
    give_password(client, enrolled.email)
    give_code(client, code())
    give_password(elsewhere, enrolled.email)
    for _ in range(5):
        answer = give_code(elsewhere, code())
    assert answer.status_code == 429


def test_guessing_codes_in_a_running_session_is_locked_too(client: Client, curator: User) -> None:
    give_password(client, curator.email)
    with_second_factor(curator)
    for _ in range(5):
        answer = client.post("/account/code/again/", {"code": "000000"})
    assert answer.status_code == 429


@pytest.mark.parametrize(
    ("address", "field"), [("/account/password/again/", "password"), ("/account/password/", "oldpassword")]
)
def test_guessing_the_password_in_a_running_session_is_locked_too(
    client: Client, enrolled: User, address: str, field: str, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": None, "change_password": None}
    signed_in(enrolled, client)
    for _ in range(5):
        answer = client.post(address, {field: "wrong", "password1": "x" * 12, "password2": "x" * 12})
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.content.decode()


def test_who_comes_in_hears_of_the_wrong_codes_that_were_given_meanwhile(
    client: Client, enrolled: User, elsewhere: Client, clock: Any
) -> None:
    clock.shift(MINUTE)
    give_password(elsewhere, enrolled.email)
    for _ in range(2):
        give_code(elsewhere, "000000")
    clock.shift(16 * MINUTE)
    give_password(client, enrolled.email)
    give_code(client, code())
    assert "2 wrong codes were given after your right password" in client.get("/admin/").content.decode()
    assert list(Audit.objects.filter(by=enrolled).values_list("action", flat=True)) == ["person.wrong_code"] * 2
    client.post("/account/logout/")
    clock.shift(MINUTE)
    give_password(client, enrolled.email)
    give_code(client, code())
    assert "wrong code" not in client.get("/admin/help/").content.decode()
