"""How fast predict.py reads pictures, one or folders, beside what decoding them costs.

python benchmarks/read_pictures.py            # about two minutes
python benchmarks/read_pictures.py --json

Small drawings, 12-megapixel photos and full pages, drawn into a temporary folder.
Every figure is of whole processes. Of drawings and photos, all cores read: the
time of a picture in a folder is what many take longer than few, so that starting
Python does not count, and the peak memory of both shows whether it grows with the
number of pictures (that of the largest process: predict.py reads a folder with one
for each core). Decoding is another process, which decodes the same files with
OpenCV on as many threads. A page is read alone, from start to exit.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from machine import ROOT, describe_machine, format_machine, run_process

SIZES = {  # kind -> size in pixels, number of few and of many pictures
    "drawings": ((160, 120), 50, 450),
    "photos": ((4032, 3024), 4, 16),
}

PAGES = (100, 500, 2000)  # digits on a page, in about as many lines as a digit has columns
PAGE_DIGIT = 40  # pixels: the height of a digit there

DECODE = """
import os
import sys
from concurrent.futures import ThreadPoolExecutor
import cv2
import numpy as np
cv2.setNumThreads(1)
def decode(path):
    return cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR).shape
paths = [file.path for folder in sys.argv[1:] for file in os.scandir(folder)]
cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
with ThreadPoolExecutor(cores) as executor:
    print(len(list(executor.map(decode, paths))))
