"""Training: what the network is shown, and how it learns from it."""

import contextlib
import functools
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from augment import augment_images
from checkpoint import Progress, capture_state, restore_state
from data import Split
from digits.handwriting import draw_dataset, draw_non_digits
from model import build_model, import_keras, predict_with_keras, scale_images
from recipe import (
    DRAWN_EPOCHS,
    DRAWN_SHARE,
    FULL_STRENGTH_EPOCHS,
    JUDGED_EPOCHS,
    LABEL_SMOOTHING,
    NON_DIGIT_SHARE,
    STRENGTH,
    WARM_UP,
    WEIGHT_DECAY,
    Recipe,
)

if TYPE_CHECKING:
    import keras

NO_FAVOUR = 0.11  # a target whose largest probability is no larger favours no digit

# (number of the epoch, images uint8 (N, 28, 28), targets float32 (N, 10)) -> targets
Judge = Callable[[int, np.ndarray, np.ndarray], np.ndarray]


class Lessons(NamedTuple):
    """What the network is shown: always the same for the same number of an epoch."""

    count: int  # images in every epoch
    show: "Callable[[int], Epoch]"  # epoch 0, 1, … -> what is shown in it


class Epoch(NamedTuple):
    """What the network is shown in one epoch, in this order."""

    images: np.ndarray  # uint8 (N, 28, 28)
    targets: np.ndarray  # float32 (N, 10), probabilities


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


def make_lessons(
    split: Split,
    recipe: Recipe,
    *,
    smoothing: float = LABEL_SMOOTHING,
    strength: float = STRENGTH,
    judge: Judge | None = None,
) -> Lessons:
    """Augmented images of `split`; drawn digits, and drawn non-digits, whose target favours none.

    Args:
        split: what to learn from.
        recipe: its seed decides everything, `augment` whether images are shown as they are.
        smoothing: the share of a label's target that is spread over all ten digits.
        strength: how far images are varied, 0 to 1; less where the epochs are few.
        judge: says what to learn of each image of `split` in place of its label. The epochs then
            show only JUDGED_EPOCHS different sets of images, in ever new orders.
    """
    digits = int(len(split.images) * DRAWN_SHARE)
    others = int(len(split.images) * NON_DIGIT_SHARE)
    strength = min(strength, recipe.epochs / FULL_STRENGTH_EPOCHS) if recipe.augment else 0.0

    @functools.cache
    def draw(number: int) -> Epoch:
        return draw_extra(digits, others, smoothing, seed=[recipe.seed, number])

    def show(epoch: int) -> Epoch:
        number = epoch % JUDGED_EPOCHS if judge else epoch
        rng = np.random.default_rng([recipe.seed, 2, number])
        images = augment_images(split.images, rng, strength=strength)
        targets = smooth_labels(split.labels, smoothing)
        if judge:
            targets = judge(number, images, targets)
        extra = draw(epoch % DRAWN_EPOCHS)
        images = np.concatenate([images, augment_images(extra.images, rng, strength=strength)])
        targets = np.concatenate([targets, extra.targets])
        order = np.random.default_rng([recipe.seed, 3, epoch]).permutation(len(images))
        return Epoch(images[order], targets[order])

    return Lessons(len(split.images) + digits + others, show)


def draw_extra(digits: int, others: int, smoothing: float, *, seed: list[int]) -> Epoch:
    """So many drawn digits with smoothed labels, then non-digits whose target favours no digit."""
    images, labels = draw_dataset(digits, [*seed, 0])
    strange = draw_non_digits(others, np.random.default_rng([*seed, 1]))
    targets = [smooth_labels(labels, smoothing), np.full((others, 10), 0.1, np.float32)]
    return Epoch(np.concatenate([images, strange]), np.concatenate(targets))


def smooth_labels(labels: np.ndarray, smoothing: float) -> np.ndarray:
    """float32 (N, 10): nearly all for the label, `smoothing` spread over all ten."""
    return np.eye(10, dtype=np.float32)[labels] * (1 - smoothing) + np.float32(smoothing / 10)


def prepare_ahead(
    show: Callable[[int], Epoch], first: int, end: int
) -> Iterator[tuple[int, Epoch]]:
    """Each epoch's number and what is shown in it, prepared in another thread.

    That begins at once with the first; each next one is prepared while the caller trains.
    """
    executor = ThreadPoolExecutor(max_workers=1)
    coming = executor.submit(show, first) if first < end else None

    def give() -> Iterator[tuple[int, Epoch]]:
        nonlocal coming
        with executor:
            for epoch in range(first, end):
                shown = coming.result()
                if epoch + 1 < end:
                    coming = executor.submit(show, epoch + 1)
                yield epoch, shown

    return give()


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
