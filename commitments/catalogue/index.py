"""Writes the search tokens of pledges: everything that they can be found by."""

from collections.abc import Iterable

from commitments.catalogue.export import latest_codings
from commitments.models import Pledge, PledgeSearch
from commitments.text import tokens


def index(pledges: Iterable[Pledge]) -> None:
    """Write the search tokens of these pledges anew: title, words, themes, section, and the aliases of each."""
    pledges = list(pledges)
    codings = latest_codings(pledges)
    rows = []
    for pledge in pledges:
        texts = [pledge.code, *codings[pledge.pk].title.values(), *(quote.exact for quote in pledge.quotes.all())]
        for theme in codings[pledge.pk].themes.all():
            texts += [*theme.name.values(), *theme.aliases]
        for section in filter(None, (pledge.section, pledge.section.parent)):
            texts += [*section.title.values(), *section.aliases]
        rows.append(PledgeSearch(rowid=pledge.pk, tokens=" ".join(tokens("\n".join(texts)))))
    PledgeSearch.objects.filter(rowid__in=[row.rowid for row in rows]).delete()
    PledgeSearch.objects.bulk_create(rows)
