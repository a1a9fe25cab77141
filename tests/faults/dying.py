"""Programs of the project as they are started for real, with something in them that goes wrong.

Imports everything once, and then forks a program for each order on stdin, which is quicker than to start each anew:
{"program": ["celery", "-A", "tracker", "worker", …], "point": "before fence;die;3", "printed": "/path"}. Answers with
the process id.
"""

import json
import os
import resource
import signal
import sys
import traceback
from typing import Any, NoReturn


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    django.setup()
    import celery.apps.beat
    import celery.apps.worker
    import celery.bin.celery  # noqa: F401

    from tracker.celery import app

    # Others may use the same broker: what is ours goes by a queue of our own.
    app.conf.task_default_queue = os.environ["FAULTS_QUEUE"]
    app.loader.import_default_modules()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who ends is gone, without anybody waiting for it
    print(0, flush=True)
    while order := sys.stdin.readline():
        if (pid := os.fork()) == 0:
            _become(json.loads(order))
        print(pid, flush=True)


def _become(order: dict[str, Any]) -> NoReturn:
    """Be the program, in a group of its own."""
    from celery.__main__ import main as celery

    from tests.faults.points import Point

    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        to = os.open(order["printed"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(to, stream)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        if order["point"]:
            Point.read(order["point"]).install()
        if order["file_size"]:
            resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_size"],) * 2)
        sys.argv = order["program"]
        celery()
    except SystemExit:
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
