"""Who looks after which pledge, and who stands too close to one."""

from datetime import datetime
from typing import Any

from django.db import transaction

from commitments.editorial import policies
from commitments.editorial.policies import RefusedError
from commitments.models import Assignment, Audit, Conflict, Pledge


@transaction.atomic
def declare_conflict(pledge: Pledge, *, by: Any, reason: str, at: datetime) -> Conflict:
    """Declare one's own conflict of interest: from now on one neither writes nor approves on the pledge."""
    policies.check_can_declare_conflict(by)
    if not reason.strip():
        raise RefusedError("Say in a few words what the conflict is.")
    conflict, made = Conflict.objects.get_or_create(
        person=by, pledge=pledge, ended_at=None, defaults={"reason": reason, "declared_at": at}
    )
    if not made:
        raise RefusedError(
            f"You declared a conflict of interest on {pledge} already, on {conflict.declared_at:%Y-%m-%d}: it stands "
            "as you said it then. An administrator can end it; then you declare it in other words."
        )
    Audit.write("conflict.declare", pledge, by=by, at=at)
    return conflict


@transaction.atomic
def end_conflict(conflict: Conflict, *, by: Any, at: datetime) -> None:
    """End a conflict of interest: never one's own."""
    if conflict.person_id == by.pk or not by.has_perm("auth.change_user"):
        raise RefusedError("Nobody ends their own conflict of interest: an administrator does, who is somebody else.")
    conflict = Conflict.objects.select_for_update().get(pk=conflict.pk)
    if conflict.ended_at is not None:
        raise RefusedError("This conflict of interest was ended already.")
    conflict.ended_at = at
    conflict.save(update_fields=["ended_at"])
    Audit.write("conflict.end", conflict.pledge, row=conflict, by=by, at=at, person=conflict.person_id)


@transaction.atomic
def assign(pledge: Pledge, person: Any, *, by: Any, at: datetime) -> None:
    """Let somebody look after a pledge: oneself, or another where one may assign."""
    policies.check_can_assign(by, person)
    _, made = Assignment.objects.get_or_create(pledge=pledge, person=person)
    if made:
        Audit.write("pledge.assign", pledge, by=by, at=at, person=person.pk)


@transaction.atomic
def release(pledge: Pledge, person: Any, *, by: Any, at: datetime) -> None:
    """End that somebody looks after a pledge."""
    if person.pk != by.pk and not by.has_perm("commitments.assign_pledge"):
        raise RefusedError("You can give up your own pledges; a reviewer or an administrator takes them from others.")
    removed, _ = Assignment.objects.filter(pledge=pledge, person=person).delete()
    if removed:
        Audit.write("pledge.release", pledge, by=by, at=at, person=person.pk)
