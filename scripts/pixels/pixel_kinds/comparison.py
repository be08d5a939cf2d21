"""Compares what the archive serves of an image with the samples that are right."""
import io

import numpy as np
import pydicom
from PIL import Image

from archive_http import http, store
from pixel_kinds.instance import ELE, numbers
from pixel_kinds.samples import difference, to_rgb


def in_rgb(ds, array):
    name = str(ds.PhotometricInterpretation)
    return to_rgb(array, ds.BitsStored) if array is not None and name in ("YBR_FULL", "YBR_FULL_422") else array


def compared(base, data, ds, right, rgb):
    """Largest difference of frame, converted instance and picture; or what was refused. @param rgb the colours, if any"""
    status, _, answer = store(f"{base}/dicomweb/studies", data)
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
