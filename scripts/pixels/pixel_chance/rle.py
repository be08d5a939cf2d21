"""RLE (PS3.5 G), by another hand than the archive's."""
import struct

import numpy as np


def rle_frame(kind, cells):
    """PS3.5 G: the most significant byte of each sample first."""
    size = kind.allocated // 8
    array = np.frombuffer(cells, "u1")
    planes = array.reshape(kind.count, -1, size) if kind.planar else array.reshape(-1, kind.count, size).transpose(1, 0, 2)
    segments = []
    for sample in planes:
        for byte in reversed(range(size)):
            rows = sample[:, byte].reshape(kind.rows, kind.columns)
            data = b"".join(packed_bits(row.tobytes()) for row in rows)
            segments.append(data + bytes(len(data) % 2))
    offsets, at = [], 64
    for segment in segments:
        offsets.append(at)
        at += len(segment)
    return struct.pack("<16L", len(segments), *offsets, *[0] * (15 - len(offsets))) + b"".join(segments)


def packed_bits(row):
    out, at = b"", 0
    while at < len(row):
        run = 1
        while at + run < len(row) and run < 128 and row[at + run] == row[at]:
            run += 1
        if run > 1:
            out += bytes([257 - run, row[at]])
            at += run
            continue
        end = at + 1
        while end < len(row) and end - at < 128 and (end + 1 >= len(row) or row[end] != row[end + 1]):
            end += 1
        out += bytes([end - at - 1]) + row[at:end]
        at = end
    return out
