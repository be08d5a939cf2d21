"""Compares pixels that the archive decodes and renders with other people's decoders and renderers.

usage: npm run check:pixels -- DIR --base URL [--convert UID ...]

Stores every file below DIR in the archive at URL (its origin), which must be empty, and asks for it converted to Explicit VR Little Endian, and
to each transfer syntax given by --convert and back; compares every frame with what pydicom, GDCM, DCMTK or OpenJPEG decode
of the file, and every rendered frame (PNG) with dcmj2pnm's. Prints counts and the largest differences. It needs pydicom,
numpy, Pillow and GDCM for Python, dcmtk and OpenJPEG's tools.
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
from pydicom.encaps import generate_pixel_data_frame
from PIL import Image

from archive_http import http, why_not_to_store

warnings.simplefilter("ignore")
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE

ELE = "1.2.840.10008.1.2.1"
HTJ2K = {f"1.2.840.10008.1.2.4.{n}" for n in (201, 202, 203)}
J2K = {f"1.2.840.10008.1.2.4.{n}" for n in (90, 91)}
RLE = "1.2.840.10008.1.2.5"
JPEG = {f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 57, 70)}
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = {"1.2.840.10008.1.2.8.1"}
NATIVE = {"1.2.840.10008.1.2.1.98","1.2.840.10008.1.2", ELE, "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"}
DESCRIBES = {0x00280002, 0x00280004, 0x00280006, 0x00280010, 0x00280011, 0x00280100, 0x00280101, 0x00280102, 0x00280103,
             0x7FE00010, 0x7FE00001, 0x7FE00002, 0x00080005, 0x00282110, 0x00282112, 0x00282114}


def store(base, path):
    with open(path, "rb") as file:
        data = file.read()
    body = b"--b\r\nContent-Type: application/dicom\r\n\r\n" + data + b"\r\n--b--\r\n"
    kind = 'multipart/related; type="application/dicom"; boundary=b'
    return http("POST", f"{base}/studies", body, {"Content-Type": kind, "Accept": "application/dicom+json"})[0]


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


def rgb_of(array):
    """YBR_FULL as RGB, PS3.3 C.7.6.3.1.2."""
    return pydicom.pixel_data_handlers.util.convert_color_space(array, "YBR_FULL", "RGB")


def difference(ours, theirs):
    if ours.shape != theirs.shape:
        return None
    return int(np.abs(ours.astype(np.int64) - theirs.astype(np.int64)).max(initial=0))


def nearest(mine, other, original, converted):
    """The difference as colours or as YBR, whichever the decoders left; of the bits that count alone."""
    bits = converted.BitsStored if "BitsStored" in converted else 64
    kinds = [difference(mine, other), difference(stored_bits(mine, bits), stored_bits(other, bits))]
    if mine.ndim == 3 and str(original.PhotometricInterpretation).startswith("YBR"):
        kinds += [difference(mine, rgb_of(other)), difference(rgb_of(mine), other)]
    found = [kind for kind in kinds if kind is not None]
    return min(found) if found else None


def stored_bits(array, bits):
    return array.astype(np.int64) & ((1 << bits) - 1) if np.issubdtype(array.dtype, np.integer) and bits < 33 else array


def compare_frames(original, converted, path):
    """[largest difference a frame] of a converted file; None where shapes differ."""
    theirs, name = independent(original, path)
    ours = list(in_frames(converted))
    results = []
    for mine, other in zip(ours, theirs):
        results.append(nearest(mine, other, original, converted))
    return results + [None] * abs(len(ours) - len(theirs)), name


def spelled(value):
    """Spaces at the end of a value say nothing (PS3.5 6.2)."""
    if isinstance(value, pydicom.multival.MultiValue):
        return [spelled(each) for each in value]
    return value.rstrip() if isinstance(value, str) else value


def same_attributes(one, other):
    left = {int(e.tag): e for e in one if e.tag.element != 0}
    right = {int(e.tag): e for e in other if e.tag.element != 0}
    tags = (set(left) ^ set(right)) | {tag for tag in set(left) & set(right) if spelled(left[tag].value) != spelled(right[tag].value)}
    return sorted(f"{tag:08X}" for tag in tags if tag not in DESCRIBES and tag != 0xFFFCFFFC)


def group_of(ds, number, keyword):
    """An item of the functional groups of a frame (PS3.3 C.7.6.16)."""
    shared = ds.get("SharedFunctionalGroupsSequence") or [{}]
    each = ds.get("PerFrameFunctionalGroupsSequence") or []
    own = each[number - 1] if number <= len(each) else {}
    found = own.get(keyword) or shared[0].get(keyword)
    return found[0] if found else None


def window_of(ds, number, pixels):
    """(center, width) in modality values, and in what dcmj2pnm knows, which is no functional groups."""
    transform = group_of(ds, number, "PixelValueTransformationSequence")
    slope = float(transform.RescaleSlope) if transform else 1.0
    intercept = float(transform.RescaleIntercept) if transform else 0.0
    window = group_of(ds, number, "FrameVOILUTSequence")
    if window is not None and "WindowCenter" in window:
        first = [value[0] if isinstance(value, pydicom.multival.MultiValue) else value for value in
                 (window.WindowCenter, window.WindowWidth)]
        center, width = float(first[0]), float(first[1])
        return (center, width), ((center - intercept) / slope, width / slope)
    own = float(ds.get("RescaleSlope") or 1), float(ds.get("RescaleIntercept") or 0)
    low, high = float(pixels.min()), float(pixels.max())
    if transform is None:
        low, high = low * own[0] + own[1], high * own[0] + own[1]
    stored = ((low + high + 1) / 2, max(high - low + 1, 2))
    return (stored[0] * slope + intercept, stored[1] * slope), stored


def rendered(base, path, ds, number, decoded):
    """(largest, mean) difference of a picture from dcmj2pnm's; None where that has none; what else, as text."""
    # dcmtk knows no supplemental palettes, and takes words of 32 bits apart where they are big-endian.
    if ds.get("PixelPresentation") in ("COLOR", "MIXED") or (syntax_of(ds) == BIG_ENDIAN and ds.BitsAllocated == 32):
        return None
    query, options = "", []
    if ds.get("SamplesPerPixel") == 1 and "PALETTE" not in ds.PhotometricInterpretation:
        if "VOILUTSequence" in ds:
            options = ["+Wl", "1"]
        elif group_of(ds, number, "FrameVOILUTSequence") and decoded is not None:
            _, theirs = window_of(ds, number, decoded)
            options = ["+Ww", str(theirs[0]), str(theirs[1])]
        elif ds.get("WindowCenter") not in (None, ""):
            options = ["+Wi", "1"]
        elif decoded is not None:
            (center, width), theirs = window_of(ds, number, decoded)
            query, options = f"?window={center},{width},linear", ["+Ww", str(theirs[0]), str(theirs[1])]
    status, _, png = http("GET", f"{base}/frames/{number}/rendered{query}", headers={"Accept": "image/png"})
    if status != 200:
        return f"HTTP {status} {png[:300]!r}"
    ours = np.asarray(Image.open(io.BytesIO(png))).astype(int)
    with tempfile.TemporaryDirectory() as folder:
        out, source = os.path.join(folder, "x.ppm"), path
        if syntax_of(ds) not in NATIVE | {RLE} | JPEG:
            # Whose frames have been compared already.
            source = os.path.join(folder, "converted.dcm")
            status, _, file = http("GET", base, headers={"Accept": f"application/dicom; transfer-syntax={ELE}"})
            if status != 200:
                return None
            with open(source, "wb") as out_file:
                out_file.write(file)
        if not tool("dcmj2pnm", "+op", "+F", str(number), *options, source, out) or not os.path.getsize(out):
            return None
        theirs = np.asarray(Image.open(out)).astype(int)
    if ours.ndim == 2 and theirs.ndim == 3:
        ours = np.repeat(ours[:, :, None], 3, 2)
    if theirs.ndim == 2 and ours.ndim == 3:
        theirs = np.repeat(theirs[:, :, None], 3, 2)
    if ours.shape != theirs.shape:
        return f"pixels made square: {ours.shape} for {theirs.shape}"
    gap = np.abs(ours - theirs)
    return int(gap.max(initial=0)), float(gap.mean())


