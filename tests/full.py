"""`make test-full`: everything, with full counts, on each set-up that this machine has; names what it left out."""

import os
import shutil
import socket
import subprocess
import sys

LEFT_OUT: list[str] = []


def pytest(title: str, *arguments: str, **environment: str) -> bool:
    """Run the tests once; tell whether they passed."""
    print(f"\n=== {title}", flush=True)
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode == 0


def listening(port: int) -> bool:
    """Tell whether somebody listens at a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=3).close()
    except OSError:
        return False
    return True


def main() -> None:
    passed = [pytest("embedded default: SQLite", "-n", "2", "--full", DATABASE_URL="")]
    postgres = os.environ.get("TEST_DATABASE_URL")
    if postgres:
        chosen = "not browser and not smoke and not faults"  # those bring databases of their own
        passed.append(pytest("PostgreSQL", "-n", "2", "--full", "-m", chosen, DATABASE_URL=postgres))
    else:
        LEFT_OUT.append("PostgreSQL: set TEST_DATABASE_URL=postgres://user@host/name")
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        LEFT_OUT.append("the browser tests: install chromium")
    for name, port in (("PostgreSQL", 5432), ("RabbitMQ", 5672)):
        if not listening(port):
            LEFT_OUT.append(f"the failures on {name}: nobody listens at 127.0.0.1:{port}")
    if not shutil.which("redis-server"):
        LEFT_OUT.append("the failures on Redis: install redis-server")
    for line in LEFT_OUT:
        print(f"left out: {line}")
    sys.exit(not all(passed))


if __name__ == "__main__":
    main()
