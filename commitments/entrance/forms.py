"""The forms of the door: allauth's, in our words, with failures counted in one place."""

from datetime import UTC, datetime
from typing import Any

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as CodeAgainForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import get_totp_secret
from django import forms
from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm

from commitments.entrance import codes

GOOD_ONE = "At least eight characters, and neither a common one nor your name. Three or four words make a good one."


def _plain(form: forms.Form, **labels: str) -> None:
    """Give fields our labels, and no text inside that vanishes when one writes."""
    for name, field in form.fields.items():
        field.label, field.label_suffix = labels.get(name, field.label), ""
        field.widget.attrs.pop("placeholder", None)


def _one_time_code(label: str) -> forms.CharField:
    attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
    return forms.CharField(label=label, label_suffix="", max_length=32, widget=forms.TextInput(attrs))


class SignIn(LoginForm):
    """Address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say that the address is the name."""
        super().__init__(*args, **kwargs)
        _plain(self, login="E-mail address", password="Password")  # noqa: S106  # a label
        login = self.fields["login"]
        login.widget.attrs |= {"autocomplete": "username", "autofocus": True, "autocapitalize": "none"}
        login.max_length = 254
        login.widget.attrs["maxlength"] = 254


class PasswordAgain(ReauthenticateForm):
    """The password, before something that a borrowed session must not do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Use our words."""
        super().__init__(*args, **kwargs)
        _plain(self, password="Password")  # noqa: S106  # a label
        self.fields["password"].widget.attrs["autofocus"] = True


class ChangePassword(ChangePasswordForm):
    """A new password in the place of the present one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Use our words."""
        super().__init__(*args, **kwargs)
        _plain(self, oldpassword="Present password", password1="New password", password2="New password, again")
        self.fields["password1"].help_text = GOOD_ONE

    def clean_oldpassword(self) -> str:
        """Judge the present password as at sign-in, so that guesses are counted here too."""
        password: str = self.cleaned_data["oldpassword"]
        if not account_adapter().reauthenticate(self.user, password):
            raise account_adapter().validation_error("enter_current_password")
        return password


class _Codes(forms.Form):
    """What both forms that take a code share."""

    user: Any

    def clean_code(self) -> str:
        """Use the code up, once, or count it as wrong."""
        code: str = self.cleaned_data["code"]
        found = codes.accept(context.request, self.user, code, at=datetime.now(UTC))
        if found is None:
            raise mfa_adapter().validation_error("incorrect_code")
        found.user = self.user
        self.authenticator = found
        return code


class Code(_Codes, AuthenticateForm):
    """The second step of signing in."""

    code = _one_time_code("Code")

    def save(self) -> None:
        """Let the person in; say how many recovery codes are left if it was one."""
        super().save()
        if self.authenticator.type == Authenticator.Type.RECOVERY_CODES:
            left = len(self.authenticator.wrap().get_unused_codes())
            words = f"You signed in with a recovery code; {left} are left. If the app is lost, set up a new one."
            messages.warning(context.request, words)


class CodeAgain(_Codes, CodeAgainForm):
    """A code, where this session has not seen one yet or for long."""

    code = _one_time_code("Code")


class Activate(ActivateTOTPForm):
    """The first code of an app that has just been set up."""

    code = _one_time_code("The code that the app shows now")
    step: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keep the secret until it is used: who loads the page again has scanned its picture already."""
        self.user = kwargs.pop("user")
        forms.Form.__init__(self, *args, **kwargs)
        self.secret = get_totp_secret()

    def clean_code(self) -> str:
        """Find the step of time, which is used up with it. No count of failures: the secret is on the page."""
        step = codes.matching_step(self.secret, self.cleaned_data["code"], at=datetime.now(UTC))
        if step is None:
            raise mfa_adapter().validation_error("incorrect_code")
        self.step = step
        return str(self.cleaned_data["code"])


class Welcome(SetPasswordForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Name and password of somebody who came by a link."""

    name = forms.CharField(
        label="Your name",
        max_length=150,
        help_text="As it stands beside what you write.",
        widget=forms.TextInput({"autocomplete": "name", "autofocus": True}),
    )
    field_order = ["name", "new_password1", "new_password2"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Use our words; who had a name keeps it."""
        super().__init__(*args, **kwargs)
        _plain(self, new_password1="Password", new_password2="Password, again")
        self.fields["new_password1"].help_text = GOOD_ONE
        self.fields["new_password2"].help_text = ""
        self.fields["name"].initial = self.user.get_full_name()

    def clean_name(self) -> str:
        """Let the password be compared with the name that is given now."""
        self.user.first_name, self.user.last_name = self.cleaned_data["name"], ""
        return str(self.cleaned_data["name"])
