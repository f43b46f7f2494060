"""A person's labelled pictures: cut into digits to learn from, and dealt out to be held out."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from cli.script import print_note, show_progress
from digits.errors import UserError, hush_libraries, printable
from digits.network import Network, classify_images
from scoring.labels import Answer, LabelledPicture, read_labelled
from scoring.pictures import PictureResult, pick_digits

FOLDS = 5  # at most: each is a training of its own

NOTHING_TO_LEARN = "there is no digit to learn from; label pictures in which the digits are found"


class CutPicture(NamedTuple):
    """A labelled picture, what was read in it, and what can be learnt from it.

    `images`: uint8 (N, 28, 28), its digits as the network saw them; `labels`: uint8 (N,), what
    they are. N is 0 where the picture is left out.
    """

    listed: LabelledPicture
    result: PictureResult
    images: np.ndarray
    labels: np.ndarray


def cut_pictures(listed: Sequence[LabelledPicture], network: Network) -> list[CutPicture]:
    """The pictures cut into digits as the network reads them, in order.

    A note each names those that are left out: of a picture in which not as many digits are found
    as its label has nothing is learnt, and one that cannot be read is not in the list at all.

    Raises:
        UserError: there is no digit to learn from.
    """
    pictures = []
    for picture, answer in zip(listed, _read_all(listed, network), strict=True):
        problem = answer.error or _find_mismatch(answer.result)
        if problem:
            reason = problem.removeprefix(f"{printable(picture.path)}: ")
            print_note(f"{printable(picture.file)}: left out: {reason}")
        if not answer.error:
            pictures.append(_cut(picture, answer, is_left_out=bool(problem)))
    if not any(len(picture.labels) for picture in pictures):
        raise UserError(NOTHING_TO_LEARN)
    return pictures


def _read_all(listed: Sequence[LabelledPicture], network: Network) -> Iterator[Answer]:
    answers = read_labelled(listed, lambda images: classify_images(network, images))
    with hush_libraries():
        yield from show_progress(answers, len(listed), label="reading", results_last=True)


def _cut(picture: LabelledPicture, answer: Answer, *, is_left_out: bool) -> CutPicture:
    digits = "" if is_left_out else pick_digits(picture.label)
    images = np.zeros((len(digits), 28, 28), np.uint8)
    if digits:
        images[:] = answer.images
    return CutPicture(picture, answer.result, images, np.array([*map(int, digits)], np.uint8))


def _find_mismatch(result: PictureResult) -> str:
    """Why it cannot be told which digit of the label is which in the picture; empty if it can."""
    wanted = [len(pick_digits(line)) for line in result.label.split("\n")]
    wanted = [count for count in wanted if count]
    if not wanted:
        return ""
    found = [len(line) for line in result.text.split("\n") if line]
    if found == wanted:
        return ""
    if sum(found) != sum(wanted):
        return f"{sum(wanted)} digits by its label, {sum(found)} found in it"
    return f"lines of {_join(wanted)} digits by its label, of {_join(found)} found in it"


def _join(counts: list[int]) -> str:
    return ", ".join(map(str, counts))


def stack_digits(pictures: Sequence[CutPicture]) -> tuple[np.ndarray, np.ndarray]:
    """All their digits: images uint8 (N, 28, 28), labels uint8 (N,)."""
    images = [np.zeros((0, 28, 28), np.uint8), *(picture.images for picture in pictures)]
    labels = [np.zeros(0, np.uint8), *(picture.labels for picture in pictures)]
    return np.concatenate(images), np.concatenate(labels)


def split_folds(pictures: Sequence[CutPicture], *, seed: int) -> list[list[int]]:
    """The places of the pictures, dealt out to at most FOLDS parts of about the same size.

    Where they have several sources, all of one source are in one part: what is learnt from some
    writers is then tried on others. Else every picture stands for itself. There is none where
    nothing would be left to learn from while all of one kind is held out.
    """
    sources = [picture.listed.source for picture in pictures]
    names = sorted(set(sources))
    groups = [[place] for place in range(len(pictures))]
    if len(names) > 1:
        groups = [[place for place, source in enumerate(sources) if source == n] for n in names]
    if sum(any(len(pictures[place].labels) for place in group) for group in groups) < 2:
        return []
    order = np.random.default_rng([seed, 7]).permutation(len(groups))
    folds: list[list[int]] = [[] for _ in range(min(FOLDS, len(groups)))]
    for group in sorted((groups[i] for i in order), key=len, reverse=True):
        min(folds, key=len).extend(group)
    return [sorted(fold) for fold in folds]
