"""What sections and passages can be asked by; pledges use the list's own filters."""

import django_filters as df

from commitments.models import Delivery, Passage, Role, Section, SectionKind, StatusUpdate
from commitments.record import published


class SectionFilter(df.FilterSet):
    """Sections by document and kind."""

    document = df.ModelChoiceFilter(queryset=published.documents(), to_field_name="slug")
    kind = df.ChoiceFilter(choices=SectionKind.choices)

    class Meta:
        model = Section
        fields = ("document", "kind")


class PassageFilter(df.FilterSet):
    """Sentences by document, rendition, section and role."""

    document = df.ModelChoiceFilter(
        queryset=published.documents(), field_name="rendition__document", to_field_name="slug"
    )
    rendition = df.AllValuesFilter(field_name="rendition__key")
    section = df.AllValuesFilter(field_name="section__number")
    role = df.ChoiceFilter(choices=Role.choices)

    class Meta:
        model = Passage
        fields = ("document", "rendition", "section", "role")


class UpdateFilter(df.FilterSet):
    """Updates by pledge, status, and whether they are provisional."""

    pledge = df.CharFilter(field_name="pledge__code")
    status = df.ChoiceFilter(choices=Delivery.choices)
    provisional = df.BooleanFilter()

    class Meta:
        model = StatusUpdate
        fields = ("pledge", "status", "provisional")
