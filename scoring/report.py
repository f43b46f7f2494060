"""Scores as text for people, 80 columns wide, ASCII but for file names; and as JSON."""

import json
from collections.abc import Sequence

from digits.errors import printable
from scoring.metrics import DigitScore, Scores, most_confused
from scoring.pictures import (
    PictureResult,
    PictureScores,
    SourceScore,
    choose_reading,
    is_right,
)

_MOST_LISTED = 20


def format_scores(scores: Scores | PictureScores) -> str:
    """The scores as lines of text."""
    is_pictures = isinstance(scores, PictureScores)
    blocks = [_format_summary(scores, "picture" if is_pictures else "image")]
    blocks.append(_format_digits(scores.per_digit))
    blocks.append(_format_confused(scores.confusion))
    if is_pictures:
        blocks.append(_format_sources(scores.per_source))
    return "\n\n".join("\n".join(block) for block in blocks if block)


def format_mistakes(results: Sequence[PictureResult]) -> str:
    """The pictures that were read wrong, a line each; empty when there are none."""
    wrong = [result for result in results if not is_right(result)]
    if not wrong:
        return ""
    listed = wrong[:_MOST_LISTED]
    width = min(40, max(len(printable(result.file)) for result in listed))
    lines = ["wrong pictures"]
    lines += [f"  {printable(r.file):{width}}  {describe_mistake(r)}" for r in listed]
    if len(wrong) > len(listed):
        lines.append(f"  and {len(wrong) - len(listed)} more: --format json names them all")
    return "\n".join(lines)


def describe_mistake(result: PictureResult) -> str:
    """What is in a picture and what was read: `is 7, read 1`; lines joined by `|`."""
    label = result.label.replace("\n", "|") or "no digit"
    read = choose_reading(result)
    if read is None:
        return f"is {label}, could not be read"
    return f"is {label}, read {read.replace(chr(10), '|') or 'no digit'}"


def format_json(scores: Scores | PictureScores) -> str:
    """The scores as one JSON object, its keys the names of the fields."""
    return json.dumps(_to_dicts(scores), allow_nan=False)


def describe_scores(scores: Scores | PictureScores) -> str:
    """A score in one line: `38 mistakes in 10,000 images (99.62% right)`."""
    total = count_things(scores.total, "picture" if isinstance(scores, PictureScores) else "image")
    mistakes = count_things(scores.errors, "mistake")
    return f"{mistakes} in {total} ({scores.accuracy:.2%} right)"


def count_things(count: int, noun: str) -> str:
    """`1 image`, `10,000 images`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _to_dicts(value: object) -> object:
    """The value with every named tuple in it made a dict."""
    if hasattr(value, "_asdict"):
        return {name: _to_dicts(field) for name, field in value._asdict().items()}
    return [_to_dicts(item) for item in value] if isinstance(value, list) else value


def _format_summary(scores: Scores | PictureScores, noun: str) -> list[str]:
    """The figures that stand for the whole."""
    low, high = scores.interval
    errors = count_things(scores.errors, "error")
    total = count_things(scores.total, noun)
    rows = [
        ("accuracy", f"{scores.accuracy:.2%}", f"{errors} of {total}"),
        ("95% interval", f"{low:.2%}", f"to {high:.2%}"),
    ]
    if scores.loss is not None:
        rows.append(("loss", f"{scores.loss:.4f}", "cross-entropy"))
    pictures = scores if isinstance(scores, PictureScores) else None
    if pictures and pictures.digit_accuracy is not None:
        lost = f"of the digits; {pictures.missed} missed, {pictures.extra} extra"
        rows.append(("digits right", f"{pictures.digit_accuracy:.2%}", lost))
    if scores.ece is not None:
        rows.append(("calibration error", f"{scores.ece:.2%}", "between confidence and truth"))
    if pictures and pictures.doubted is not None:
        rows.append(("doubted", f"{pictures.doubted:.2%}", "of the right digits are not sure"))
    if pictures and pictures.believed is not None:
        rows.append(("believed", f"{pictures.believed:.2%}", "of the pictures without a digit"))
    if pictures and pictures.errors:
        silent = "wrong pictures in which nothing is in doubt"
        rows.append(("silent errors", f"{pictures.silent:,}", silent))
    return [f"{name:<17}  {value:>7}  {more}" for name, value, more in rows]


def _format_digits(per_digit: list[DigitScore]) -> list[str]:
    """A table of the ten digits; none when there is no true digit at all."""
    if not any(row.support for row in per_digit):
        return []
    lines = ["digit  precision   recall       F1  support"]
    for row in per_digit:
        shares = (row.precision, row.recall, row.f1)
        cells = [f"{share:.2%}" if row.support else "-" for share in shares]
        lines.append(
            f"{row.digit:>5}  {cells[0]:>9}  {cells[1]:>7}  {cells[2]:>7}  {row.support:>7,}"
        )
    return lines


def _format_confused(confusion: list[list[int]]) -> list[str]:
    """The pairs that were confused most often."""
    pairs = [f"{true} as {read} ({times})" for true, read, times in most_confused(confusion)]
    return ["most confused      " + ", ".join(pairs)] if pairs else []


def _format_sources(per_source: list[SourceScore]) -> list[str]:
    """A table of the sources; none without sources."""
    if not per_source:
        return []
    width = min(40, max(len("source"), *(len(printable(row.source)) for row in per_source)))
    return [f"{'source':<{width}}  accuracy  errors  pictures"] + [
        f"{printable(row.source):<{width}}  {row.accuracy:>8.2%}  {row.errors:>6,}  {row.total:>8,}"
        for row in per_source
    ]
