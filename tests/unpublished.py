"""Rows of the desk that no reader may see, each with a word of its own in every field that can hold one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile

from commitments.editorial import coding, drafts, people, reports
from commitments.editorial import evidence as desk
from commitments.models import (
    LANGUAGES,
    Attachment,
    Audit,
    Citation,
    Coding,
    DataPoint,
    Draft,
    DraftState,
    Evidence,
    Indicator,
    Pledge,
    Reply,
    ReportKind,
    SearchLog,
    StatusUpdate,
    Target,
)
from commitments.models.drafts import Content
from tests import factories
from tests.editorial import proposals
from tests.factories import AT, LATER, person

_numbers = count(101)
#: Every figure that nobody may see begins so; whole, it is nothing that a page could hold by chance.
FIGURE = "8675309"


def figure() -> Decimal:
    """Return a number of its own."""
    return Decimal(f"{FIGURE}{next(_numbers)}.25")


@dataclass
class Words:
    """The words given out, each with where it was put."""

    given: list[str] = field(default_factory=list)

    def __call__(self, place: str) -> str:
        """Return a word that stands nowhere else: letters and digits, good for an address and a name as well."""
        self.given.append(f"zq{place.casefold()}{next(_numbers)}qz")
        return self.given[-1]

    def one_of_each(self) -> list[str]:
        """Return one word for every place in which words were put."""
        return list({word.rstrip("qz").rstrip("0123456789"): word for word in self.given}.values())

    def text(self, place: str) -> dict[str, str]:
        """Return a text in all languages, with a word of its own in each."""
        return {language: self(f"{place}{language.replace('-', '')}") for language in LANGUAGES}

    def somebody(self, role: str) -> Any:
        """Return somebody at the desk whose names are words of their own."""
        found = person(role, self(f"{role}account"))
        found.first_name, found.last_name, found.email = self("first"), self("last"), f"{self('mail')}@example.org"
        found.save()
        return found


@dataclass
class Public:
    """What readers see: enough for every page to have something on it."""

    places: list[Pledge]
    updates: list[StatusUpdate]
    items: list[Evidence]
    reply: Reply
    points: list[DataPoint]
    target: Target


def public() -> Public:
    """Publish a little of everything."""
    places = [factories.pledge(n=0), factories.pledge(n=1), factories.pledge("declaratory"), factories.pledge(n=2)]
    target = Target.objects.select_related("section")[0]
    items = [item for item, _ in factories.two_good_items()] + [factories.evidence(title="An agreement")]
    items[0].targets.add(target)
    first = factories.published(
        factories.update(places[0], "in_progress", **factories.people()), [(item, "supports") for item in items[:2]]
    )
    wrong = factories.published(factories.update(places[1], "announced"), [(items[2], "supports")])
    corrected = factories.update(places[1], "in_progress", kind="correction", corrects=wrong, **factories.people())
    second = factories.published(corrected, [(items[2], "supports")])
    by = person()
    proposals.approved(proposals.reply_draft(places[0], by))
    series = proposals.indicator()
    series.sections.add(target.section)
    series.targets.add(target)
    proposals.approved(proposals.point_draft(by, indicator=series, evidence=items[0]))
    point = DataPoint.objects.get(indicator=series)
    proposals.approved(
        proposals.point_draft(by, indicator=series, corrects=point, value="13", why=factories.words("Misread."))
    )
    points = list(DataPoint.objects.filter(indicator=series))
    return Public(places, [first, wrong, second], items, Reply.objects.get(), points, target)


@dataclass
class Hidden:
    """What nobody may see, and the words in it."""

    words: Words
    items: list[Evidence]
    drafts: list[Draft]
    series: Indicator


def item(words: Words, by: Any, **fields: Any) -> Evidence:
    """Return an unpublished item, recorded at the desk, with its file."""
    source = {
        "source_url": f"https://{words('host')}.example.org/{words('path')}",
        "title": words("title"),
        "publisher": words("publisher"),
        "origin": words("origin"),
        "fact": words.text("fact"),
        "confidence": "zqconf",
        "file_name": f"{words('filename')}.pdf",
        "media_type": "application/pdf",
        "sha256": "5e" * 32,
    }
    kind = {"publisher_kind": "ngo", "side": "lac", "record": "primary", "language": "es", "countries": ["BR"]}
    found = Evidence(**kind | source | {"accessed_on": LATER, "event_on": LATER} | fields)
    found.file.save(f"{words('keptas')}.pdf", ContentFile(b"%PDF-1.4 " + words("bytes").encode()), save=False)
    desk.record(found, by=by, at=AT)
    return found


def _evidence(words: Words, seen: Public, by: Any) -> list[Evidence]:
    """Return unpublished items: loose, beside pledges and a number, and one that is to follow a public one."""
    loose, beside = item(words, by), item(words, by)
    beside.targets.add(seen.target)
    for place in seen.places:
        Attachment.objects.create(evidence=beside, pledge=place, bearing="contradicts", why=words.text("why"))
    Attachment.objects.create(
        evidence=seen.items[0], pledge=seen.places[3], bearing="contradicts", why=words.text("unseenwhy")
    )
    successor = desk.supersede(seen.items[1], by=by, at=AT).successor
    desk.open_edit(successor, by=by, at=AT)
    successor.fact, successor.title, successor.publisher = words.text("better"), words("better"), words("better")
    successor.save()
    return [loose, beside, successor]


def _status(words: Words, seen: Public, cited: list[Evidence], by: Any) -> Iterator[Content]:
    said = {"summary": words.text("summary"), "reasoning": words.text("reasoning"), "to_reviewer": words("note")}
    grounds = [(cited[0], "supports"), (cited[1], "contradicts"), (seen.items[0], "context")]
    yield factories.draft(seen.places[0], by, grounds, **said)
    yield factories.draft(seen.places[3], by, grounds, **said)
    undoing = {"kind": "correction", "corrects": seen.updates[0], "status": "stalled"}
    yield factories.draft(seen.places[0], by, [(cited[0], "supports"), (cited[1], "contradicts")], **said | undoing)
    yield factories.draft(seen.places[1], by, **said | {"kind": "withdrawal", "corrects": seen.updates[2]})
    log = _search(words, seen.places[3], by)
    yield factories.draft(seen.places[3], by, **said | {"status": "no_evidence", "search": log})


def _search(words: Words, place: Pledge, by: Any) -> SearchLog:
    lists = {name: [words(name)] for name in ("languages", "places", "queries")}
    return SearchLog.objects.create(pledge=place, searched_on=LATER, by=by, found=words.text("found"), **lists)


def _coding(words: Words, seen: Public, by: Any) -> Iterator[Content]:
    for place, trackability in ((seen.places[0], "continuing"), (seen.places[1], "declaratory")):
        texts = {name: words.text(name) for name in ("title", "reason", "test", "note")}
        draft = proposals.coding_draft(
            place, by, trackability=trackability, due_on="2031-07-19", to_reviewer=words("note"), **texts
        )
        draft.themes.set(type(draft).themes.rel.model.objects.all()[:3])
        yield draft


def _reply(words: Words, seen: Public, by: Any) -> Iterator[Content]:
    for replaces in (None, seen.reply):
        yield proposals.reply_draft(
            seen.places[0],
            by,
            replaces=replaces,
            speaker=words("speaker"),
            text=words.text("statement"),
            source_url=f"https://{words('replyhost')}.example.org/",
            received=words("received"),
            to_reviewer=words("note"),
        )


def _point(words: Words, seen: Public, series: Indicator, cited: Evidence, by: Any) -> Iterator[Content]:
    for indicator, corrects in (
        (seen.points[0].indicator, None),
        (seen.points[0].indicator, seen.points[-1]),
        (series, None),
    ):
        yield proposals.point_draft(
            by,
            indicator=indicator,
            corrects=corrects,
            evidence=cited,
            value=figure(),
            publisher=words("figurepublisher"),
            source_url=f"https://{words('figurehost')}.example.org/",
            note=words.text("figurenote"),
            why=words.text("figurewhy"),
            to_reviewer=words("note"),
        )


def _series(words: Words, target: Target) -> Indicator:
    """Return an indicator of which no figure is published yet."""
    texts = {name: words.text(f"series{name}") for name in ("title", "unit", "note")}
    series = Indicator.objects.create(slug=words("series"), position=30_000, **texts)
    series.targets.add(target)
    series.sections.add(target.section)
    return series


#: The states in which a draft is not public.
STATES = [state for state in DraftState if state != DraftState.PUBLISHED]


def everything(seen: Public) -> Hidden:
    """Fill the desk with all that it holds, in every state, and return it."""
    words = Words()
    series = _series(words, seen.target)
    by, reviewer = words.somebody("curator"), words.somebody("reviewer")
    items = _evidence(words, seen, by)
    made: list[Draft] = []
    for state in STATES:
        new = [
            *_status(words, seen, items, by),
            *_coding(words, seen, by),
            *_reply(words, seen, by),
            *_point(words, seen, series, items[0], by),
        ]
        made += [_brought_to(state, content, reviewer, words) for content in new]
    _beside(words, seen, by, reviewer)
    return Hidden(words, items, made, series)


def _brought_to(state: DraftState, content: Content, reviewer: Any, words: Words) -> Draft:
    draft = proposals.brought_to(state if state != DraftState.RETURNED else DraftState.IN_REVIEW, content, reviewer)
    drafts.comment(draft, by=reviewer, text=words("comment"), at=AT)
    if state == DraftState.RETURNED:
        drafts.return_(draft, by=reviewer, text=words("return"), at=AT)
    return Draft.objects.get(pk=content.pk)


def _beside(words: Words, seen: Public, by: Any, reviewer: Any) -> None:
    """Add what stands beside the drafts: people, conflicts, reports, the trail, and rows that were never sealed."""
    place, other = seen.places[0], words.somebody("curator")
    people.declare_conflict(place, by=other, reason=words("conflict"), at=AT)
    people.assign(place, by, by=by, at=AT)
    _search(words, place, by)
    act = Audit(action="draft.edit", subject=words("auditsubject"), row=words("auditrow"), by=by, at=AT)
    act.detail = {"detail": words("auditdetail")}
    act.save()
    for kind in ReportKind.values:
        report = reports.receive(
            kind=kind,
            text=words("report"),
            language="en",
            sender="",
            at=AT,
            pledge=place,
            source_url=f"https://{words('reporthost')}.example.org/",
            contact=f"{words('contact')}@example.org",
        )
    reports.close(report, by=reviewer, outcome=words("outcome"), state="handled", at=AT)
    _open(words, seen, by, reviewer)


def _open(words: Words, seen: Public, by: Any, reviewer: Any) -> None:
    """Add rows of the public tables that were filled and not sealed."""
    hands = {"author": by, "approver": reviewer, "provisional": False}
    texts = {"summary": words.text("open"), "reasoning": words.text("open")}
    said = {"kind": "correction", "corrects": seen.updates[0]} | texts | hands
    update = factories.update(seen.places[0], "delivered", grade="A", **said)
    update.save()
    Citation.objects.create(update=update, evidence=seen.items[2], bearing="supports")
    coded = proposals.latest(seen.places[3])
    Coding.objects.create(
        pledge=seen.places[3],
        version=coded.version + 1,
        title=words.text("opentitle"),
        trackability="continuing",
        author=by,
        approver=reviewer,
    )


def second_codings(words: Words, seen: Public) -> None:
    """Code two judgements again, otherwise, and settle both differences."""
    first: list[Coding | StatusUpdate] = [seen.updates[0], proposals.latest(seen.places[3])]
    for judged, value in zip(first, ("stalled", "continuing"), strict=True):
        second = coding.code_blind(judged, by=words.somebody("curator"), value=value, why=words("blindwhy"), at=AT)
        coding.settle(second, by=words.somebody("reviewer"), value=value, why=words("settledwhy"), at=AT)


def accounts() -> int:
    """Return how many accounts there are."""
    return int(get_user_model().objects.count())
