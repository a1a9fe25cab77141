"""Who belongs to the desk: invited, given roles, let in by a link, deactivated, and never deleted.

Nobody is deleted because what people wrote names them. A foreign key of what they did (PROTECT) holds that in the
database, and the admin offers nothing else. `by=None` is somebody at the server's own command line.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.contrib.auth.models import Group, User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from commitments.models import Audit

ADMINISTRATOR = "administrator"
ROLES = ("viewer", "curator", "reviewer", ADMINISTRATOR)
#: As long as a user name may be: the address is the name.
LONGEST_ADDRESS = 150
RESTORE = "--restore at the command line, “Let in again” in the list of people"


class PeopleError(Exception):
    """Something may not be done with an account; the message says why, and what to do instead."""


@dataclass(frozen=True)
class Invited:
    """An account, the one link that opens it, and whether the account is new."""

    person: User
    link: str
    created: bool


class Links(PasswordResetTokenGenerator):
    """Tokens of 128 bits, an HMAC over the account's present password.

    Nothing is stored. A link dies when it is used, because a password is set, and when a newer one is made, because
    that first replaces the password by an unusable one with a random tail (`_renewed`).
    """

    key_salt = "commitments.people.Links"

    def __init__(self, at: datetime) -> None:
        """Make or judge tokens at this time."""
        super().__init__()
        self.at = at

    def _now(self) -> datetime:
        return self.at.astimezone(UTC).replace(tzinfo=None)


# --- finding --------------------------------------------------------------------------------


def by_login(login: str) -> User | None:
    """Return whom a name or an address at the door means, if it means one account."""
    wanted = login.strip().lower()
    found = list(User.objects.filter(Q(username__iexact=wanted) | Q(email__iexact=wanted))) if wanted else []
    for matching in (
        [person for person in found if person.username == login.strip()],
        [person for person in found if person.username.lower() == wanted],
        [person for person in found if person.email.lower() == wanted],
    ):
        if len(matching) == 1:
            return matching[0]
    return None


def administrators() -> QuerySet[User]:
    """Return who can sign in and look after the accounts of others."""
    of_role = User.objects.filter(groups__name=ADMINISTRATOR).values("pk")
    may = User.objects.filter(Q(is_superuser=True) | Q(pk__in=of_role), is_active=True)
    return may.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def clean_address(email: str) -> str:
    """Return an address as it is stored and compared."""
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise PeopleError(f"“{email}” is no e-mail address. Write it as name@example.org.") from error
    if len(address) > LONGEST_ADDRESS:
        raise PeopleError(f"This address is longer than {LONGEST_ADDRESS} characters. Take a shorter one.")
    return address


def roles_named(names: Iterable[str]) -> list[Group]:
    """Return the groups of these roles."""
    wanted = sorted(set(names))
    for name in wanted:
        if name not in ROLES:
            raise PeopleError(f"There is no role “{name}”. The roles are {', '.join(ROLES)}.")
    groups = list(Group.objects.filter(name__in=wanted).order_by("name"))
    for name in set(wanted) - {group.name for group in groups}:
        raise PeopleError(f"The role {name} is not in this database. Run manage.py migrate, which makes it.")
    return groups


# --- rules ----------------------------------------------------------------------------------


def check_can_manage(person: User, *, by: User | None) -> None:
    """Refuse those who may not look after this account: their own, a superuser's, or any."""
    if by is None:
        return
    if not by.has_perm("auth.change_user"):
        raise PeopleError("Only administrators look after accounts.")
    if person.pk == by.pk:
        raise PeopleError("Nobody changes their own roles or access: another administrator does.")
    if person.is_superuser and not by.is_superuser:
        raise PeopleError(f"{person} was made at the server and is looked after there: manage.py invite.")


def check_keeps_an_administrator(person: User) -> None:
    """Refuse to take the last one away. Call it inside the transaction: it locks who is counted."""
    able = list(administrators().select_for_update())
    if able == [person]:
        raise PeopleError(f"{person} is the last administrator who can sign in. Invite another one first.")


