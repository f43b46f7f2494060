"""How the network learns: built, compiled, and fitted with Keras, epoch by epoch."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from data import Split
from model import import_keras, scale_images
from training.checkpoint import NOTHING_DONE, Progress, capture_state, restore_state
from training.lessons import Epoch
from training.recipe import Recipe
from training.trained.folding import Build, fold, normalise

if TYPE_CHECKING:
    import keras

NO_FAVOUR = 0.11  # a target whose largest probability is no larger favours no digit


def build_to_fit(build: Build, recipe: Recipe, *, count: int) -> "keras.Sequential":
    """The untrained network, seeded, in the fastest precision, compiled for `count` images.

    Where the recipe says so it is the one that is trained in its place, see folding.normalise.
    """
    import_keras().utils.set_random_seed(recipe.seed)
    with choose_precision():
        model = normalise(build()) if recipe.batch_norm else build()
    steps = -(-count // recipe.batch_size)
    compile_model(model, recipe, steps=steps * recipe.epochs)
    return model


@contextlib.contextmanager
def choose_precision() -> Iterator[None]:
    """Models that are built inside compute in the fastest precision."""
    config = import_keras().config
    before = config.dtype_policy()
    config.set_dtype_policy(name_precision())
    try:
        yield
    finally:
        config.set_dtype_policy(before)


def name_precision() -> str:
    """bfloat16 where the processor has instructions for it, else float32, as Keras names them.

    It takes a third off an epoch and costs no accuracy; elsewhere it would be emulated, slowly.
    """
    fast = import_keras().config.backend() == "tensorflow" and "avx512_bf16" in read_cpu_flags()
    return "mixed_bfloat16" if fast else "float32"


def read_cpu_flags() -> set[str]:
    """The processor's instruction sets, as Linux names them; empty on other systems."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("flags"):
                return set(line.split())
    return set()


def compile_model(model: "keras.Sequential", recipe: Recipe, *, steps: int) -> None:
    """Muon; a learning rate that warms up, then falls to nothing along a cosine; cross-entropy."""
    keras = import_keras()
    warm_up = int(recipe.warm_up * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate * recipe.first_rate,
        steps - warm_up,
        alpha=recipe.last_rate,
        warmup_target=recipe.learning_rate,
        warmup_steps=warm_up,
    )
    averaged = recipe.averaged_share * steps
    optimizer = make_muon(
        schedule, recipe.weight_decay, last=model.layers[-1].name, averaged=averaged
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(optimizer, keras.losses.CategoricalCrossentropy(), metrics=[make_accuracy()])


def make_muon(
    schedule: "keras.optimizers.schedules.LearningRateSchedule",
    decay: float,
    *,
    last: str,
    averaged: float = 0.0,
) -> "keras.optimizers.Optimizer":
    """Muon for matrices and convolutions, AdamW for what is neither and for the `last` layer.

    Muon (Jordan and others 2024) makes the update of a matrix orthogonal. Scaled as Keras does it
    (Liu and others 2025), it takes the rate and the decay of AdamW. Where `averaged` is above 1, it
    keeps a moving average of the weights over so many steps, see take_averages.
    """
    keras = import_keras()

    def see_matrix(kernel):
        """A convolution is the matrix from a window of its input to its filters."""
        return keras.ops.reshape(kernel, (-1, kernel.shape[-1]))

    class Muon(keras.optimizers.Muon):
        def _should_use_adamw(self, variable):
            convolves = len(variable.shape) == 4 and variable.shape[2] > 1  # more than one channel
            return not convolves and super()._should_use_adamw(variable)

        def zeropower_via_newtonschulz5(self, x, steps):
            found = super().zeropower_via_newtonschulz5(see_matrix(x), steps)
            return keras.ops.reshape(found, x.shape)

        def lr_adjust(self, x):
            return keras.ops.reshape(super().lr_adjust(see_matrix(x)), x.shape)

        def finalize_variable_values(self, var_list):
            """Not at the end of every fit(), of which each epoch is one."""

    return Muon(
        schedule,
        weight_decay=decay,
        adam_weight_decay=decay,
        exclude_layers=[f"(^|/){last}/"],
        use_ema=averaged > 1,
        ema_momentum=1 - 1 / max(averaged, 1),
    )


def make_accuracy() -> "keras.metrics.Metric":
    """The share of digits read right; targets that favour no digit are not counted."""
    keras = import_keras()

    class Accuracy(keras.metrics.CategoricalAccuracy):
        def update_state(self, y_true, y_pred, sample_weight=None):
            counted = keras.ops.cast(keras.ops.max(y_true, axis=-1) > NO_FAVOUR, "float32")
            return super().update_state(y_true, y_pred, counted)

    return Accuracy(name="accuracy")


def fit(
    model: "keras.Sequential",
    epochs: Iterable[tuple[int, Epoch]],
    recipe: Recipe,
    *,
    validation: Split,
    progress: Progress = NOTHING_DONE,
    keep: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """The progress after the last epoch; the model is then trained, in place.

    Args:
        model: made by build_to_fit.
        epochs: what is shown, each with its number, beginning where `progress` ends.
        recipe: how many epochs there are in all, and the batch size.
        validation: watched after every epoch, never learnt from; may be empty.
        progress: of an earlier training that was cut short, to go on from there.
        keep: is handed the progress after every epoch.
    """
    if progress.epoch:
        restore_state(model, progress.state)
    started = time.monotonic() - progress.seconds
    for number, epoch in epochs:
        logs = fit_epoch(model, epoch, recipe, number=number, validation=validation)
        history = {name: progress.history.get(name, []) + logs[name] for name in logs}
        seconds = time.monotonic() - started
        progress = Progress(number + 1, history, seconds, capture_state(model))
        keep(progress)
    return progress


def fit_epoch(
    model: "keras.Sequential", epoch: Epoch, recipe: Recipe, *, number: int, validation: Split
) -> dict[str, list[float]]:
    """Keras' logs of one epoch of training, shown as its progress bar."""
    keras = import_keras()

    class EpochBar(keras.callbacks.ProgbarLogger):
        def set_params(self, params):  # each epoch is a fit() of its own, but one of many
            super().set_params({**params, "epochs": recipe.epochs})

    watched = None
    if len(validation.images):
        watched = scale_images(validation.images), np.eye(10, dtype=np.float32)[validation.labels]
    return model.fit(
        scale_images(epoch.images),
        epoch.targets,
        batch_size=recipe.batch_size,
        validation_data=watched,
        validation_batch_size=500,
        initial_epoch=number,
        epochs=number + 1,
        shuffle=False,
        verbose=1 if sys.stdout.isatty() else 2,  # a bar, or a line to each epoch in a log
        callbacks=[EpochBar()],
    ).history


def take_averages(model: "keras.Sequential") -> None:
    """The weights become the moving averages that the optimizer keeps, in place."""
    import_keras().optimizers.Muon.finalize_variable_values(
        model.optimizer, model.trainable_variables
    )


def finish(model: "keras.Sequential", build: Build, recipe: Recipe) -> "keras.Sequential":
    """The network as `build` makes it, in float32, that answers as the trained one does."""
    if recipe.averaged_share:
        take_averages(model)
    if recipe.batch_norm:
        return fold(model, build)
    copy = build()
    copy.set_weights(model.get_weights())
    return copy
