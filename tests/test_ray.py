"""examples/read_on_ray.py on a cluster of two workers in this machine."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from conftest import PROJECT

pytest.importorskip("ray", reason="needs Ray: pip install -r requirements-optional.txt")
pytestmark = pytest.mark.slow

NO_CLUSTER = 77  # the status where Ray itself does not start: for want of ports, or of memory

# The example with a worker that is killed once, in the middle of its work.
PROGRAM = (
    f"NO_CLUSTER = {NO_CLUSTER}"
    + """
import os, signal, sys
import ray
sys.path.insert(0, sys.argv[1])
import read_on_ray

source, target, mark = sys.argv[2:]
ray.cloudpickle.register_pickle_by_value(read_on_ray)


class Killed(read_on_ray.Reader):
    def __call__(self, file):
        if file["path"].endswith("number.png") and not os.path.exists(mark):
            open(mark, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(file)


try:
    ray.init(num_cpus=2, runtime_env=read_on_ray.ENVIRONMENT, include_dashboard=False)
except Exception as error:
    print(error, file=sys.stderr)
    sys.exit(NO_CLUSTER)
read_on_ray.read_pictures(source, target, Killed)
"""
)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder of pictures, one of them at fault, and a file that is none."""
    folder = tmp_path_factory.mktemp("pictures")
    for name in ("number.png", "chalk.jpg", "transparent.png", "labels.csv"):
        shutil.copy(PROJECT / "input_images" / name, folder)
    (folder / "damaged.png").write_bytes(b"no picture")
    shutil.copy(folder / "number.png", folder / "number.png.read.png")
    return folder


@pytest.fixture(scope="module")
def records(pictures, tmp_path_factory):
    """What the workers wrote, by the picture's name; one of them was killed."""
    folder = tmp_path_factory.mktemp("ray")
    arguments = (PROJECT / "examples", pictures, folder / "lines", folder / "killed")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=folder,
        env={**os.environ, "RAY_raylet_start_wait_time_s": "200"},  # 30 are few on a busy machine
        capture_output=True,
        encoding="utf-8",
        timeout=500,
    )
    if done.returncode == NO_CLUSTER:
        pytest.skip(f"no Ray cluster starts here: {done.stderr[-500:]}")
    assert done.returncode == 0, done.stderr
    assert (folder / "killed").exists()
    files = sorted((folder / "lines").iterdir())
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def test_workers_write_what_predict_prints_though_one_was_killed(records, pictures, run_script):
    done = run_script("predict.py", "--format", "json", pictures)
    expected = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(records, key=lambda record: record["image"]) == expected


def test_a_picture_at_fault_is_a_record_with_its_error(records):
    (record,) = [record for record in records if record["image"].endswith("damaged.png")]
    assert record["text"] == ""
    assert record["error"]
