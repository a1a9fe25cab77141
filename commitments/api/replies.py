"""How replies are written as JSON."""

from rest_framework import serializers

from commitments.api.fields import TextMapField
from commitments.models import Reply


class ReplySerializer(serializers.ModelSerializer[Reply]):
    """A statement by a side to the pledge. Texts in other languages than `language` are our translations."""

    id = serializers.CharField(source="public_id")
    text = TextMapField()

    class Meta:
        model = Reply
        said = ("id", "side", "speaker", "stated_on", "language", "text")
        fields = (*said, "source_url", "received", "published_at")
