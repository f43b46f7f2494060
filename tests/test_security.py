"""SECURITY.md states the limits that the code has."""

import pytest
from conftest import PROJECT

import data
from digits import arrays, files, network
from digits.pages import pdf, pdf_child
from digits.picture import jpeg, limits, raster, tiff
from scoring import labels
from training import record

TEXT = (PROJECT / "SECURITY.md").read_text(encoding="utf-8")
MEGA = 1_000_000


@pytest.mark.parametrize(
    "row",
    [
        f"| any file, and standard input | {files.MAX_FILE_BYTES // MEGA} MB |",
        f"| a picture | {files.MAX_PIXELS // MEGA} megapixels, {limits.MAX_SIDE:,} pixels a side, "
        f"{limits.MAX_MEMORY // MEGA} MB to decode it |",
        f"| a JPEG | {jpeg.MAX_SCANS} scans, {jpeg.MAX_SEGMENTS:,} segments |",
        f"| a PNG | {raster.MAX_CHUNKS:,} chunks; no more packed into it than its pixels |",
        f"| a file of several pages | {limits.MAX_PAGES:,} pages, {limits.MAX_PIXELS // MEGA} "
        f"megapixels and {limits.MAX_PACKED:,} for each byte in all |",
        f"| a TIFF | {tiff.MAX_TAGS:,} tags, {tiff.MAX_PIECES:,} strips or tiles; "
        f"{tiff.MAX_ALL_TAGS:,} tags on all pages |",
        f"| a PDF | {pdf.OPEN_SECONDS} seconds of a core to open it, {pdf.PAGE_SECONDS} to draw a "
        f"page, {pdf_child.MAX_MEMORY // MEGA} MB |",
        "| an `.npz`, IDX, `.keras` or `.pth` file, unpacked | "
        f"{arrays.MOST_BYTES // MEGA} MB, {arrays.MOST_MEMBERS:,} members |",
        f"| a text in a model | {network.MOST_TEXT:,} bytes |",
        f"| a record of a training | {record.MOST_BYTES // MEGA} MB |",
        f"| a `labels.csv` | {labels.MOST_BYTES // MEGA} MB |",
        f"| the download of MNIST | {data.MOST_DOWNLOADED // MEGA} MB, "
        f"{data.MOST_SECONDS} seconds |",
    ],
)
def test_the_limits_in_the_table_are_those_of_the_code(row):
    assert row in TEXT


def test_the_readme_leads_there():
    assert "[SECURITY.md](SECURITY.md)" in (PROJECT / "README.md").read_text(encoding="utf-8")
