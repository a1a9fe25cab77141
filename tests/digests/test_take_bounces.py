"""`manage.py take_bounces`: from a pipe and from a Maildir, as mail servers call it."""

import io
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from commitments.digests import bounces, reports
from commitments.models import Dispatch, Suppression
from tests.digests.returned import notification, sent
from tests.digests.rows import subscribed

pytestmark = pytest.mark.django_db


@pytest.fixture
def digest() -> Dispatch:
    return sent(subscribed())


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def without_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("could not connect to server at 192.0.2.1")

    monkeypatch.setattr(bounces, "_about", away)


def piped(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> str:
    stdin, out = io.BytesIO(raw), io.StringIO()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=stdin))
    call_command("take_bounces", stdout=out)
    assert stdin.read() == b""  # or the mail server would see a broken pipe
    return out.getvalue()


def test_a_mail_from_a_pipe_is_handled(digest: Dispatch, monkeypatch: pytest.MonkeyPatch) -> None:
    assert piped(notification(digest).as_bytes(), monkeypatch) == f"suppressed: refused, 5.1.1: dispatch {digest.pk}\n"
    assert Suppression.objects.count() == 1


@pytest.mark.parametrize("raw", [b"", b"\x00\xff", b"Subject: Thank you\n\nreader@example.org\n"])
def test_what_is_none_of_ours_ends_well_too(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    said = piped(raw, monkeypatch)
    assert said == "not ours: no delivery status notification and no abuse report\n"


def test_a_mail_that_is_too_large_is_read_to_its_end_and_left(monkeypatch: pytest.MonkeyPatch) -> None:
    assert piped(b"x" * (3 * reports.LARGEST), monkeypatch) == "not ours: larger than 1,000,000 bytes\n"


def test_without_a_database_the_mail_server_tries_again(
    digest: Dispatch, monkeypatch: pytest.MonkeyPatch, without_database: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        piped(notification(digest).as_bytes(), monkeypatch)
    assert ended.value.code == os.EX_TEMPFAIL == 75
    assert capsys.readouterr().err == "The database is away (OperationalError); try again later.\n"


def taken(maildir: Path, **options: Any) -> list[str]:
    out = io.StringIO()
    call_command("take_bounces", maildir=maildir, stdout=out, stderr=out, **options)
    return out.getvalue().splitlines()


def test_a_maildir_is_worked_through_whatever_lies_in_it(digest: Dispatch, maildir: Path) -> None:
    new, cur = maildir / "new", maildir / "cur"
    (new / "1.bad.host").write_bytes(b"\x00" * 100)
    (new / "2.good.host").write_bytes(notification(digest).as_bytes())
    (new / "3.large.host:2,").write_bytes(b"x" * (reports.LARGEST + 1))
    (new / "4.folder.host").mkdir()
    (new / "5.link.host").symlink_to("/etc/hostname")
    (new / "6.again.host").write_bytes(notification(digest).as_bytes())
    said = taken(maildir)
    assert said[-1] == "6 mails: 2 left where they are, 2 not ours, 2 suppressed."
    assert [line.partition(":")[0] for line in said[:-1]] == ["'4.folder.host'", "'5.link.host'"]
    assert sorted(path.name for path in new.iterdir()) == ["4.folder.host", "5.link.host"]
    assert sorted(path.name for path in cur.iterdir()) == [
        f"{name}.host:2,S" for name in ("1.bad", "2.good", "3.large", "6.again")
    ]


def test_each_is_told_where_asked_for_and_names_are_harmless(maildir: Path) -> None:
    (maildir / "new" / "1\x1b[31m.扶").write_bytes(b"x")
    said = taken(maildir, verbosity=2)
    assert said[0] == r"'1\x1b[31m.\u6276': not ours: no delivery status notification and no abuse report"
    assert taken(maildir) == ["0 mails."]


def test_without_a_database_what_is_left_stays(
    digest: Dispatch, maildir: Path, without_database: None, capsys: pytest.CaptureFixture[str]
) -> None:
    (maildir / "new" / "1").write_bytes(b"x")
    (maildir / "new" / "2").write_bytes(notification(digest).as_bytes())
    (maildir / "new" / "3").write_bytes(b"x")
    with pytest.raises(SystemExit) as ended:
        call_command("take_bounces", maildir=maildir)
    assert ended.value.code == 75
    assert "Before that: 1 mails: 1 not ours." in capsys.readouterr().err
    assert sorted(path.name for path in (maildir / "new").iterdir()) == ["2", "3"]


def test_a_folder_that_is_no_maildir_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no Maildir"):
        call_command("take_bounces", maildir=tmp_path)
