"""What the updates can be asked by, in the API and in exports."""

import django_filters as df

from commitments.models import Delivery, StatusUpdate


class UpdateFilter(df.FilterSet):
    """Updates by pledge, status, and whether they are provisional."""

    pledge = df.CharFilter(field_name="pledge__code")
    status = df.ChoiceFilter(choices=Delivery.choices)
    provisional = df.BooleanFilter()

    class Meta:
        model = StatusUpdate
        fields = ("pledge", "status", "provisional")
