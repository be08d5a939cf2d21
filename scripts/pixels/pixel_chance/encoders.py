"""The code streams of an image that chance draws, by encoders that are not the archive's."""
import zlib

import pydicom

from pixel_chance.differences import differs
from pixel_chance.instance import instance_of
from pixel_chance.rle import rle_frame
from pixel_chance.syntaxes import ELE, FRAMES_DEFLATED, J2K, JPEG_LS, RLE
from pixel_tools import path, tool


def by_dcmtk(kind, *command):
    native = instance_of(kind, ELE, b"".join(kind.cells()))
    with open(path("native.dcm"), "wb") as file:
        file.write(native)
    tool(*command, path("native.dcm"), path("coded.dcm"))
    coded = pydicom.dcmread(path("coded.dcm"))
    return [frame for frame in pydicom.encaps.generate_pixel_data_frame(coded.PixelData, kind.frames)], coded


def by_openjpeg(kind, number):
    bits, signed = kind.stored, kind.signed
    with open(path("in.rawl"), "wb") as file:
        for k in range(kind.count):
            file.write(kind.samples[number, :, :, k].astype(("<i" if signed else "<u") + ("2" if bits > 8 else "1")).tobytes())
    dims = f"{kind.columns},{kind.rows},{kind.count},{bits},{'s' if signed else 'u'}" + ("@1x1:1x1:1x1" if kind.count == 3 else "")
    tool("opj_compress", "-i", path("in.rawl"), "-o", path("x.j2k"), "-F", dims, "-n", "1", "-mct", "0")
    with open(path("x.j2k"), "rb") as file:
        return file.read()


def encoded(kind):
    """The code stream of each frame; what the encoder says of planes."""
    if kind.compression == RLE:
        return [rle_frame(kind, cells) for cells in kind.cells()]
    if kind.compression == FRAMES_DEFLATED:
        frames = []
        for cells in kind.cells():
            packer = zlib.compressobj(wbits=-15)
            frames.append(packer.compress(cells) + packer.flush())
        return frames
    if kind.compression == J2K:
        return [by_openjpeg(kind, number) for number in range(kind.frames)]
    command = ["dcmcjpls", "+el", "+il"] if kind.compression == JPEG_LS else ["dcmcjpeg", "+e1", "+cn"]
    frames, coded = by_dcmtk(kind, *command)
    kind.planar = int(coded.get("PlanarConfiguration", 0) or 0)
    tool("dcmdjpls" if kind.compression == JPEG_LS else "dcmdjpeg", path("coded.dcm"), path("back.dcm"))
    if any(differs(kind, pydicom.dcmread(path("back.dcm")), "")):
        # DCMTK's JPEG lossless of colours with 16 bits.
        raise ValueError(f"{command[0]} does not give back what it was given")
    return frames
