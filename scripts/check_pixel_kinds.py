"""Compares the pixels of every kind of image that PS3.5 8.2 allows with what other people's decoders make of them.

usage: npm run check:pixel-kinds -- --base URL

Makes a small image for each compression, photometric interpretation, planar configuration, number of bits, sampling of
chrominance and component transform, by encoders that are not the archive's (cjpeg, DCMTK, OpenJPEG, OpenJPH, NumPy);
decodes it by their decoders; stores it in the archive at URL (its origin, DUPLICATES=replace) and compares the frame as
octets, the instance converted to Explicit VR Little Endian as its own attributes describe it, and for colours the rendered
picture. Prints a table in Markdown: the largest difference of the three, or the status of what is refused. It needs
pydicom, NumPy and Pillow for Python, dcmtk, libjpeg-turbo-progs, libopenjp2-tools and openjph-tools.
"""
import argparse
import io
import os
import subprocess
import sys
import tempfile
import warnings
import zlib

import numpy as np
import pydicom
from PIL import Image
from pydicom._uid_dict import UID_dictionary
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import generate_uid

from archive_http import http, why_not_to_store

warnings.simplefilter("ignore")
for uid in ("1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.1.98", *(f"1.2.840.10008.1.2.4.{n}" for n in (201, 202, 203))):
    # Newer than some versions of pydicom, which write no file in a syntax that they do not know.
    UID_dictionary.setdefault(uid, (uid, "Transfer Syntax", "", "", ""))
ELE, BIG_ENDIAN, RLE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.5"
JPEG = "1.2.840.10008.1.2.4."
ROWS, COLUMNS = 24, 38
FOLDER = tempfile.mkdtemp()
DEPTHS = [(1, 1, 0), (8, 8, 0), (8, 8, 1), (16, 12, 0), (16, 12, 1), (16, 16, 0), (16, 16, 1)]
NAMES = ["1", "8", "8 signed", "12", "12 signed", "16", "16 signed"]


def path(name):
    return os.path.join(FOLDER, name)


def tool(*command):
    done = subprocess.run(command, capture_output=True, timeout=120)
    if done.returncode != 0:
        raise ValueError(f"{command[0]}: {(done.stderr or done.stdout)[-200:]!r}")


# Images

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


def to_rgb(ybr, bits=8):
    """PS3.3 C.7.6.3.1.2."""
    half, y = 1 << (bits - 1), ybr[..., 0].astype(float)
    cb, cr = ybr[..., 1] - half, ybr[..., 2] - half
    rgb = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], 2)
    return np.clip(np.round(rgb), 0, (1 << bits) - 1).astype(np.int64)


def shared(array):
    """Chrominance of two pixels beside each other made one: what YBR_FULL_422 can hold."""
    array = array.copy()
    array[:, 1::2, 1:] = array[:, 0::2, 1:]
    return array


# Files

def instance(syntax, photometric, depth, samples, data, planar=0):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = generate_uid()
    ds = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(), generate_uid()
    ds.PatientName, ds.PatientID, ds.Modality = "Kinds^Of", "KINDS", "OT"
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = ROWS, COLUMNS, samples, photometric
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = depth[0], depth[1], depth[1] - 1, depth[2]
    if samples > 1:
        ds.PlanarConfiguration = planar
    if photometric == "PALETTE COLOR":
        for colour in ("Red", "Green", "Blue"):
            setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
            setattr(ds, f"{colour}PaletteColorLookupTableData", np.arange(256, dtype="<u2").tobytes())
    ds.is_little_endian, ds.is_implicit_VR = syntax != BIG_ENDIAN, False
    native = syntax in (ELE, BIG_ENDIAN)
    if native:
        if syntax == BIG_ENDIAN and depth[0] == 16:
            data = np.frombuffer(data, "<u2").astype(">u2").tobytes()
        ds.PixelData = data + bytes(len(data) % 2)
    else:
        ds.PixelData = encapsulate([data])
        ds["PixelData"].is_undefined_length = True
    ds["PixelData"].VR = "OW" if depth[0] > 8 else "OB"
    out = io.BytesIO()
    pydicom.dcmwrite(out, ds, write_like_original=False)
    return out.getvalue(), ds


