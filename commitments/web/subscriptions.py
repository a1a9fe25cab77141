"""Subscribing to digests, and the page of a subscription: confirm, change, pause, leave.

Whoever holds the link of a mail may do all of it: there are no accounts. GET changes nothing, for mail programs and
guards open links before people do.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from commitments.addresses import client_address, client_network
from commitments.clock import today
from commitments.digests import addresses, requests, scope, subscriptions
from commitments.digests.subscriptions import ClashError, Sender, TooManyError
from commitments.digests.suppression import suppress
from commitments.models import Subscription, SubscriptionState, SuppressionReason
from commitments.web.wishes import SubscribeForm, WishForm, begun, standing

View = Callable[..., HttpResponse]

#: What was done, as the address of the page says it after an action.
DONE = ("confirmed", "changed", "paused", "resumed")


def private(view: View) -> View:
    """Keep a page whose address is a secret out of caches, of search engines and of what other sites are told."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> HttpResponse:
        response = view(*args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapped


# --- asking ---------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """Show the form, what is to be followed filled in from the address, and take what somebody asks for."""
    if request.method != "POST":
        return _form_from_link(request)
    form = SubscribeForm(request.POST, on=today())
    if not form.is_valid():
        return _form_page(request, form, status=400)
    if not form.cleaned_data["website"]:
        try:
            _receive(request, form.cleaned_data)
        except TooManyError:
            problem = gettext("Too much was asked for from your connection today. Please ask for this tomorrow.")
            return _form_page(request, form, status=429, problem=problem)
    return redirect("subscribe-sent")


def _form_from_link(request: HttpRequest) -> HttpResponse:
    """Return the form with what a “Follow” link asks for; what of it cannot be followed is named."""
    asked, problem = request.GET.getlist("follow"), ""
    try:
        asked = scope.checked(asked, on=today())
    except scope.ScopeError as error:
        asked, problem = [], str(error)
    form = SubscribeForm(on=today(), follows=asked, initial=begun(asked, get_language() or "en"))
    return _form_page(request, form, status=400 if problem else 200, problem=problem)


def _form_page(request: HttpRequest, form: WishForm, *, status: int = 200, problem: str = "") -> HttpResponse:
    return render(request, "pages/subscribe.html", {"form": form, "problem": problem}, status=status)


def _receive(request: HttpRequest, said: dict[str, Any]) -> None:
    now = timezone.now()
    near, around = client_address(request) or "unknown", client_network(request) or "unknown"
    sender = Sender(addresses.sender(near, now.date()), addresses.sender(around, now.date()))
    subscriptions.ask(said["address"], said["wish"], at=now, sender=sender)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Say that a mail is on its way: the same for every address."""
    return render(request, "pages/subscribe_sent.html")


# --- the page of a subscription -------------------------------------------------------------


@csrf_exempt
@private
@require_http_methods(["GET", "HEAD", "POST"])
def subscription(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the holder of a link may see and do: confirm, or change, pause and leave.

    The link is the proof, and nobody can forge a request to an address that they do not know. So no cookie is set;
    besides, a page that sends no referrer sends no origin either, which Django's own check would refuse.
    """
    if found := addresses.by_token(token):
        return _left_page(request, found) if found.state == SubscriptionState.LEFT else _manage(request, token, found)
    asked = addresses.by_confirmation(token)
    if asked and asked.state == SubscriptionState.PENDING:
        return _confirm(request, asked)
    used_up = addresses.was_confirmation(token)
    return render(request, "pages/subscription_gone.html", {"used_up": used_up}, status=410 if used_up else 404)


def _confirm(request: HttpRequest, asked: Subscription) -> HttpResponse:
    """Show all that the address was asked to confirm; begin with what is ticked, forget the rest."""
    if request.method == "POST":
        return _answer(request, asked)
    known = scope.names()
    rows = [{"pk": row.pk, **requests.described(row, known)} for row in requests.pending(asked)]
    context = {"requests": rows, "address": addresses.masked(asked.address)}
    return render(request, "pages/subscription_confirm.html", context)


def _answer(request: HttpRequest, asked: Subscription) -> HttpResponse:
    if request.POST.get("refuse") == "never":
        suppress(asked.address_key, SuppressionReason.BY_HAND, at=timezone.now())
        return render(request, "pages/subscription_refused.html", {"never": True})
    ticked = [] if "refuse" in request.POST else request.POST.getlist("request")
    keys = {int(key) for key in ticked if key.isdecimal() and len(key) < 19}
    begun = subscriptions.answer(asked, keys, at=timezone.now())
    if begun:
        return redirect(_own(begun, "confirmed"))
    if ticked:  # somebody has answered meanwhile: the page says so
        return redirect(request.path)
    return render(request, "pages/subscription_refused.html")


def _own(found: Subscription, done: str) -> str:
    return f"{reverse('subscription', args=[addresses.token_of(found)])}?done={done}"


def _manage(request: HttpRequest, token: str, found: Subscription) -> HttpResponse:
    """Show and change a running subscription."""
    if request.method != "POST":
        return _manage_page(request, token, found, _as_it_stands(found))
    act = _ACTIONS.get(request.POST.get("do", ""))
    if act is None:
        return _manage_page(request, token, found, _as_it_stands(found), status=400, problem=_unknown_action())
    return act(request, token, found)


def _as_it_stands(found: Subscription) -> WishForm:
    follows, values = standing(found)
    return WishForm(on=today(), follows=follows, initial=values)


def _unknown_action() -> str:
    return gettext("The form did not say what to do. Please use one of the buttons.")


def _change(request: HttpRequest, token: str, found: Subscription) -> HttpResponse:
    form = WishForm(request.POST, on=today())
    if not form.is_valid():
        return _manage_page(request, token, found, form, status=400)
    try:
        subscriptions.change(found, form.cleaned_data["wish"], at=timezone.now())
    except ClashError as error:
        return _manage_page(request, token, found, form, status=409, problem=str(error))
    return redirect(_own(found, "changed"))


def _pause(request: HttpRequest, token: str, found: Subscription) -> HttpResponse:
    subscriptions.pause(found)
    return redirect(_own(found, "paused"))


def _resume(request: HttpRequest, token: str, found: Subscription) -> HttpResponse:
    subscriptions.go_on(found, at=timezone.now())
    return redirect(_own(found, "resumed"))


def _leave(request: HttpRequest, token: str, found: Subscription) -> HttpResponse:
    subscriptions.leave(found, at=timezone.now())
    return redirect("subscription", token=token)


_ACTIONS = {"change": _change, "pause": _pause, "resume": _resume, "leave": _leave}


def _manage_page(
    request: HttpRequest, token: str, found: Subscription, form: WishForm, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    done = request.GET.get("done", "")
    context = {
        "form": form,
        "problem": problem,
        "done": done if done in DONE else "",
        "subscription": found,
        "described": requests.described(found, form.known),
        "address": addresses.masked(found.address),
    }
    return render(request, "pages/subscription.html", context, status=status)


def _left_page(request: HttpRequest, found: Subscription) -> HttpResponse:
    """Say that it has ended, and how to begin again: the address is gone, what was followed is not."""
    again = urlencode({"follow": standing(found)[0]}, doseq=True)
    return render(request, "pages/subscription_left.html", {"again": again})


# --- one click (RFC 8058) -------------------------------------------------------------------


@csrf_exempt
@private
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End a subscription by the one POST that a mail program sends: without cookie, language or question.

    A person who opens the address gets the page with its buttons instead.
    """
    found = addresses.by_token(token)
    if found is None:
        return HttpResponse("This link ends no subscription.\n", content_type="text/plain", status=404)
    if request.method == "POST":
        subscriptions.leave(found, at=timezone.now())
        return HttpResponse("You get no more of these mails.\n", content_type="text/plain")
    with translation.override(found.language):
        return redirect(f"{reverse('subscription', args=[token])}#leave")
