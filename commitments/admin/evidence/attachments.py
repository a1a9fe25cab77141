"""Attachments: on which pledges an item bears, how and why. Rows of the item's page, and a list to look through."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, JsonResponse
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString

from commitments.admin.base import ReadOnly, now
from commitments.admin.evidence.listing import Public, named
from commitments.admin.fields import ByNumber, in_languages
from commitments.admin.widgets import TextMapField
from commitments.clock import today
from commitments.editorial import attachments
from commitments.editorial.evidence import check_can_change_attachment
from commitments.editorial.policies import RefusedError
from commitments.models import Attachment, Bearing, Pledge, text_in
from commitments.record import published
from commitments.record.search import matching

#: How many pledges are suggested while somebody types.
SUGGESTED = 12


class PledgeField(ByNumber):
    """A pledge by its code; with the script, codes are suggested for words."""

    def __init__(self, **kwargs: Any) -> None:
        """Let the script suggest codes."""
        attrs = {
            "class": "pledge-code",
            "autocomplete": "off",
            "list": "suggested-pledges",
            "data-suggest": reverse_lazy("admin:commitments_evidence_pledges"),
        }
        kwargs.setdefault("help_text", "Its code, such as SPC-3.4; words of it bring suggestions.")
        super().__init__(Pledge, "code", widget=forms.TextInput(attrs=attrs), **kwargs)


def pledge_suggestions(words: str) -> JsonResponse:
    """Return pledges whose code begins so, or whose text holds the words."""
    words = words.strip()
    found = published.pledges(on=today())
    coded = list(found.filter(code__istartswith=words)[:SUGGESTED]) if words else []
    pledges = coded or (list(matching(found, words)[:SUGGESTED]) if words else [])
    named = ((pledge.code, text_in(published.coding_of(pledge).title, "en")[0]) for pledge in pledges)
    return JsonResponse({"items": [{"value": code, "label": title} for code, title in named]})


class AttachmentForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """One pledge on which an item bears."""

    pledge = PledgeField()
    bearing = forms.ChoiceField(
        choices=[("", "–"), *Bearing.choices],
        help_text="What came before the document's baseline date, or cannot be dated, is context.",
    )
    why = TextMapField(
        rows=2, required=False, help_text="Which words of the pledge or its test it touches. Shown to readers."
    )

    class Meta:
        model = Attachment
        fields = ("pledge", "bearing", "why")


class AttachmentRows(BaseInlineFormSet):  # type: ignore[type-arg]
    """The pledges of one item; the rules of the desk are said at the row that breaks them."""

    by: ClassVar[Any] = None

    def clean(self) -> None:
        """Judge each row as the desk's actions will."""
        super().clean()
        for form in self.forms:
            for field, refusal in self._refusals(form):
                form.add_error(field, refusal)

    def _refusals(self, form: Any) -> Iterator[tuple[str | None, str]]:
        if self._should_delete_form(form):  # type: ignore[attr-defined]
            yield from _said(None, lambda: attachments.check_can_detach(self.by, form.instance))
            return
        pledge, bearing = form.cleaned_data.get("pledge"), form.cleaned_data.get("bearing")
        if not pledge or not bearing:
            return
        # Django leaves this to the database: it does not judge constraints that hold the parent's key.
        there = Attachment.objects.filter(evidence_id=self.instance.pk, pledge=pledge)
        if there.exclude(pk=form.instance.pk).exists():
            yield "pledge", "The item stands beside this pledge already."
        if form.has_changed():
            yield from _said("pledge", lambda: attachments.check_can_touch(self.by, pledge))
            if form.instance.pk:
                yield from _said(None, lambda: check_can_change_attachment(self.by, form.instance))
        if self._dated():
            yield from _said("bearing", lambda: attachments.check_bearing(self.instance, pledge, bearing))

    def _dated(self) -> bool:
        """Tell whether the item's dates are known here: one that was refused in the form above is not."""
        typed = any(self.data.get(name) for name in ("event_on", "published_on"))
        return self.instance.happened_on is not None or not typed


def _said(field: str | None, check: Any) -> Iterator[tuple[str | None, str]]:
    try:
        check()
    except RefusedError as refusal:
        yield field, str(refusal)


class AttachmentInline(admin.StackedInline):  # type: ignore[type-arg]
    """What the item bears on. What readers see already stands above, unchangeable."""

    model = Attachment
    form = AttachmentForm
    formset = AttachmentRows
    extra = 1
    verbose_name = "pledge"
    verbose_name_plural = "On which pledges it bears"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attachment]:
        """Return the rows that can still be changed."""
        return super().get_queryset(request).filter(public_at=None).select_related("pledge__document", "evidence")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields, and open the rows of a public item only when somebody asks."""
        if obj is None or not obj.public_at:
            return super().get_fieldsets(request, obj)
        self.classes, self.verbose_name_plural = ("collapse",), "Lay it beside another pledge"
        words = "Readers see it there from when an update on the pledge cites it."
        return ((None, {"fields": AttachmentForm.Meta.fields, "description": words}),)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return the rows of this request."""
        formset = super().get_formset(request, obj, **kwargs)
        formset.by = request.user  # type: ignore[attr-defined]
        return formset


def save_rows(formset: Any, *, by: Any) -> None:
    """Save the rows of a form by the desk's actions."""
    formset.save(commit=False)
    for row in formset.deleted_objects:
        attachments.detach(row, by=by, at=now())
    for row, _ in formset.changed_objects:
        attachments.change(row, by=by, at=now())
    for row in formset.new_objects:
        attachments.attach(row, by=by, at=now())


@admin.register(Attachment)
class AttachmentAdmin(ReadOnly):
    """What bears on what, to look through. Rows are made and changed on the page of the item."""

    list_display = ("__str__", "source", "bearing", "public_at")
    list_filter = (Public, "bearing", "evidence__side", "evidence__record", "pledge__document")
    list_select_related = ("evidence", "pledge")
    search_fields = ("evidence__public_id", "evidence__title", "evidence__publisher", "pledge__code")
    ordering = ("-pk",)
    fields = ("links", "bearing", "why_in_words", "public_at")
    readonly_fields = ("links", "why_in_words")

    @admin.display(description="source", ordering="evidence__publisher")
    def source(self, row: Attachment) -> str:
        """Return what the source is."""
        return named(row.evidence)

    @admin.display(description="why")
    def why_in_words(self, row: Attachment) -> str:
        """Return why, in all languages."""
        return in_languages(row.why) or "–"

    @admin.display(description="item and pledge")
    def links(self, row: Attachment) -> SafeString:
        """Return the way to both."""
        item = reverse("admin:commitments_evidence_change", args=[row.evidence_id])
        pledge = reverse("admin:commitments_pledge_change", args=[row.pledge_id])
        return format_html('<a href="{}">{}</a> · <a href="{}">{}</a>', item, row.evidence, pledge, row.pledge)
