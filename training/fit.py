"""How the network learns: epochs fitted with Keras, then its confidence calibrated."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from data import Split
from model import build_model, import_keras, predict_with_keras, scale_images
from training.checkpoint import Progress, capture_state, restore_state
from training.lessons import Epoch, Lessons, prepare_ahead
from training.recipe import (
    WARM_UP,
    WEIGHT_DECAY,
    Recipe,
)

if TYPE_CHECKING:
    import keras

NO_FAVOUR = 0.11  # a target whose largest probability is no larger favours no digit


class Trained(NamedTuple):
    """A finished training."""

    model: "keras.Sequential"  # float32, calibrated
    history: dict[str, list[float]]  # accuracy, loss, val_accuracy, val_loss of every epoch
    seconds: float
    temperature: float  # that the logits were divided by
    precision: str  # of the computations


def train(
    recipe: Recipe,
    lessons: Lessons,
    *,
    validation: Split,
    build: Callable[[], "keras.Sequential"] = build_model,
    progress: Progress | None = None,
    keep: Callable[[Progress], None] = lambda progress: None,
) -> Trained:
    """The network that `recipe` makes of `lessons`, calibrated on `validation`.

    Args:
        recipe: epochs, batch size, learning rate, seed.
        lessons: what is shown; called ahead of time in another thread.
        validation: watched after every epoch, never learnt from; may be empty.
        build: makes the untrained network.
        progress: of an earlier training that was cut short, to go on from there.
        keep: is handed the progress after every epoch.
    """
    done = progress or Progress(0, {}, 0.0, [])
    epochs = prepare_ahead(lessons.show, done.epoch, recipe.epochs)  # while Keras is imported
    import_keras().utils.set_random_seed(recipe.seed)
    with choose_precision() as precision:
        model = build()
        steps = -(-lessons.count // recipe.batch_size)
        compile_model(model, recipe, steps=steps * recipe.epochs)
        model.summary(line_length=78)
        if progress is not None:
            restore_state(model, progress.state)
        started = time.monotonic() - done.seconds
        for epoch, shown in epochs:
            logs = fit_epoch(model, shown, recipe, epoch=epoch, validation=validation)
            history = {name: done.history.get(name, []) + logs[name] for name in logs}
            seconds = time.monotonic() - started
            done = Progress(epoch + 1, history, seconds, capture_state(model))
            keep(done)
    trained = build()  # in float32, whatever the precision was
    trained.set_weights(model.get_weights())
    temperature = calibrate(trained, validation)
    return Trained(trained, done.history, done.seconds, temperature, precision)


@contextlib.contextmanager
def choose_precision() -> Iterator[str]:
    """Inside, models compute in bfloat16 where the processor has instructions for it.

    That takes a third off an epoch and costs no accuracy; elsewhere it would be emulated, slowly.
    """
    config = import_keras().config
    fast = config.backend() == "tensorflow" and "avx512_bf16" in read_cpu_flags()
    precision = "mixed_bfloat16" if fast else "float32"
    before = config.dtype_policy()
    config.set_dtype_policy(precision)
    try:
        yield precision
    finally:
        config.set_dtype_policy(before)


def read_cpu_flags() -> set[str]:
    """The processor's instruction sets, as Linux names them; empty on other systems."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("flags"):
                return set(line.split())
    return set()


def compile_model(model: "keras.Sequential", recipe: Recipe, *, steps: int) -> None:
    """AdamW; a learning rate that warms up, then falls to nothing along a cosine; cross-entropy."""
    keras = import_keras()
    warm_up = int(WARM_UP * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 50,
        steps - warm_up,
        alpha=1e-3,
        warmup_target=recipe.learning_rate,
        warmup_steps=warm_up,
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(optimizer, keras.losses.CategoricalCrossentropy(), metrics=[make_accuracy()])


def make_accuracy() -> "keras.metrics.Metric":
    """The share of digits read right; targets that favour no digit are not counted."""
    keras = import_keras()

    class Accuracy(keras.metrics.CategoricalAccuracy):
        def update_state(self, y_true, y_pred, sample_weight=None):
            counted = keras.ops.cast(keras.ops.max(y_true, axis=-1) > NO_FAVOUR, "float32")
            return super().update_state(y_true, y_pred, counted)

    return Accuracy(name="accuracy")


def fit_epoch(
    model: "keras.Sequential", shown: Epoch, recipe: Recipe, *, epoch: int, validation: Split
) -> dict[str, list[float]]:
    """Keras' logs of one epoch of training, shown as its progress bar."""
    keras = import_keras()

    class EpochBar(keras.callbacks.ProgbarLogger):
        def set_params(self, params):  # each epoch is a fit() of its own, but one of many
            super().set_params({**params, "epochs": recipe.epochs})

    held = None
    if len(validation.images):
        held = (scale_images(validation.images), np.eye(10, dtype=np.float32)[validation.labels])
    return model.fit(
        scale_images(shown.images),
        shown.targets,
        batch_size=recipe.batch_size,
        validation_data=held,
        validation_batch_size=500,
        initial_epoch=epoch,
        epochs=epoch + 1,
        shuffle=False,
        verbose=1 if sys.stdout.isatty() else 2,  # a bar, or a line to each epoch in a log
        callbacks=[EpochBar()],
    ).history


def calibrate(model: "keras.Sequential", validation: Split) -> float:
    """Make confidence mean what it says: scale the logits by the temperature that suits best.

    Temperature scaling (Guo et al. 2017): the one number with the least cross-entropy on the
    validation images divides the last layer's weights. No answer changes, only how sure it is.

    Returns:
        the temperature; 1 without validation images.
    """
    if not len(validation.images):
        return 1.0
    logits = np.log(np.maximum(predict_with_keras(model, validation.images), 1e-12))
    true = logits[np.arange(len(logits)), validation.labels]
    temperatures = np.geomspace(0.2, 5, 321)  # steps of 1%
    losses = [
        np.mean(np.log(np.exp(logits / t).sum(axis=1, dtype=np.float64)) - true / t)
        for t in temperatures
    ]
    temperature = float(temperatures[np.argmin(losses)])
    layer = model.layers[-1]
    layer.set_weights([weights / np.float32(temperature) for weights in layer.get_weights()])
    return temperature
