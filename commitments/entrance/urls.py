"""`/account/`: the few of allauth's views that are needed, and ours. What is not here is closed."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import path

from commitments.entrance import views
from commitments.entrance.steps import code_again

urlpatterns = [
    path("", mfa.index, name="mfa_index"),
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("password/", account.password_change, name="account_change_password"),
    path("password/again/", account.reauthenticate, name="account_reauthenticate"),
    path("code/", mfa.authenticate, name="mfa_authenticate"),
    path("code/again/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("app/", views.Activate.as_view(), name="mfa_activate_totp"),
    path("app/remove/", code_again(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("recovery-codes/", views.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path("recovery-codes/new/", code_again(recovery.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("invitation/<str:uid>/<str:token>/", views.Invitation.as_view(), name="invitation"),
]
