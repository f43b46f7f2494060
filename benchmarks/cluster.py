"""Pictures per second: predict.py on all cores, and Ray with one and with two workers.

pip install -r requirements-optional.txt
python benchmarks/cluster.py --pictures 400
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import ROOT, describe_machine, format_machine

# The example on a cluster of so many workers; the seconds are those of the reading alone.
PROGRAM = """
import sys, time
import ray
sys.path.insert(0, sys.argv[1])
import read_on_ray

ray.cloudpickle.register_pickle_by_value(read_on_ray)
ray.init(num_cpus=int(sys.argv[4]), runtime_env=read_on_ray.ENVIRONMENT, include_dashboard=False)
start = time.monotonic()
read_on_ray.read_pictures(sys.argv[2], sys.argv[3])
print("seconds", time.monotonic() - start)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pictures", type=int, default=400, help="how many are read")
    count = parser.parse_args().pictures
    print(format_machine(describe_machine()))
    with tempfile.TemporaryDirectory() as folder:
        pictures = make_pictures(Path(folder, "pictures"), count)
        seconds = time_predict(pictures)
        print(f"predict.py, all cores     {count / seconds:6.1f} pictures a second, start included")
        for workers in (1, 2):
            seconds = time_ray(pictures, Path(folder, f"lines{workers}"), workers, count=count)
            print(f"Ray, {workers} worker(s)          {count / seconds:6.1f} pictures a second")


def make_pictures(folder: Path, count: int) -> Path:
    """A folder with so many pictures: the samples of input_images, again and again."""
    folder.mkdir()
    samples = sorted((ROOT / "input_images").glob("*.[jp][pn]g"))
    for number in range(count):
        sample = samples[number % len(samples)]
        (folder / f"{number:06}{sample.suffix}").write_bytes(sample.read_bytes())
    return folder


def time_predict(pictures: Path) -> float:
    """Seconds of the whole process."""
    start = time.monotonic()
    command = [sys.executable, ROOT / "predict.py", "--format", "json", pictures]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - start


def time_ray(pictures: Path, target: Path, workers: int, *, count: int) -> float:
    """Seconds from the first picture to the last line; starting the cluster is not in it."""
    arguments = (ROOT / "examples", pictures, target, str(workers))
    environment = {**os.environ, "RAY_DATA_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        encoding="utf-8",
        check=True,
        env=environment,
    )
    lines = [line for file in target.iterdir() for line in file.read_text("utf-8").splitlines()]
    assert len({json.loads(line)["image"] for line in lines}) == count
    return float(done.stdout.split("seconds ")[1])


if __name__ == "__main__":
    main()
