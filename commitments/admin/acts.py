"""What people did at the desk, in words: for the front page, the histories and the audit trail."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse

from commitments.models import Audit
from commitments.models.desk import key_of

#: Each action in the past tense, to stand before its subject.
WORDS = {
    "attachment.add": "put evidence beside a pledge:",
    "attachment.change": "changed what an item does to a pledge:",
    "attachment.remove": "took evidence from beside a pledge:",
    "coding.second": "coded a second time, blind:",
    "coding.settle": "settled the difference of",
    "conflict.declare": "declared a conflict of interest on",
    "conflict.end": "ended a conflict of interest on",
    "draft.approve": "approved",
    "draft.begin": "began",
    "draft.cite": "set what is cited in",
    "draft.comment": "commented on",
    "draft.edit": "edited",
    "draft.reopen": "took up again",
    "draft.return": "returned",
    "draft.submit": "submitted",
    "draft.withdraw": "withdrew",
    "evidence.edit": "changed",
    "evidence.link": "looked for the source of",
    "evidence.record": "recorded",
    "evidence.supersede": "superseded",
    "mail.count_as_sent": "counted as sent:",
    "mail.send_again": "had sent again:",
    "person.accept": "opened the account of",
    "person.deactivate": "deactivated",
    "person.invite": "invited",
    "person.roles": "set the roles of",
    "pledge.assign": "assigned",
    "pledge.release": "released from an assignment:",
    "report.close": "closed",
    "person.wrong_code": "a wrong code was given, after the right password, for",
    "report.record": "recorded as evidence:",
    "search.again": "searched again on",
    "search.change": "changed the search on",
    "search.record": "logged a search on",
    "subscription.end": "ended, on its owner's request:",
    "suppression.add": "suppressed an address by hand:",
    "suppression.lift": "lifted",
}

#: What the search of the desk's head understands in the name of a subject; the first that is there counts.
REFERENCES = tuple(map(re.compile, (r"\((draft \d+)\)$", r"^(E\d{4,})\b", r"\b([A-Z]{2,8}-\d+(?:\.\d+)*)\b")))


def reference(subject: str) -> str:
    """Return the address that leads to a subject; empty where its name names nothing that has a page."""
    found = next(filter(None, (pattern.search(subject) for pattern in REFERENCES)), None)
    return f"{reverse('admin:find')}?{urlencode({'q': found[1]})}" if found else ""


@dataclass(frozen=True)
class Told:
    """One action in words, with the way to what it was done to."""

    act: Audit
    words: str
    url: str
    detail: str


def told(act: Audit) -> Told:
    """Tell of an action."""
    return Told(act, WORDS.get(act.action, act.action), reference(act.subject), plainly(act.detail))


def plainly(value: Any) -> str:
    """Return the detail of an action in one line: `revision 2, entry U7`."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {plainly(inner)}".strip() for name, inner in value.items())
    if isinstance(value, list):
        return " ".join(plainly(inner) for inner in value)
    return "" if value is None else str(value)


def named(person: Any) -> str:
    """Return somebody's name, or the address under which they sign in. What a command did, the server did."""
    return (person.get_full_name() or person.get_username()) if person else "the server"


def acts_on(row: Model) -> list[Told]:
    """Return what was done to a row, newest first."""
    return [told(act) for act in Audit.objects.filter(row=key_of(row)).select_related("by")]
