"""Installs the other packages into .venv-bench; what goes wrong is kept, and named in the benchmark's table."""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv-bench"
PYTHON = VENV / "bin" / "python"
WANTED = ROOT / "requirements-bench.txt"
DONE, FAILED = VENV / ".installed", VENV / ".failed"


def install() -> None:
    """Install what is pinned, unless it was installed before."""
    wanted = hashlib.sha256(WANTED.read_bytes()).hexdigest()
    if DONE.exists() and DONE.read_text() == wanted:
        return
    print("installing the packages to compare with into .venv-bench, about a minute", flush=True)
    VENV.mkdir(exist_ok=True)
    (VENV / ".gitignore").write_text("*\n")
    for stamp in (DONE, FAILED):
        stamp.unlink(missing_ok=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(WANTED)]
    for command in ([sys.executable, "-m", "venv", str(VENV)], pip):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            said = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line] or [
                "no reason given"
            ]
            FAILED.write_text(f"not installed: {said[-1][:200]}")
            print(FAILED.read_text(), flush=True)
            return
    DONE.write_text(wanted)


def why_not() -> str:
    """Return why the packages cannot be used; empty where they can."""
    if FAILED.exists():
        return FAILED.read_text()
    return "" if DONE.exists() else "not installed: `make bench` does it"


if __name__ == "__main__":
    install()
