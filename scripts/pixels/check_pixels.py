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
import sys
import tempfile
import warnings

import pydicom

from archive_http import http, store, why_not_to_store
from pixel_files.comparison import compare_frames, nearest, same_attributes
from pixel_files.decoders import frames_of, independent, little_endian, syntax_of
from pixel_files.pictures import rendered
from pixel_files.syntaxes import BIG_ENDIAN, ELE

warnings.simplefilter("ignore")
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE


def store_file(base, path):
    with open(path, "rb") as file:
        return store(f"{base}/studies", file.read())[0]


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
            if store_file(base, path) >= 400:
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
