"""What other people's decoders make of a file."""
import os
import subprocess
import tempfile
import zlib

import numpy as np
import pydicom
from pydicom.encaps import generate_pixel_data_frame

from pixel_files.syntaxes import BIG_ENDIAN, DEFLATED, HTJ2K, J2K, NATIVE, RLE


def tool(*command):
    return subprocess.run(command, capture_output=True, timeout=120).returncode == 0


def independent(ds, path):
    """Frames as arrays of rows, columns[, samples], of a decoder that is not ours; and its name."""
    syntax = syntax_of(ds)
    if syntax == BIG_ENDIAN and ds.get("BitsAllocated") != 32:
        little = little_endian(path)
        return list(in_frames(little)), "dcmconv"
    if syntax in NATIVE | {RLE}:
        copy = pydicom.dcmread(path, force=True)
        if "TransferSyntaxUID" not in copy.file_meta:
            copy.file_meta.TransferSyntaxUID = syntax
        if "PixelData" in copy:
            copy.convert_pixel_data("rle" if syntax == RLE else "numpy")
        return list(in_frames(copy)), "pydicom"
    if syntax in DEFLATED:
        inflated = [zlib.decompress(frame, -15) for frame in generate_pixel_data_frame(ds.PixelData, frames_of(ds))]
        return native_frames(ds, inflated), "zlib"
    if syntax in J2K | HTJ2K:
        try:
            codes = generate_pixel_data_frame(ds.PixelData, frames_of(ds))
            return [openjpeg(code, ds) for code in codes], "openjpeg"
        except ValueError:
            pass
    if ds.get("BitsAllocated") == 1 and syntax == RLE:
        raise ValueError("pydicom takes no single bits in RLE")
    with tempfile.TemporaryDirectory() as folder:
        for command in (["dcmdjpeg", "+cn"], ["dcmdjpls"], ["gdcmconv", "--raw"]):
            out = os.path.join(folder, "x.dcm")
            if tool(*command, path, out) and os.path.exists(out):
                copy = pydicom.dcmread(out, force=True)
                if not copy.file_meta.TransferSyntaxUID.is_compressed:
                    copy.convert_pixel_data("numpy")
                    return list(in_frames(copy)), command[0]
    raise ValueError("no independent decoder takes it")


def little_endian(path):
    """pydicom leaves words of octets as they lie in big-endian files; dcmtk turns them."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "x.dcm")
        if not tool("dcmconv", "+te", path, out):
            raise ValueError("dcmconv failed")
        copy = pydicom.dcmread(out, force=True)
        copy.PixelData  # read before the file goes
        return copy


def native_frames(ds, frames):
    kind = np.dtype(f"{'i' if ds.PixelRepresentation else 'u'}{max(ds.BitsAllocated // 8, 1)}")
    shape = (ds.Rows, ds.Columns) if ds.SamplesPerPixel == 1 else (ds.Rows, ds.Columns, ds.SamplesPerPixel)
    count = int(np.prod(shape))
    if ds.BitsAllocated == 1:
        return [np.unpackbits(np.frombuffer(f, "u1"), bitorder="little")[:count].reshape(shape) for f in frames]
    return [np.frombuffer(frame, kind)[:count].reshape(shape) for frame in frames]


def openjpeg(code, ds):
    with tempfile.TemporaryDirectory() as folder:
        source, out = os.path.join(folder, "x.j2k"), os.path.join(folder, "x.rawl")
        with open(source, "wb") as file:
            file.write(code)
        if not tool("opj_decompress", "-i", source, "-o", out):
            raise ValueError("opj_decompress failed")
        raw = np.fromfile(out, "u1")
    count = ds.Rows * ds.Columns * ds.SamplesPerPixel
    planes = raw.view("<u2") if len(raw) == 2 * count else raw
    array = planes.astype(np.int64).reshape(ds.SamplesPerPixel, ds.Rows, ds.Columns).transpose(1, 2, 0)
    # The sign is the data set's to say; the bits are those of the code stream's precision.
    bits = precision(code)
    array = array & ((1 << bits) - 1)
    if ds.PixelRepresentation:
        array = array - ((array >> (bits - 1)) << bits)
    return array[:, :, 0] if ds.SamplesPerPixel == 1 else array


def precision(code):
    """Ssiz of the first component: ISO 15444-1 A.5.1."""
    return (code[code.find(b"\xff\x51") + 40] & 0x7F) + 1


def syntax_of(ds):
    return str(ds.file_meta.get("TransferSyntaxUID", "1.2.840.10008.1.2"))


def frames_of(ds):
    return int(ds.get("NumberOfFrames") or 1)


def in_frames(ds):
    array = ds.pixel_array
    return array if frames_of(ds) > 1 else array[np.newaxis]
