"""The page of data: what can be fetched, live and frozen, what its columns mean, and how to cite it."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from commitments.exports import citing, references, sheets, structured, words
from commitments.record.releases import releases
from commitments.web.day import day_of, show


@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """Offer the record of the day, and the releases that are frozen."""
    day = day_of(request)
    reference = references.of_dataset(on=day.on)
    context = {
        "exported": sheets.EXPORTED.values(),
        "sheets": sheets.EVERYTHING,
        "vocabularies": [(name, doc, words.vocabulary(values)) for name, (values, doc) in words.VOCABULARIES.items()],
        "releases": releases(on=day.today),
        "csv": reverse("export", args=["pledges", "csv"]) + f"?as_of={day.on.isoformat()}",
        "structured": [structured.dataset(reference)],
    }
    return show(request, day, "pages/data.html", context | citing.cited(reference))
