"""What a measurement was made on, and what a command costs: shared by all benchmarks."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Cost(NamedTuple):
    """What one whole process took: wall time in seconds, peak memory in MB (None on Windows)."""

    seconds: float
    peak_mb: float | None


def describe_machine() -> dict[str, str | int]:
    """CPU, cores that this process may use, and the versions that a result can depend on.

    Call it after measuring: a process that has NumPy loaded raises its children's peak memory.
    """
    sys.path.insert(0, str(ROOT))
    from digits.batch import count_cores
    from record import collect_versions, read_cpu_name

    return {"cpu": read_cpu_name(), "cores": count_cores(), **collect_versions()}


def format_machine(facts: dict[str, str | int]) -> str:
    """Two lines for people: the machine, and the versions."""
    versions = [f"{name} {facts[name]}" for name in facts if name not in ("cpu", "cores")]
    return f"{facts['cpu']}, {facts['cores']} cores\n{', '.join(versions)}"


def run_process(command: Sequence[str], **options) -> Cost:
    """Run a command to its end and tell its cost.

    `options` go to subprocess.Popen.

    Raises:
        SystemExit: it failed; the message holds what it wrote to stderr.
    """
    with tempfile.TemporaryFile() as complaints:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=complaints, **options)
        if hasattr(os, "wait4"):
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
            peak = usage.ru_maxrss * unit / 1e6
        else:
            process.wait()
            peak = None
        seconds = time.perf_counter() - start
        if process.returncode:
            complaints.seek(0)
            text = complaints.read().decode(errors="replace").strip()
            raise SystemExit(f"{' '.join(map(str, command))}: {text}")
    return Cost(seconds, peak)
