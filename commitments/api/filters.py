"""What sections and passages can be asked by; pledges use the list's own filters."""

import django_filters as df

from commitments.models import Passage, Role, Section, SectionKind
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
    rendition = df.CharFilter(field_name="rendition__key")
    section = df.CharFilter(field_name="section__number")
    role = df.ChoiceFilter(choices=Role.choices)

    class Meta:
        model = Passage
        fields = ("document", "rendition", "section", "role")
