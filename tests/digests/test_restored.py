"""An older backup comes back: nothing that was sent since goes out again, and who has left since stays gone."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from commitments import tasks
from commitments.digests import marks, requests, restored, sending, subscriptions, suppression
from commitments.digests.compose import compose
from commitments.models import (
    Attempt,
    Confirmation,
    Dispatch,
    Identity,
    Subscription,
    SuppressionReason,
    triggers,
)
from tests import factories
from tests.digests.rows import subscribed, wish
from tests.digests.server import Handler, smtp
from tests.factories import AT, people, person, published, update

pytestmark = pytest.mark.django_db

DUE = AT + timedelta(days=8)
LATER = DUE + timedelta(days=1)


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.MAIL_MARKS = tmp_path / "mail"
    return tmp_path / "mail"


@pytest.fixture
def server(settings: Settings) -> Iterator[Handler]:
    with smtp(settings) as handler:
        yield handler


def happens(n: int = 0, at: Any = AT) -> None:
    published(update(factories.pledge(n=n), "not_assessed", **people()), at=at)


def send(at: Any = DUE) -> str:
    return str(sending.send_waiting(clock=lambda: at))


def forget_what_was_sent(state: str = "pending") -> None:
    """Put the rows back as a backup from before the sending knows them."""
    with triggers.lifted(connection):
        Attempt.objects.all().delete()
    Dispatch.objects.update(state=state, attempt=0, sent_at=None, owner="", stage="", lease_until=None)


def states() -> list[str]:
    return list(Dispatch.objects.order_by("pk").values_list("state", flat=True))


def test_what_waited_in_the_backup_is_uncertain_and_goes_out_no_more(server: Handler) -> None:
    subscribed(address="one@example.org")
    subscribed(address="two@example.org")
    happens()
    compose(at=DUE)
    assert send() == "2 sent"
    forget_what_was_sent()
    done = restored.fence(at=LATER)
    assert (done.waited, done.due, states()) == (2, 0, ["uncertain"] * 2)
    assert send(LATER) == "nothing to send"
    assert len(server.taken) == 2


def test_what_was_due_when_the_backup_was_made_is_not_told_again_and_nothing_after_it_is_missed(
    server: Handler,
) -> None:
    reader = subscribed(address="one@example.org")
    happens()
    done = restored.fence(at=DUE)  # the digest of this week was composed and sent after the backup was made
    assert (done.waited, done.due) == (0, 1)
    one = Dispatch.objects.get()
    assert (one.state, one.perhaps_twice) == ("uncertain", True)
    happens(1, at=DUE + timedelta(hours=1))
    compose(at=DUE + timedelta(days=8))
    assert send(DUE + timedelta(days=8)) == "1 sent"
    (mail,) = server.mails()
    assert mail["Message-ID"] == Dispatch.objects.filter(subscription=reader).latest("pk").message_id


def test_doing_it_twice_is_as_once() -> None:
    subscribed()
    happens()
    restored.fence(at=DUE)
    assert str(restored.fence(at=DUE)).startswith("0 messages that waited and 0 that were due")


def test_where_a_digest_cannot_be_composed_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = subscribed()
    happens()
    Subscription.objects.filter(pk=reader.pk).update(scope={"nothing": "known"})
    known = marks.identity()
    with pytest.raises(CommandError, match="Nothing was changed"), time_machine.travel(DUE, tick=False):
        call_command("restore_fence")
    assert marks.identity() == known


def test_no_request_to_confirm_and_no_daily_mail_goes_out_again(server: Handler) -> None:
    person("reviewer")
    asked = subscriptions.ask("new@example.org", wish(), at=DUE)
    assert restored.fence(at=DUE).asked == 1
    assert requests.send_requests(clock=lambda: DUE) == 0
    asked.refresh_from_db()
    assert asked.requested_at == DUE
    assert not Confirmation.objects.filter(next_try__isnull=False).exists()
    assert server.to() == []


def test_who_left_after_the_backup_was_made_has_left(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, folder: Path
) -> None:
    gone, shut, stays = (subscribed(address=f"{name}@example.org") for name in ("gone", "shut", "stays"))
    with django_capture_on_commit_callbacks(execute=True):
        subscriptions.leave(gone, at=LATER)
        suppression.suppress(shut.address_key, SuppressionReason.COMPLAINED, at=LATER)
    for row in (gone, shut):  # as the backup knows them
        Subscription.objects.filter(pk=row.pk).update(state="active", address="back@example.org", left_at=None)
    suppression.Suppression.objects.all().delete()
    assert "@" not in (folder / "gone").read_text()
    restored.fence(at=LATER)
    assert [Subscription.objects.get(pk=row.pk).state for row in (gone, shut, stays)] == ["left", "left", "active"]
    assert suppression.suppressed([shut.address_key])


def test_who_subscribed_again_after_leaving_is_not_thrown_out(folder: Path) -> None:
    marks.note_left(4711, at=AT - timedelta(days=1))
    reader = subscribed()
    marks.note_left(reader.pk, at=reader.created_at - timedelta(minutes=1))
    with (folder / "gone").open("a") as stream:
        stream.write('{"database": "another", "left": 1}\n["no"]\n{"cut')
    restored.fence(at=LATER)
    reader.refresh_from_db()
    assert reader.state == "active"


def test_a_database_older_than_what_was_sent_from_here_sends_nothing_until_it_was_fenced(server: Handler) -> None:
    subscribed(address="one@example.org")
    happens()
    compose(at=DUE)
    send()
    assert not marks.behind()
    forget_what_was_sent()
    assert marks.behind()
    with time_machine.travel(DUE, tick=False):
        for task in (tasks.compose_digests, tasks.send_mail, tasks.reconcile_digests, tasks.daily_mail):
            task()
        with pytest.raises(CommandError, match="restore_fence"):
            call_command("send_digests", stdout=StringIO())
        assert len(server.taken) == 1
        out = StringIO()
        call_command("restore_fence", stdout=out)
        assert out.getvalue().startswith("1 messages that waited and 0 that were due are uncertain now")
        assert not marks.behind()
        tasks.send_mail()
    assert (len(server.taken), states()) == (1, ["uncertain"])


def test_a_new_database_is_none_that_was_restored(server: Handler, folder: Path) -> None:
    subscribed()
    happens()
    compose(at=DUE)
    send()
    assert json.loads((folder / "sent").read_text()) == {marks.identity(): Attempt.objects.latest("pk").pk}
    old = Identity.objects.get()
    Identity.objects.update(name=uuid4())
    assert not marks.behind()
    forget_what_was_sent()
    assert not marks.behind()
    assert send() == "1 sent"
    Identity.objects.update(name=old.name)  # a backup of the database that was here before
    assert marks.behind()


def test_where_nothing_can_be_noted_mail_goes_all_the_same(
    server: Handler, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    settings.MAIL_MARKS = tmp_path / "file" / "mail"
    subscribed()
    happens()
    compose(at=DUE)
    assert send() == "1 sent"
    marks.note_left(1, at=AT)
    assert not marks.behind()
