"""The public log in the API: every entry, in the order in which things became public."""

import django_filters as df
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers

from commitments.api.dated import AS_OF, Resource
from commitments.models import LedgerEntry, LedgerKind
from commitments.record import ledger, values


class EntryFilter(df.FilterSet):
    """Entries by kind, and those after a number: whoever keeps a copy asks for the rest."""

    kind = df.ChoiceFilter(choices=LedgerKind.choices, label="Kind of what became public")
    after = values.NumberFilter(
        field_name="seq", lookup_expr="gt", min_value=0, max_value=2**31 - 1, label="Number of an entry"
    )

    class Meta:
        model = LedgerEntry
        fields = ("kind", "after")


class EntrySerializer(serializers.ModelSerializer[LedgerEntry]):
    """An entry of the public log. `leaf` is the RFC 6962 leaf hash (hex) of `payload`, which is canonical JSON."""

    published_at = serializers.DateTimeField()

    class Meta:
        model = LedgerEntry
        fields = ("seq", "kind", "public_id", "published_at", "leaf", "payload")


@extend_schema_view(list=AS_OF, retrieve=AS_OF)
class EntryViewSet(Resource):
    """The public log, oldest entry first: what became public and when, each with the hash of its content."""

    serializer_class = EntrySerializer
    filterset_class = EntryFilter
    lookup_field = "seq"
    lookup_value_regex = r"[1-9][0-9]{0,8}"

    def get_queryset(self) -> QuerySet[LedgerEntry]:
        """Return the entries written by the end of the day."""
        return ledger.entries(on=self.on)
