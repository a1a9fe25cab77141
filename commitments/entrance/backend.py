"""Passwords. One account, one hash: an unknown name takes as long as a known one."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from commitments import people


class Passwords(AuthenticationBackend):
    """allauth's, which would look the name up as an address, as a name and as an address again.

    It hashes once for each account found and once for none, so that the time would tell which names exist.
    """

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> AbstractBaseUser | None:
        login = credentials.get("username") or credentials.get("email") or ""
        known: AbstractBaseUser | None = self._check_password(people.by_login(login), credentials["password"])
        return known
