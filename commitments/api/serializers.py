"""How the record is written as JSON. Texts that people wrote are maps from language to text."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers

from commitments.api.fields import TextMapField
from commitments.api.replies import ReplySerializer
from commitments.evidence.files import address
from commitments.models import (
    Attachment,
    Bearing,
    Coding,
    Delivery,
    Document,
    Evidence,
    Grade,
    Passage,
    Pledge,
    Quote,
    Rendition,
    Section,
    StatusUpdate,
    Trackability,
)
from commitments.record import permanent, published
from commitments.record.flags import Flag
from commitments.record.flags import flags as flags_of


class RenditionSerializer(serializers.ModelSerializer[Rendition]):
    """One language version of a document."""

    source = TextMapField()  # type: ignore[assignment]  # a field of that name, not the base's option

    class Meta:
        model = Rendition
        fields = ("key", "language", "authority", "translator", "source", "sha256")


class RenditionTextSerializer(RenditionSerializer):
    """A rendition with its text, to which all offsets refer (Unicode code points, end exclusive)."""

    class Meta(RenditionSerializer.Meta):
        fields = (*RenditionSerializer.Meta.fields, "text")  # type: ignore[assignment]


class DocumentSerializer(serializers.ModelSerializer[Document]):
    """A tracked document."""

    url = serializers.SerializerMethodField()
    title = TextMapField()
    short_title = TextMapField()
    issuer = TextMapField()
    renditions = RenditionSerializer(many=True)

    class Meta:
        model = Document
        fields = ("slug", "code", "url", "title", "short_title", "issuer", "issued_on", "baseline_on", "renditions")

    def get_url(self, document: Document) -> str:
        """The document's page."""
        return permanent.address(document)


class DocumentTextSerializer(DocumentSerializer):
    """A document with the texts of its renditions."""

    renditions = RenditionTextSerializer(many=True)


class SectionSerializer(serializers.ModelSerializer[Section]):
    """A numbered part of a document."""

    code = serializers.CharField(source="__str__")
    document = serializers.CharField(source="document.slug")
    parent = serializers.CharField(  # type: ignore[assignment]  # a field of that name, not the base's option
        source="parent.number", default=None, allow_null=True
    )
    title = TextMapField()
    aliases = serializers.ListField(child=serializers.CharField(), help_text="Other names in use, found by search.")
    url = serializers.SerializerMethodField()

    class Meta:
        model = Section
        fields = ("code", "document", "number", "parent", "kind", "title", "aliases", "url")

    def get_url(self, section: Section) -> str:
        """The section's place in the reading view."""
        return permanent.address(section)


class PassageSerializer(serializers.ModelSerializer[Passage]):
    """One sentence of a rendition. Sentences of one document with the same `row` say the same."""

    document = serializers.CharField(source="rendition.document.slug")
    rendition = serializers.CharField(source="rendition.key")
    language = serializers.CharField(source="rendition.language")
    section = serializers.CharField(source="section.number", default=None, allow_null=True)
    text = serializers.CharField(source="exact")
    pledges = serializers.SerializerMethodField()

    class Meta:
        model = Passage
        place = ("document", "rendition", "language", "section", "ordinal", "row")
        fields = (*place, "role", "text", "start", "end", "pledges")

    def get_pledges(self, passage: Passage) -> list[str]:
        """The codes of the pledges whose words lie in it."""
        return sorted({quote.pledge.code for quote in passage.quotes.all()})


class QuoteSerializer(serializers.ModelSerializer[Quote]):
    """The words of one rendition that make up a pledge."""

    rendition = serializers.CharField(source="rendition.key")
    language = serializers.CharField(source="rendition.language")
    authority = serializers.CharField(source="rendition.authority")
    text = serializers.CharField(source="exact")

    class Meta:
        model = Quote
        fields = ("rendition", "language", "authority", "text", "start", "end", "note")


#: A to D, each with what it means.
GRADES = [(grade.value, str(grade.label)) for grade in Grade]

_STATUS = inline_serializer(
    "Status",
    {
        "value": serializers.ChoiceField(choices=Delivery.choices),
        "effective_on": serializers.DateField(allow_null=True),
        "published_at": serializers.DateTimeField(allow_null=True),
        "grade": serializers.ChoiceField(choices=GRADES, allow_null=True),
        "provisional": serializers.BooleanField(),
    },
)
_COUNTS = inline_serializer("Counts", {"updates": serializers.IntegerField(), "evidence": serializers.IntegerField()})
_VERSION = inline_serializer(
    "CodingVersion",
    {
        "version": serializers.IntegerField(),
        "published_at": serializers.DateTimeField(),
        "release": serializers.CharField(allow_blank=True),
    },
)


def _slugs(terms: Any) -> list[str]:
    return [term.slug for term in terms.all()]


