"""What the benchmarks share, and the sums they do."""

import json
import sys

import numpy as np
import pytest
from conftest import PROJECT

import data
from data import load_split
from digits.network import DEFAULT_MODEL, load_network, predict_probabilities
from handwriting.shapes.hands import HELD_OUT
from training.recipe import NETWORK
from training.trained.calibration import cross_fit_loss

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


def test_read_pictures_measures_one_picture_by_its_fastest_round_after_the_first(
    tmp_path, monkeypatch
):
    import read_pictures
    from machine import Cost

    costs = iter([Cost(0.1, 60.0), Cost(0.4, 61.0), Cost(0.3, 60.0)])
    monkeypatch.setattr(read_pictures, "run_process", lambda *_, **__: next(costs))
    one = read_pictures.measure_one(tmp_path / "a.png", tmp_path / "model.h5", 2)
    assert one == {"seconds": 0.3, "peak_mb": 61.0}


def test_read_pictures_reads_a_page_and_counts_its_digits(tmp_path, monkeypatch):
    import read_pictures

    monkeypatch.setattr(read_pictures, "PAGES", (30,))
    ((page, text),) = read_pictures.draw_pages(tmp_path).items()
    model = read_pictures.ROOT / "models" / "model.h5"
    found = read_pictures.measure_page(page, text, model, 1)
    assert (found["digits"], found["right"]) == (30, 1.0)
    assert found["seconds"] > 0
    other = read_pictures.measure_page(page, "a" * 30, model, 1)
    assert other["right"] == 0.0


def make_run(seed, errors, loss=0.018):
    return {
        "seed": seed,
        "errors": errors,
        "total": 10_000,
        "val_loss": 0.045,
        "calibrated_loss": loss,
        "held_out_loss": 0.1,
        "held_out_accuracy": 0.99,
        "pictures": {"photo": [98, 100], "scan": [50, 50]},
    }


def format_row(runs):
    from accuracy import format_table

    return format_table({"recipes": {"default": {"runs": runs}}}).splitlines()[-1]


def test_the_table_of_accuracies_has_mean_and_deviation():
    runs = [make_run(0, 40, 0.017), make_run(1, 50, 0.018), make_run(2, 60, 0.019)]
    assert format_row(runs) == (
        "| default | 3 | 99.500% ± 0.100 | 50.0 (40 to 60) | 0.01800 ± 0.00100 | 99.0% | 98.7% |"
    )


def test_the_table_has_the_recipes_in_their_order_whenever_they_were_measured():
    from accuracy import RECIPES, format_table

    measured = {name: {"runs": [make_run(0, 40)]} for name in reversed(RECIPES)}
    rows = format_table({"recipes": measured}).splitlines()[2:]
    names = ["one", "default", "best", "long", "plain", "taught"]
    assert [row.split()[1] for row in rows] == names


def test_a_mean_over_some_of_the_seeds_alone_is_not_shown():
    runs = [make_run(0, 40), make_run(1, 50, None)]
    assert format_row(runs) == (
        "| default | 2 | 99.550% ± 0.071 | 45.0 (40 to 50) | not measured | 99.0% | 98.7% |"
    )


@pytest.mark.parametrize(("held_out", "chosen"), [(0.100, 1), (0.109, 1), (0.111, 0)])
def test_accuracy_chooses_the_model_to_ship_by_both_losses_alone(held_out, chosen):
    """Neither the raw loss on validation images nor the test images have a say."""
    from accuracy import choose_seed

    runs = [make_run(0, 30, 0.011), make_run(1, 45, 0.010)]
    runs[0] |= {"val_loss": 0.04, "held_out_loss": 0.1}
    runs[1] |= {"val_loss": 0.05, "held_out_loss": held_out}
    assert choose_seed(runs) == chosen


