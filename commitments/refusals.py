"""Rules about who may do what come in pairs: `check_can_x` raises `RefusedError` and says why, `can_x` asks.

The button and the door share one rule. What is the same for all of them stands here.
"""

from collections.abc import Callable
from typing import Any


class RefusedError(Exception):
    """Somebody may not do something; the message says why, and what to do instead."""


def why_not(check: Callable[..., None], *args: Any) -> str:
    """Return why a check refuses, an empty text where it does not."""
    try:
        check(*args)
    except RefusedError as refusal:
        return str(refusal)
    return ""


def asks(check: Callable[..., None]) -> Callable[..., bool]:
    """Return the question to a check."""
    return lambda *args: not why_not(check, *args)


def need(by: Any, permission: str, doing: str) -> None:
    """Refuse those who are deactivated or whose roles lack a permission."""
    if not by.is_active or not by.has_perm(f"commitments.{permission}"):
        raise RefusedError(f"Your role does not let you {doing}. An administrator can change roles.")
