"""Codes of the second factor: from the authenticator app (RFC 6238), or one of the ten for recovery."""

from datetime import datetime

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest

from commitments.entrance import lockout
from commitments.models import Audit

#: In `Authenticator.data`: the newest half minute whose code was accepted. None before it is accepted again.
LAST_STEP = "last_step"
#: How the audit trail names a wrong code.
WRONG = "person.wrong_code"


def matching_step(secret: str, code: str, *, at: datetime) -> int | None:
    """Return the step of time whose code this is, the clock of the app being a little off at most."""
    now, slack = int(at.timestamp()) // app_settings.TOTP_PERIOD, app_settings.TOTP_TOLERANCE
    for step in range(now - slack, now + slack + 1):
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    return None


def accept(request: HttpRequest, person: User, code: str, *, at: datetime) -> Authenticator | None:
    """Use a code up and return to what it belongs, or count it as wrong.

    allauth remembers used codes in the cache, which here is each process's own, and for less time than they are
    good. So the step is kept with the secret, under a lock that also makes parallel guesses wait for each other.
    """
    with transaction.atomic():
        held = list(Authenticator.objects.select_for_update().filter(user=person))
        if not User.objects.get(pk=person.pk).has_usable_password():
            return None  # a new link was made between the password and the code: it ends what was begun before
        if lockout.codes_locked(request, person):
            return None
        found = next((one for one in held if _opens(one, code, at)), None)
        if found:
            lockout.forget_codes(person)
            _tell_of_wrong_codes(request, person)
        else:
            lockout.count_wrong_code(request, person)
            Audit.write(WRONG, person, by=person, at=at)
        return found


def _tell_of_wrong_codes(request: HttpRequest, person: User) -> None:
    """Tell somebody that codes were guessed since they last came in: whoever gets as far has the password."""
    since = person.last_login or person.date_joined
    wrong = Audit.objects.filter(action=WRONG, by=person, at__gt=since).count()
    if wrong:
        codes = f"{wrong} wrong code{'s were' if wrong > 1 else ' was'} given"
        messages.warning(
            request,
            f"Since you last signed in, {codes} after your right password. If that was not you, somebody knows it: "
            "change it now.",
        )


def _opens(held: Authenticator, code: str, at: datetime) -> bool:
    if held.type == Authenticator.Type.RECOVERY_CODES:
        opened = bool(held.wrap().validate_code(code))  # marks the code as used on a copy that it reads itself
        held.refresh_from_db(fields=["data"])
        return opened
    step = matching_step(decrypt(held.data["secret"]), code, at=at)
    if step is None or step <= held.data.get(LAST_STEP, -1):
        return False
    use_up(held, step)
    return True


def use_up(held: Authenticator, step: int) -> None:
    """Refuse from now on every code up to this step."""
    held.data[LAST_STEP] = step
    held.save(update_fields=["data"])
