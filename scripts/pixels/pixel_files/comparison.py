"""Compares decoded frames and attributes with those of the archive."""
import numpy as np
import pydicom

from pixel_files.decoders import in_frames, independent

DESCRIBES = {0x00280002, 0x00280004, 0x00280006, 0x00280010, 0x00280011, 0x00280100, 0x00280101, 0x00280102, 0x00280103,
             0x7FE00010, 0x7FE00001, 0x7FE00002, 0x00080005, 0x00282110, 0x00282112, 0x00282114}


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
