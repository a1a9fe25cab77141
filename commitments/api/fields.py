"""What the serializers share: maps of texts, and addresses of pages."""

from django.conf import settings
from django.utils.translation import override
from rest_framework import serializers

from commitments.models import Document, Evidence, Indicator, Pledge, Section


def page_of(row: Document | Section | Pledge | Evidence | Indicator) -> str:
    """Return the absolute address of a row's page, in English."""
    with override("en"):
        return f"{settings.SITE_URL}{row.get_absolute_url()}"


class TextMapField(serializers.DictField):
    """A map from language to text; a missing language is absent."""

    child = serializers.CharField()