def test_drawn_digits_in_unknown_hands_are_measured_as_the_file_answers(monkeypatch):
    import accuracy

    from handwriting import drawing

    asked = []

    def draw(count, seed, table):
        asked.append(table)
        return drawn

    drawn = drawing.draw_dataset(200, 7)
    monkeypatch.setattr(drawing, "draw_dataset", draw)
    measured = accuracy.measure_held_out(DEFAULT_MODEL)
    answers = predict_probabilities(load_network(), drawn[0])
    assert asked == [HELD_OUT]
    assert measured["held_out_accuracy"] == (answers.argmax(axis=1) == drawn[1]).mean()
    assert measured["held_out_loss"] == pytest.approx(
        -np.log(answers[np.arange(200), drawn[1]]).mean(), abs=1e-6
    )


def test_no_model_is_chosen_before_all_are_measured():
    from accuracy import choose_seed

    assert choose_seed([make_run(0, 40), make_run(1, 50, None)]) is None


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


def test_the_recipes_differ_by_one_thing_at_a_time():
    from accuracy import RECIPES

    best = RECIPES["best"]
    assert RECIPES["default"] == []
    assert (len(best), best[0]) == (2, "--epochs")
    assert RECIPES["plain"][:3] == [*best, "--no-batch-norm"]
    assert RECIPES["taught"][:3] == [*best, "--teachers"]


def write_model(folder, val_loss=0.045, **arguments):
    """The shipped model with the record of a training with these arguments."""
    model = folder / "best-1.h5"
    model.write_bytes(DEFAULT_MODEL.read_bytes())
    record = json.loads(DEFAULT_MODEL.with_suffix(".json").read_text())
    record["arguments"] |= {"output": model.name, "teachers": [], "seed": 1}
    usual = {"epochs": 40, "batch_norm": True, "batch_size": NETWORK.batch_size}
    record["arguments"] |= usual | {"learning_rate": NETWORK.learning_rate} | arguments
    record["history"]["val_loss"][-1] = val_loss
    model.with_suffix(".json").write_text(json.dumps(record))
    return model


def test_a_model_with_its_record_is_not_trained_again(tmp_path):
    from accuracy import is_trained

    arguments = ["--epochs", "40", "--seed", "1", "--output", str(tmp_path / "best-1.h5")]
    assert not is_trained(tmp_path / "best-1.h5", arguments)
    assert is_trained(write_model(tmp_path), arguments)
    assert is_trained(write_model(tmp_path, resume=True), arguments)


def test_a_model_of_another_training_is_not_measured(tmp_path):
    from accuracy import is_trained

    model = write_model(tmp_path, epochs=12)
    arguments = ["--epochs", "40", "--seed", "1", "--output", str(model)]
    with pytest.raises(SystemExit, match=r"best-1\.h5: is of another training than \['--epochs'"):
        is_trained(model, arguments)


def test_a_calibrated_loss_that_is_missing_is_measured_from_the_model(tmp_path, monkeypatch):
    import accuracy

    monkeypatch.setattr(accuracy, "measure_validation_loss", lambda model: 0.0123)
    run = make_run(1, 40, None)
    accuracy.complete_run(run, write_model(tmp_path), [])
    assert run["calibrated_loss"] == 0.0123


def test_no_loss_of_another_model_is_filled_in(tmp_path):
    import accuracy

    with pytest.raises(SystemExit, match=r"best-1\.h5: is not the model in accuracy\.json"):
        accuracy.complete_run(make_run(1, 40, None), write_model(tmp_path, val_loss=0.05), [])


def test_the_calibrated_loss_is_measured_on_the_images_that_every_training_holds_out(monkeypatch):
    import accuracy

    drawn = load_split("drawn:600", "train")
    monkeypatch.setattr(data, "load_split", lambda source, split: drawn)
    _, validation = data.hold_out(drawn, 50)
    answers = predict_probabilities(load_network(), validation.images)
    expected = cross_fit_loss(np.log(answers.astype(np.float64)), validation.labels)
    assert accuracy.measure_validation_loss(DEFAULT_MODEL) == pytest.approx(expected, abs=1e-6)


def test_threshold_shows_its_help_and_measures_nothing(monkeypatch, capsys):
    import threshold

    monkeypatch.setattr(threshold, "load_network", lambda: pytest.fail("it measures"))
    with pytest.raises(SystemExit) as ended:
        threshold.main(["--help"])
    assert ended.value.code == 0
    assert "What a threshold on confidence costs" in capsys.readouterr().out