class Totals:
    def __init__(self):
        self.files = self.frames = self.exact = self.largest = self.odd = 0

    def add(self, results):
        self.files += 1
        self.frames += len(results)
        self.exact += sum(result == 0 for result in results)
        self.odd += sum(result is None for result in results)
        self.largest = max([self.largest, *[result for result in results if result is not None]])

    def __str__(self):
        return f"{self.files} files, {self.frames} frames, {self.exact} exact, {self.odd} not comparable, largest {self.largest}"


def check(path, base, targets, totals, pictures):
    ds = pydicom.dcmread(path, force=True)
    if "PixelData" not in ds and "FloatPixelData" not in ds and "DoubleFloatPixelData" not in ds:
        return
    instance = f"{base}/studies/{ds.StudyInstanceUID}/series/{ds.SeriesInstanceUID}/instances/{ds.SOPInstanceUID}"
    name = os.path.basename(path)
    syntax = syntax_of(ds)
    for target in [ELE, *targets]:
        if target == syntax:
            continue
        status, _, data = http("GET", instance, headers={"Accept": f"application/dicom; transfer-syntax={target}"})
        if status != 200:
            print(f"{name}: {syntax} to {target}: HTTP {status} {data[:200]!r}")
            continue
        converted = pydicom.dcmread(io.BytesIO(data))
        unlike = same_attributes(little_endian(path) if syntax == BIG_ENDIAN else ds, converted)
        if unlike:
            print(f"{name}: to {target}: attributes differ: {unlike[:8]}")
        try:
            if target != ELE:
                with tempfile.NamedTemporaryFile(suffix=".dcm") as file:
                    file.write(data)
                    file.flush()
                    decoded, _ = independent(converted, file.name)
                theirs, used = independent(ds, path)
                results = [nearest(a, b, ds, converted) for a, b in zip(decoded, theirs)]
            else:
                results, used = compare_frames(ds, converted, path)
        except Exception as error:
            print(f"{name}: {syntax} to {target}: not compared: {type(error).__name__} {str(error)[:100]}")
            continue
        totals.setdefault((syntax, target), Totals()).add(results)
        if any(results):
            print(f"{name}: {syntax} to {target}: differs from {used}: {max((r or 0) for r in results)} {results[:4]}")
    try:
        decoded = independent(ds, path)[0]
    except Exception:
        decoded = []
    for number in range(1, min(frames_of(ds), 3) + 1):
        result = rendered(instance, path, ds, number, decoded[number - 1] if number <= len(decoded) else None)
        pictures.append(result)
        if isinstance(result, str) or (result is not None and result[0] > 2):
            print(f"{name} frame {number} rendered: {result}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--base", required=True)
    parser.add_argument("--convert", nargs="*", default=[])
    parser.add_argument("--match", default="")
    options = parser.parse_args()
    base = options.base.rstrip("/") + "/dicomweb"
    refusal = why_not_to_store(base)
    if refusal is not None:
        sys.exit(refusal)
    totals, pictures = {}, []
    for folder, _, names in sorted(os.walk(options.folder)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name.endswith((".tsv", ".md", ".txt", ".json")) or options.match not in path:
                continue
            if store(base, path) >= 400:
                continue
            try:
                check(path, base, options.convert, totals, pictures)
            except Exception as error:
                print(f"{name}: not checked: {type(error).__name__} {str(error)[:120]}")
            sys.stdout.flush()
    print()
    for (stored, target), total in sorted(totals.items()):
        print(f"{stored} to {target}: {total}")
    compared = [result for result in pictures if isinstance(result, tuple)]
    close = sum(largest <= 2 for largest, _ in compared)
    largest = max([result[0] for result in compared], default=0)
    mean = max([result[1] for result in compared], default=0)
    print(f"rendered: {len(pictures)} pictures, {len(compared)} compared, {close} within 2, largest {largest}, largest mean {mean:.2f}")


if __name__ == "__main__":
    main()
