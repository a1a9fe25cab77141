"""Every correction made, and the form with which readers report an error or suggest a source."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.core.validators import URLValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from commitments.addresses import client_address
from commitments.clock import today
from commitments.editorial import reports
from commitments.models import Pledge, ReportKind
from commitments.record import codes, published
from commitments.record.corrections import Corrections
from commitments.web.question import page_number, query

PER_PAGE = 50
LONGEST_TEXT = 4000


class ReportForm(forms.Form):
    """What a reader sends in. `website` is a trap: people do not see it, and whoever fills it is none."""

    kind = forms.ChoiceField(
        choices=[(ReportKind.ERROR, gettext_lazy("an error")), (ReportKind.SOURCE, gettext_lazy("a source"))],
        initial=ReportKind.ERROR,
        label=gettext_lazy("What you report"),
        widget=forms.RadioSelect,
    )
    pledge = forms.CharField(
        required=False, max_length=16, label=gettext_lazy("Code of the pledge, if it is about one")
    )
    text = forms.CharField(
        min_length=10,
        max_length=LONGEST_TEXT,
        label=gettext_lazy("What is wrong, or what the source shows"),
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    source_url = forms.URLField(
        required=False,
        max_length=1000,
        assume_scheme="https",
        label=gettext_lazy("Address of a source, if there is one"),
        validators=[URLValidator(schemes=["http", "https"])],
    )
    contact = forms.EmailField(required=False, label=gettext_lazy("Your e-mail address, if you want an answer"))
    website = forms.CharField(required=False, max_length=200)

    def clean_pledge(self) -> Pledge | None:
        """Return the pledge of the code."""
        code = self.cleaned_data["pledge"].strip()
        return pledge_of(code) if code else None


def pledge_of(code: str) -> Pledge:
    """Return the public pledge of a code; raise ValidationError where there is none."""
    found = published.pledges(on=today()).filter(code=codes.written(code)).first()
    if found is None:
        raise ValidationError(
            _("There is no pledge “%(code)s”. Codes look like SPC-3.1 or FMP-2.11.3."), params={"code": code}
        )
    return found


def _prefilled(code: str) -> ReportForm:
    """Return the form as a reader finds it who comes from a pledge: its code filled in, or what is wrong with it."""
    if not code:
        return ReportForm()
    form = ReportForm({"kind": ReportKind.ERROR, "pledge": code})
    for name in {*form.errors} - {"pledge"}:
        del form.errors[name]
    return form


def _page(request: HttpRequest, form: ReportForm, status: int = 200, problem: str = "") -> HttpResponse:
    """Show the corrections and the form."""
    pages = Paginator(Corrections(on=today()), PER_PAGE)
    number, no_page = page_number(request.GET, pages.num_pages)
    page, known = pages.page(number), ("page", "pledge")
    context = {
        "form": form,
        "problem": problem,
        "no_page": no_page,
        "page": page,
        "previous": query(request.GET, known, page=str(number - 1)) if page.has_previous() else "",
        "next": query(request.GET, known, page=str(number + 1)) if page.has_next() else "",
    }
    return render(request, "pages/corrections.html", context, status=400 if no_page else status)


@require_http_methods(["GET", "HEAD", "POST"])
def corrections(request: HttpRequest) -> HttpResponse:
    """List what was put right, newest first, and take reports."""
    if request.method != "POST":
        form = _prefilled(request.GET.get("pledge", "").strip())
        return _page(request, form, status=400 if form.errors else 200)
    form = ReportForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    if not form.cleaned_data.pop("website"):
        try:
            _receive(request, form.cleaned_data)
        except reports.TooManyError as error:
            return _page(request, form, status=429, problem=_too_many(error))
    return redirect("thanks")


def _receive(request: HttpRequest, said: dict[str, Any]) -> None:
    now = timezone.now()
    sender = reports.sender(client_address(request) or "unknown", now.date())
    reports.receive(language=get_language() or "en", sender=sender, at=now, **said)


def _too_many(error: reports.TooManyError) -> str:
    if error.own:
        return _(
            "Five reports have come from your connection today, and no more are taken. Please send this one tomorrow."
        )
    return _("So many reports have come in today that no more are taken. Please send this one tomorrow.")


@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    """Thank a reader who has sent a report."""
    return render(request, "pages/thanks.html")
