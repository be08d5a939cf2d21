"""Compares pixels that the archive decodes and renders with other people's decoders and renderers.

usage: npm run check:pixels -- DIR --base URL [--convert UID ...]

Stores every file below DIR in the archive at URL (its origin) and asks for it converted to Explicit VR Little Endian, and
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
import urllib.error
import urllib.request
import warnings

import numpy as np
import pydicom
from pydicom.encaps import generate_pixel_data_frame
from PIL import Image

warnings.simplefilter("ignore")
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE

ELE = "1.2.840.10008.1.2.1"
HTJ2K = {f"1.2.840.10008.1.2.4.{n}" for n in (201, 202, 203)}
J2K = {f"1.2.840.10008.1.2.4.{n}" for n in (90, 91)}
NATIVE = {"1.2.840.10008.1.2", ELE, "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"}
DESCRIBES = {0x00280002, 0x00280004, 0x00280006, 0x00280010, 0x00280011, 0x00280100, 0x00280101, 0x00280102, 0x00280103,
             0x7FE00010, 0x7FE00001, 0x7FE00002, 0x00080005, 0x00282110, 0x00282112, 0x00282114}


def http(method, url, body=None, headers=None):
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


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
    syntax = str(ds.file_meta.TransferSyntaxUID)
    if syntax in HTJ2K:
        return [openjpeg(code) for code in generate_pixel_data_frame(ds.PixelData, frames_of(ds))], "openjpeg"
    for name in ("gdcm", "numpy", "pillow"):
        handler = getattr(pydicom.config, f"{name}_handler", None) or __import__(
            f"pydicom.pixel_data_handlers.{name}_handler", fromlist=["x"])
        if not handler.is_available() or not handler.supports_transfer_syntax(ds.file_meta.TransferSyntaxUID):
            continue
        try:
            copy = pydicom.dcmread(path, force=True)
            copy.convert_pixel_data(name)
            return list(in_frames(copy)), name
        except Exception as error:  # another may manage
            last = error
    with tempfile.TemporaryDirectory() as folder:
        for command in (["dcmdjpeg", "+cn"], ["dcmdjpls", "+cn"], ["gdcmconv", "--raw"], ["dcmconv", "+te"]):
            out = os.path.join(folder, "x.dcm")
            if tool(*command, path, out) and os.path.exists(out):
                copy = pydicom.dcmread(out, force=True)
                if not copy.file_meta.TransferSyntaxUID.is_compressed:
                    copy.convert_pixel_data("numpy")
                    return list(in_frames(copy)), command[0]
    raise ValueError("no independent decoder takes it")


def openjpeg(code):
    with tempfile.TemporaryDirectory() as folder:
        source, out = os.path.join(folder, "x.j2k"), os.path.join(folder, "x.png")
        with open(source, "wb") as file:
            file.write(code)
        if not tool("opj_decompress", "-i", source, "-o", out):
            raise ValueError("opj_decompress failed")
        return np.asarray(Image.open(out))


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


def compare_frames(original, converted, path):
    """[largest difference a frame] of a converted file; None where shapes differ."""
    theirs, name = independent(original, path)
    ours = list(in_frames(converted))
    results = []
    for mine, other in zip(ours, theirs):
        kinds = [difference(mine, other)]
        if mine.ndim == 3 and str(original.PhotometricInterpretation).startswith("YBR"):
            kinds.append(difference(mine, rgb_of(other)))
        if np.issubdtype(mine.dtype, np.signedinteger) != np.issubdtype(other.dtype, np.signedinteger):
            kinds.append(difference(mine, other.astype(mine.dtype)))
        found = [kind for kind in kinds if kind is not None]
        results.append(min(found) if found else None)
    return results + [None] * abs(len(ours) - len(theirs)), name


def same_attributes(one, other):
    left = {int(e.tag): e for e in one if e.tag.element != 0}
    right = {int(e.tag): e for e in other if e.tag.element != 0}
    tags = (set(left) ^ set(right)) | {tag for tag in set(left) & set(right) if left[tag].value != right[tag].value}
    return sorted(f"{tag:08X}" for tag in tags if tag not in DESCRIBES and tag != 0xFFFCFFFC)


def rendered(base, path, ds, number, count):
    """(largest, mean) difference of a picture from dcmj2pnm's; None where that has none."""
    status, _, png = http("GET", f"{base}/frames/{number}/rendered", headers={"Accept": "image/png"})
    if status != 200:
        return f"HTTP {status}"
    ours = np.asarray(Image.open(io.BytesIO(png))).astype(int)
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "x.ppm")
        windowed = "WindowCenter" in ds or "VOILUTSequence" in ds or "SharedFunctionalGroupsSequence" in ds
        options = [] if windowed else ["+Wm"]
        if "WindowCenter" in ds:
            options = ["+Wi", "1"]
        if "VOILUTSequence" in ds:
            options = ["+Wl", "1"]
        source = path
        if ds.file_meta.TransferSyntaxUID in J2K | HTJ2K:
            source = os.path.join(folder, "raw.dcm")
            if not tool("gdcmconv", "--raw", path, source):
                return None
        if not tool("dcmj2pnm", "+F", str(number), *options, source, out):
            return None
        theirs = np.asarray(Image.open(out)).astype(int)
    if ours.ndim == 2 and theirs.ndim == 3:
        ours = np.repeat(ours[:, :, None], 3, 2)
    if theirs.ndim == 2 and ours.ndim == 3:
        theirs = np.repeat(theirs[:, :, None], 3, 2)
    if ours.shape != theirs.shape:
        return f"{ours.shape} for {theirs.shape}"
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
    syntax = str(ds.file_meta.get("TransferSyntaxUID", "1.2.840.10008.1.2"))
    for target in [ELE, *targets]:
        if target == syntax:
            continue
        status, _, data = http("GET", instance, headers={"Accept": f"application/dicom; transfer-syntax={target}"})
        if status != 200:
            print(f"{name}: {syntax} to {target}: HTTP {status} {data[:200]!r}")
            continue
        converted = pydicom.dcmread(io.BytesIO(data))
        unlike = same_attributes(ds, converted)
        if unlike:
            print(f"{name}: to {target}: attributes differ: {unlike[:8]}")
        try:
            if target != ELE:
                with tempfile.NamedTemporaryFile(suffix=".dcm") as file:
                    file.write(data)
                    file.flush()
                    decoded, _ = independent(converted, file.name)
                theirs, used = independent(ds, path)
                results = [difference(a, b) for a, b in zip(decoded, theirs)]
            else:
                results, used = compare_frames(ds, converted, path)
        except Exception as error:
            print(f"{name}: {syntax} to {target}: not compared: {type(error).__name__} {str(error)[:100]}")
            continue
        totals.setdefault((syntax, target), Totals()).add(results)
        if any(results):
            print(f"{name}: {syntax} to {target}: differs from {used}: {max((r or 0) for r in results)} {results[:4]}")
    for number in range(1, min(frames_of(ds), 3) + 1):
        result = rendered(instance, path, ds, number, frames_of(ds))
        pictures.append((name, number, result))
        if isinstance(result, str) or (result is not None and result[0] > 1):
            print(f"{name} frame {number} rendered: {result}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--base", required=True)
    parser.add_argument("--convert", nargs="*", default=[])
    parser.add_argument("--match", default="")
    options = parser.parse_args()
    base = options.base.rstrip("/") + "/dicomweb"
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
    compared = [result for _, _, result in pictures if isinstance(result, tuple)]
    close = sum(largest <= 1 for largest, _ in compared)
    largest = max([result[0] for result in compared], default=0)
    mean = max([result[1] for result in compared], default=0)
    print(f"rendered: {len(pictures)} pictures, {len(compared)} compared, {close} within 1, largest {largest}, largest mean {mean:.2f}")


main()
