"""The form of a status update: every status with its meaning, the evidence beside the pledge, words in languages."""

from datetime import date
from typing import Any

from django import forms

from commitments.admin.base import now
from commitments.admin.drafts.citing import CitationsField, candidates, cited, problem_of
from commitments.admin.drafts.drafting import DraftForm
from commitments.admin.widgets import TextMapField, TextMapWidget
from commitments.editorial.grounds import needs
from commitments.models import Delivery, Evidence, SearchLog, StatusDraft, Trackability, UpdateKind
from commitments.record import published

#: What a withdrawal has no say in: it takes these over from the update that it withdraws.
JUDGEMENT = ("status", "effective_on", "reported_delivered", "search", "citations")


class StatusWidget(forms.RadioSelect):
    """Every status with its sign, its definition and what it needs."""

    template_name = "admin/widgets/statuses.html"
    baseline: date | None = None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add what stands beside each choice."""
        context = super().get_context(name, value, attrs)
        context["widget"]["problem"] = problem_of(attrs)
        for _, options, _ in context["widget"]["optgroups"]:
            for option in options:
                status = Delivery(option["value"])
                option["standing"] = published.Standing(status)
                option["needs"] = needs(status, self.baseline) if self.baseline else ""
        return context


class FoldedTexts(TextMapWidget):
    """English at first sight; the other languages behind a fold, which stands open where they hold something."""

    template_name = "admin/widgets/text_map_folded.html"

    def __init__(self, label: str) -> None:
        """Name the boxes together."""
        super().__init__()
        self.label = label

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add what is behind the fold, and whether it stands open."""
        context = super().get_context(name, value, attrs)
        _, *others = context["widget"]["subwidgets"]
        context["widget"] |= {
            "label": self.label,
            "problem": problem_of(attrs),
            "others": ", ".join(box["language"] for box in others),
            "filled": any(box["value"] for box in others),
        }
        return context


def _texts(label: str, help_text: str) -> TextMapField:
    field = TextMapField(label=label, help_text=help_text, required=False)
    field.widget = FoldedTexts(label)
    return field


class SearchField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """One of the searches logged on the pledge."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the day, the languages and the places."""
        return f"{obj.searched_on} · {', '.join(obj.languages)} · {', '.join(obj.places)}"[:120]


class StatusForm(DraftForm):
    """Where the deed stands, since when, on what evidence."""

    status = forms.ChoiceField(widget=StatusWidget)
    effective_on = forms.DateField(
        label="Effective on",
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="Since when it is so in the world.",
    )
    citations = CitationsField(label="Evidence", required=False)
    summary = _texts("Summary", "What happened, in one or two sentences.")
    reasoning = _texts("Reasoning", "Why this status and not another; for a correction, what was wrong and why.")
    search = SearchField(
        SearchLog.objects.none(), required=False, help_text="The ground of “no evidence found” and of “stalled”."
    )

    to_reviewer = forms.CharField(
        label="Note to the reviewer", required=False, widget=forms.Textarea({"rows": 3}), help_text="Never public."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer what the pledge's record allows."""
        super().__init__(*args, **kwargs)
        draft = self.instance
        if draft.kind == UpdateKind.WITHDRAWAL:
            for name in JUDGEMENT:
                self.fields.pop(name, None)
            return
        if draft.pk:
            self.initial["citations"] = cited(draft)
        self._offer(draft)

    def _offer(self, draft: StatusDraft) -> None:
        numbers = self.initial.get("citations", {})
        self.fields["citations"].widget.candidates = candidates(
            draft.about, Evidence.objects.filter(public_id__in=numbers).select_related("superseded_by")
        )
        status: Any = self.fields["status"]
        status.choices, status.widget.baseline = _choices(draft), draft.about.document.baseline_on
        if len(status.choices) == 1:
            status.error_messages["invalid_choice"] = "A declaratory pledge can only be not assessable."
        search: Any = self.fields["search"]
        search.queryset = SearchLog.objects.filter(pledge=draft.pledge)


def _choices(draft: StatusDraft) -> list[tuple[str, Any]]:
    """Return the statuses that the pledge can have: a declaratory one is not assessable, whatever is found."""
    coding = published.codings(on=now().date()).get(pledge=draft.pledge)
    if coding.trackability == Trackability.DECLARATORY:
        return [(Delivery.NOT_ASSESSABLE.value, Delivery.NOT_ASSESSABLE.label)]
    return list(Delivery.choices)
