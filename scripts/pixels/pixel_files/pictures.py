"""Compares a rendered frame with the picture of another renderer."""
import io
import os
import tempfile

import numpy as np
import pydicom
from PIL import Image

from archive_http import http
from pixel_files.decoders import syntax_of, tool
from pixel_files.syntaxes import BIG_ENDIAN, ELE, JPEG, NATIVE, RLE


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
