"""Values that filters take: each written in one way, the same in every language; an unknown one is a problem."""

import re
from datetime import date
from typing import Any

import django_filters as df
from django import forms
from django.utils.translation import gettext as _

from commitments.clock import UnknownDayError, written_day
from commitments.models import Pledge
from commitments.record.codes import written

_WHOLE = re.compile(r"[0-9]{1,10}")


class _Truth(forms.Field):
    """`true` or `false`; nothing where it was not asked."""

    def to_python(self, value: Any) -> bool | None:
        """Return what the text says; raise ValidationError where it is neither."""
        if value is None:
            return None
        if value not in ("true", "false"):
            raise forms.ValidationError("Must be true or false.")
        return bool(value == "true")


class TruthFilter(df.BooleanFilter):
    """Whether something is so. django-filter's own takes whatever it does not know for "not asked"."""

    field_class = _Truth

    def __init__(self, **kwargs: Any) -> None:
        """Take the text as it was sent: the widget of the base class reads more than two words."""
        super().__init__(**{"widget": forms.TextInput} | kwargs)


class _Day(forms.Field):
    """A day as addresses have it: forms would read 12/11/2026 in one language as November, in another as December."""

    def to_python(self, value: Any) -> date | None:
        """Return the day; raise ValidationError where the text is none."""
        if not value:
            return None
        try:
            return written_day(value)
        except UnknownDayError as problem:
            raise forms.ValidationError(str(problem)) from problem


class DayFilter(df.DateFilter):
    """A day, such as 2026-11-22."""

    field_class = _Day


class _Number(forms.IntegerField):
    """A whole number in the digits 0 to 9."""

    def to_python(self, value: Any) -> int | None:
        """Return the number; raise ValidationError where the text is none."""
        if value and not _WHOLE.fullmatch(value):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class NumberFilter(df.NumberFilter):
    """A whole number from 0."""

    field_class = _Number

    def get_max_validator(self) -> None:
        """Return none: a bound is given where there is one."""


class _Code(forms.CharField):
    """The code of a pledge that was ever public, in capitals or not."""

    def to_python(self, value: Any) -> str:
        """Return the code in capitals; raise ValidationError where there is no such pledge."""
        text = str(super().to_python(value) or "")
        if not text:
            return ""
        code = written(text)
        if not Pledge.objects.filter(code=code, codings__published_at__isnull=False).exists():
            raise forms.ValidationError(
                _("There is no pledge “%(code)s”. Codes look like SPC-3.1 or FMP-2.11.3."), params={"code": text[:40]}
            )
        return code


class PledgeCodeFilter(df.CharFilter):
    """What belongs to a pledge, by its code. One that was not public on the day is known: nothing belongs to it."""

    field_class = _Code


def many(filters: type[df.FilterSet]) -> set[str]:
    """Return the names of the filters of which several values can be asked for at once: they mean any of them."""
    return {name for name, one in filters.base_filters.items() if isinstance(one, df.MultipleChoiceFilter)}
