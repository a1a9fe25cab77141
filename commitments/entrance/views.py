"""The views of the door that are ours: links, the app's first code, recovery codes, and the admin's own way in."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, View

from commitments import people
from commitments.entrance import codes, lockout, steps
from commitments.entrance.addresses import on_this_machine
from commitments.entrance.forms import Welcome

PASSWORDS = "commitments.entrance.backend.Passwords"
TOTP, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class Invitation(FormView):  # type: ignore[type-arg]  # not subscriptable at run time
    """Name and password, by a link that works once. Looking at it changes nothing: previews of mails look, too."""

    form_class = Welcome
    template_name = "desk/invitation.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show what to do about a link that is no good any more."""
        self.at = datetime.now(UTC)
        self.person = people.guest(kwargs["uid"], kwargs["token"], at=self.at)
        return super().dispatch(request, *args, **kwargs) if self.person else self.dead()

    def dead(self) -> HttpResponse:
        """Answer a link that was used, replaced, changed, or is too old; all alike."""
        return render(self.request, "desk/link_dead.html", status=410)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Give the form the person."""
        return {**super().get_form_kwargs(), "user": self.person}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the page the person."""
        return super().get_context_data(person=self.person, **kwargs)

    def form_valid(self, form: Welcome) -> HttpResponse:
        """Use the link up, sign the person in, and go on to the second factor."""
        name, password = form.cleaned_data["name"], form.cleaned_data["new_password1"]
        person = people.accept(**self.kwargs, name=name, password=password, at=self.at)
        if person is None:
            return self.dead()
        lockout.forget(person)
        login(self.request, person, backend=PASSWORDS)
        record_authentication(self.request, person, "password")
        return redirect("mfa_activate_totp")


@method_decorator(never_cache, name="dispatch")
class Activate(ActivateTOTPView):
    """Set an app up."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Lead a second click to the account; allauth would lead it to the page for removing the app."""
        if Authenticator.objects.filter(user=request.user.pk, type=TOTP).exists():
            return redirect("mfa_index")
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the secret in groups that can be typed, and whether this may wait."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        secret = context["form"].secret
        groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
        return context | {"groups": groups, "may_wait": on_this_machine(self.request)}

    def form_valid(self, form: Any) -> HttpResponse:
        """Count this session as proved, and its code as used."""
        answer: HttpResponse = super().form_valid(form)
        codes.use_up(Authenticator.objects.get(user=self.request.user.pk, type=TOTP), form.step)
        steps.mark_passed(self.request, self.request.user)
        return answer


@method_decorator([never_cache, login_required, reauthentication_required(app="allauth.mfa")], name="dispatch")
class RecoveryCodes(View):
    """The codes for a lost app: shown until somebody says that they keep them, then never again."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them, or how many are left."""
        return self._page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take the word that they are kept."""
        if "kept" not in request.POST:
            return self._page(request, problem="Tick the box when you have put the codes away.", status=400)
        self._held(request).wrap().mark_as_viewed()
        messages.success(request, "Your second factor is set up.")
        return redirect("admin:index")

    def _held(self, request: HttpRequest) -> Authenticator:
        return get_object_or_404(Authenticator, user=request.user.pk, type=RECOVERY)

    def _page(self, request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
        held = self._held(request).wrap()
        unused = held.get_unused_codes()
        context = {
            "codes": [] if held.did_view else [f"{code[:4]} {code[4:]}" for code in unused],
            "left": len(unused),
            "all": app_settings.RECOVERY_CODE_COUNT,
            "problem": problem,
        }
        return render(request, "mfa/recovery_codes/index.html", context, status=status)


def guarded(site: AdminSite) -> AdminSite:
    """Return the admin with our door in the place of its own, which knows no second factor and counts no failures."""

    def enter(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        follow = get_next_redirect_url(request)
        if not request.user.is_authenticated:
            return redirect(f"{reverse('account_login')}?{urlencode({'next': follow or reverse('admin:index')})}")
        if not site.has_permission(request):
            raise PermissionDenied
        return redirect(follow or "admin:index")

    def password_change(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("account_change_password")

    site.login, site.password_change = never_cache(enter), password_change  # type: ignore[method-assign, assignment]
    return site
