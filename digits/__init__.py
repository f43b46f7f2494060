"""Reading handwritten digits without Keras: NumPy, OpenCV, h5py."""

import os

from digits.errors import ReadingError
from digits.files import MAX_PIXELS

__all__ = ["ReadingError", "__version__", "read_digits", "read_many"]
__version__ = "1.0.0"

# OpenCV reads its settings from the environment when it is first imported, which any module of this
# package may do. A value that it cannot parse ends the process, and a log level writes among the
# results; none of them is needed here, so none is left. Where a program has imported OpenCV before
# this package, its settings stay as they are: the limits of digits/picture hold without them.
for _name in [name for name in os.environ if name.startswith("OPENCV_")]:
    del os.environ[_name]
os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(MAX_PIXELS)
os.environ["OPENCV_LOG_LEVEL"] = "SILENT"


def __getattr__(name: str):
    """`from digits import read_digits`, without loading OpenCV before somebody asks for it."""
    if name == "read_digits":
        from digits.calls.one import read_digits

        return read_digits
    if name == "read_many":
        from digits.calls.many import read_many

        return read_many
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
