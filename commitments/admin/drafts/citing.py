"""The field by which a draft cites evidence: a box for each item beside the pledge, and lines for further numbers.

Its value is a map from an item's number to its bearing, as it was typed; cleaned, it is pairs of item and bearing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.http import JsonResponse
from django.urls import reverse_lazy

from commitments.editorial.grounds import is_after
from commitments.models import Attachment, Bearing, Evidence, Pledge, StatusDraft, text_in

#: Lines for numbers of items that are not beside the pledge yet.
LINES = 2
#: How many items are suggested while somebody types.
SUGGESTED = 12


@dataclass(frozen=True)
class Candidate:
    """An item that the draft could cite; `bearing` is the one that it has beside the pledge."""

    item: Evidence
    bearing: str
    why: dict[str, str]
    public: bool
    after_baseline: bool


def preset(item: Evidence, bearing: str, baseline: date) -> str:
    """Return the bearing to begin with: what happened before the baseline, or cannot be dated, is context."""
    return bearing if is_after(item, baseline) else Bearing.CONTEXT


def candidates(pledge: Pledge, others: Iterable[Evidence] = ()) -> list[Candidate]:
    """Return what a draft about the pledge could cite: the items beside it, newest event first, then `others`."""
    baseline = pledge.document.baseline_on
    rows = Attachment.objects.filter(pledge=pledge).select_related("evidence__superseded_by")
    found = {row.evidence_id: _candidate(row.evidence, row.bearing, row.why, baseline) for row in rows}
    for item in others:
        found.setdefault(item.pk, _candidate(item, Bearing.SUPPORTS, {}, baseline))
    order = list(Bearing)
    return sorted(found.values(), key=lambda c: (order.index(Bearing(c.bearing)), -_day(c.item), c.item.public_id))


def _day(item: Evidence) -> int:
    return item.happened_on.toordinal() if item.happened_on else 0


def _candidate(item: Evidence, bearing: str, why: dict[str, str], baseline: date) -> Candidate:
    after = is_after(item, baseline)
    return Candidate(item, preset(item, bearing, baseline), why, item.public_at is not None, after)


class CitationsWidget(forms.Widget):
    """Boxes, bearings and lines. Without the script that suggests numbers, they are typed in full."""

    template_name = "admin/widgets/citations.html"
    use_fieldset = True
    candidates: list[Candidate] = []

    class Media:
        js = [forms.Script("js/desk-suggest.js", type="module")]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        """Return what was ticked and typed. A number that nobody knows is kept, to be shown again."""
        ticked = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        found = {number: data.get(f"{name}-{number}", "") for number in ticked}
        for n in range(len(data) + 1):
            typed = data.get(f"{name}-more-{n}")
            if typed is None:
                break
            if number := typed.partition(" ")[0].strip().upper():
                found.setdefault(number, data.get(f"{name}-more-{n}-bearing", ""))
        return found

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Never: nothing ticked is said too."""
        return False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the boxes and the lines."""
        context = super().get_context(name, value, attrs)
        chosen = dict(value or {})
        boxes = [
            {"candidate": c, "ticked": c.item.public_id in chosen, "bearing": chosen.pop(c.item.public_id, c.bearing)}
            for c in self.candidates
        ]
        lines = [*({"number": number, "bearing": bearing} for number, bearing in chosen.items())]
        lines += [{"number": "", "bearing": Bearing.SUPPORTS}] * LINES
        context["widget"] |= {"boxes": boxes, "lines": lines, "bearings": Bearing.choices, "suggest": SUGGEST}
        context["widget"]["problem"] = problem_of(attrs)
        return context


def problem_of(attrs: dict[str, Any] | None) -> str:
    """Return the id of the list of errors over a group of boxes, empty where there is none."""
    return f"{attrs['id']}_error" if attrs and attrs.get("aria-invalid") else ""


SUGGEST = reverse_lazy("admin:commitments_statusdraft_suggest")


class CitationsField(forms.Field):
    """What the draft cites."""

    widget = CitationsWidget

    def clean(self, value: Any) -> list[tuple[Evidence, str]]:
        """Return the items with their bearings, in the order of their numbers; refuse what is not known."""
        found = {item.public_id: item for item in Evidence.objects.filter(public_id__in=list(value))}
        if missing := sorted(set(value) - set(found)):
            raise forms.ValidationError(
                "There is no item of evidence %(numbers)s. Type its number as it stands in the list of evidence.",
                code="unknown",
                params={"numbers": ", ".join(missing)[:200]},
            )
        if wrong := sorted(number for number, bearing in value.items() if bearing not in Bearing.values):
            words = "Say for %(numbers)s whether it supports, contradicts or is context."
            raise forms.ValidationError(words, code="bearing", params={"numbers": ", ".join(wrong)[:200]})
        return [(found[number], value[number]) for number in sorted(found)]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the maps."""
        return bool((initial or {}) != (data or {}))


def cited(draft: StatusDraft) -> dict[str, str]:
    """Return what a stored draft cites."""
    return dict(draft.citations.values_list("evidence__public_id", "bearing"))


def suggestions(words: str) -> JsonResponse:
    """Return items whose number, title, publisher or fact holds the words, for the list under a line."""
    found = Evidence.objects.filter(superseded_by=None)
    for word in words.split()[:6]:
        found = found.filter(_holding(word))
    items = list(found.order_by("-pk")[:SUGGESTED]) if words.strip() else []
    return JsonResponse({"items": [{"value": item.public_id, "label": _label(item)} for item in items]})


def _label(item: Evidence) -> str:
    day = item.happened_on.isoformat() if item.happened_on else "no date"
    return f"{day} · {item.publisher} · {item.title or text_in(item.fact, 'en')[0]}"[:160]


def _holding(word: str) -> Any:
    fields = ("public_id", "title", "publisher", "fact__en", "fact__zh-hans", "source_url")
    wanted = Q()
    for field in fields:
        wanted |= Q(**{f"{field}__icontains": word})
    return wanted
