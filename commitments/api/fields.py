"""What the serializers share: maps of texts."""

from rest_framework import serializers


class TextMapField(serializers.DictField):
    """A map from language to text; a missing language is absent."""

    child = serializers.CharField()
