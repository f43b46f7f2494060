"""Picture files made byte by byte: such as no program writes, or with one thing changed."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def encode(kind, *, size=(30, 20), mode="RGB", colour="white", **options):
    """A plain picture in this format of Pillow."""
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, kind, **options)
    return file.getvalue()


def make_chunk(name, content=b""):
    """A PNG chunk."""
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum


def make_png(width, height, *, depth=8, colour=0, before=b"", pixels=None, interlaced=0):
    """A PNG whose header claims this size, with chunks in front of its pixels."""
    claims = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    packed = zlib.compress(b"\0" * 100) if pixels is None else pixels
    chunks = make_chunk(b"IHDR", claims) + before + make_chunk(b"IDAT", packed)
    return b"\x89PNG\r\n\x1a\n" + chunks + make_chunk(b"IEND")


def make_exif(orientation, order="<"):
    """EXIF data with one tag, `order` being < or >."""
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, 1)
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\0\0" + start + entry + struct.pack(order + "I", 0)


def make_segment(marker, content=b""):
    """A segment of a JPEG."""
    return b"\xff" + bytes([marker]) + struct.pack(">H", 2 + len(content)) + content


def put_first(jpeg, segments):
    """The JPEG with segments in front of its own."""
    return jpeg[:2] + segments + jpeg[2:]


def claim_size(jpeg, width, height):
    """The JPEG with another size in its frame header."""
    frame = next(at for at in range(len(jpeg)) if jpeg[at : at + 2] in (b"\xff\xc0", b"\xff\xc2"))
    return jpeg[: frame + 5] + struct.pack(">HH", height, width) + jpeg[frame + 9 :]


def repeat_last_scan(jpeg, times):
    """A progressive JPEG whose last scan is there so many times more."""
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:-2] + jpeg[last:-2] * times + jpeg[-2:]


def make_tiff(tags, *, order="<", big=False, following=0):
    """A TIFF of one directory without pixels; tags: number -> values of 32 bits, or (type, bytes).

    `following`: where the next directory is.
    """
    mark, place, count = (43, "Q", "Q") if big else (42, "I", "H")
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", mark)
    head += struct.pack(order + "HHQ", 8, 0, 16) if big else struct.pack(order + "I", 8)
    value_size = struct.calcsize("=" + place)
    extra_at = len(head) + struct.calcsize("=" + count + place)
    extra_at += len(tags) * (4 + 2 * value_size)
    entries = extra = b""
    for tag, values in sorted(tags.items()):
        kind, raw = 4, values
        if isinstance(values, tuple):
            kind, raw = values
        else:
            values = values if isinstance(values, list) else [values]
            raw = struct.pack(f"{order}{len(values)}I", *values)
        number = len(raw) // {1: 1, 3: 2, 4: 4}[kind]
        entries += struct.pack(order + "HH" + place, tag, kind, number)
        if len(raw) <= value_size:
            entries += raw.ljust(value_size, b"\0")
        else:
            entries += struct.pack(order + place, extra_at + len(extra))
            extra += raw
    body = struct.pack(order + count, len(tags)) + entries
    return head + body + struct.pack(order + place, following) + extra


def make_box(name, content=b""):
    """A box of a HEIC, AVIF or JPEG 2000 file."""
    return struct.pack(">I", 8 + len(content)) + name + content


def make_heif(brand, *properties, more=b""):
    """The boxes of a HEIC or AVIF file as far as its size goes; properties: the boxes of ipco."""
    start = make_box(b"ftyp", brand + b"\0\0\0\0mif1" + brand)
    holder = make_box(b"iprp", make_box(b"ipco", b"".join(properties)))
    return start + make_box(b"meta", b"\0\0\0\0" + holder) + more


def make_size_box(width, height):
    """The property that says how large an image is."""
    return make_box(b"ispe", struct.pack(">III", 0, width, height))


def make_gif(width, height, packed, *, bits=2):
    """A GIF of one frame with these packed pixels."""
    blocks = [packed[at : at + 255] for at in range(0, len(packed), 255)]
    data = b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x81, 0, 0) + bytes(12)
    return (
        screen + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + bytes([bits]) + data + b";"
    )


def pack_codes(codes, bits):
    """LZW codes of one length, the lowest bit first."""
    wide = (np.asarray(codes)[:, None] >> np.arange(bits) & 1).astype(np.uint8)
    return np.packbits(wide, bitorder="little").tobytes()


def make_pdf(*pages, objects=(), box="0 0 300 200", catalog=b"", pack=False):
    """A PDF whose pages have these content streams; objects: further ones, numbered from 3 on.

    Every page can use them as the XObjects /X3, /X4 and so on.
    """
    names = b" ".join(b"/X%d %d 0 R" % (number, number) for number in range(3, 3 + len(objects)))
    first = 3 + len(objects)
    kids = b" ".join(b"%d 0 R" % (first + 2 * number) for number in range(len(pages)))
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R %s>>" % catalog,
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)),
        *objects,
    ]
    for number, content in enumerate(pages):
        bodies.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents %d 0 R/Resources<</XObject<<%s>>>>>>"
            % (box.encode(), first + 2 * number + 1, names)
        )
        bodies.append(make_pdf_stream(content, pack=pack))
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    return data + head + table + trailer % (len(bodies) + 1, len(data))


def make_pdf_stream(content, extra=b"", *, pack=False):
    """A stream object; `extra` goes into its dictionary."""
    if pack:
        content, extra = zlib.compress(content, 9), extra + b"/Filter/FlateDecode"
    return b"<</Length %d %s>>stream\n%s\nendstream" % (len(content), extra, content)