class PledgeSerializer(serializers.Serializer[Pledge]):
    """A pledge with its words, its coding and where it stands."""

    code = serializers.CharField()
    url = serializers.SerializerMethodField()
    document = serializers.CharField(source="document.slug")
    project = serializers.SerializerMethodField()
    section = serializers.CharField(source="section.number")
    title = TextMapField(source="coding.title")
    quotes = QuoteSerializer(many=True)
    trackability = serializers.ChoiceField(choices=Trackability.choices, source="coding.trackability")
    reason = TextMapField(source="coding.reason")
    test = TextMapField(source="coding.test")
    actors = serializers.SerializerMethodField()
    addressees = serializers.SerializerMethodField()
    themes = serializers.SerializerMethodField()
    rights = serializers.SerializerMethodField()
    due_on = serializers.DateField(source="coding.due_on", allow_null=True)
    recurrence = serializers.CharField(source="coding.recurrence", allow_blank=True)
    note = TextMapField(source="coding.note")
    coding = serializers.SerializerMethodField()
    status = serializers.SerializerMethodField()
    flags = serializers.SerializerMethodField()
    replies = ReplySerializer(source="standing_replies", many=True)
    counts = serializers.SerializerMethodField()

    def to_representation(self, pledge: Pledge) -> dict[str, Any]:
        """Write the pledge with the coding that was fetched with it."""
        self._coding: Coding = published.coding_of(pledge)
        pledge.coding = self._coding  # type: ignore[attr-defined]
        return super().to_representation(pledge)

    def get_url(self, pledge: Pledge) -> str:
        """The pledge's page: its permanent address."""
        return permanent.address(pledge)

    def get_project(self, pledge: Pledge) -> int | None:
        """The project's number; null in a document of paragraphs."""
        parent = pledge.section.parent
        return int(parent.number) if parent else None

    def get_actors(self, pledge: Pledge) -> list[str]:
        """Who promises."""
        return _slugs(self._coding.actors)

    def get_addressees(self, pledge: Pledge) -> list[str]:
        """To whom."""
        return _slugs(self._coding.addressees)

    def get_themes(self, pledge: Pledge) -> list[str]:
        """What it is about."""
        return _slugs(self._coding.themes)

    def get_rights(self, pledge: Pledge) -> list[str]:
        """Which human rights it touches."""
        return _slugs(self._coding.rights)

    @extend_schema_field(_VERSION)
    def get_coding(self, pledge: Pledge) -> dict[str, Any]:
        """Which version of the coding this is."""
        coding = self._coding
        return {"version": coding.version, "published_at": coding.published_at, "release": coding.release}

    @extend_schema_field(_STATUS)
    def get_status(self, pledge: Pledge) -> dict[str, Any]:
        """Where the deed stands."""
        standing = published.standing(pledge)
        update = standing.update
        return {
            "value": standing.value,
            "effective_on": update.effective_on if update else None,
            "published_at": update.published_at if update else None,
            "grade": standing.grade or None,
            "provisional": standing.provisional,
        }

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Flag.choices)))
    def get_flags(self, pledge: Pledge) -> list[str]:
        """Signs computed for the day beside the status; never a status."""
        return [flag.value for flag in flags_of(pledge)]

    @extend_schema_field(_COUNTS)
    def get_counts(self, pledge: Pledge) -> dict[str, int]:
        """How many updates and items of evidence there are."""
        return {"updates": pledge.update_count, "evidence": pledge.evidence_count}  # type: ignore[attr-defined]


class BearingSerializer(serializers.Serializer[Attachment]):
    """A pledge on which an item of evidence bears."""

    code = serializers.CharField(source="pledge.code")
    bearing = serializers.ChoiceField(choices=Bearing.choices, source="bearing_then")


_FILE = inline_serializer(
    "StoredFile",
    {"url": serializers.URLField(), "media_type": serializers.CharField(), "sha256": serializers.CharField()},
    allow_null=True,
)


class EvidenceSerializer(serializers.ModelSerializer[Evidence]):
    """A source, and in our words what it reports. Dates and titles that are not known are null or empty."""

    id = serializers.CharField(source="public_id")
    url = serializers.SerializerMethodField()
    fact = TextMapField()
    countries = serializers.ListField(child=serializers.CharField())
    file = serializers.SerializerMethodField()
    superseded_by = serializers.CharField(source="successor", allow_null=True)
    targets = serializers.SlugRelatedField(slug_field="code", many=True, read_only=True)  # type: ignore[var-annotated]
    pledges = BearingSerializer(source="public_attachments", many=True)

    class Meta:
        model = Evidence
        source = ("id", "url", "source_url", "title", "publisher", "publisher_kind", "side", "record", "origin")
        dates = ("countries", "language", "published_on", "event_on", "event_precision", "accessed_on")
        fields = (*source, *dates, "excerpt_only", "fact", "file", "superseded_by", "targets", "pledges")

    def get_url(self, item: Evidence) -> str:
        """The item's page."""
        return permanent.address(item)

    @extend_schema_field(_FILE)
    def get_file(self, item: Evidence) -> dict[str, str] | None:
        """The copy that is kept; null where there is none."""
        kept = {"url": address(item), "media_type": item.media_type, "sha256": item.sha256}
        return kept if item.file else None


class UpdateSerializer(serializers.ModelSerializer[StatusUpdate]):
    """A published judgement of where the deed stands. It never changes; a correction names what it corrects."""

    id = serializers.CharField(source="public_id")
    pledge = serializers.CharField(source="pledge.code")
    published_at = serializers.DateTimeField()
    summary = TextMapField()
    reasoning = TextMapField()
    grade = serializers.SerializerMethodField()
    evidence = serializers.SerializerMethodField()
    corrects = serializers.CharField(source="corrects.public_id", default=None, allow_null=True)

    class Meta:
        model = StatusUpdate
        said = ("id", "pledge", "kind", "status", "effective_on", "published_at", "grade", "provisional")
        fields = (*said, "reported_delivered", "summary", "reasoning", "evidence", "corrects")

    @extend_schema_field(serializers.ChoiceField(choices=GRADES, allow_null=True))
    def get_grade(self, update: StatusUpdate) -> str | None:
        """The evidence grade; null where the status needs none."""
        return update.grade or None

    def get_evidence(self, update: StatusUpdate) -> list[str]:
        """The items it cites."""
        return [citation.evidence.public_id for citation in update.citations.all()]
