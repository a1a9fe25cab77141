"""The broker loses everything, or is away: it only carries wake-ups, so that costs time, and no message."""

import time
from collections.abc import Callable, Iterator

import pytest

from commitments.models import Dispatch
from tests.faults.stand import Process, Stand, awaited

Note = Callable[[str, object], None]

#: Seconds within which sending is promised to go on after the broker is there again.
PROMISED = 120


@pytest.fixture
def running(site: Stand) -> Iterator[tuple[Process, Process]]:
    """A worker and a beat that have sent something already."""
    site.waits(count=3)
    yield site.celery("worker"), site.celery("beat")
    for process in site.processes:
        process.kill()  # before the broker is taken down


def goes_on(site: Stand, since: float) -> tuple[str, bool]:
    """Tell how many seconds after a moment all was sent, and whether a worker had to be started anew for it."""
    waiting, ended = Dispatch.objects.filter(state__in=("pending", "sending")), []
    awaited(
        lambda: not waiting.exists() or any(process.poll() is not None for process in site.processes),
        lambda: f"the queue to be empty; {site.outputs()}",
        PROMISED,
    )
    for process in [process for process in site.processes if process.poll() is not None]:
        ended.append(process.output())
        site.celery("worker" if "worker" in process.printed.parent.name else "beat")
    site.wakes(PROMISED)
    return f"{time.monotonic() - since:.0f} s", bool(ended)


def test_a_broker_that_loses_everything_loses_no_message(
    site: Stand, running: tuple[Process, Process], note: Note
) -> None:
    site.wakes()
    assert site.broker
    site.broker.wipe()
    site.waits(count=3)
    took, ended = goes_on(site, time.monotonic())
    assert not ended
    verdict = site.verdict()
    note("the broker wiped", f"{verdict}; went on after {took}")
    assert (verdict.once, verdict.whole) == (6, (0, 0, 0))


def test_sending_goes_on_when_the_broker_is_back(site: Stand, running: tuple[Process, Process], note: Note) -> None:
    site.wakes()
    assert site.broker
    site.broker.down()
    site.waits(count=3)
    before = {process.pid: len(process.output()) for process in running}
    awaited(  # somebody has noticed, and said so
        lambda: any(len(process.output()) > before[process.pid] for process in running),
        lambda: f"a complaint; {site.outputs()}",
    )
    site.broker.up()
    took, ended = goes_on(site, time.monotonic())
    verdict = site.verdict()
    anew = ", with a worker started anew" if ended else ""
    note("the broker away for a while", f"{verdict}; went on after {took}{anew}")
    assert (verdict.once, verdict.whole) == (6, (0, 0, 0))
    # Where Redis goes away, kombu 5.7 ends a worker that has unacknowledged tasks: its supervisor starts another.
    assert not ended or site.broker.url.startswith("redis"), site.outputs()
