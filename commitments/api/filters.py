"""What sections and passages can be asked by; pledges use the list's own filters."""

from datetime import date
from typing import Any

import django_filters as df
from django import forms
from django.db.models import QuerySet

from commitments.models import Indicator, Passage, Role, Section, SectionKind, Target
from commitments.record import codes, indicators, published
from commitments.record.search import passages as search_passages


class SectionFilter(df.FilterSet):
    """Sections by document and kind."""

    document = df.ModelChoiceFilter(queryset=published.documents(), to_field_name="slug")
    kind = df.ChoiceFilter(choices=SectionKind.choices)

    class Meta:
        model = Section
        fields = ("document", "kind")


class PassageFilter(df.FilterSet):
    """Sentences by words, document, rendition, section and role."""

    q = df.CharFilter(method="search", label="Words", max_length=200)
    document = df.ModelChoiceFilter(
        queryset=published.documents(), field_name="rendition__document", to_field_name="slug"
    )
    rendition = df.AllValuesFilter(field_name="rendition__key")
    section = df.AllValuesFilter(field_name="section__number")
    role = df.ChoiceFilter(choices=Role.choices)

    class Meta:
        model = Passage
        fields = ("document", "rendition", "section", "role")

    def search(self, qs: QuerySet[Passage], name: str, value: str) -> QuerySet[Passage]:
        """Keep the sentences that answer the words, best first."""
        return search_passages(qs, value).rows if value.strip() else qs


class SectionCodeField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A section by its code, FMP-2.11 in capitals or not: numbers are not the same thing in every document."""

    def to_python(self, value: Any) -> Section | None:
        """Return the section of the code; raise ValidationError where there is none."""
        if value in self.empty_values:
            return None
        code = codes.written(str(value))
        document, _, number = code.partition("-")
        known = published.sections().filter(document__code=document, number=number)
        found = known.first() if code else None
        if found is None:
            raise forms.ValidationError(f"There is no section {value}.")
        return found


class SectionCodeFilter(df.ModelChoiceFilter):
    """What stands beside a section."""

    field_class = SectionCodeField


class IndicatorFilter(df.FilterSet):
    """Indicators by the document and section, or the announced number, that they stand beside."""

    document = df.ModelChoiceFilter(
        queryset=published.documents(), field_name="sections__document", to_field_name="slug", distinct=True
    )
    section = SectionCodeFilter(queryset=published.sections(), field_name="sections", label="Code of a section")
    target = df.ModelChoiceFilter(queryset=indicators.targets(on=date.max), field_name="targets", to_field_name="code")

    class Meta:
        model = Indicator
        fields = ("document", "section", "target")


class TargetFilter(df.FilterSet):
    """Announced numbers by document and section."""

    document = df.ModelChoiceFilter(
        queryset=published.documents(), field_name="section__document", to_field_name="slug"
    )
    section = df.AllValuesFilter(field_name="section__number")

    class Meta:
        model = Target
        fields = ("document", "section")
