"""Form fields of the coding room: terms by name, choices with their definitions, rows named by their public number."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from commitments.models import Delivery, Trackability
from commitments.models.pledges import Term
from commitments.record.filters import named

LANGUAGE_TAG = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$"


class TermsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Terms of a vocabulary, each under its name. A draft may still lack them."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, terms: type[Term], **kwargs: Any) -> None:
        """Offer all terms of the vocabulary."""
        super().__init__(terms._default_manager.all(), required=False, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        """Return the term's name."""
        return named(obj)


def defined(values: Iterable[Trackability] | Iterable[Delivery]) -> Callable[[], list[tuple[str, SafeString]]]:
    """Return the choices of a field with their definitions, made when the form is."""
    return lambda: [(v.value, format_html("<b>{}</b> {}", v.label, v.definition)) for v in values]


class ByNumber(forms.CharField):
    """A row named by its public number or code: `E10001`, `SPC-3.4`."""

    def __init__(self, rows: type[Model], name: str, **kwargs: Any) -> None:
        """Look among the rows for the one whose field `name` is what was typed."""
        self.rows, self.name = rows, name
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Return the number of the row."""
        if isinstance(value, int):
            value = self.rows._default_manager.filter(pk=value).first()
        return getattr(value, self.name) if isinstance(value, self.rows) else value

    def to_python(self, value: Any) -> Any:
        """Return the row."""
        typed = super().to_python(value)
        if not typed:
            return None
        found = self.rows._default_manager.filter(**{f"{self.name}__iexact": typed}).first()
        if found is None:
            raise forms.ValidationError(f"There is no {self.rows._meta.verbose_name} “{typed[:20]}”.", code="unknown")
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the numbers."""
        return bool((self.prepare_value(initial) or "") != (data or ""))


def in_languages(texts: dict[str, str]) -> SafeString:
    """Return a text in all of its languages, one under the other."""
    rows = ((language, language, text) for language, text in texts.items())
    return format_html_join("", '<p class="in-language" lang="{}"><span class="soft">{}</span> {}</p>', rows)


def texts(field: str) -> Any:
    """Return a column of a page that shows the text map of this name."""

    @admin.display(description=field.replace("_", " "))
    def shown(row: Any) -> SafeString | str:
        return in_languages(getattr(row, field)) or "–"

    return shown
