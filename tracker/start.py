"""Sets a fresh machine up and starts the site. Only the standard library, as nothing is installed yet.

`run` is `make run`; `prepare-tests` installs what the tests and checks need. Each step is skipped when its
inputs have not changed, so that a second start takes seconds.
"""

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
PATIENCE = 10  # seconds that web, worker and beat have to end by themselves


def stop(message):
    sys.exit("\n%s\n" % message)


def say(message):
    print("· " + message, flush=True)


def var_dir():
    return Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve()


def check_machine():
    """Stop with one clear line where the machine lacks what no package can bring."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        stop(
            "Python 3.11 or newer is needed; this is %s (%s). Say PYTHON=/path/to/python3.11" % (found, sys.executable)
        )
    try:
        import sqlite3
    except ImportError:
        stop("This Python was built without SQLite. Install one that has it, and say PYTHON=/path/to/it")
    try:
        sqlite3.connect(":memory:").execute("CREATE VIRTUAL TABLE t USING fts5(x)")
    except sqlite3.OperationalError:
        stop(
            "This Python's SQLite lacks FTS5, the search needs it. Use a Python with a full SQLite: PYTHON=/path/to/it"
        )


def check_port(port):
    """Stop where the port is no number, or taken."""
    if not (port.isdigit() and 0 < int(port) < 65536):
        stop("PORT=%s is no port: give a number from 1 to 65535." % port)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except PermissionError:
            stop("Port %s may not be used by this user. Take one above 1023: make run PORT=8001" % port)
        except OSError:
            stop("Port %s is taken. Take another: make run PORT=%d" % (port, int(port) + 1))


def call(*command):
    """Run a command; stop with its last words where it fails."""
    done = subprocess.run([str(part) for part in command], cwd=str(ROOT), capture_output=True, text=True)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        stop("This failed: %s\n%s" % (" ".join(map(str, command)), "\n".join(words[-15:])))
    return done.stdout


def make_venv():
    if PYTHON.exists():
        return
    say("making .venv")
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        version = "%d.%d" % sys.version_info[:2]
        stop("This Python lacks ensurepip. On Debian or Ubuntu: apt-get install python%s-venv" % version)
    call(sys.executable, "-m", "venv", VENV)


def install(*names):
    """Install requirement files unless the same ones were installed before."""
    files = [ROOT / name for name in names]
    stamp = VENV / (".installed-" + files[-1].stem)
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("installing packages (" + ", ".join(names) + "), about a minute")
    arguments = [part for path in files for part in ("-r", path)]
    call(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments)
    stamp.write_text(wanted)


def write_env():
    """Leave a .env for development, so that manage.py works as `make run` does. An existing one stays."""
    env = ROOT / ".env"
    if not env.exists():
        env.write_text(
            "# Made by `make run` for a development copy; a server sets its own (README, Environment).\nDEBUG=1\n"
        )


def compile_translations():
    sources = list(ROOT.glob("locale/*/LC_MESSAGES/django.po"))
    targets = [source.with_suffix(".mo") for source in sources]
    fresh = all(t.exists() and t.stat().st_mtime >= s.stat().st_mtime for s, t in zip(sources, targets, strict=True))
    if not fresh:
        call(PYTHON, "-m", "babel.messages.frontend", "-q", "compile", "-d", ROOT / "locale", "-D", "django")


def manage(*arguments):
    done = subprocess.run([str(PYTHON), "manage.py", *arguments], cwd=str(ROOT))
    if done.returncode:
        sys.exit(done.returncode)


def prepare():
    """Everything up to a database that holds the record."""
    check_machine()
    make_venv()
    install("requirements.txt")
    write_env()
    compile_translations()


def read_procfile(path):
    """Return the command of each process by its name."""
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    return {name: command.strip() for name, _, command in (line.partition(":") for line in lines)}


def run_together(commands):
    """Run the commands until one of them ends or a signal comes; then end all. Return the exit code.

    Each has a session of its own: a Ctrl-C reaches this process only, which then ends them in order, and what
    one of them leaves behind can still be found by its group.
    """
    heard, running = [], {}
    listen(heard)
    try:
        for name, command in commands.items():
            running[name] = subprocess.Popen(
                command, shell=True, cwd=str(ROOT), stdin=subprocess.DEVNULL, start_new_session=True
            )
        while not heard and all(process.poll() is None for process in running.values()):
            time.sleep(0.1)
        ended = [name for name, process in running.items() if process.returncode is not None]
    finally:
        end(running.values(), heard)
    if not heard:
        say("%s ended by itself (%s), so everything ended" % (ended[0], running[ended[0]].returncode))
    return 128 + heard[0] if heard else 1


def listen(heard):
    """Note each signal to end, and no more: to raise here could break into the very start of a process."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores it on purpose
            signal.signal(number, lambda number, _: heard.append(number))


def end(processes, heard):
    """Ask the processes to end; kill what is left of them after a while, or at once at a second Ctrl-C."""
    for process in processes:
        process.terminate()
    until = time.monotonic() + PATIENCE
    while any(process.poll() is None for process in processes):
        if time.monotonic() > until or signal.SIGINT in heard[1:]:
            break
        time.sleep(0.1)
    for process in processes:
        # Also what an ended process left behind. Where nobody is left, Linux says the first and macOS the second.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run():
    port = os.environ.get("PORT") or "8000"
    check_port(port)
    prepare()
    var_dir().mkdir(parents=True, exist_ok=True)
    say("database and record")
    manage("set_up")
    print(
        "\n  The site:  http://127.0.0.1:%s/\n  The desk:  http://127.0.0.1:%s/admin/   (an account: make admin)\n"
        "  Mail goes to files in %s/outbox. Ctrl-C ends everything.\n" % (port, port, var_dir()),
        flush=True,
    )
    os.environ.update(PORT=port, VAR_DIR=str(var_dir()))
    os.environ["PATH"] = "%s%s%s" % (VENV / "bin", os.pathsep, os.environ.get("PATH", ""))
    sys.exit(run_together(read_procfile(ROOT / "Procfile")))


def prepare_tests():
    prepare()
    install("requirements.txt", "requirements-dev.txt")


if __name__ == "__main__":
    try:
        {"run": run, "prepare-tests": prepare_tests}[sys.argv[1]]()
    except KeyboardInterrupt:
        sys.exit(130)
