"""What this machine notes beside the database, so that a restored backup cannot undo it.

An older backup knows nothing of what was sent since, nor of who has left since. Two files under VAR_DIR do: `sent`
holds the number of the newest try that was recorded from here, `gone` a line for each subscription that has ended and
each address that was suppressed. Neither holds an address. Both carry the database's identity, which a restore brings
back, and `restored.fence` gives anew.
"""

import json
import logging
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from commitments.digests import claims
from commitments.models import Attempt, Identity

logger = logging.getLogger(__name__)

#: What is said where the database is older than what was sent from here.
BEHIND = (
    "The database is older than what was sent from this machine: a backup was restored. No mail goes out until "
    "`manage.py restore_fence` has been run."
)


def identity() -> str:
    """Return by what the database is known; it is given that when it is made, and anew after a restore."""
    return str(Identity.objects.first() or "")


def note_sent() -> None:
    """Note how far sending has come. Where that cannot be written, say so and go on: nothing else depends on it.

    First the database itself must have it on the disk: what it loses in a crash would look like a restored backup.
    """
    with claims.kept_through_a_power_cut():
        Identity.objects.update(only=True)
    newest = Attempt.objects.order_by("-pk").values_list("pk", flat=True).first()
    if newest is None:
        return
    path = _folder() / "sent"
    part = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.write_text(json.dumps({**_sent(), identity(): newest}))
        part.replace(path)
    except OSError as error:
        logger.warning("What was sent could not be noted in %s: %s", path, error)


def behind() -> bool:
    """Tell whether a try that was noted here is missing in the database; say so in the log."""
    noted = _sent().get(identity())
    if noted is None or Attempt.objects.filter(pk=noted).exists():
        return False
    logger.error(BEHIND)
    return True


def _sent() -> dict[str, int]:
    """Return the newest try of each database that was noted here: a backup may bring back an older identity."""
    return {name: number for name, number in next(_lines(_folder() / "sent"), {}).items() if isinstance(number, int)}


def note_left(subscription: int, *, at: datetime) -> None:
    """Note that a subscription has ended. Call it when that is committed."""
    _note({"left": subscription}, at)


def note_suppressed(address_key: str, reason: str, *, at: datetime) -> None:
    """Note that nothing is sent to an address any more. Call it when that is committed."""
    _note({"suppressed": address_key, "reason": reason}, at)


def gone() -> Iterator[dict[str, Any]]:
    """Yield what was noted of who is gone from this database, oldest first; `at` as a time."""
    known = identity()
    for line in _lines(_folder() / "gone"):
        if line.get("database") == known:
            yield {**line, "at": datetime.fromisoformat(line["at"])}


def _note(what: dict[str, Any], at: datetime) -> None:
    path = _folder() / "gone"
    noted = {"database": identity(), "at": at.isoformat(), **what}
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("a") as stream:
            stream.write("\n" + json.dumps(noted))  # on a line of its own, whatever a full disk cut short
    except OSError as error:
        logger.warning("That somebody left could not be noted in %s: %s", path, error)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a file that can be read; what a full disk cut short is left out."""
    try:
        written = path.read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        logger.error("What was noted in %s cannot be read: %s", path, error)
        return
    for line in written:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def _folder() -> Path:
    return Path(settings.MAIL_MARKS)
