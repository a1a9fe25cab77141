"""By what curators narrow the list of pledges. Each filter is one value of a select; several mean all of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from commitments.clock import today
from commitments.models import (
    Actor,
    Attachment,
    Coding,
    Delivery,
    Document,
    Draft,
    Grade,
    Pledge,
    Section,
    StatusUpdate,
    Theme,
    Trackability,
    text_in,
)
from commitments.models.transitions import UNDERWAY

Choices = list[tuple[str, str]]
#: A due date counts as near this long before it comes.
SOON = timedelta(days=90)


class Choice(admin.SimpleListFilter):
    """One filter: its parameter, its choices, and what each keeps."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the choices."""
        return list(self.options(request.user))

    def options(self, by: Any) -> Choices:
        """Return the choices that somebody has."""
        raise NotImplementedError

    def keep(self, found: QuerySet[Pledge], value: str, by: Any) -> QuerySet[Pledge]:
        """Return the pledges that one of the choices leaves."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Pledge]) -> QuerySet[Pledge]:
        """Narrow the list where a choice is set. What is no choice keeps nothing out."""
        value = self.value()
        known = {str(choice) for choice, _ in self.lookup_choices}
        return self.keep(queryset, value, request.user) if value in known else queryset


def _english(text: dict[str, str]) -> str:
    return text_in(text, "en")[0]


class ByDocument(Choice):
    """The document."""

    title, parameter_name = "document", "document"

    def options(self, by: Any) -> Choices:
        """Return the documents."""
        return [(row.slug, _english(row.short_title)) for row in Document.objects.all()]

    def keep(self, found: QuerySet[Pledge], value: str, by: Any) -> QuerySet[Pledge]:
        """Keep the document's."""
        return found.filter(document__slug=value)


class ByProject(Choice):
    """A project of the policy paper."""

    title, parameter_name = "project", "project"

    def options(self, by: Any) -> Choices:
        """Return the projects."""
        rows = Section.objects.filter(kind="project").order_by("document__position", "position")
        return [(row.number, f"{row.number} {_english(row.title)}") for row in rows]

    def keep(self, found: QuerySet[Pledge], value: str, by: Any) -> QuerySet[Pledge]:
        """Keep the project's."""
        return found.filter(section__parent__number=value)


class BySection(Choice):
    """A section, or a paragraph of the Consensus."""

    title, parameter_name = "section", "section"

    def options(self, by: Any) -> Choices:
        """Return the sections that hold pledges themselves."""
        rows = Section.objects.exclude(kind="project").select_related("document")
        rows = rows.order_by("document__position", "position")
        return [(str(row), f"{row} {_english(row.title)}") for row in rows]

    def keep(self, found: QuerySet[Pledge], value: str, by: Any) -> QuerySet[Pledge]:
        """Keep the section's."""
        document, _, number = value.partition("-")
        return found.filter(document__code=document, section__number=number)


def _stating(found: QuerySet[Pledge], **fields: Any) -> QuerySet[Pledge]:
    """Keep the pledges whose current update is so."""
    return found.filter(Exists(StatusUpdate.objects.filter(pk=OuterRef("current_update"), **fields)))


def _coded(found: QuerySet[Pledge], **fields: Any) -> QuerySet[Pledge]:
    """Keep the pledges whose current coding is so."""
    return found.filter(Exists(Coding.objects.filter(pk=OuterRef("current_coding"), **fields)))


class ByStatus(Choice):
    """Where it stands."""

    title, parameter_name = "status", "status"

    def options(self, by: Any) -> Choices:
        """Return the statuses."""
        return [(value, str(label)) for value, label in Delivery.choices]

    def keep(self, found: QuerySet[Pledge], value: str, by: Any) -> QuerySet[Pledge]:
        """Keep those that stand so; one without any update is not assessed."""
        if value == Delivery.NOT_ASSESSED:
            said = StatusUpdate.objects.exclude(status=value).filter(pk=OuterRef("current_update"))
            return found.filter(~Exists(said))
        return _stating(found, status=value)


class ByGrade(Choice):
    """The evidence grade."""

    title, parameter_name = "grade", "grade"

    def options(self, by: Any) -> Choices:
        """Return the grades."""
        return [*((grade.value, grade.value) for grade in Grade), ("none", "no grade")]

    def keep(self, found: QuerySet[Pledge], value: str, by: Any) -> QuerySet[Pledge]:
        """Keep those with the grade."""
        if value == "none":
            graded = StatusUpdate.objects.filter(pk=OuterRef("current_update")).exclude(grade="")
            return found.filter(~Exists(graded))
        return _stating(found, grade=value)


