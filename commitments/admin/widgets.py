"""Form fields of the desk: a text in four languages is four boxes, and a list is one line per entry."""

from typing import Any

from django import forms
from django.conf import settings

from commitments.models.base import LANGUAGES, validate_text_map

NAMES = dict(settings.LANGUAGES)
#: Signs in one language. The longest statement that a side has made fits several times over.
LONGEST_TEXT = 20_000


class TextMapWidget(forms.MultiWidget):
    """One box per language, each under its name."""

    template_name = "admin/widgets/text_map.html"

    def __init__(self, attrs: dict[str, Any] | None = None, rows: int = 3) -> None:
        """Make a box of `rows` lines for every language."""
        boxes: dict[str, Any] = {
            language: forms.Textarea({"rows": rows, "lang": language, "aria-label": NAMES[language]})
            for language in LANGUAGES
        }
        super().__init__(boxes, attrs)

    def decompress(self, value: Any) -> list[str]:
        """Return the texts in the order of the languages."""
        return [value.get(language, "") for language in LANGUAGES] if isinstance(value, dict) else []

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the name of each box's language."""
        context = super().get_context(name, value, attrs)
        for box, language in zip(context["widget"]["subwidgets"], LANGUAGES, strict=True):
            box["language"] = NAMES[language]
        return context


class TextMapField(forms.MultiValueField):
    """A map from language to text; empty boxes are left out."""

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        """Take the arguments of a form field, and leave out those of JSON."""
        for unused in ("encoder", "decoder", "widget", "empty_value"):
            kwargs.pop(unused, None)
        kwargs["initial"] = kwargs.get("initial") or {}
        fields = [forms.CharField(required=False, max_length=LONGEST_TEXT) for _ in LANGUAGES]
        super().__init__(fields=fields, widget=TextMapWidget(rows=rows), require_all_fields=False, **kwargs)

    def compress(self, data_list: list[str]) -> dict[str, str]:
        """Return the boxes that hold something."""
        return {language: text for language, text in zip(LANGUAGES, data_list or [], strict=False) if text}

    def validate(self, value: Any) -> None:
        """Refuse an empty map where one text is needed."""
        if self.required and not value:
            raise forms.ValidationError("Write it in at least one language.", code="required")
        validate_text_map(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the maps."""
        return bool((initial or {}) != self.compress([(text or "").strip() for text in data or []]))


class LinesField(forms.CharField):
    """A list of short texts, one on each line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of a form field, and leave out those of JSON."""
        for unused in ("encoder", "decoder", "widget"):
            kwargs.pop(unused, None)
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Return the list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Return the lines as a list."""
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the lists."""
        return bool((initial or []) != self.to_python(data))