def planes(array, planar):
    return array.transpose(2, 0, 1) if planar else array


def native(photometric, depth, array, planar=0, syntax=ELE):
    if photometric == "YBR_FULL_422":
        pairs = np.stack([array[:, 0::2, 0], array[:, 1::2, 0], array[:, 0::2, 1], array[:, 0::2, 2]], 2)
        return instance(syntax, photometric, depth, 3, cells(pairs, depth))
    samples = 1 if array.ndim == 2 else 3
    return instance(syntax, photometric, depth, samples, cells(planes(array, planar) if samples == 3 else array, depth), planar)


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


def signed_of(array, bits, signed):
    """Some tools write the bits of a signed sample alone."""
    half = 1 << (bits - 1)
    return ((array & (2 * half - 1)) ^ half) - half if signed else array


def read(name):
    with open(path(name), "rb") as file:
        return file.read()


def repeated(array, dx, dy):
    out = array.copy()
    for k in (1, 2):
        out[..., k] = np.repeat(np.repeat(array[::dy, ::dx, k], dy, 0), dx, 1)[:ROWS, :COLUMNS]
    return out


# What an instance says of itself

def numbers(ds, data):
    """Samples of uncompressed pixel data by its own attributes; None where its length is another."""
    count = ds.Rows * ds.Columns * ds.SamplesPerPixel
    if ds.BitsAllocated == 1:
        bits = np.unpackbits(np.frombuffer(data, "u1"), bitorder="little")[:count]
        return bits.astype(np.int64).reshape(ds.Rows, ds.Columns)
    size = ds.BitsAllocated // 8
    halved = ds.PhotometricInterpretation == "YBR_FULL_422"
    wanted = ds.Rows * ds.Columns * size * (2 if halved else ds.SamplesPerPixel)
    if len(data) != wanted + wanted % 2:
        return None
    kind = ("<i" if ds.PixelRepresentation else "<u") + str(size)
    array = np.frombuffer(data[:wanted], kind).astype(np.int64)
    if halved:
        array = array.reshape(ds.Rows, ds.Columns // 2, 4)
        out = np.empty((ds.Rows, ds.Columns, 3), np.int64)
        out[:, 0::2, 0], out[:, 1::2, 0] = array[..., 0], array[..., 1]
        out[:, 0::2, 1:] = out[:, 1::2, 1:] = array[..., 2:]
        return out
    if ds.SamplesPerPixel == 1:
        return array.reshape(ds.Rows, ds.Columns)
    if ds.get("PlanarConfiguration") == 1:
        return array.reshape(3, ds.Rows, ds.Columns).transpose(1, 2, 0)
    return array.reshape(ds.Rows, ds.Columns, 3)


def difference(one, other):
    if one is None or other is None or one.shape != other.shape:
        return None
    return int(np.abs(one - other).max(initial=0))


def in_rgb(ds, array):
    name = str(ds.PhotometricInterpretation)
    return to_rgb(array, ds.BitsStored) if array is not None and name in ("YBR_FULL", "YBR_FULL_422") else array


def compared(base, data, ds, right, rgb):
    """Largest difference of frame, converted instance and picture; or what was refused. @param rgb the colours, if any"""
    body = b"--b\r\nContent-Type: application/dicom\r\n\r\n" + data + b"\r\n--b--\r\n"
    kind = 'multipart/related; type="application/dicom"; boundary=b'
    status, _, answer = http("POST", f"{base}/dicomweb/studies", body, {"Content-Type": kind, "Accept": "application/dicom+json"})
    if status >= 300:
        return f"store {status}"
    url = f"{base}/dicomweb/studies/{ds.StudyInstanceUID}/series/{ds.SeriesInstanceUID}/instances/{ds.SOPInstanceUID}"
    status, _, octets = http("GET", f"{url}/frames/1", headers={"Accept": f"application/octet-stream; transfer-syntax={ELE}"})
    if status != 200:
        return str(status)
    status, _, file = http("GET", url, headers={"Accept": f"application/dicom; transfer-syntax={ELE}"})
    if status != 200:
        return f"instance {status}"
    converted = pydicom.dcmread(io.BytesIO(file))
    own = numbers(converted, converted.PixelData)
    found = [difference(own, right) if str(converted.PhotometricInterpretation) == str(ds.PhotometricInterpretation) else None]
    if rgb is not None:
        found.append(difference(in_rgb(converted, own), rgb))
    found = [each for each in found if each is not None]
    if not found:
        return "instance differs"
    worst = min(found)
    # Octets are the converted instance's pixels, in the planes that the stored instance's metadata tell.
    said = pydicom.dcmread(io.BytesIO(file))
    if "PlanarConfiguration" in ds:
        said.PlanarConfiguration = ds.PlanarConfiguration
    if difference(numbers(said, octets + bytes(len(octets) % 2)), own) != 0:
        return "octets differ"
    if rgb is not None and ds.BitsStored == 8:
        status, _, png = http("GET", f"{url}/rendered", headers={"Accept": "image/png"})
        if status != 200:
            return f"rendered {status}"
        picture = np.asarray(Image.open(io.BytesIO(png))).astype(np.int64)
        shown = difference(picture, rgb)
        if shown is None:
            return "picture differs"
        worst = max(worst, shown)
    return worst


# Kinds: each gives the file, its data set, the samples that are right, and the colours

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


def of_openjph(syntax, photometric, arguments, sampling, depth, exact=True):
    return of_jpeg2000(syntax, photometric, sampling, depth, exact, lambda array, bits, signed, dx, dy: ojph(array, bits, signed, dx, dy, arguments))


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


COLOURS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT")


def colours(photometric, array, depth):
    if photometric not in COLOURS:
        return None
    return array if photometric in ("RGB", "YBR_RCT", "YBR_ICT") else to_rgb(array, depth[1])


def deflated(data):
    packer = zlib.compressobj(wbits=-15)
    out = packer.compress(data) + packer.flush()
    return out + bytes(len(out) % 2)


GREYS = ["MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"]
ALL, EIGHT, DEEP = set(range(7)), {1}, {1, 3, 5}


def bits_of(photometric, most):
    """Depths that PS3.5 8.2 and the Image Pixel Module leave open for a photometric interpretation."""
    if photometric == "PALETTE COLOR":
        return most & {1, 5}
    return most if photometric.startswith("MONO") else most & DEEP


def kinds():
    """[compression, photometric, planar, sampling, transform, encoder, decoder, depths, maker]"""
    for name, syntax in (("Explicit VR Little Endian", ELE), ("Explicit VR Big Endian", BIG_ENDIAN)):
        for photometric in GREYS + ["RGB", "YBR_FULL"]:
            for planar in (0, 1) if photometric in COLOURS else ("",):
                yield (name, photometric, planar, "", "", "NumPy", "NumPy", bits_of(photometric, ALL),
                       lambda d, s=syntax, p=photometric, l=planar: of_native(s, p, l or 0, d))
        yield (name, "YBR_FULL_422", 0, "4:2:2", "", "NumPy", "NumPy", EIGHT,
               lambda d, s=syntax: of_native(s, "YBR_FULL_422", 0, d))
    for name, syntax, pack in (("Encapsulated Uncompressed .98", "1.2.840.10008.1.2.1.98", bytes),
                               ("Deflated Image Frame .8.1", "1.2.840.10008.1.2.8.1", deflated)):
        for photometric in GREYS + ["RGB", "YBR_FULL", "YBR_FULL_422"]:
            for planar in (0, 1) if photometric in ("RGB", "YBR_FULL") else (0,) if photometric in COLOURS else ("",):
                depths = EIGHT if photometric == "YBR_FULL_422" else bits_of(photometric, ALL)
                yield (name, photometric, planar, "4:2:2" if photometric == "YBR_FULL_422" else "", "", "zlib", "NumPy", depths,
                       lambda d, s=syntax, p=photometric, l=planar, k=pack: of_fragment(s, p, l or 0, d, k))
    for photometric in GREYS + ["RGB", "YBR_FULL"]:
        for planar in (0, 1) if photometric in COLOURS else ("",):
            for name, command, decoder, most in (
                ("RLE .5", ["dcmcrle"], ["dcmdrle"], ALL - {0}),
                ("JPEG lossless .57, predictor 4", ["dcmcjpeg", "+el", "+sv", "4", "+cn"], ["dcmdjpeg", "+cn"], ALL - {0}),
                ("JPEG lossless .70", ["dcmcjpeg", "+e1", "+cn"], ["dcmdjpeg", "+cn"], ALL - {0}),
                ("JPEG-LS .80, by line", ["dcmcjpls", "+el", "+il"], ["dcmdjpls"], ALL - {0}),
                ("JPEG-LS .80, by sample", ["dcmcjpls", "+el", "+is"], ["dcmdjpls"], ALL - {0}),
                ("JPEG-LS .80, planes", ["dcmcjpls", "+el", "+in"], ["gdcmconv", "--raw"], ALL - {0}),
                # DCMTK makes none of signed samples.
                ("JPEG-LS .81, NEAR 2", ["dcmcjpls", "+en", "+md", "2"], ["dcmdjpls"], {1, 3, 5}),
            ):
                if photometric not in COLOURS and name.endswith(("sample", "planes")):
                    continue
                if name.endswith("NEAR 2") and photometric == "PALETTE COLOR":
                    continue
                yield (name, photometric, planar, "", "none" if photometric in COLOURS else "", command[0], decoder[0],
                       bits_of(photometric, most),
                       lambda d, c=command, o=decoder, p=photometric, l=planar, n=name: of_dcmtk(c, o, p, l or 0, d, "NEAR" not in n))
    for photometric, sampling, transform, arguments in (
        ("MONOCHROME1", "", "", ["-grayscale"]), ("MONOCHROME2", "", "", ["-grayscale"]),
        ("MONOCHROME2", "", "progressive", ["-grayscale", "-progressive"]),
        ("YBR_FULL_422", "4:2:2", "YCbCr", ["-sample", "2x1"]), ("YBR_FULL_422", "4:2:0", "YCbCr", ["-sample", "2x2"]),
        ("YBR_FULL_422", "4:4:4", "YCbCr", ["-sample", "1x1"]), ("YBR_FULL", "4:4:4", "YCbCr", ["-sample", "1x1"]),
        ("YBR_FULL_422", "4:2:2", "YCbCr, progressive", ["-sample", "2x1", "-progressive"]),
        ("RGB", "4:4:4", "none", ["-rgb"]), ("RGB", "4:2:0", "YCbCr", ["-sample", "2x2"]), ("YBR_FULL_422", "4:4:4", "none", ["-rgb"]),
    ):
        yield ("JPEG baseline .50", photometric, 0 if photometric in COLOURS else "", sampling, transform, "cjpeg", "djpeg", EIGHT,
               lambda d, p=photometric, a=arguments: of_cjpeg(p, a, d))
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        yield ("JPEG extended .51", photometric, "", "", "", "dcmcjpeg", "dcmdjpeg", {1, 3},
               lambda d, p=photometric: of_dcmtk(["dcmcjpeg", "+ee", "+cn"], ["dcmdjpeg", "+cn"], p, 0, d, False))
    for photometric, sampling, transform, arguments in (
        ("YBR_FULL", "4:4:4", "YCbCr", ["+s4"]), ("YBR_FULL_422", "4:2:2", "YCbCr", ["+s2"]), ("RGB", "4:4:4", "none", ["+cr"]),
    ):
        yield ("JPEG extended .51", photometric, 0, sampling, transform, "dcmcjpeg", "dcmdjpeg", {1, 3},
               lambda d, a=arguments: of_dcmtk(["dcmcjpeg", "+ee", *a], ["dcmdjpeg"], "RGB", 0, d, False))
    for family, syntax, maker, encoder, decoder, plain in (
        ("JPEG 2000", (f"{JPEG}90", f"{JPEG}91"), of_openjpeg, "opj_compress", "opj_decompress", ["-mct", "0"]),
        ("HTJ2K", (f"{JPEG}201", f"{JPEG}203"), of_openjph, "ojph_compress", "ojph_expand", ["-reversible", "true", "-colour_trans", "false"]),
    ):
        ht = family == "HTJ2K"
        lossy = ["-reversible", "false", "-qstep", "0.001", "-colour_trans"] if ht else ["-I", "-r", "3", "-mct"]
        mct = ["-reversible", "true", "-colour_trans", "true"] if ht else ["-mct", "1"]
        progressive = ["-prog_order", "RPCL"]
        one = [] if not ht else ["-reversible", "true"]
        rows = [(f"{family} reversible", p, "", "", one, (1, 1), bits_of(p, ALL), True) for p in GREYS]
        rows += [(f"{family} irreversible", p, "", "", lossy[:-1], (1, 1), bits_of(p, ALL - {0}), False) for p in GREYS[:2]]
        if ht:
            rows += [("HTJ2K RPCL .202", "MONOCHROME2", "", "", one + progressive, (1, 1), ALL, True),
                     ("HTJ2K RPCL .202", "YBR_RCT", "4:4:4", "RCT", mct + progressive, (1, 1), DEEP, True),
                     ("HTJ2K RPCL .202", "RGB", "4:4:4", "none", plain + progressive, (1, 1), DEEP, True)]
        rows += [
            (f"{family} reversible", "YBR_RCT", "4:4:4", "RCT", mct, (1, 1), DEEP, True),
            (f"{family} reversible", "RGB", "4:4:4", "none", plain, (1, 1), DEEP, True),
            (f"{family} reversible", "YBR_FULL", "4:4:4", "none", plain, (1, 1), DEEP, True),
            (f"{family} reversible", "YBR_FULL_422", "4:4:4", "none", plain, (1, 1), EIGHT, True),
            (f"{family} reversible", "YBR_FULL_422", "4:2:2", "none", plain[:2], (2, 1), DEEP, True),
            (f"{family} reversible", "YBR_FULL_422", "4:2:0", "none", plain[:2], (2, 2), DEEP, True),
            (f"{family} irreversible", "YBR_ICT", "4:4:4", "ICT", lossy + ["true" if ht else "1"], (1, 1), DEEP, False),
            (f"{family} irreversible", "RGB", "4:4:4", "none", lossy + ["false" if ht else "0"], (1, 1), DEEP, False),
        ]
        for name, photometric, sampling, transform, arguments, rate, depths, exact in rows:
            uid = f"{JPEG}202" if ".202" in name else syntax[0 if exact else 1]
            yield (name, photometric, 0 if photometric in COLOURS else "", sampling, transform, encoder, decoder, depths,
                   lambda d, m=maker, u=uid, p=photometric, a=arguments, r=rate, e=exact: m(u, p, a, r, d, e))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", required=True)
    parser.add_argument("--match", default="")
    options = parser.parse_args()
    base = options.base.rstrip("/")
    refusal = why_not_to_store(f"{base}/dicomweb")
    if refusal is not None:
        sys.exit(refusal)
    counts = {"made": 0, "exact": 0, "near": 0, "refused": 0, "wrong": 0}
    print("| Compression | Photometric | Planar | Sampling | Transform | Made by | Decoded by | " + " | ".join(NAMES) + " |")
    print("|" + "---|" * (7 + len(NAMES)))
    for name, photometric, planar, sampling, transform, encoder, decoder, depths, maker in kinds():
        if options.match not in f"{name} {photometric}":
            continue
        found = []
        for index, depth in enumerate(DEPTHS):
            if index not in depths:
                found.append("")
                continue
            try:
                made = maker(depth)
            except Exception as error:
                found.append("not made")
                print(f"{name} {photometric} {NAMES[index]}: {error}", file=sys.stderr)
                continue
            result = compared(base, *made)
            counts["made"] += 1
            near = isinstance(result, int) and result <= max(2, 2 ** (depth[1] - 7))
            key = "exact" if result == 0 else "near" if near else "refused" if str(result).isdigit() and not isinstance(result, int) else "wrong"
            counts[key] += 1
            found.append(str(result) if key != "wrong" else f"**{result}**")
        cells = [name, photometric, str(planar), sampling, transform, encoder, decoder, *found]
        print("| " + " | ".join(cells) + " |")
        sys.stdout.flush()
    print()
    print(", ".join(f"{number} {key}" for key, number in counts.items()))


main()
