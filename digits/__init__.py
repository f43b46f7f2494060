"""Reading handwritten digits without Keras: NumPy, OpenCV, h5py."""

__all__ = ["read_digits"]


def __getattr__(name: str):
    """`from digits import read_digits`, without loading OpenCV before somebody asks for it."""
    if name == "read_digits":
        from digits.reading import read_digits

        return read_digits
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
