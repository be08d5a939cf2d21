"""Compares the pixels of images that chance makes with what is known of them, through the front door.

usage: npm run check:pixel-chance -- --base URL [--seed N] [--count N] [--only TEXT]

Each image has a kind drawn by a seeded generator: bits allocated and stored, an odd high bit, other data in the unused bits,
signed or not, colour and planes, palettes (8 and 16 bits, segmented), several frames of odd lengths, overlays, float pixels,
a compression, and for compressed frames an offset table that is missing, right, extended or wrong, several fragments for a
frame, and empty frames. The image is stored at URL (its origin, an empty archive), and its metadata, bulk data, frames as
stored and as octets, the instance converted to Explicit VR Little Endian and to other syntaxes, and the rendered picture
with a window are compared with the samples that went in. pydicom, GDCM and DCMTK read what was converted. Prints what
differs, with the seed that makes the image again. It needs pydicom, NumPy and Pillow for Python, dcmtk, libgdcm-tools,
and OpenJPEG's tools.
"""
import argparse
import io
import os
import subprocess
import sys
import warnings

import numpy as np
import pydicom

from archive_http import http, store, why_not_to_store
from pixel_chance.encoders import encoded
from pixel_chance.frame_checks import check_empty, check_frames
from pixel_chance.instance import encapsulated, instance_of
from pixel_chance.instance_checks import check_instances, check_metadata
from pixel_chance.kind import Kind
from pixel_chance.picture_check import check_rendered
from pixel_chance.syntaxes import EBE, NATIVE

warnings.simplefilter("ignore")


def check(kind, base):
    """Yields what differs."""
    coded = kind.compression not in NATIVE
    streams, extended = None, None
    if coded:
        streams = encoded(kind)
        if kind.empty is not None:
            streams[kind.empty] = b""
        data, extended = encapsulated(kind, streams)
    elif kind.sort == "bits":
        data = np.packbits(kind.samples.astype("u1").ravel(), bitorder="little").tobytes()
    else:
        data = b"".join(kind.cells(">" if kind.compression == EBE else "<"))
    file = instance_of(kind, kind.compression, data, extended)
    kind.file = file
    said = pydicom.dcmread(io.BytesIO(file))
    status, _, answer = store(f"{base}/dicomweb/studies", file)
    if status >= 300:
        yield f"store {status} {answer[:200]}"
        return
    url = f"{base}/dicomweb/studies/{said.StudyInstanceUID}/series/{said.SeriesInstanceUID}/instances/{said.SOPInstanceUID}"
    status, _, got = http("GET", url, headers={"Accept": "application/dicom; transfer-syntax=*"})
    if got != file:
        yield f"file {status}"
    yield from check_metadata(kind, url, said)
    if kind.empty is not None:
        yield from check_empty(kind, url, streams)
        return
    yield from check_frames(kind, url, streams)
    yield from check_instances(kind, url)
    if kind.sort != "float":
        yield from check_rendered(kind, url)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--only", default="", help="kinds whose description has this text")
    parser.add_argument("--keep", help="folder for the files that differ")
    options = parser.parse_args()
    base = options.base.rstrip("/")
    refusal = why_not_to_store(f"{base}/dicomweb")
    if refusal is not None:
        sys.exit(refusal)
    compared, wrong, unmade = {}, 0, 0
    for seed in range(options.seed, options.seed + options.count):
        kind = Kind(seed)
        if options.only not in str(kind):
            continue
        try:
            found = list(check(kind, base))
        except (ValueError, subprocess.TimeoutExpired) as error:
            unmade += 1
            print(f"{kind}\n  not made: {error}")
            continue
        key = f"{kind.sort} in {kind.compression}"
        compared[key] = compared.get(key, 0) + 1
        if found:
            wrong += 1
            print(f"{kind}\n  " + "\n  ".join(found))
            sys.stdout.flush()
            if options.keep:
                os.makedirs(options.keep, exist_ok=True)
                with open(os.path.join(options.keep, f"{seed}.dcm"), "wb") as file:
                    file.write(kind.file)
    print(f"{sum(compared.values())} images compared, {wrong} with differences, {unmade} not made: "
          + ", ".join(f"{count} {key}" for key, count in sorted(compared.items())))
    sys.exit(1 if wrong else 0)


main()
