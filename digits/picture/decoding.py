"""The bytes of any picture file -> its pixels as a viewer shows them: upright, opaque, 8 bit."""

import io

import cv2
import numpy as np

from digits.picture.headers import (
    MAX_PIXELS,
    Header,
    PictureError,
    check_size,
    damaged,
    read_header,
)

_DARK = 128  # grey levels below: dark ink
_DARK_SHARE = 0.002  # more dark among the opaque pixels than this: the ink is not white


def decode_picture(data: bytes) -> np.ndarray:
    """The picture in the bytes of a file, as a viewer displays it: uint8 BGR (H, W, 3).

    The EXIF orientation is applied; what is transparent becomes paper: white, or black under
    white ink; 16 bit and float values become 0..255. Of an animation: the first frame.

    Raises:
        PictureError: no picture, damaged, too large, or a format that needs another package.
            The text lacks the file's name: the caller adds it.
    """
    header = read_header(data)
    pixels = _decode_heif(data) if header.kind == "HEIC" else _decode_with_opencv(data, header)
    # libtiff hands out 8-bit colours already multiplied by their alpha
    bgr = _compose(pixels, premultiplied=header.kind == "TIFF" and pixels.dtype == np.uint8)
    return _turn_upright(bgr, header.orientation)


def _decode_with_opencv(data: bytes, header: Header) -> np.ndarray:
    """The pixels as stored, (H, W) or (H, W, 3 or 4), in the file's own depth."""
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        if "MAX_IMAGE" in str(error):
            megapixels = MAX_PIXELS // 1_000_000
            raise PictureError(
                f"has more than {megapixels} megapixels, the limit; make the picture smaller"
            ) from None
        pixels = None
    if pixels is not None:
        return pixels
    if header.kind in ("AVIF", "GIF"):  # not in every build of OpenCV
        text = f"is {header.kind}, damaged or more than this OpenCV can read"
        raise PictureError(f"{text}; export it as PNG or JPEG")
    raise damaged(header.kind)


def _decode_heif(data: bytes) -> np.ndarray:
    """The pixels of a HEIC picture, the format of iPhones: uint8 BGR or BGRA, upright."""
    try:
        import pillow_heif
    except ImportError:
        raise PictureError(
            "is HEIC, which needs one more package (pip install pillow-heif); or export it as JPEG"
        ) from None
    try:
        picture = pillow_heif.open_heif(io.BytesIO(data), bgr_mode=True)
        check_size(*picture.size)
        return np.asarray(picture)
    except (ValueError, RuntimeError, SyntaxError, OSError):
        raise damaged("HEIC") from None


def _compose(pixels: np.ndarray, *, premultiplied: bool) -> np.ndarray:
    """Opaque uint8 BGR (H, W, 3) of pixels in any depth with 1 to 4 channels."""
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if channels == 1:
        return cv2.cvtColor(_to_eight_bits(pixels), cv2.COLOR_GRAY2BGR)
    if channels == 3:
        return _to_eight_bits(pixels)
    alpha = _to_eight_bits(np.ascontiguousarray(pixels[..., channels - 1]))
    colours = _to_eight_bits(pixels[..., : channels - 1])
    bgr = cv2.cvtColor(colours[..., 0], cv2.COLOR_GRAY2BGR) if channels == 2 else colours
    return _flatten(np.ascontiguousarray(bgr), alpha, premultiplied=premultiplied)


def _flatten(bgr: np.ndarray, alpha: np.ndarray, *, premultiplied: bool) -> np.ndarray:
    """The picture, uint8 BGR (H, W, 3) laid over paper by `alpha` uint8 (H, W)."""
    lowest, highest, _, _ = cv2.minMaxLoc(alpha)
    if lowest == 255 or highest == 0:  # none visible: a 32-bit bitmap whose fourth byte is unused
        return bgr
    weight = cv2.cvtColor(alpha, cv2.COLOR_GRAY2BGR)
    ink = bgr if premultiplied else cv2.multiply(bgr, weight, scale=1 / 255)
    if _is_ink_white(bgr, alpha, highest):
        return ink
    return cv2.add(ink, cv2.bitwise_not(weight))


def _is_ink_white(bgr: np.ndarray, alpha: np.ndarray, highest: float) -> bool:
    """Whether what is drawn would vanish on white: hardly any of its pixels is dark.

    Only the most opaque pixels are asked: the soft edges of white strokes are often stored dark.
    """
    solid = cv2.inRange(alpha, 0.95 * highest, 255)
    dark = cv2.inRange(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), 0, _DARK - 1)
    share = cv2.countNonZero(cv2.bitwise_and(solid, dark)) / cv2.countNonZero(solid)
    return share < _DARK_SHARE


def _to_eight_bits(pixels: np.ndarray) -> np.ndarray:
    """The values as uint8, whatever their depth.

    16-bit values keep eight bits, counted from the highest that is set: scanners and cameras store
    10 and 12 bits in 16, which would else come out black. Others are scaled by their largest.
    """
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        surplus = max(int(pixels.max()).bit_length() - 8, 0)
        return (pixels >> surplus).astype(np.uint8)
    finite = np.nan_to_num(pixels.astype(np.float32), nan=0, posinf=0, neginf=0).clip(min=0)
    return (finite * (255 / max(float(finite.max()), 1e-30))).astype(np.uint8)


def _turn_upright(picture: np.ndarray, orientation: int) -> np.ndarray:
    """The picture with its EXIF orientation 1..8 applied (EXIF 2.32, tag 0x0112)."""
    if orientation in (5, 7):
        picture = cv2.transpose(picture)
    turns = {
        3: cv2.ROTATE_180,
        6: cv2.ROTATE_90_CLOCKWISE,
        7: cv2.ROTATE_180,
        8: cv2.ROTATE_90_COUNTERCLOCKWISE,
    }
    if orientation in turns:
        return cv2.rotate(picture, turns[orientation])
    if orientation in (2, 4):
        return cv2.flip(picture, 1 if orientation == 2 else 0)
    return picture
