"""What the models share: mutability, which every model declares, and maps from language to text."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models

#: The languages of the interface and of what people write here, in the order pages list them.
LANGUAGES = ("en", "zh-hans", "es", "pt-br")


class Mutability(StrEnum):
    """Who may change a row once it stands. Every model chooses one (tests/models/test_mutability.py)."""

    CATALOGUE = "changed only by a release of the catalogue"
    APPEND_ONLY = "sealed when published; then neither changed nor deleted, in the database itself"
    DERIVED = "rebuilt from other rows at any time"
    WORKING = "changed freely"


class ImmutableRowError(Exception):
    """A sealed row of an append-only model was to be changed or deleted."""


def validate_text_map(value: Any) -> None:
    """Refuse anything but a map from interface language to non-empty text."""
    if not isinstance(value, dict) or any(
        language not in LANGUAGES or not isinstance(text, str) or not text.strip() for language, text in value.items()
    ):
        raise ValidationError(f"Must map any of {', '.join(LANGUAGES)} to a text that is not empty.")


class TextMap(models.JSONField):
    """Text that people wrote, by language; a missing language is absent."""

    default_validators = [validate_text_map]
    empty_values = [{}]  # Django skips the validators of every value that counts as empty

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Default to an empty map."""
        kwargs.setdefault("default", dict)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return the map in the order of the languages: PostgreSQL keeps no order of keys."""
        found = super().from_db_value(value, expression, connection)
        if not isinstance(found, dict):
            return found
        return {language: found[language] for language in (*LANGUAGES, *found) if language in found}


def text_in(value: dict[str, Any], language: str) -> tuple[str, str]:
    """Return (text, its language) of a text map: the asked language, else English, else the first there is."""
    for candidate in (language, *LANGUAGES, *value):
        if candidate in value:
            return value[candidate], candidate
    return "", language


class AppendOnly(models.Model):
    """A row that is sealed by setting `published_at` and then stands for good.

    It is filled and sealed in one transaction, because its links to other rows need its key first.
    Triggers hold the rule against raw SQL (`triggers.py`); this class only says it sooner and clearer.
    """

    mutability = Mutability.APPEND_ONLY
    #: Many-to-many fields whose links are sealed with the row.
    sealed_links: ClassVar[tuple[str, ...]] = ()
    #: Reverse relations whose rows are sealed with the row.
    sealed_children: ClassVar[tuple[str, ...]] = ()

    published_at = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row, unless the one in the database is sealed."""
        self._refuse_if_sealed()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the row, unless the one in the database is sealed."""
        self._refuse_if_sealed()
        return super().delete(*args, **kwargs)

    def _refuse_if_sealed(self) -> None:
        stored = type(self)._base_manager.filter(pk=self.pk, published_at__isnull=False)
        if self.pk and not self._state.adding and stored.exists():
            raise ImmutableRowError(f"{self} is published and can no longer be changed, only superseded.")


class SealedAtOnce(AppendOnly):
    """An append-only row that has no links to fill first: it is sealed as it is inserted."""

    published_at = models.DateTimeField(editable=False, db_index=True)

    class Meta:
        abstract = True


class SealedWithParent(models.Model):
    """A row that is sealed with the append-only row it belongs to (`sealed_children` of that model)."""

    mutability = Mutability.APPEND_ONLY

    class Meta:
        abstract = True


class Kept(models.Model):
    """A row that stands from the moment it is written: a record of what people did at the desk."""

    mutability = Mutability.APPEND_ONLY

    at = models.DateTimeField(editable=False, db_index=True)

    class Meta:
        abstract = True


class History(models.Model):
    """A state that a working row once had, with who left it so; kept by django-simple-history."""

    mutability = Mutability.APPEND_ONLY

    class Meta:
        abstract = True


def by_two_people(*, otherwise: models.Q, name: str) -> models.CheckConstraint:
    """Return the CHECK that author and approver are two people, or that neither is there and `otherwise` holds.

    CHECK lets NULL pass, so both branches say outright who is there and who is not.
    """
    two = models.Q(author__isnull=False, approver__isnull=False) & ~models.Q(author=models.F("approver"))
    nobody = models.Q(author__isnull=True, approver__isnull=True)
    return models.CheckConstraint(condition=(otherwise & nobody) | (~otherwise & two), name=name)


def one_of(field: str, values: Iterable[str], name: str) -> models.CheckConstraint:
    """Return the CHECK that `field` holds one of `values`; `name` is the constraint's."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": list(values)}), name=name)
