"""Reading handwritten digits without Keras: NumPy, OpenCV, h5py."""

import os

__all__ = ["read_digits"]

MAX_PIXELS = 120_000_000  # of a picture: 360 MB decoded

# OpenCV reads both when it is first imported, which any module of this package may do. Its own
# limit guards the formats whose size picture/headers.py does not read.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")


def __getattr__(name: str):
    """`from digits import read_digits`, without loading OpenCV before somebody asks for it."""
    if name == "read_digits":
        from digits.reading import read_digits

        return read_digits
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