def check_can_set_roles(person: User, groups: Iterable[Group], *, by: User) -> None:
    """Refuse roles for oneself, and roles that leave the desk without an administrator."""
    check_can_manage(person, by=by)
    if not person.is_superuser and ADMINISTRATOR not in {group.name for group in groups}:
        check_keeps_an_administrator(person)


# --- doing ----------------------------------------------------------------------------------


@transaction.atomic
def invite(
    email: str, roles: Iterable[str], *, at: datetime, by: User | None = None, restore: bool = False
) -> Invited:
    """Make an account, or open an existing one anew, and return its link. Roles are added, never taken."""
    address, groups = clean_address(email), roles_named(roles)
    known = User.objects.filter(Q(username__iexact=address) | Q(email__iexact=address)).count()
    person = by_login(address)
    if known and person is None:
        raise PeopleError(f"{known} accounts have the address {address}. Give all but one of them another first.")
    if person is None and not groups:
        raise PeopleError(f"{address} has no account yet. Say its role: --role with one of {', '.join(ROLES)}.")
    created = person is None
    person = person or _made(address)
    link = renew(person, at=at, by=by, restore=restore)
    person.groups.add(*groups)
    return Invited(person, link, created)


def _made(address: str) -> User:
    return User.objects.create(username=address, email=address, is_staff=True, password=make_password(None))


@transaction.atomic
def renew(person: User, *, at: datetime, by: User | None = None, restore: bool = False) -> str:
    """Return a new link to an account. The old password, sessions and links end; roles stay."""
    person = User.objects.select_for_update().get(pk=person.pk)
    check_can_manage(person, by=by)
    if not person.is_active and not restore:
        raise PeopleError(f"{person} is deactivated. To let them in again, say so: {RESTORE}.")
    person.is_active = person.is_staff = True
    person.password = make_password(None)
    person.save(update_fields=["is_active", "is_staff", "password"])
    if by:
        Audit.write("person.invite", person, by=by, at=at)
    uid, token = urlsafe_base64_encode(force_bytes(person.pk)), Links(at).make_token(person)
    return f"{settings.SITE_URL}{reverse('invitation', args=[uid, token])}"


def guest(uid: str, token: str, *, at: datetime) -> User | None:
    """Return whose link this is, while it is good."""
    return _claimed(uid, token, User.objects.all(), at=at)


def _claimed(uid: str, token: str, people: QuerySet[User], *, at: datetime) -> User | None:
    try:
        pk = int(urlsafe_base64_decode(uid).decode("ascii"))
    except ValueError:
        return None
    person = people.filter(pk=pk, is_active=True).first()
    return person if person and Links(at).check_token(person, token) else None


@transaction.atomic
def accept(uid: str, token: str, *, name: str, password: str, at: datetime) -> User | None:
    """Use a link up: set name and password, and forget the second factor, which is set up anew."""
    person = _claimed(uid, token, User.objects.select_for_update(), at=at)
    if person is None:
        return None
    person.first_name, person.last_name = name, ""
    person.set_password(password)
    person.save(update_fields=["first_name", "last_name", "password"])
    Authenticator.objects.filter(user=person).delete()
    Audit.write("person.accept", person, by=person, at=at)
    return person


@transaction.atomic
def set_roles(person: User, roles: Iterable[str], *, by: User, at: datetime) -> None:
    """Give somebody exactly these roles."""
    groups = roles_named(roles)
    check_can_set_roles(person, groups, by=by)
    person.groups.set(groups)
    Audit.write("person.roles", person, by=by, at=at, roles=[group.name for group in groups])


@transaction.atomic
def deactivate(person: User, *, by: User, at: datetime) -> None:
    """Shut an account: its sessions end with the next request, its password and links are gone for good."""
    check_can_manage(person, by=by)
    check_keeps_an_administrator(person)
    person.is_active = False
    person.password = make_password(None)
    person.save(update_fields=["is_active", "password"])
    Audit.write("person.deactivate", person, by=by, at=at)
