"""What the benchmarks share, and the sums they do."""

import sys

import pytest
from conftest import PROJECT

PYTHON = sys.executable


@pytest.fixture(autouse=True)
def _benchmarks_on_path(monkeypatch):
    """Benchmarks import one another as scripts do: from their own folder."""
    monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))


def test_run_process_tells_the_memory_of_the_process():
    from machine import run_process

    small = run_process([PYTHON, "-c", "pass"])
    large = run_process([PYTHON, "-c", "x = bytearray(100_000_000); x[::4096] = x[::4096]"])
    if small.peak_mb is None:
        pytest.skip("this system does not tell the peak memory of a process")
    assert large.peak_mb - small.peak_mb == pytest.approx(100, abs=10)


def test_run_process_tells_the_time_of_the_process():
    from machine import run_process

    assert run_process([PYTHON, "-c", "import time; time.sleep(0.5)"]).seconds > 0.5


def test_run_process_stops_at_a_failure_and_says_why():
    from machine import run_process

    with pytest.raises(SystemExit, match="-c failed: no such luck"):
        run_process([PYTHON, "-c", "raise SystemExit('no such luck')"])


def test_run_process_takes_no_exception_for_a_status_1_that_is_allowed():
    from machine import run_process

    assert run_process([PYTHON, "-c", "raise SystemExit(1)"], good=(0, 1)).seconds > 0
    with pytest.raises(SystemExit, match="ZeroDivisionError"):
        run_process([PYTHON, "-c", "1 / 0"], good=(0, 1))


def test_predict_start_takes_medians_and_compares_them():
    from machine import Cost
    from predict_start import format_result, take_medians

    fast = take_medians([Cost(0.5, 100.0), Cost(0.3, 90.0), Cost(0.4, 110.0)])
    slow = take_medians([Cost(8.0, 900.0), Cost(6.0, 1000.0), Cost(7.0, 800.0)])
    assert (fast["seconds"], fast["peak_mb"]) == (0.4, 100.0)
    result = {
        "machine": {"cpu": "Abacus", "cores": 2, "python": "3.11"},
        "predict.py": fast,
        "tutorial": slow,
        "times_faster": 17.5,
    }
    assert format_result(result).splitlines() == [
        "Abacus, 2 cores",
        "python 3.11",
        "",
        "             seconds  (from - to)     peak memory",
        "predict.py      0.40  (0.30 - 0.50)      100 MB",
        "tutorial        7.00  (6.00 - 8.00)      900 MB",
        "",
        "predict.py is 17.5 times faster (medians)",
    ]


def test_read_pictures_measures_what_more_pictures_add(tmp_path, monkeypatch):
    import read_pictures
    from machine import Cost

    def pretend(command, **_):
        count = 16 if command[-1].name == "more" else 4
        each = 0.3 if "--image" in command else 0.1
        return Cost(1.0 + each * count, 200.0 + count)

    monkeypatch.setattr(read_pictures, "run_process", pretend)
    result = read_pictures.measure("photos", tmp_path, tmp_path / "model.h5", 3)
    assert result["seconds_each"] == pytest.approx(0.3)
    assert result["decode_seconds_each"] == pytest.approx(0.1)
    assert result["times_decoding"] == pytest.approx(3)
    assert (result["peak_mb_few"], result["peak_mb_many"]) == (204.0, 216.0)


def make_run(seed, errors):
    return {
        "seed": seed,
        "errors": errors,
        "total": 10_000,
        "drawn_accuracy": 0.99,
        "pictures": {"photo": [98, 100], "scan": [50, 50]},
    }


def test_the_table_of_accuracies_has_mean_and_deviation():
    from accuracy import format_table

    runs = [make_run(0, 40), make_run(1, 50), make_run(2, 60)]
    row = format_table({"recipes": {"default": {"runs": runs}}}).splitlines()[-1]
    assert row == ("| default | 3 | 99.500% ± 0.100 | 50.0 (40 to 60) | 99.0% | 98.7% |")


def test_accuracy_chooses_the_model_to_ship_by_its_validation_loss_alone():
    from accuracy import choose_seed

    runs = [(0, 0.03, 30), (1, 0.02, 45), (2, 0.025, 20)]
    runs = [{"seed": seed, "val_loss": loss, "errors": errors} for seed, loss, errors in runs]
    assert choose_seed(runs) == 1


def test_seeds_that_are_measured_are_not_trained_again(tmp_path, monkeypatch):
    import accuracy

    asked = []

    def measure(recipe, seed):
        asked.append(seed)
        return make_run(seed, 40)

    monkeypatch.setattr(accuracy, "RESULTS", tmp_path / "accuracy.json")
    monkeypatch.setattr(accuracy, "MODELS", tmp_path / "models")
    monkeypatch.setattr(accuracy, "measure_seed", measure)
    accuracy.add_seeds("default", 2, [])
    accuracy.add_seeds("default", 4, [])
    assert asked == [0, 1, 2, 3]
    assert len(accuracy.read_results()["recipes"]["default"]["runs"]) == 4
