"""What people do to attachments: lay an item of evidence beside a pledge, say what it does to it, take it away."""

from datetime import datetime
from typing import Any

from django.db import transaction

from commitments.editorial import policies
from commitments.editorial.evidence import check_can_change_attachment
from commitments.editorial.policies import RefusedError
from commitments.models import Attachment, Audit, Bearing, Evidence, Pledge


def check_bearing(item: Evidence, pledge: Pledge, bearing: str) -> None:
    """Refuse that what happened before the baseline of the pledge's document, or at no known time, tells of its deed.

    Source of the rule: the methodology, "Evidence".
    """
    if bearing == Bearing.CONTEXT:
        return
    baseline, only = pledge.document.baseline_on, f"beside {pledge} it can only be context"
    if item.happened_on is None:
        raise RefusedError(f"The item has neither a date of the event nor one of publication: {only}.")
    if item.happened_on < baseline:
        raise RefusedError(
            f"It is dated {item.happened_on:%Y-%m-%d}, before the document's baseline ({baseline:%Y-%m-%d}): {only}."
        )


def check_can_touch(by: Any, pledge: Pledge) -> None:
    """Refuse those who may not lay evidence beside the pledge."""
    policies.need(by, "add_attachment", "attach evidence")
    policies.check_no_conflict(by, pledge)


def check_can_detach(by: Any, attachment: Attachment) -> None:
    """Refuse to take away what readers see."""
    policies.need(by, "delete_attachment", "take evidence away")
    check_can_change_attachment(by, attachment)


@transaction.atomic
def attach(attachment: Attachment, *, by: Any, at: datetime) -> None:
    """Lay an item beside a pledge. Readers see it there from when an update on the pledge cites it."""
    _check(attachment, by)
    attachment.public_at = None
    attachment.save()
    Audit.write("attachment.add", attachment, by=by, at=at, beside=attachment.evidence.public_id)


@transaction.atomic
def change(attachment: Attachment, *, by: Any, at: datetime) -> None:
    """Say anew which pledge the item touches, how and why."""
    check_can_change_attachment(by, _stored(attachment))
    _check(attachment, by)
    attachment.save()
    Audit.write("attachment.change", attachment, by=by, at=at, beside=attachment.evidence.public_id)


@transaction.atomic
def detach(attachment: Attachment, *, by: Any, at: datetime) -> None:
    """Take an item away from a pledge."""
    check_can_detach(by, _stored(attachment))
    Audit.write("attachment.remove", attachment, by=by, at=at, beside=attachment.evidence.public_id)
    attachment.delete()


def _check(attachment: Attachment, by: Any) -> None:
    check_can_touch(by, attachment.pledge)
    check_bearing(attachment.evidence, attachment.pledge, attachment.bearing)


def _stored(attachment: Attachment) -> Attachment:
    """Return the row as it stands, under lock: a draft that cites it may be published at this moment."""
    rows = Attachment.objects.select_for_update(of=("self",)).select_related("evidence", "pledge")
    return rows.get(pk=attachment.pk)
