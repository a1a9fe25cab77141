"""LibreOffice, where it is there, reads CSV and workbook alike, in four languages."""

import csv
import shutil
import subprocess
from io import StringIO
from pathlib import Path

import pytest

from tests import factories, unpublished
from tests.exports.files import body, table
from tests.factories import words

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not shutil.which("soffice"), reason="no LibreOffice here"),
]
#: Comma, double quote, UTF-8, from line 1, all cells quoted where needed, values as they are stored, first sheet.
OPTIONS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1"


@pytest.mark.parametrize("name", ["pledges", "evidence"])
def test_every_cell_of_the_workbook_is_that_of_the_csv(name: str, tmp_path: Path) -> None:
    unpublished.public()
    factories.evidence(title="=1+1", fact=words("人权 ñandú não"))
    (tmp_path / "table.xlsx").write_bytes(body(f"/export/{name}.xlsx"))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    call = ["soffice", profile, "--headless", "--convert-to", OPTIONS, "--outdir", str(tmp_path)]
    subprocess.run([*call, str(tmp_path / "table.xlsx")], check=True, capture_output=True, timeout=180)
    (made,) = tmp_path.glob("*.csv")
    ours = table(body(f"/export/{name}.csv"))
    theirs = list(csv.DictReader(StringIO(made.read_text(encoding="utf-8"), newline="")))
    assert len(theirs) == len(ours) > 0
    for row, other in zip(ours, theirs, strict=True):
        for column, text in row.items():
            expected = text.upper() if text in ("true", "false") else text
            assert other[column] == expected, (column, text)
