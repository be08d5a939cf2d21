"""Decodes the first frames of all colour files below a folder with other people's decoders, for viewer-colours.mjs.

usage: python3 scripts/check/viewer-colours/colours.py DIR OUT

Writes OUT/N.rgb, the first frame of each file as RGB of 8 bits, and OUT/files.json, what the files are. dcmj2pnm renders; what it does
not take is decoded by pydicom, GDCM or OpenJPEG. It needs what check_pixels.py needs.
"""
import json
import os
import sys
import tempfile

import numpy as np
import pydicom
from PIL import Image

from pixel_files.comparison import rgb_of
from pixel_files.decoders import independent, syntax_of, tool


def is_colour(ds):
    return "Rows" in ds and (ds.get("SamplesPerPixel") == 3 or ds.get("PhotometricInterpretation") == "PALETTE COLOR")


def by_dcmtk(path):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "x.ppm")
        if not tool("dcmj2pnm", "+op", "+F", "1", path, out) or not os.path.getsize(out):
            raise ValueError("dcmj2pnm does not take it")
        return np.asarray(Image.open(out).convert("RGB"))


def by_others(ds, path):
    frame, name = independent(ds, path)
    frame = frame[0]
    if ds.PhotometricInterpretation == "PALETTE COLOR":
        frame = pydicom.pixel_data_handlers.util.apply_color_lut(frame, ds)
        bits = 16 if frame.dtype == np.uint16 else 8
    else:
        bits = ds.BitsAllocated
        # A decoder of JPEG 2000 leaves RGB where the code stream has a transform of its own.
        if ds.PhotometricInterpretation in ("YBR_FULL", "YBR_FULL_422") and name in ("pydicom", "dcmdjpls", "openjpeg", "zlib"):
            frame = rgb_of(frame.astype(np.uint8))
    return (frame >> 8 if bits > 8 else frame).astype(np.uint8), name


def add_uids(ds, entry, copy):
    """The archive stores nothing without UIDs."""
    for level, name in (("Study", "study"), ("Series", "series"), ("SOP", "sop")):
        entry[name] = entry[name] or pydicom.uid.generate_uid()
        setattr(ds, f"{level}InstanceUID", entry[name])
    try:
        ds.file_meta.TransferSyntaxUID = entry["syntax"]
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = ds.get("SOPClassUID") or "1.2.840.10008.5.1.4.1.1.7"
        ds.save_as(copy, write_like_original=False)
        entry["copy"] = copy
    except (ValueError, AttributeError) as error:
        print(f"{entry['path']}: {error}", file=sys.stderr)


def main(folder, out):
    os.makedirs(out, exist_ok=True)
    files = []
    paths = sorted(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names)
    for path in paths:
        try:
            ds = pydicom.dcmread(path, force=True)
            if not is_colour(ds):
                continue
        except Exception:
            continue
        entry = {"path": path, "syntax": syntax_of(ds), "photometric": str(ds.get("PhotometricInterpretation")),
                 "bits": int(ds.get("BitsAllocated", 0)), "planar": int(ds.get("PlanarConfiguration", 0) or 0),
                 **{name: str(ds.get(f"{level}InstanceUID", "")) for name, level in
                    (("study", "Study"), ("series", "Series"), ("sop", "SOP"))}}
        for decode in (lambda: (by_dcmtk(path), "dcmj2pnm"), lambda: by_others(ds, path)):
            try:
                frame, entry["decoder"] = decode()
                entry.update(rows=frame.shape[0], columns=frame.shape[1], rgb=f"{len(files)}.rgb")
                frame.tofile(os.path.join(out, entry["rgb"]))
                break
            except Exception as error:
                entry["reason"] = f"{type(error).__name__} {str(error)[:80]}"
        if not entry["study"] or not entry["series"]:
            add_uids(ds, entry, os.path.join(out, f"{len(files)}.dcm"))
        files.append(entry)
    with open(os.path.join(out, "files.json"), "w", encoding="utf-8") as file:
        json.dump(files, file)


if __name__ == "__main__":
    main(*sys.argv[1:3])
