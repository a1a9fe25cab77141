"""What the tests of the desk share: a way in."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import storages
from django.test import Client

from commitments.models.evidence import kept_files
from tests.factories import AT
from tests.sign_in import signed_in


@pytest.fixture
def desk(db: None) -> Callable[[Any], Client]:
    """A browser of somebody who is signed in with both keys."""
    return lambda person: signed_in(person)


@pytest.fixture
def noon() -> Iterator[None]:
    """A clock that stands at noon of the day on which the tests publish."""
    with time_machine.travel(AT + timedelta(hours=12), tick=False):
        yield


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the test's uploads are kept."""
    storage = kept_files()
    for name in ("location", "base_location"):
        monkeypatch.setattr(storage, name, str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a tried spreadsheet waits for its confirmation."""
    storage = storages["import_export"]
    for name in ("location", "base_location"):
        monkeypatch.setattr(storage, name, str(tmp_path / "waiting"))
    (tmp_path / "waiting").mkdir()
    return tmp_path / "waiting"
