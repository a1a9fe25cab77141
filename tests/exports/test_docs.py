"""docs/data.md and docs/api.md name the filters that there are: none is missing, and none is made up."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from commitments.exports.asking import LISTED

ROW = re.compile(r"^\| `/export/([a-z]+)\..*\| [^`|]*`([a-z_ ]+)` \|$", re.M)


def said(name: str) -> str:
    return Path(settings.BASE_DIR, "docs", name).read_text()


def test_the_table_of_files_names_every_filter() -> None:
    found = {name: filters.split() for name, filters in ROW.findall(said("data.md"))}
    assert {name: sorted(filters) for name, filters in found.items()} == {
        name: sorted(listed.filters.base_filters) for name, listed in LISTED.items()
    }


@pytest.mark.parametrize("name", ["api.md"])
def test_the_guide_names_every_filter_of_pledges(name: str) -> None:
    (row,) = re.findall(r"^\| filters of pledges \| `([a-z_ ]+)`", said(name), re.M)
    assert sorted(row.split()) == sorted(LISTED["pledges"].filters.base_filters)
