"""The bytes of any picture file -> its pixels as a viewer shows them: upright, opaque, 8 bit."""

import io
import struct
import threading
from collections.abc import Iterator

import cv2
import numpy as np

from digits.picture.headers import read_header
from digits.picture.limits import Header, PictureError, check_header, damaged

NO_MEMORY = "is too large for this computer's memory; make it smaller"
PATIENCE = 1.0  # seconds of decoding, after which a closer look at the file costs little
ABANDONED = "abandoned decoder"  # the name of a thread that goes on decoding for nobody

_DARK = 128  # grey levels below: dark ink
_DARK_SHARE = 0.002  # more dark among the opaque pixels than this: the ink is not white
_STRIP = 1_000_000  # pixels worked on at a time where a whole copy would double the memory
_FLAGS = {
    1: cv2.IMREAD_UNCHANGED,
    2: cv2.IMREAD_REDUCED_COLOR_2 | cv2.IMREAD_IGNORE_ORIENTATION,
    4: cv2.IMREAD_REDUCED_COLOR_4 | cv2.IMREAD_IGNORE_ORIENTATION,
    8: cv2.IMREAD_REDUCED_COLOR_8 | cv2.IMREAD_IGNORE_ORIENTATION,
}
# What pillow-heif raises for damaged files, beside its own: it reads their EXIF and XMP in Python.
_HEIF_DAMAGE = (
    ValueError,
    RuntimeError,
    SyntaxError,
    OSError,
    EOFError,
    LookupError,
    TypeError,
    struct.error,
)


def decode_picture(data: bytes) -> np.ndarray:
    """The picture in the bytes of a file, as a viewer displays it: uint8 BGR (H, W, 3).

    The EXIF orientation is applied; what is transparent becomes paper: white, or black under
    white ink; 16 bit and float values become 0..255. Of an animation: the first frame. A large JPEG
    is decoded at half its size, or less, as a phone's photo is: that saves time and memory.

    Raises:
        PictureError: no picture, damaged, too large, or a format that needs another package.
            The text lacks the file's name: the caller adds it.
    """
    return decode_to_scale(data)[0]


def decode_to_scale(data: bytes) -> tuple[np.ndarray, float]:
    """The same, and by how much the picture itself is larger: 1, or more for a large JPEG."""
    pixels, header = decode_pixels(data)
    # libtiff hands out 8-bit colours already multiplied by their alpha
    bgr = compose(pixels, premultiplied=header.kind == "TIFF" and pixels.dtype == np.uint8)
    scale = 1.0
    if header.reduced > 1:
        scale = min(header.width / bgr.shape[1], header.height / bgr.shape[0])
    return turn_upright(bgr, header.orientation), scale


def decode_pixels(data: bytes) -> tuple[np.ndarray, Header]:
    """The pixels as stored, (H, W) or (H, W, 3 or 4), in the file's own depth, and its header.

    Raises:
        PictureError: as of decode_picture.
    """
    header = read_header(data)
    decode = _decode_patiently if header.doubt else _decode_at_once
    outcome = _decode_heif(data) if header.kind == "HEIC" else decode(data, header)
    if isinstance(outcome, PictureError):
        raise outcome
    return outcome, header


def lacks_memory(error: Exception) -> bool:
    """Whether there was too little memory, in Python's or in OpenCV's words."""
    return isinstance(error, MemoryError) or "Insufficient memory" in str(error)


def _decode_patiently(data: bytes, header: Header) -> np.ndarray | PictureError:
    """As _decode_at_once, but not for minutes: what takes long is looked at more closely.

    OpenCV cannot be stopped. Where it is busy with something that is no picture, its thread is left
    alone; while there is one such thread, the closer look comes first, so that they do not add up.

    Raises:
        PictureError: more is packed into the file than its pixels.
    """
    from digits.picture.bombs import check_unpacked  # 1 ms, which few pictures need wait for

    if any(thread.name == ABANDONED for thread in threading.enumerate()):
        check_unpacked(data, header)
    outcome: list[np.ndarray | PictureError] = []
    worker = threading.Thread(
        target=lambda: outcome.append(_decode_at_once(data, header)), daemon=True
    )
    worker.start()
    worker.join(PATIENCE)
    if worker.is_alive():
        try:
            check_unpacked(data, header)
        except PictureError:
            worker.name = ABANDONED
            raise
        worker.join()
    return outcome[0]


