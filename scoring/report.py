"""Scores as text for people, 80 columns wide, ASCII but for file names; and as JSON."""

import json
from collections.abc import Sequence

from digits.errors import printable
from scoring.comparison import Comparison
from scoring.metrics import DigitScore, Scores, most_confused
from scoring.pictures import (
    PictureResult,
    PictureScores,
    SourceScore,
    choose_reading,
    is_right,
)

_MOST_LISTED = 20
_FIGURES = (
    *("accuracy", "errors", "loss", "digits right", "calibration error"),
    *("doubted", "believed", "silent errors"),
)


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
    wrong = [(r.file, describe_mistake(r)) for r in results if not is_right(r)]
    return _list_pictures("wrong pictures", wrong)


def _list_pictures(title: str, told: Sequence[tuple[str, str]]) -> str:
    """What is told of each picture, by its file, a line each, not too many; empty without any."""
    if not told:
        return ""
    listed = told[:_MOST_LISTED]
    width = min(40, max(len(printable(file)) for file, _ in listed))
    lines = [title, *(f"  {printable(file):{width}}  {text}" for file, text in listed)]
    if len(told) > len(listed):
        lines.append(f"  and {len(told) - len(listed)} more: --format json names them all")
    return "\n".join(lines)


def describe_mistake(result: PictureResult) -> str:
    """What is in a picture and what was read: `is 7, read 1`; lines joined by `|`."""
    label = result.label.replace("\n", "|") or "no digit"
    read = choose_reading(result)
    if read is None:
        return f"is {label}, could not be read"
    return f"is {label}, read {read.replace(chr(10), '|') or 'no digit'}"


def format_comparison(comparison: Comparison) -> str:
    """Two models side by side, and in words whether the difference may be luck."""
    first, second = comparison.scores
    noun = "picture" if isinstance(first, PictureScores) else "image"
    lines = [f"{'A':>26}  {'B':>8}"]
    for name, of_first, of_second in zip(
        _FIGURES, _list_figures(first), _list_figures(second), strict=True
    ):
        if of_first or of_second:
            lines.append(f"{name:<17} {of_first:>8}  {of_second:>8}")
    alone = [comparison.only_first_right, comparison.only_second_right]
    lines.append(f"{'alone right':<17} {alone[0]:>8,}  {alone[1]:>8,}")
    same = f"{comparison.both_right:,} right in both, {comparison.both_wrong:,} wrong in both"
    lines.append(f"{'both alike':<17} {same}, of {count_things(first.total, noun)}")
    return "\n".join([*lines, "", _describe_luck(comparison)])


def _list_figures(scores: Scores | PictureScores) -> list[str]:
    """The figures called _FIGURES; empty where the scores have no such figure."""

    def share(name: str) -> str:
        value = getattr(scores, name, None)
        return "" if value is None else f"{value:.2%}"

    loss = "" if scores.loss is None else f"{scores.loss:.4f}"
    silent = f"{scores.silent:,}" if isinstance(scores, PictureScores) else ""
    return [
        *(share("accuracy"), f"{scores.errors:,}", loss, share("digit_accuracy"), share("ece")),
        *(share("doubted"), share("believed"), silent),
    ]


def _describe_luck(comparison: Comparison) -> str:
    """What McNemar's test says, in plain words."""
    first, second = comparison.only_first_right, comparison.only_second_right
    if first == second:
        return "Neither is better: each is right as often where the other is wrong."
    better = "A" if first > second else "B"
    verdict = "but this may be luck" if comparison.may_be_luck else "and hardly by luck"
    share = "less than 0.1%" if comparison.p_value < 0.001 else f"{comparison.p_value:.1%}"
    return (
        f"{better} is right more often, {verdict}: two equally good models differ\n"
        f"so much, or more, in {share} of such comparisons (McNemar's test)."
    )


def format_differences(first: Sequence[PictureResult], second: Sequence[PictureResult]) -> str:
    """The pictures that one model alone reads right, a line each; empty when there are none."""
    pairs = zip(first, second, strict=True)
    apart = [(a, b) for a, b in pairs if is_right(a) != is_right(b)]
    told = [
        (a.file, f"{describe_mistake(b)} by B" if is_right(a) else f"{describe_mistake(a)} by A")
        for a, b in apart
    ]
    return _list_pictures("pictures that one alone reads right", told)


def format_json(scores: Scores | PictureScores | Comparison) -> str:
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
