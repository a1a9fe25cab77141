"""The catalogue as it stands in a test database."""

import pytest
from django.core.management import call_command
from django.db import connection

from catalogue.changes import NOW, changed
from commitments.catalogue.load import load
from commitments.catalogue.schema import Catalogue
from commitments.models import (
    triggers,
)


@pytest.fixture
def loaded(db: None, catalogue: Catalogue) -> Catalogue:
    """Return the Consensus alone, which is all that the database holds; rolled back afterwards."""
    with triggers.lifted(connection):
        call_command("flush", verbosity=0, interactive=False)
    consensus = changed(catalogue, documents=catalogue.documents[:1], targets=[], frozen=None)
    load(consensus, at=NOW)
    return consensus
