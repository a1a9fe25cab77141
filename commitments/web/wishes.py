"""The form with which somebody says what they want to hear of, when, and in which language."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from commitments.digests import addresses, scope
from commitments.digests.schedule import Schedule
from commitments.digests.scope import EVERYTHING, Scope, ScopeError
from commitments.digests.subscriptions import Wish
from commitments.models import Cadence, Change, Subscription

#: The kinds of follow, in the order of the form, and what each group is called.
GROUPS = {
    "document": _("Documents"),
    "project": _("Projects"),
    "section": _("Sections"),
    "theme": _("Themes"),
    "actor": _("Who promises"),
}
_BETWEEN_CODES = re.compile(r"[\s,;，；、]+")


def _zones() -> list[tuple[str, Any]]:
    """Return the time zones by part of the world; UTC first."""
    parts: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones()):
        part, _slash, place = name.partition("/")
        if place and part not in ("Etc", "posix", "right", "SystemV"):
            parts.setdefault(part, []).append((name, place.replace("_", " ").replace("/", " / ")))
    return [("UTC", "UTC"), *parts.items()]


class WishForm(forms.Form):
    """What to follow stands in `follow`, once for each thing, and in `pledges`, as codes."""

    pledges = forms.CharField(
        required=False,
        max_length=2000,
        label=_("Pledges, by their codes"),
        help_text=_("for example SPC-3.1, FMP-2.11.3"),
    )
    kinds = forms.MultipleChoiceField(
        choices=Change.choices, initial=Change.values, widget=forms.CheckboxSelectMultiple, label=_("Which changes")
    )
    cadence = forms.ChoiceField(
        choices=Cadence.choices, initial=Cadence.WEEKLY, widget=forms.RadioSelect, label=_("How often")
    )
    weekday = forms.TypedChoiceField(
        choices=[(day + 1, name) for day, name in WEEKDAYS.items()], coerce=int, initial=1, label=_("Day of the week")
    )
    hour = forms.TypedChoiceField(
        choices=[(hour, f"{hour:02}:00") for hour in range(24)], coerce=int, initial=8, label=_("Hour")
    )
    zone = forms.ChoiceField(choices=_zones, initial="UTC", label=_("Time zone"))
    language = forms.ChoiceField(choices=settings.LANGUAGES, label=_("Language"))
    even_if_empty = forms.BooleanField(required=False, label=_("Write also when nothing has changed"))

    def __init__(
        self, data: QueryDict | None = None, *, on: date, follows: Iterable[str] = (), **options: Any
    ) -> None:
        """`on` is the day whose record can be followed; `follows` are what is ticked at first."""
        super().__init__(data, **options)
        self.on = on
        self.known = scope.names()
        self.follows = data.getlist("follow") if data is not None else list(follows)

    def clean(self) -> dict[str, Any]:
        """Add the `wish`, where all of it can be had."""
        said: dict[str, Any] = super().clean() or {}
        codes = filter(None, _BETWEEN_CODES.split(said.get("pledges") or ""))
        follows = [follow for follow in self.follows if follow] + [f"pledge:{code.upper()}" for code in codes]
        try:
            found = scope.wanted(follows, said.get("kinds") or Change.values, on=self.on)
        except ScopeError as error:
            raise ValidationError(str(error)) from error
        if not self.errors:
            schedule = Schedule(said["cadence"], said["hour"], said["weekday"], said["zone"])
            said["wish"] = Wish(found, schedule, said["language"], said["even_if_empty"])
        return said

    def groups(self) -> list[dict[str, Any]]:
        """Return what can be ticked, kind by kind."""
        return [
            {
                "label": label,
                "choices": [self._choice(follow) for follow in self._offered if follow.startswith(f"{kind}:")],
            }
            for kind, label in GROUPS.items()
        ]

    def chosen(self) -> list[dict[str, str]]:
        """Return what is ticked, in front of all that could be: questions to the list are only here."""
        ticked = dict.fromkeys(self.follows)
        return [self._choice(follow) for follow in ticked if follow in self.known or follow.startswith("search:")]

    @property
    def everything_is_offered(self) -> bool:
        """Whether all of it is still to be ticked."""
        return EVERYTHING not in self.follows

    @property
    def _offered(self) -> list[str]:
        return [follow for follow in self.known if follow not in self.follows]

    def _choice(self, follow: str) -> dict[str, str]:
        return {"value": follow, "label": scope.name_of(follow, self.known)}


class SubscribeForm(WishForm):
    """With an address. `website` is a trap: people do not see it, and whoever fills it is none."""

    address = forms.EmailField(max_length=254, label=_("Your e-mail address"))
    website = forms.CharField(required=False, max_length=200)

    def clean_address(self) -> str:
        """Return the address in its one spelling."""
        try:
            return addresses.canonical(self.cleaned_data["address"])
        except ValueError as error:
            raise ValidationError(EmailValidator.message) from error


def begun(follows: list[str], language: str) -> dict[str, Any]:
    """Return what a new form holds at first, besides what is ticked."""
    codes = [follow.partition(":")[2] for follow in follows if follow.startswith("pledge:")]
    return {"language": language, "pledges": ", ".join(codes)}


def standing(subscription: Subscription) -> tuple[list[str], dict[str, Any]]:
    """Return what a subscription follows, and the other values of its form."""
    followed = Scope.of(subscription.scope)
    fields = ("cadence", "weekday", "hour", "zone", "language", "even_if_empty")
    values = {name: getattr(subscription, name) for name in fields}
    follows = sorted(followed.follows)
    return follows, begun(follows, subscription.language) | values | {"kinds": sorted(followed.kinds)}