"""


def measure(kind: str, folder: Path, model: Path, rounds: int) -> dict:
    """The figures of one kind of picture, of the fastest of alternating rounds, ready for JSON.

    The fastest and not the median: small differences are taken of long times, and whatever else
    the machine does only ever adds to them.
    """
    size, few, many = SIZES[kind]
    folders = {few: [folder / "few"], many: [folder / "few", folder / "more"]}
    read = [sys.executable, ROOT / "predict.py", "--model", model, "--image"]
    ways = {"read": read, "decode": [sys.executable, "-c", DECODE]}
    runs: dict[tuple[str, int], list] = {(way, count): [] for way in ways for count in (few, many)}
    for _ in range(rounds):
        for (way, count), costs in runs.items():
            # 1: a drawing that the network makes nothing of; that costs as much as any other
            costs.append(run_process([*ways[way], *folders[count]], good=(0, 1)))
    seconds = {run: min(cost.seconds for cost in costs) for run, costs in runs.items()}
    peaks = {count: max(c.peak_mb or 0 for c in runs["read", count]) for count in (few, many)}
    each = {way: (seconds[way, many] - seconds[way, few]) / (many - few) for way in ways}
    return {
        "megapixels": size[0] * size[1] / 1e6,
        "few": few,
        "many": many,
        "seconds_each": each["read"],
        "decode_seconds_each": each["decode"],
        "times_decoding": each["read"] / each["decode"] if each["decode"] > 0 else None,
        "peak_mb_few": peaks[few] or None,
        "peak_mb_many": peaks[many] or None,
    }


def measure_one(picture: Path, model: Path, rounds: int) -> dict:
    """The figures of one picture, from start to exit, of the fastest round."""
    command = [sys.executable, ROOT / "predict.py", "--model", model, "--image", picture]
    costs = [run_process(command, good=(0, 1)) for _ in range(rounds + 1)]  # the first warms up
    return {
        "seconds": min(cost.seconds for cost in costs[1:]),
        "peak_mb": max(cost.peak_mb or 0 for cost in costs) or None,
    }


def measure_page(page: Path, text: str, model: Path, rounds: int) -> dict:
    """The figures of a page as of one picture, and the share of its digits that are read right."""
    from scoring.pictures import align_texts

    command = [sys.executable, ROOT / "predict.py", "--model", model, "--format", "json"]
    done = subprocess.run([*command, "--image", page], capture_output=True, check=True)
    read = json.loads(done.stdout)["text"].replace("\n", "")
    pairs = align_texts(text, read)
    right = sum(i is not None and j is not None and text[i] == read[j] for i, j in pairs)
    return {**measure_one(page, model, rounds), "digits": len(text), "right": right / len(text)}


def draw_pages(folder: Path) -> dict[Path, str]:
    """Write full pages (PNG) into the folder: the file of each, and its digits in reading order."""
    import cv2
    import numpy as np

    from handwriting.pages import draw_text
    from handwriting.paper import put_on_paper

    pages = {}
    for count in PAGES:
        rng = np.random.default_rng(count)
        columns = round((1.25 * count) ** 0.5)
        digits = "".join(map(str, rng.integers(0, 10, count)))
        lines = [digits[start : start + columns] for start in range(0, count, columns)]
        page = put_on_paper(draw_text("\n".join(lines), rng, height=PAGE_DIGIT).ink)
        path = folder / f"{count}.png"
        cv2.imwrite(str(path), page)
        pages[path] = digits
    return pages


def draw_pictures(folder: Path) -> None:
    """Write drawings (PNG) and photos (JPEG) into folders KIND/few, and the rest into KIND/more."""
    import cv2
    import numpy as np

    from handwriting.pages import draw_text
    from handwriting.paper import place_on_sheet, put_on_paper, shade_unevenly

    cv2.setRNGSeed(0)
    rng = np.random.default_rng(0)
    for kind, (size, few, many) in SIZES.items():
        for part in ("few", "more"):
            (folder / kind / part).mkdir(parents=True)
        for number in range(many):
            if kind == "drawings":
                drawing = put_on_paper(draw_text(str(number % 10), rng).ink)
                picture, name = cv2.resize(drawing, size), f"{number:03}.png"
            else:
                lines = "\n".join(str(line) for line in rng.integers(10_000, 100_000, 2))
                sheet = place_on_sheet(draw_text(lines, rng).ink, (1008, 756), (100, 100))
                photo = cv2.resize(shade_unevenly(put_on_paper(sheet), rng), size)
                grain = np.empty(photo.shape, np.int16)
                cv2.randn(grain, (0, 0, 0), (4, 4, 4))  # as a phone's: files of some 4 MB
                picture, name = cv2.add(photo, grain, dtype=cv2.CV_8U), f"{number:03}.jpg"
            cv2.imwrite(str(folder / kind / ("few" if number < few else "more") / name), picture)


def format_result(result: dict) -> str:
    """The result for people."""
    one = result["one"]
    memory = f", {one['peak_mb']:.0f} MB" if one["peak_mb"] else ""
    lines = [
        *(format_machine(result["machine"]), ""),
        f"one drawing, from start to exit: {one['seconds']:.2f} s{memory}",
        "                    pictures/s  ms each  decoding  ratio  peak memory",
    ]
    for kind in SIZES:
        row = result[kind]
        name = f"{kind}, {row['megapixels']:.3g} MP"
        few, many = row["peak_mb_few"], row["peak_mb_many"]
        memory = f"{few:.0f} MB for {row['few']}, {many:.0f} MB for {row['many']}" if few else "?"
        ratio = f"{row['times_decoding']:.1f}" if row["times_decoding"] else "?"
        lines.append(
            f"{name:18}  {1 / row['seconds_each']:10.1f}  {1e3 * row['seconds_each']:7.1f}"
            f"  {1e3 * row['decode_seconds_each']:8.1f}  {ratio:>5}  {memory}"
        )
    for page in result["pages"]:
        memory = f", {page['peak_mb']:.0f} MB" if page["peak_mb"] else ""
        lines.append(
            f"a page of {page['digits']} digits, from start to exit: {page['seconds']:.2f} s"
            f"{memory}, {page['right']:.1%} right"
        )
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Draw, measure and print; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "model.h5", metavar="PATH")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="default: 3")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    args = parser.parse_args(argv)
    if not args.model.is_file():
        parser.error(f"{args.model}: no such file")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw_pictures(folder)
        rounds = max(1, args.rounds)
        result = {kind: measure(kind, folder / kind, args.model, rounds) for kind in SIZES}
        picture = folder / "drawings" / "few" / "000.png"
        result["one"] = measure_one(picture, args.model, 3 * rounds)
        result["pages"] = [
            measure_page(page, text, args.model, rounds)
            for page, text in draw_pages(folder).items()
        ]
    result["machine"] = describe_machine()
    print(json.dumps(result, indent=2) if args.json else format_result(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
