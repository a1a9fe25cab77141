"""A Celery application with the task that most projects write: send one message."""

import os
from pathlib import Path

import celery
import django
from celery.signals import worker_ready

django.setup()

from bench.peers.letters import Letters  # noqa: E402

BROKER, OWN = os.environ["BENCH_BROKER"], os.environ.get("BENCH_QUEUE", "bench")
#: A byte is added to it for each message that went out; and a file that says that the worker is ready.
COUNT = Path(f"{os.environ['BENCH_LETTERS']}.{OWN}.sent")
READY = Path(f"{os.environ['BENCH_LETTERS']}.{OWN}.ready")

app = celery.Celery("bench", broker=BROKER)
app.conf.update(
    task_default_queue=OWN,
    task_ignore_result=True,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"global_keyprefix": f"{OWN}:"} if BROKER.startswith("redis") else {},
)
letters = Letters(Path(os.environ["BENCH_LETTERS"]))
counter = os.open(COUNT, os.O_WRONLY | os.O_CREAT | os.O_APPEND)


@worker_ready.connect
def say_ready(**about: object) -> None:
    """Tell that the worker takes tasks."""
    READY.touch()


@app.task
def send(number: int) -> None:
    """Send one message, over a connection of its own as Django does it."""
    letters.mail(number).send()
    os.write(counter, b".")
