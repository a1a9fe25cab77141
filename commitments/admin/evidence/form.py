"""The form of an item of evidence. Nothing is fetched: what is judged is what was typed, and the bytes of a file."""

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from commitments import links, locales
from commitments.admin.widgets import TextMapField
from commitments.evidence import duplicates
from commitments.evidence.uploads import MAX_BYTES, TYPES, UnfitFileError, Upload, examine, shown_name
from commitments.models import Evidence, Precision, Target, text_in
from commitments.templatetags.record import amount

CONFIDENCE = [("", "–"), ("high", "high"), ("medium", "medium"), ("low", "low")]
SAME = "Another fact from the same source is a new item: if this is one, tick “Record it all the same”."


class DayField(forms.DateField):
    """A day, with the browser's own calendar."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class LanguageField(forms.CharField):
    """A language tag."""

    def clean(self, value: Any) -> str:
        """Return the tag as it is best written."""
        tag = str(super().clean(value))
        try:
            return locales.language(tag) if tag else ""
        except ValueError:
            raise forms.ValidationError(
                "“%(tag)s” is no language tag: write en, es, pt-BR, zh-Hans, qu …",
                code="unknown",
                params={"tag": tag[:20]},
            ) from None


class CountriesField(forms.CharField):
    """A list of countries, by code or English name, set apart by commas."""

    def prepare_value(self, value: Any) -> Any:
        """Return the codes on one line."""
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Return the codes, each once."""
        typed = super().to_python(value) or ""
        return list(dict.fromkeys(self._code(part) for part in typed.replace(";", ",").split(",") if part.strip()))

    def _code(self, part: str) -> str:
        try:
            return locales.country(part)
        except ValueError:
            raise forms.ValidationError(
                "“%(part)s” is no country: write codes such as BR, UY, CN, or names such as Brazil.",
                code="unknown",
                params={"part": part.strip()[:40]},
            ) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the codes."""
        return bool((self.prepare_value(initial) or "") != (data or "").strip())


class TargetsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Announced numbers."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self) -> None:
        """Offer all of them."""
        found = Target.objects.select_related("section__document")
        super().__init__(found, required=False, label="Announced numbers", help_text="Those that it touches.")

    def label_from_instance(self, obj: Any) -> str:
        """Return the number with what it is of."""
        title, unit = (text_in(words, "en")[0] for words in (obj.title, obj.unit))
        return f"{amount(obj.quantity)} {unit}: {title}"


def linked(items: Iterable[Evidence]) -> SafeString:
    """Return the numbers of items as links to their pages at the desk."""
    pairs = ((reverse("admin:commitments_evidence_change", args=[item.pk]), item.public_id) for item in items)
    return format_html_join(", ", '<a href="{}" target="_blank" rel="noopener">{}</a>', pairs)


class EvidenceForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A source, and what it reports in our own words."""

    #: Set for each request: the desk's day, and why the last try to save was refused.
    today: ClassVar[date] = date.min
    refusal: ClassVar[str] = ""

    source_url = forms.URLField(
        label="Address",
        required=False,
        max_length=1000,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"class": "vURLField", "autocomplete": "off", "data-duplicates": "url"}),
        help_text="Of the page itself. It is not fetched.",
    )
    file = forms.FileField(
        label="Or a file",
        required=False,
        widget=forms.FileInput(attrs={"accept": ",".join(TYPES)}),
        help_text=(
            f"PDF, PNG, JPEG or WebP, up to {MAX_BYTES // 1024**2} MB. Kept as it is, and given to readers once the "
            "item is public."
        ),
    )
    drop_file = forms.BooleanField(label="Take the file away", required=False, widget=forms.HiddenInput)
    again = forms.BooleanField(label="Record it all the same", required=False, widget=forms.HiddenInput)
    origin = forms.SlugField(
        max_length=80,
        widget=forms.TextInput(
            attrs={"class": "vTextField", "autocomplete": "off", "list": "origins", "data-duplicates": "origin"}
        ),
        help_text=(
            "What the source goes back to. Copies of one agency report, press release or speech share one origin, "
            "because they count as one voice: choose the origin that is there already, or make a new one of "
            "publisher, date and subject: xinhua-2026-02-03-orsi-visit."
        ),
        error_messages={"invalid": "Letters a–z, digits and hyphens only: xinhua-2026-02-03-orsi-visit."},
    )
    event_precision = forms.ChoiceField(
        label="Known to the", choices=Precision.choices, initial=Precision.DAY, widget=forms.RadioSelect
    )
    targets = TargetsField()
    countries = CountriesField(
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="Where it happened and who acted: BR, UY, China.",
    )
    language = LanguageField(
        widget=forms.TextInput(attrs={"list": "languages", "size": 10}), help_text="Of the source: es, pt, zh-Hans …"
    )
    published_on = DayField(
        label="Published on", required=False, help_text="As the source says; empty where it does not."
    )
    event_on = DayField(
        label="Event on",
        required=False,
        help_text="When what it reports happened; empty where that is not known. Of a month, any of its days will do.",
    )
    accessed_on = DayField(label="Read on")
    fact = TextMapField(
        label="In our words", help_text="One or two sentences of what the source reports. At least one language."
    )
    confidence = forms.ChoiceField(
        choices=CONFIDENCE, required=False, help_text="How sure it is that the source says this."
    )

    class Meta:
        model = Evidence
        fields = ()
        widgets = {
            "title": forms.TextInput(attrs={"class": "vTextField", "data-duplicates": "title"}),
            "publisher": forms.TextInput(attrs={"class": "vTextField", "list": "publishers"}),
        }
        help_texts = {
            "title": "As the page has it, in its own language. Empty where it is not known: a title is never made up.",
            "record": "Primary: the record of the act itself (a decree, the agreement). A report tells of it.",
            "excerpt_only": "Only a part of it was read.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer to take the file away where there is one."""
        super().__init__(*args, **kwargs)
        self.upload: Upload | None = None
        if self.instance.file:
            self.fields["drop_file"].widget = forms.CheckboxInput()

    # --- field by field ---

    def clean_source_url(self) -> str:
        """Refuse what no reader could follow."""
        url = str(self.cleaned_data["source_url"])
        if url and (problem := links.problem(url)):
            raise forms.ValidationError(problem, code="address")
        return url

    def clean_file(self) -> Any:
        """Keep a new file as what it is by its content, under a name that says nothing."""
        given = self.cleaned_data["file"]
        if not isinstance(given, UploadedFile):
            return given
        try:
            if (given.size or 0) > MAX_BYTES:
                raise UnfitFileError(f"The file is larger than {MAX_BYTES // 1024**2} MB.")
            self.upload = examine(given.read())
        except UnfitFileError as error:
            raise forms.ValidationError(str(error), code="unfit") from None
        self.instance.file_name = shown_name(given.name or "", self.upload.media_type)
        self.instance.media_type, self.instance.sha256 = self.upload.media_type, self.upload.sha256
        return ContentFile(self.upload.content, name=self.upload.kept_name())

    def clean_origin(self) -> str:
        """Write it small, so that one origin is not two."""
        return str(self.cleaned_data["origin"]).lower()

    # --- what holds between fields ---

    def clean(self) -> Any:
        """Judge dates, whether there is a source at all, and whether it stands here already."""
        if self.refusal:
            raise forms.ValidationError(self.refusal, code="refused")
        super().clean()
        self._drop()
        if not self.cleaned_data.get("source_url") and not self.cleaned_data.get("file") and not self.errors:
            self.add_error("source_url", "Give the address of the source, or a file.")
        self._check_dates()
        if not self.cleaned_data.get("again"):
            self._check_duplicates()
        return self.cleaned_data

    def _drop(self) -> None:
        if self.cleaned_data.get("drop_file") and self.upload is None:
            self.cleaned_data["file"] = False
            self.instance.file_name = self.instance.media_type = self.instance.sha256 = ""

    def _check_dates(self) -> None:
        read, event = self.cleaned_data.get("accessed_on"), self.cleaned_data.get("event_on")
        if event and self.cleaned_data.get("event_precision") == Precision.MONTH:
            event = self.cleaned_data["event_on"] = event.replace(day=1)
        for name, day in (("published_on", self.cleaned_data.get("published_on")), ("event_on", event)):
            if day and day > self.today:
                self.add_error(name, "This day has not come yet.")
            elif day and read and day > read:
                self.add_error(name, f"This is after the day on which the source was read ({read:%Y-%m-%d}).")
        if read and read > self.today:
            self.add_error("accessed_on", "This day has not come yet.")

    def _check_duplicates(self) -> None:
        besides, url = self.instance.public_id, self.cleaned_data.get("source_url", "")
        stored = links.normalised(self.initial.get("source_url") or "")
        if url and links.normalised(url) != stored:
            self._already("source_url", "This address", duplicates.same_address(url, besides=besides))
        if self.upload:
            self._already("file", "This file", duplicates.same_file(self.upload.sha256, besides=besides))

    def _already(self, field: str, what: str, items: list[Evidence]) -> None:
        if items:
            self.fields["again"].widget = forms.CheckboxInput()
            self.add_error(field, format_html("{} is recorded already: {}. {}", what, linked(items), SAME))
