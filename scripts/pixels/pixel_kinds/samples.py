"""The samples of images, and what their colours are."""
import numpy as np

ROWS, COLUMNS = 24, 38
COLOURS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT")


def samples_of(count, depth):
    """Smooth with a corner of extremes, all samples in use: rows, columns[, samples]."""
    _, bits, signed = depth
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    most = (1 << bits) - 1
    planes = [((np.sin(x / (5 + k)) + np.cos(y / (4 + k)) + 2) / 4 * most).round().astype(np.int64) for k in range(count)]
    for k, plane in enumerate(planes):
        plane[0, 0], plane[-1, -1 - k] = most, 0
    array = np.stack(planes, 2) if count > 1 else planes[0]
    return array - (1 << (bits - 1)) if signed else array


def cells(array, depth):
    allocated = depth[0]
    if allocated == 1:
        return np.packbits(array.astype("u1").ravel(), bitorder="little").tobytes()
    return array.astype(("<i" if depth[2] else "<u") + str(allocated // 8)).tobytes()


def planes(array, planar):
    return array.transpose(2, 0, 1) if planar else array


def to_rgb(ybr, bits=8):
    """PS3.3 C.7.6.3.1.2."""
    half, y = 1 << (bits - 1), ybr[..., 0].astype(float)
    cb, cr = ybr[..., 1] - half, ybr[..., 2] - half
    rgb = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], 2)
    return np.clip(np.round(rgb), 0, (1 << bits) - 1).astype(np.int64)


def colours(photometric, array, depth):
    if photometric not in COLOURS:
        return None
    return array if photometric in ("RGB", "YBR_RCT", "YBR_ICT") else to_rgb(array, depth[1])


def shared(array):
    """Chrominance of two pixels beside each other made one: what YBR_FULL_422 can hold."""
    array = array.copy()
    array[:, 1::2, 1:] = array[:, 0::2, 1:]
    return array


def repeated(array, dx, dy):
    out = array.copy()
    for k in (1, 2):
        out[..., k] = np.repeat(np.repeat(array[::dy, ::dx, k], dy, 0), dx, 1)[:ROWS, :COLUMNS]
    return out


def signed_of(array, bits, signed):
    """Some tools write the bits of a signed sample alone."""
    half = 1 << (bits - 1)
    return ((array & (2 * half - 1)) ^ half) - half if signed else array


def difference(one, other):
    if one is None or other is None or one.shape != other.shape:
        return None
    return int(np.abs(one - other).max(initial=0))
