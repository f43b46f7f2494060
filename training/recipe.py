"""The numbers that decide a training (and how far images are varied: augment.py)."""

from typing import NamedTuple

EPOCHS = 12
BATCH_SIZE = 128
LEARNING_RATE = 3e-3  # the peak, after the warm-up
WARM_UP = 0.1  # share of all steps
WEIGHT_DECAY = 0.01
LABEL_SMOOTHING = 0.05
TEACHER_SMOOTHING = 0.0  # smoothed teachers tell less (Müller, Kornblith, Hinton 2019)
# Beside MNIST every epoch shows drawn digits (more hands than MNIST's) and drawn ink that is no
# digit (with every digit as likely), as shares of MNIST's images. The latter teach doubt; a share
# of 0.1 costs a sixth more loss on validation images after 20 epochs.
DRAWN_SHARE = 0.1
NON_DIGIT_SHARE = 0.03
# How far images are varied, of what augment.py allows. The small network does best with less: after
# 40 epochs with teachers it had 11% more loss on validation images with 1.0, 6% more with 0.5.
STRENGTH = 0.7
TEACHER_STRENGTH = 1.0
FULL_STRENGTH_EPOCHS = 8  # fewer see weaker augmentation: they have no time for all of it
DRAWN_EPOCHS = 8  # then the same drawings come again, augmented anew; drawing costs 2 s an epoch
JUDGED_EPOCHS = 12  # asking teachers about an epoch costs more than training on what they say


class Recipe(NamedTuple):
    """What decides a training, besides its data and its teachers."""

    epochs: int = EPOCHS
    batch_size: int = BATCH_SIZE
    learning_rate: float = LEARNING_RATE
    seed: int = 0
    augment: bool = True
