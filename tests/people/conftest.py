"""People with passwords, a clock that stands still, and counts that start at nothing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from tests.factories import AT, person
from tests.sign_in import PASSWORD, with_second_factor


@pytest.fixture(autouse=True)
def _no_counts() -> None:
    """The requests of other tests, counted in memory, are not these people's."""
    cache.clear()


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hasher with the least work: what it costs is not what is tested here."""
    for name, value in {"time_cost": 1, "memory_cost": 8, "parallelism": 1}.items():
        monkeypatch.setattr(Argon2PasswordHasher, name, value)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """A clock that stands still, and can be moved: `clock.shift(seconds)`."""
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def curator(db: None) -> User:
    """A curator with a password and nothing else."""
    user: User = person("curator")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def enrolled(curator: User) -> User:
    """A curator with a password and an app."""
    return with_second_factor(curator)


@pytest.fixture
def administrator(db: None) -> User:
    """An administrator with a password and nothing else."""
    user: User = person("administrator")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def elsewhere() -> Client:
    """A browser at another address."""
    return Client(REMOTE_ADDR="203.0.113.7")


@pytest.fixture
def at() -> datetime:
    """When things happen where the clock does not matter."""
    return AT
