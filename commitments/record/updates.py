"""What the updates can be asked by, in the API and in exports."""

import django_filters as df
from django.db.models import QuerySet

from commitments.models import Delivery, StatusUpdate
from commitments.record.search import updates as search_updates


class UpdateFilter(df.FilterSet):
    """Updates by words, pledge, status, and whether they are provisional."""

    q = df.CharFilter(method="search", label="Words", max_length=200)
    pledge = df.CharFilter(field_name="pledge__code")
    status = df.ChoiceFilter(choices=Delivery.choices)
    provisional = df.BooleanFilter()

    class Meta:
        model = StatusUpdate
        fields = ("pledge", "status", "provisional")

    def search(self, qs: QuerySet[StatusUpdate], name: str, value: str) -> QuerySet[StatusUpdate]:
        """Keep the updates that answer the words, best first."""
        return search_updates(qs, value).rows if value.strip() else qs
