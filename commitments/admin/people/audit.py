"""The audit trail: who did what at the desk, when, and to what. It is read here and changed nowhere."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from commitments.admin.acts import named, plainly, reference
from commitments.admin.base import ReadOnly
from commitments.models import Audit


class PersonFilter(admin.RelatedOnlyFieldListFilter):
    """By whom: those who have done something."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the filter."""
        super().__init__(*args, **kwargs)
        self.title = "person"


class DayFilter(admin.DateFieldListFilter):
    """When, by the days that are asked for most."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the filter."""
        super().__init__(*args, **kwargs)
        self.title = "day"


@admin.register(Audit)
class AuditAdmin(ReadOnly):
    """The audit trail."""

    list_display = ("at", "who", "action", "about", "more")
    list_filter = (("by", PersonFilter), "action", ("at", DayFilter))
    list_display_links = None
    list_select_related = ("by",)
    date_hierarchy = "at"
    search_fields = ("subject",)
    search_help_text = "What it was done to: a pledge's code, an item's number, a draft's."
    fields = ("at", "by", "action", "about", "more")
    readonly_fields = ("about", "more")

    @admin.display(description="person", ordering="by")
    def who(self, act: Audit) -> str:
        """Return the person's name, and the address where there is no name."""
        return named(act.by)

    @admin.display(description="to what", ordering="subject")
    def about(self, act: Audit) -> SafeString | str:
        """Return the subject, with the way to it."""
        url = reference(act.subject)
        return format_html('<a href="{}">{}</a>', url, act.subject) if url else act.subject

    @admin.display(description="details")
    def more(self, act: Audit) -> str:
        """Return what else was noted."""
        return plainly(act.detail)