def _decode_at_once(data: bytes, header: Header) -> np.ndarray | PictureError:
    """The pixels, or why there are none."""
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), _FLAGS[header.reduced])
    except (MemoryError, cv2.error) as error:
        if lacks_memory(error):
            return PictureError(NO_MEMORY)
        pixels = None
    if pixels is not None:
        return pixels
    if header.kind in ("AVIF", "GIF"):  # not in every build of OpenCV
        text = f"is {header.kind}, damaged or more than this OpenCV can read"
        return PictureError(f"{text}; export it as PNG or JPEG")
    return damaged(header.kind)


def _decode_heif(data: bytes) -> np.ndarray:
    """The pixels of a HEIC picture, the format of iPhones: uint8 BGR or BGRA, upright."""
    try:
        import pillow_heif
    except ImportError:
        raise PictureError(
            "is HEIC, which needs one more package (pip install pillow-heif); or export it as JPEG"
        ) from None
    from digits.picture.boxes import HEIC_COST

    try:
        picture = pillow_heif.open_heif(io.BytesIO(data), bgr_mode=True)
        width, height = picture.size
        check_header(Header("HEIC", width, height, memory=HEIC_COST * width * height), len(data))
        return np.asarray(picture)
    except MemoryError:
        raise PictureError(NO_MEMORY) from None
    except _HEIF_DAMAGE:
        raise damaged("HEIC") from None


def compose(pixels: np.ndarray, *, premultiplied: bool) -> np.ndarray:
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
    """The picture, uint8 BGR (H, W, 3), laid over paper by `alpha` uint8 (H, W), in place."""
    lowest, highest, _, _ = cv2.minMaxLoc(alpha)
    if lowest == 255 or highest == 0:  # none visible: a 32-bit bitmap whose fourth byte is unused
        return bgr
    white = _is_ink_white(bgr, alpha, highest)
    for rows in _list_strips(bgr):
        weight = cv2.cvtColor(alpha[rows], cv2.COLOR_GRAY2BGR)
        ink = bgr[rows] if premultiplied else cv2.multiply(bgr[rows], weight, scale=1 / 255)
        bgr[rows] = ink if white else cv2.add(ink, cv2.bitwise_not(weight))
    return bgr


def _is_ink_white(bgr: np.ndarray, alpha: np.ndarray, highest: float) -> bool:
    """Whether what is drawn would vanish on white: hardly any of its pixels is dark.

    Only the most opaque pixels are asked: the soft edges of white strokes are often stored dark.
    """
    counted = dark = 0
    for rows in _list_strips(bgr):
        solid = cv2.inRange(alpha[rows], 0.95 * highest, 255)
        black = cv2.inRange(cv2.cvtColor(bgr[rows], cv2.COLOR_BGR2GRAY), 0, _DARK - 1)
        counted += cv2.countNonZero(solid)
        dark += cv2.countNonZero(cv2.bitwise_and(solid, black))
    return dark / counted < _DARK_SHARE


def _to_eight_bits(pixels: np.ndarray) -> np.ndarray:
    """The values as uint8, whatever their depth.

    16-bit values keep eight bits, counted from the highest that is set: scanners and cameras store
    10 and 12 bits in 16, which would else come out black. Others are scaled by their largest.
    """
    if pixels.dtype == np.uint8:
        return pixels
    eight = np.empty(pixels.shape, np.uint8)
    if pixels.dtype == np.uint16:
        surplus = max(int(pixels.max()).bit_length() - 8, 0)
        for rows in _list_strips(pixels):
            eight[rows] = pixels[rows] >> surplus
        return eight
    most = max(float(_drop_no_numbers(pixels[rows]).max()) for rows in _list_strips(pixels))
    for rows in _list_strips(pixels):
        eight[rows] = _drop_no_numbers(pixels[rows]) * (255 / max(most, 1e-30))
    return eight


def _drop_no_numbers(pixels: np.ndarray) -> np.ndarray:
    """The values as float32, 0 where they are negative, infinite or no number."""
    return np.nan_to_num(pixels.astype(np.float32), nan=0, posinf=0, neginf=0).clip(min=0)


def _list_strips(pixels: np.ndarray) -> Iterator[slice]:
    """The rows of a picture, about a million pixels at a time."""
    rows = max(1, _STRIP // pixels.shape[1])
    return (slice(start, start + rows) for start in range(0, len(pixels), rows))


def turn_upright(picture: np.ndarray, orientation: int) -> np.ndarray:
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
