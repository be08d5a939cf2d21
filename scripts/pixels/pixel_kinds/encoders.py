"""Encoders and decoders that are not the archive's: each gives the code, and what another program decodes of it."""
import io
import zlib

import numpy as np
import pydicom

from pixel_kinds.instance import native, numbers
from pixel_kinds.samples import COLUMNS, ROWS, signed_of
from pixel_tools import path, tool


def by_dcmtk(command, decoder, photometric, depth, array, planar=0):
    """Compressed by one of DCMTK's tools, and what another one decodes of it."""
    with open(path("native.dcm"), "wb") as file:
        file.write(native(photometric, depth, array, planar)[0])
    tool(*command, path("native.dcm"), path("coded.dcm"))
    tool(*decoder, path("coded.dcm"), path("decoded.dcm"))
    decoded = pydicom.dcmread(path("decoded.dcm"))
    with open(path("coded.dcm"), "rb") as file:
        data = file.read()
    return data, pydicom.dcmread(io.BytesIO(data)), numbers(decoded, decoded.PixelData)


def netpbm(array, bits):
    kind = b"P5" if array.ndim == 2 else b"P6"
    with open(path("in.ppm" if array.ndim == 3 else "in.pgm"), "wb") as file:
        file.write(kind + b"\n%d %d\n%d\n" % (COLUMNS, ROWS, (1 << bits) - 1))
        file.write(array.astype(">u2" if bits > 8 else "u1").tobytes())
    return path("in.ppm" if array.ndim == 3 else "in.pgm")


def raw_components(array, bits, signed, dx, dy, name):
    with open(path(name), "wb") as file:
        for k in range(1 if array.ndim == 2 else array.shape[2]):
            plane = array if array.ndim == 2 else array[::dy if k else 1, :: dx if k else 1, k]
            file.write(plane.astype(("<i" if signed else "<u") + ("2" if bits > 8 else "1")).tobytes())
    return path(name)


def read(name):
    with open(path(name), "rb") as file:
        return file.read()


def opj(array, bits, signed, dx, dy, arguments):
    count = 1 if array.ndim == 2 else 3
    raw = raw_components(array, bits, signed, dx, dy, "in.rawl")
    kind = f"{COLUMNS},{ROWS},{count},{bits},{'s' if signed else 'u'}" + (f"@1x1:{dx}x{dy}:{dx}x{dy}" if count == 3 else "")
    tool("opj_compress", "-i", raw, "-o", path("x.j2k"), "-F", kind, "-n", "3", *arguments)
    tool("opj_decompress", "-i", path("x.j2k"), "-o", path("out.rawl"))
    kind = ("<i" if signed else "<u") + ("2" if bits > 8 else "1")
    decoded = np.fromfile(path("out.rawl"), kind).astype(np.int64)
    if decoded.size != array.size:
        return read("x.j2k"), None
    decoded = signed_of(decoded, bits, signed)
    return read("x.j2k"), decoded.reshape(array.shape) if count == 1 else decoded.reshape(3, ROWS, COLUMNS).transpose(1, 2, 0)


def ojph_signed(array, bits, arguments):
    """ojph_compress reads signed samples as others: these are coded as unsigned ones, raised by half (ITU-T T.800 G.1)."""
    code, _ = ojph(array + (1 << (bits - 1)), bits, False, 1, 1, arguments)
    at = code.find(b"\xff\x51") + 40
    code = code[:at] + bytes([code[at] | 0x80]) + code[at + 1:]
    with open(path("x.j2c"), "wb") as file:
        file.write(code)
    tool("opj_decompress", "-i", path("x.j2c"), "-o", path("out.rawl"))
    decoded = np.fromfile(path("out.rawl"), "<i2" if bits > 8 else "i1").astype(np.int64)
    return code, signed_of(decoded, bits, True).reshape(array.shape)


def ojph(array, bits, signed, dx, dy, arguments):
    if signed:
        return ojph_signed(array, bits, arguments)
    whole = array.ndim == 3 and (dx, dy) == (1, 1)
    suffix = "ppm" if whole else "yuv" if array.ndim == 3 else "raw"
    shape = []
    if not whole:
        count = 1 if array.ndim == 2 else 3
        shape = ["-dims", "{%d,%d}" % (COLUMNS, ROWS), "-num_comps", str(count),
                 "-signed", ",".join(["true" if signed else "false"] * count), "-bit_depth", ",".join([str(bits)] * count),
                 "-downsamp", "{1,1},{%d,%d}" % (dx, dy) if count == 3 else "{1,1}"]
    source = netpbm(array, bits) if whole else raw_components(array, bits, signed, dx, dy, f"in.{suffix}")
    tool("ojph_compress", "-i", source, "-o", path("x.j2c"), *shape, "-num_decomps", "2", *arguments)
    tool("ojph_expand", "-i", path("x.j2c"), "-o", path(f"out.{suffix}"))
    if whole:
        kind, data = (">u2" if bits > 8 else "u1"), read(f"out.{suffix}")
        return read("x.j2c"), np.frombuffer(data[len(data) - array.size * np.dtype(kind).itemsize:], kind).astype(np.int64).reshape(array.shape)
    decoded = np.fromfile(path(f"out.{suffix}"), ("<i" if signed else "<u") + ("2" if bits > 8 else "1")).astype(np.int64)
    return read("x.j2c"), signed_of(decoded, bits, signed).reshape(array.shape) if decoded.size == array.size else None


def deflated(data):
    packer = zlib.compressobj(wbits=-15)
    out = packer.compress(data) + packer.flush()
    return out + bytes(len(out) % 2)
