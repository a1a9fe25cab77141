"""Searches that were made: the ground of saying that no evidence was found."""

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from commitments import locales
from commitments.admin.base import REFUSALS, Desk, now, reason
from commitments.admin.evidence.attachments import PledgeField
from commitments.admin.evidence.form import DayField
from commitments.admin.evidence.listing import Narrowing
from commitments.admin.fields import in_languages
from commitments.admin.widgets import LinesField, TextMapField
from commitments.clock import today
from commitments.editorial import policies, searches
from commitments.editorial.policies import RefusedError
from commitments.models import Pledge, SearchLog, StatusUpdate

#: Longer lists are reports of their own.
MOST, LONGEST = 60, 300


class LinesOf(LinesField):
    """At least one line, none of them endless."""

    def validate(self, value: Any) -> None:
        """Refuse lists that nobody would read."""
        super().validate(value)
        if len(value) > MOST or any(len(line) > LONGEST for line in value):
            raise forms.ValidationError(f"At most {MOST} lines of up to {LONGEST} signs.", code="long")


class SearchForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """One search on one pledge."""

    #: Set for each request: who, the desk's day, and why the last try to save was refused.
    by: ClassVar[Any] = None
    today: ClassVar[date] = date.min
    refusal: ClassVar[str] = ""

    pledge = PledgeField()
    searched_on = DayField(label="Searched on")
    languages = LinesOf(help_text="In which languages, one tag on each line: es, pt, zh-Hans …")
    places = LinesOf(help_text="Where, one on each line: catalogues, sites, search engines.")
    queries = LinesOf(help_text="The words that were looked for, one query on each line, in their own language.")
    found = TextMapField(
        required=False, rows=2, help_text="What it brought, where it brought anything. Shown to readers."
    )

    class Meta:
        model = SearchLog
        fields = ("pledge", "searched_on", "languages", "places", "queries", "found")

    def clean_pledge(self) -> Pledge:
        """Refuse a pledge on which the person declared a conflict of interest."""
        pledge: Pledge = self.cleaned_data["pledge"]
        try:
            policies.check_can_search(self.by, pledge)
        except RefusedError as refusal:
            raise forms.ValidationError(str(refusal), code="refused") from None
        return pledge

    def clean_searched_on(self) -> date:
        """Refuse a day that has not come."""
        day: date = self.cleaned_data["searched_on"]
        if day > self.today:
            raise forms.ValidationError("This day has not come yet.", code="future")
        return day

    def clean_languages(self) -> list[str]:
        """Return the tags as they are best written."""
        tags = [tag.strip(",") for line in self.cleaned_data["languages"] for tag in line.replace(",", " ").split()]
        try:
            return list(dict.fromkeys(map(locales.language, tags)))
        except ValueError:
            words = "These are no language tags: write en, es, pt-BR, zh-Hans, qu …"
            raise forms.ValidationError(words, code="unknown") from None

    def clean(self) -> Any:
        """Show the refusal beside what was typed."""
        if self.refusal:
            raise forms.ValidationError(self.refusal, code="refused")
        return super().clean()


class MadeBy(Narrowing):
    """Who searched."""

    title = "made"
    parameter_name = "made"
    answers = {
        "me": ("by me", lambda rows, request: rows.filter(by=request.user.pk)),
    }


def _rests() -> Exists:
    return Exists(StatusUpdate.objects.filter(search=OuterRef("pk"), published_at__isnull=False))


class Rests(Narrowing):
    """Whether something public rests on it."""

    title = "ground of"
    parameter_name = "ground"
    answers = {
        "public": ("a published update", lambda rows, request: rows.filter(_rests())),
        "nothing": ("nothing public", lambda rows, request: rows.exclude(_rests())),
    }


class FoundAnything(Narrowing):
    """Whether it brought anything."""

    title = "brought"
    parameter_name = "brought"
    answers = {
        "something": ("something said", lambda rows, request: rows.exclude(found={})),
        "nothing": ("nothing said", lambda rows, request: rows.filter(found={})),
    }


