"""What a measurement was made on, and what a command costs: shared by all benchmarks."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import resource

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # a benchmark imports this module before those of the project


class Cost(NamedTuple):
    """What one whole process took: wall time in seconds, peak memory in MB (None on Windows)."""

    seconds: float
    peak_mb: float | None


class Ended(NamedTuple):
    """How a process ended: what it wrote, seconds of a core that it took, its peak memory in MB."""

    status: int
    stdout: bytes
    stderr: bytes
    cpu_seconds: float
    peak_mb: float


def describe_machine() -> dict[str, str | int]:
    """CPU, cores that this process may use, and the versions that a result can depend on."""
    from digits.work.cores import count_cores
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


def run_measured(command: Sequence[str], *, stdin: IO[bytes], timeout: float) -> Ended:
    """Run a command to its end, whatever that is; on Linux and macOS.

    A process that goes on for longer than `timeout` seconds is killed.
    """
    # A small process stands between, for the reason that run_process gives.
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        code = (
            "import sys; sys.path.insert(0, sys.argv[1]); import machine; machine.measure_child()"
        )
        launcher = [sys.executable, "-c", code, str(ROOT / "benchmarks"), str(timeout), out, err]
        told = subprocess.run([*launcher, *command], stdin=stdin, capture_output=True, check=True)
        status, cpu_seconds, peak_mb = json.loads(told.stdout)
        return Ended(status, out.read_bytes(), err.read_bytes(), cpu_seconds, peak_mb)


def measure_child() -> None:
    """Run the command in sys.argv and print its status, seconds of a core and peak as JSON."""
    timeout, out, err, *command = sys.argv[2:]
    with open(out, "wb") as stdout, open(err, "wb") as stderr:
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr)
        watchdog = threading.Timer(float(timeout), process.kill)
        watchdog.start()
        _, status, usage = os.wait4(process.pid, 0)
        watchdog.cancel()
    seconds = usage.ru_utime + usage.ru_stime
    print(json.dumps([os.waitstatus_to_exitcode(status), seconds, _to_megabytes(usage)]))


def _to_megabytes(usage: "resource.struct_rusage") -> float:
    """The peak memory of a process that has ended."""
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    return usage.ru_maxrss * unit / 1e6


def _launch(command: Sequence[str]) -> int:
    """Run a command, print its Cost as JSON in place of its own output; its status."""
    # As users have it: Python keeps the modules that it has compiled, whatever is set here.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    peak = None
    if hasattr(os, "wait4"):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = _to_megabytes(usage)
    else:
        process.wait()
    print(json.dumps(Cost(time.perf_counter() - start, peak)))
    return process.returncode


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(print(format_machine(describe_machine())))
    sys.exit(_launch(sys.argv[1:]))
