"""Kinds of images: each gives the file, its data set, the samples that are right, and the colours."""
import numpy as np
from PIL import Image

from pixel_kinds.encoders import by_dcmtk, netpbm, ojph, opj, read
from pixel_kinds.instance import ELE, JPEG, instance, native
from pixel_kinds.samples import COLOURS, colours, difference, repeated, samples_of, shared
from pixel_tools import path, tool


def of_native(syntax, photometric, planar, depth):
    array = samples_of(3 if photometric in COLOURS else 1, depth)
    if photometric == "YBR_FULL_422":
        array = shared(array)
    data, ds = native(photometric, depth, array, planar, syntax)
    return data, ds, array, colours(photometric, array, depth)


def of_fragment(syntax, photometric, planar, depth, pack):
    data, ds, array, rgb = of_native(ELE, photometric, planar, depth)
    fragment = pack(ds.PixelData)
    return (*instance(syntax, photometric, depth, ds.SamplesPerPixel, fragment, planar), array, rgb)


def of_dcmtk(command, decoder, photometric, planar, depth, exact=True):
    array = samples_of(3 if photometric in COLOURS else 1, depth)
    data, ds, decoded = by_dcmtk(command, decoder, photometric, depth, array, planar)
    right = array if exact else decoded
    if exact and difference(decoded, array) != 0:
        raise ValueError(f"{decoder[0]} does not give back what {command[0]} was given")
    return data, ds, right, colours(photometric, right, depth)


def of_cjpeg(photometric, arguments, depth):
    colour = photometric in COLOURS
    array = samples_of(3 if colour else 1, depth)
    tool("cjpeg", "-quality", "95", *arguments, "-outfile", path("x.jpg"), netpbm(array, 8))
    tool("djpeg", "-pnm", "-outfile", path("out.pnm"), path("x.jpg"))
    decoded = np.asarray(Image.open(path("out.pnm"))).astype(np.int64)
    data, ds = instance(f"{JPEG}50", photometric, depth, 3 if colour else 1, read("x.jpg"))
    return data, ds, decoded, decoded if colour else None


def of_openjpeg(syntax, photometric, arguments, sampling, depth, exact=True):
    return of_jpeg2000(syntax, photometric, sampling, depth, exact, lambda array, bits, signed, dx, dy: opj(array, bits, signed, dx, dy, arguments))


def of_openjph(syntax, photometric, arguments, sampling, depth, exact=True):
    return of_jpeg2000(syntax, photometric, sampling, depth, exact, lambda array, bits, signed, dx, dy: ojph(array, bits, signed, dx, dy, arguments))


def of_jpeg2000(syntax, photometric, sampling, depth, exact, encode):
    colour = photometric in COLOURS
    array = samples_of(3 if colour else 1, depth)
    dx, dy = sampling
    code, decoded = encode(array, depth[1], depth[2], dx, dy)
    right = repeated(array, dx, dy) if colour else array
    # The tools turn subsampled YCbCr to RGB, or give it as it is: what went in is known.
    if exact and sampling == (1, 1) and difference(decoded, right) != 0:
        raise ValueError("the independent decoder does not give back what went in")
    if not exact:
        right = decoded
    rgb = colours("RGB" if photometric in ("YBR_RCT", "YBR_ICT") else photometric, right, depth)
    return (*instance(syntax, photometric, depth, 3 if colour else 1, code), right, rgb)