def lines(field: str) -> Any:
    """Return a column that shows the list of this name."""

    @admin.display(description=field)
    def shown(room: "SearchLogAdmin", log: SearchLog) -> str:
        return " · ".join(getattr(log, field)) or "–"

    return shown


@admin.register(SearchLog)
class SearchLogAdmin(Desk):
    """Logged searches."""

    nothing = (
        "No search is logged yet. Log one from the page of a pledge, also where it brought nothing: “no "
        "evidence found” needs one."
    )
    form = SearchForm
    fieldsets = (
        (None, {"fields": ("pledge", "searched_on")}),
        ("How", {"fields": ("languages", "places", "queries")}),
        ("What it brought", {"fields": ("found",)}),
    )
    list_display = ("pledge", "searched_on", "languages_said", "queries_said", "made_by", "ground")
    list_filter = (MadeBy, Rests, FoundAnything, "pledge__document", "searched_on")
    list_select_related = ("pledge", "by")
    search_fields = ("pledge__code", "queries", "places")
    change_form_template = "admin/searches/change_form.html"
    languages_said, places_said, queries_said = lines("languages"), lines("places"), lines("queries")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SearchLog]:
        """Return the searches, each with whether something public rests on it."""
        found: QuerySet[SearchLog] = super().get_queryset(request).annotate(rests=_rests())
        return found

    @admin.display(description="found")
    def found_said(self, log: SearchLog) -> str:
        """Return what it brought."""
        return in_languages(log.found) or "–"

    @admin.display(description="by", ordering="by__username", empty_value="–")
    def made_by(self, log: SearchLog) -> str | None:
        """Return who searched."""
        return (log.by.get_full_name() or log.by.get_username()) if log.by else None

    @admin.display(description="ground of a public update", boolean=True, ordering="rests")
    def ground(self, log: SearchLog) -> bool:
        """Return whether something public rests on it."""
        return bool(log.rests)  # type: ignore[attr-defined]  # annotated above

    def get_fieldsets(self, request: HttpRequest, obj: SearchLog | None = None) -> Any:
        """Return the form's fields; of a search that stands, what it says."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        said = ("pledge", "searched_on", "languages_said", "places_said", "queries_said", "found_said", "made_by")
        return ((None, {"fields": said}),)

    def has_change_permission(self, request: HttpRequest, obj: SearchLog | None = None) -> bool:
        """No, where a published update rests on it."""
        return super().has_change_permission(request, obj) and (obj is None or searches.can_change(request.user, obj))

    def get_form(self, request: HttpRequest, obj: SearchLog | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form of this request."""
        if obj and not self.has_change_permission(request, obj):
            kwargs["form"] = forms.ModelForm
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.by, form.today = request.user, today()
        form.refusal = getattr(request, "refusal", "")
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the pledge that `?pledge=CODE` names, today."""
        return {"pledge": request.GET.get("pledge", "").upper(), "searched_on": today()}

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show or save; what is refused comes back with the reason and with all that was typed."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except REFUSALS as refusal:
            if request.method != "POST":
                raise
            request.refusal = reason(refusal)  # type: ignore[attr-defined]
        log = self.get_object(request, object_id) if object_id else None
        if log and not self.has_change_permission(request, log):
            messages.error(request, request.refusal)  # type: ignore[attr-defined]
            return redirect("admin:commitments_searchlog_change", log.pk)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Say what is done in words."""
        return super().add_view(request, form_url, {"title": "Log a search", **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: SearchLog, form: Any, change: bool) -> None:
        """Save through the desk's actions."""
        if change:
            searches.change(obj, by=request.user, at=now())
        else:
            searches.record(obj, by=request.user, at=now())

    def response_post_save_add(self, request: HttpRequest, obj: SearchLog) -> HttpResponseRedirect:
        """Go back to the pledge."""
        return redirect("admin:commitments_pledge_change", obj.pledge_id)
