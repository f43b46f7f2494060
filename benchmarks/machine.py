"""What a measurement was made on, and what a command costs: shared by all benchmarks."""

import json
import os
import subprocess
import sys
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
    """CPU, cores that this process may use, and the versions that a result can depend on."""
    sys.path.insert(0, str(ROOT))
    from cli.batch import count_cores
    from training.record import collect_versions, read_cpu_name

    return {"cpu": read_cpu_name(), "cores": count_cores(), **collect_versions()}


def format_machine(facts: dict[str, str | int]) -> str:
    """Two lines for people: the machine, and the versions."""
    versions = [f"{name} {facts[name]}" for name in facts if name not in ("cpu", "cores")]
    return f"{facts['cpu']}, {facts['cores']} cores\n{', '.join(versions)}"


def run_process(
    command: Sequence[str | Path], *, good: Sequence[int] = (0,), **options: object
) -> Cost:
    """Run a command to its end and tell its cost.

    `options` go to subprocess.run.

    Raises:
        SystemExit: its status is none of `good`, or it died of an exception; the message holds
            what it wrote to stderr.
    """
    # This module run as a script stands between: the peak that the system reports for a process
    # begins with that of its parent, and the caller may have grown large.
    launcher = [sys.executable, __file__, *command]
    done = subprocess.run(launcher, capture_output=True, check=False, **options)
    complaint = done.stderr.decode(errors="replace").strip()
    if done.returncode not in good or "Traceback" in complaint:
        raise SystemExit(f"{Path(command[1]).name} failed: {complaint}")
    return Cost(*json.loads(done.stdout))


def _launch(command: Sequence[str]) -> int:
    """Run a command, print its Cost as JSON in place of its own output; its status."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peak = None
    if hasattr(os, "wait4"):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
        peak = usage.ru_maxrss * unit / 1e6
    else:
        process.wait()
    print(json.dumps(Cost(time.perf_counter() - start, peak)))
    return process.returncode


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(print(format_machine(describe_machine())))
    sys.exit(_launch(sys.argv[1:]))
