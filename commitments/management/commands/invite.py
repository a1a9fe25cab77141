"""`manage.py invite EMAIL --role ROLE`: let somebody into the desk, or in again, also the last administrator."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from commitments import people


class Command(BaseCommand):
    """Sends nothing: the link is printed, and goes to the person by whatever way is safe."""

    help = "Print a one-time link with which a person sets name, password and second factor."

    def add_arguments(self, parser: CommandParser) -> None:
        """Roles are judged with the rest, so that every mistake is told in one way."""
        parser.add_argument("email", metavar="EMAIL")
        roles = f"one of {', '.join(people.ROLES)}; may be repeated; an existing account keeps what it has"
        parser.add_argument("--role", action="append", default=[], dest="roles", metavar="ROLE", help=roles)
        parser.add_argument("--restore", action="store_true", help="let a deactivated account in again")

    def handle(self, *args: Any, **options: Any) -> None:
        """Invite, and print the link."""
        at = datetime.now(UTC)
        try:
            invited = people.invite(options["email"], options["roles"], at=at, restore=options["restore"])
        except people.PeopleError as error:
            raise CommandError(f"Nobody was invited. {error}") from error
        until = at + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        roles = ", ".join(sorted(group.name for group in invited.person.groups.all()))
        ended = "A new account." if invited.created else "The old password, sessions and links of this account ended."
        self.stdout.write(f"{invited.person}: {roles or 'no role'}. {ended}")
        self.stdout.write(f"This link works once, until {until:%Y-%m-%d %H:%M} UTC or until a newer one is made:")
        self.stdout.write(invited.link)
