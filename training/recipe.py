"""The numbers that decide a training (how far an image is varied at most: augment.py)."""

from typing import NamedTuple


class Recipe(NamedTuple):
    """All that decides a training, besides its data, its network and its teachers.

    The defaults are those of the network in model.py.
    """

    epochs: int = 10
    batch_size: int = 128
    seed: int = 0

    # The highest, after the warm-up. After six epochs the loss on validation images was a quarter
    # less than with 3e-3, which is the rate for a training without batch normalisation.
    learning_rate: float = 1e-2
    first_rate: float = 0.02  # where the warm-up begins, as a share of the highest
    last_rate: float = 1e-3  # where the cosine ends, as a share of the highest
    warm_up: float = 0.1  # share of all steps
    averaged_share: float = 0.0  # of all steps: over so many the weights that are kept are averaged
    weight_decay: float = 0.02  # more is worth a little on varied and drawn images, not on MNIST's
    label_smoothing: float = 0.05  # share of a label's target that is spread over all ten digits

    batch_norm: bool = True  # while it learns, see trained/folding.py

    augment: bool = True  # False: images are shown as they are
    # How far images are varied, as a share of what augment.py allows. The small network does best
    # with less than all: after 40 epochs with teachers the loss on validation images was 11% higher
    # with 1.0 and 6% higher with 0.5.
    strength: float = 0.7
    # The last epochs vary them less, so that what is learnt last is near to what will be read.
    calm_share: float = 0.2  # of all epochs
    calm_strength: float = 0.35  # of `strength`

    # Of all images, those shown as read from tiny pictures: few pixels, every second one stretched.
    tiny_share: float = 0.1

    # Every epoch also shows drawn digits (more hands than MNIST's) and drawn ink that is no digit,
    # where every digit is as likely. These numbers are shares of the count of training images. The
    # second kind teaches doubt: with 0.04 in place of 0.1 twice as many letters and scribbles
    # were believed, and MNIST's validation images were read no better.
    drawn_share: float = 0.2
    non_digit_share: float = 0.1
    drawn_epochs: int = 12  # then the same drawings come again, varied anew; drawing takes 3 s

    # Pictures for the second head, as a share of those that signs.py names. Its loss on newly drawn
    # ones was 0.23 with 1, 0.20 with 4 and 0.19 with 12, for which it takes a minute.
    sign_share: float = 4.0

    teacher_share: float = 0.9  # of a soft target; the label decides the rest
    # Then the same images come again, in a new order: to ask teachers about an epoch takes longer
    # than to train on their answers.
    taught_epochs: int = 12

    calibrate: bool = True  # divide the logits by a temperature at the end


# A training of fewer epochs varies images less: it has no time for all of it.
FULL_STRENGTH_EPOCHS = 8
# And one of so many is shown a quarter as much that is drawn, and the second head a sixteenth, so
# that drawing does not take half of its time. (Smaller batches gain nothing: after one epoch 39 to
# 41 errors on 5,000 validation images, whether of 64, 96 or 128.)
SHORT_EPOCHS, SHORT_SHARE, SHORT_SIGNS = 2, 0.25, 1 / 16
# A long one has time to learn from images that are varied further, the calm ones too. After 100
# epochs (two seeds) the loss on validation images was 4% less than after 40, that on images varied
# strongly a tenth less.
LONG_EPOCHS, LONG_STRENGTH, LONG_CALM_SHARE, LONG_CALM_STRENGTH = 80, 0.8, 0.1, 0.5

NETWORK = Recipe()
TEACHER = NETWORK._replace(
    learning_rate=3e-3,
    weight_decay=0.01,
    label_smoothing=0.0,  # smoothed teachers tell less (Müller, Kornblith, Hinton 2019)
    strength=1.0,
    calm_share=0.0,
    batch_norm=False,  # it has its own, and keeps it
)
# For drawings alone. With the other recipe a network read 99.11% of MNIST's training images, with
# this one 99.16%; on MNIST averages cost a tenth more loss.
DRAWN = NETWORK._replace(
    learning_rate=3e-3,
    last_rate=0.3,
    averaged_share=0.3,
    batch_norm=False,  # its means and variances would be those of the last weights
)
# What train.py takes to teach a hand (training/hand), which is no part of a training.
FLAGS_OF_TEACHING = ("images", "start", "force")


def choose_recipe(given: dict[str, object], *, as_teacher: bool) -> Recipe:
    """The teacher's recipe or the network's, with the numbers given in place of its own.

    The network's is DRAWN where `data`, as data.load_split takes it, is drawn. The number of epochs
    decides what is not given, see suit_epochs. What is no number of a recipe is passed over, and so
    is None.
    """
    from data import is_drawn  # late: it imports what draws

    numbers = {name: value for name, value in given.items() if name in Recipe._fields}
    numbers = {name: value for name, value in numbers.items() if value is not None}
    recipe = TEACHER if as_teacher else DRAWN if is_drawn(given.get("data")) else NETWORK
    return suit_epochs(recipe, numbers.get("epochs", recipe.epochs))._replace(**numbers)


def suit_epochs(recipe: Recipe, epochs: int) -> Recipe:
    """The recipe for so many epochs: few of them vary less, and draw less; many vary more."""
    if epochs >= LONG_EPOCHS:
        recipe = recipe._replace(
            strength=max(recipe.strength, LONG_STRENGTH),
            calm_share=min(recipe.calm_share, LONG_CALM_SHARE),
            calm_strength=LONG_CALM_STRENGTH,
        )
    part = min(1, epochs / FULL_STRENGTH_EPOCHS)
    drawn, signs = (SHORT_SHARE, SHORT_SIGNS) if epochs <= SHORT_EPOCHS else (1, 1)
    return recipe._replace(
        epochs=epochs,
        strength=min(recipe.strength, epochs / FULL_STRENGTH_EPOCHS),
        tiny_share=recipe.tiny_share * part,
        drawn_share=recipe.drawn_share * drawn,
        non_digit_share=recipe.non_digit_share * drawn,
        sign_share=recipe.sign_share * signs,
    )
