"""`make test-full`: everything, with full counts, on each set-up that this machine has; names what it left out."""

import os
import shutil
import subprocess
import sys

LEFT_OUT: list[str] = []


def pytest(title: str, *arguments: str, **environment: str) -> bool:
    """Run the tests once; tell whether they passed."""
    print(f"\n=== {title}", flush=True)
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode == 0


def main() -> None:
    passed = [pytest("embedded default: SQLite", "-n", "2", "--full", DATABASE_URL="")]
    postgres = os.environ.get("TEST_DATABASE_URL")
    if postgres:
        chosen = "not browser and not smoke"
        passed.append(pytest("PostgreSQL", "-n", "2", "--full", "-m", chosen, DATABASE_URL=postgres))
    else:
        LEFT_OUT.append("PostgreSQL: set TEST_DATABASE_URL=postgres://user@host/name")
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        LEFT_OUT.append("the browser tests: install chromium")
    if not os.environ.get("TEST_BROKER_URL"):
        LEFT_OUT.append("the queue on a broker server: set TEST_BROKER_URL=amqp:// or redis://")
    for line in LEFT_OUT:
        print(f"left out: {line}")
    sys.exit(not all(passed))


if __name__ == "__main__":
    main()
