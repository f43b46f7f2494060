"""What a measurement was made on, and what a command costs: shared by all benchmarks."""

import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

PACKAGES = ("numpy", "opencv-python", "h5py", "keras", "tensorflow", "torch")


class Cost(NamedTuple):
    """What one whole process took: wall time in seconds, peak memory in MB (None on Windows)."""

    seconds: float
    peak_mb: float | None


def describe_machine() -> dict[str, str | int]:
    """CPU, cores that this process may use, system, versions of Python and of what is installed."""
    facts: dict[str, str | int] = {
        "cpu": find_cpu_name(),
        "cores": count_cores(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }
    for package in PACKAGES:
        try:
            facts[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return facts


def format_machine(facts: dict[str, str | int]) -> str:
    """Two lines for people: the machine, and the versions."""
    versions = ", ".join(f"{name} {facts[name]}" for name in ("python", *PACKAGES) if name in facts)
    return f"{facts['cpu']}, {facts['cores']} cores, {facts['system']}\n{versions}"


def find_cpu_name() -> str:
    """The name of the processor, as far as the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def count_cores() -> int:
    """How many cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
