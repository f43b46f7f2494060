"""Lines of digits: top to bottom, left to right, slanted or not."""

import numpy as np

from digits.blobs import Blob


def split_lines(blobs: list[Blob]) -> list[list[int]]:
    """Indices of the blobs, line by line from the top, each from left to right."""
    lines: list[list[int]] = []
    for index in sorted(range(len(blobs)), key=lambda i: blobs[i].x):
        blob = blobs[index]
        for line in lines:
            last = blobs[line[-1]]
            shared = min(last.bottom, blob.bottom) - max(last.y, blob.y)
            if shared > 0.3 * min(last.height, blob.height):
                line.append(index)
                break
        else:
            lines.append([index])
    return sorted(lines, key=lambda line: np.mean([blobs[i].y + blobs[i].height / 2 for i in line]))