class ByProvisional(Choice):
    """Whether the status waits for two people."""

    title, parameter_name = "provisional", "provisional"

    def options(self, by: Any) -> Choices:
        """Return yes and no."""
        return [("yes", "provisional"), ("no", "not provisional")]

    def keep(self, found: QuerySet[Pledge], value: str, by: Any) -> QuerySet[Pledge]:
        """Keep those that are, or are not."""
        provisional = StatusUpdate.objects.filter(pk=OuterRef("current_update"), provisional=True)
        return found.filter(Exists(provisional) if value == "yes" else ~Exists(provisional))


class ByTrackability(Choice):
    """How far the words can be followed."""

    title, parameter_name = "trackability", "trackability"

    def options(self, by: Any) -> Choices:
        """Return the kinds."""
        return [(value, str(label)) for value, label in Trackability.choices]

    def keep(self, found: QuerySet[Pledge], value: str, by: Any) -> QuerySet[Pledge]:
        """Keep those coded so."""
        return _coded(found, trackability=value)


class ByTheme(Choice):
    """A theme of the coding."""

    title, parameter_name = "theme", "theme"

    def options(self, by: Any) -> Choices:
        """Return the themes."""
        return [(row.slug, _english(row.name)) for row in Theme.objects.all()]

    def keep(self, found: QuerySet[Pledge], value: str, by: Any) -> QuerySet[Pledge]:
        """Keep those with the theme."""
        return _coded(found, themes__slug=value)


class ByActor(Choice):
    """Who promises."""

    title, parameter_name = "who promises", "actor"

    def options(self, by: Any) -> Choices:
        """Return those who promise something."""
        rows = Actor.objects.filter(codings__published_at__isnull=False).distinct()
        return [(row.slug, _english(row.name)) for row in rows]

    def keep(self, found: QuerySet[Pledge], value: str, by: Any) -> QuerySet[Pledge]:
        """Keep those that the actor promises."""
        return _coded(found, actors__slug=value)


class ByPerson(Choice):
    """Who looks after it."""

    title, parameter_name = "assigned to", "assigned"

    def options(self, by: Any) -> Choices:
        """Return oneself, nobody, and the others who look after some pledge."""
        others = get_user_model().objects.filter(assignments__isnull=False).exclude(pk=by.pk).distinct()
        names = [(str(row.pk), row.get_full_name() or row.get_username()) for row in others.order_by("username")]
        return [("me", "me"), ("nobody", "nobody"), *names]

    def keep(self, found: QuerySet[Pledge], value: str, by: Any) -> QuerySet[Pledge]:
        """Keep what the person looks after."""
        if value == "nobody":
            return found.filter(assignments__isnull=True)
        return found.filter(assignments__person=by.pk if value == "me" else int(value))


class ByWork(Choice):
    """What lies at the desk for it."""

    title, parameter_name = "at the desk", "work"
    _KEPT: ClassVar[dict[str, Callable[[], Q]]] = {
        "evidence": lambda: Q(Exists(_not_yet_public())),
        "drafts": lambda: Q(Exists(Draft.objects.filter(pledge=OuterRef("pk"), state__in=UNDERWAY))),
        "none": lambda: ~Q(Exists(Attachment.objects.filter(pledge=OuterRef("pk")))),
    }

    def options(self, by: Any) -> Choices:
        """Return what can lie there."""
        return [("evidence", "evidence not yet public"), ("drafts", "open drafts"), ("none", "no evidence at all")]

    def keep(self, found: QuerySet[Pledge], value: str, by: Any) -> QuerySet[Pledge]:
        """Keep those for which it does."""
        return found.filter(self._KEPT[value]())


def _not_yet_public() -> QuerySet[Attachment]:
    hidden = Q(public_at__isnull=True) | Q(evidence__public_at__isnull=True)
    return Attachment.objects.filter(hidden, pledge=OuterRef("pk"))


class ByDueDate(Choice):
    """When the text says it is due."""

    title, parameter_name = "due", "due"

    def options(self, by: Any) -> Choices:
        """Return past, near and any."""
        return [("past", "date has passed"), ("soon", f"within {SOON.days} days"), ("dated", "has a date")]

    def keep(self, found: QuerySet[Pledge], value: str, by: Any) -> QuerySet[Pledge]:
        """Keep those with such a date."""
        on = today()
        kept: dict[str, dict[str, Any]] = {
            "past": {"due_on__lt": on},
            "soon": {"due_on__range": (on, on + SOON)},
            "dated": {"due_on__isnull": False},
        }
        return _coded(found, **kept[value])


FILTERS = (
    ByDocument,
    ByProject,
    BySection,
    ByStatus,
    ByGrade,
    ByProvisional,
    ByTrackability,
    ByTheme,
    ByActor,
    ByPerson,
    ByWork,
    ByDueDate,
)
