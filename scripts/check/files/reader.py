"""Reads DICOM files with pydicom for scripts/check/files.mjs: one path a line in, one JSON object a line out.

The object has: json, the data set as DICOM JSON (PS3.18 annex F) in which a value of bytes is {"length", "sha256"} of
its little-endian form under "Bytes"; frames, [length, sha256] each, native ones with little-endian words and aligned
bits; transferSyntax; error when the file cannot be read at all. It needs pydicom and numpy.
"""
import hashlib
import json
import math
import struct
import sys
import warnings

import pydicom
from pydicom import config, datadict
from pydicom.encaps import generate_pixel_data_frame
from pydicom.sequence import Sequence

warnings.simplefilter("ignore")
config.convert_wrong_length_to_UN = False
# Standard attributes sent as UN have the dictionary's VR (PS3.5 6.2.2); private ones are nobody's to know.
config.replace_un_with_known_vr = True


def _no_private(tag, private_creator):
    raise KeyError(tag)


datadict.private_dictionary_VR = _no_private
pydicom.dataelem.private_dictionary_VR = _no_private

WORDS = {"OW": 2, "OL": 4, "OF": 4, "OD": 8, "OV": 8}
ITEM = b"\xfe\xff\x00\xe0"
PIXELS = (0x7FE00010, 0x7FE00008, 0x7FE00009)


def turned(value, word):
    """Reverses the bytes of each word."""
    whole = len(value) - len(value) % word
    return b"".join(value[at : at + word][::-1] for at in range(0, whole, word)) + value[whole:]


def plain(value):
    """What JSON has no number for, as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


def described(value):
    return {"length": len(value), "sha256": hashlib.sha256(value).hexdigest()}


def pixel_word(ds, element):
    """Bytes to reverse in big-endian pixels: of a sample, or of a word of OW where samples are smaller."""
    bits = {0x7FE00008: 32, 0x7FE00009: 64}.get(int(element.tag)) or ds.get("BitsAllocated")
    return bits // 8 if bits in (16, 32, 64) else (2 if element.VR == "OW" else 1)


def data_set(ds, big_endian):
    found = {}
    for tag in sorted(ds.keys()):
        if tag.element == 0:
            continue
        key = f"{tag.group:04X}{tag.element:04X}"
        try:
            found[key] = attribute(ds, ds[tag], big_endian)
        except Exception as error:  # what pydicom cannot read, nobody is held to
            found[key] = {"error": f"{type(error).__name__}: {error}"[:200]}
    return found


def private_items(value):
    """The sequence that a private value in implicit VR is, which nothing tells but its items; None when it is none."""
    if not isinstance(value, bytes) or len(value) < 8 or value[:4] != ITEM:
        return None
    length = struct.unpack_from("<L", value, 4)[0]
    if length != 0xFFFFFFFF and length > len(value) - 8:
        return None
    try:
        return pydicom.values.convert_SQ(value, True, True)
    except Exception:
        return None


def attribute(ds, element, big_endian):
    vr = getattr(element.VR, "value", element.VR)
    value = element.value
    if vr == "UN" and ds.read_implicit_vr:
        value = private_items(value) or value
    if isinstance(value, Sequence):
        return {"vr": "SQ", "Value": [data_set(item, big_endian) for item in value]}
    if isinstance(value, bytes) and vr not in ("AT",):
        if element.tag in PIXELS and element.is_undefined_length:
            return {"vr": vr, "Encapsulated": True}
        word = pixel_word(ds, element) if element.tag in PIXELS else WORDS.get(vr, 1)
        return {"vr": vr, "Bytes": described(turned(value, word) if big_endian else value)}
    made = element.to_json_dict(None, 1 << 40)
    if "Value" in made:
        made["Value"] = plain(made["Value"])
    made.pop("InlineBinary", None)
    made.pop("BulkDataURI", None)
    return made


def frames(ds, syntax):
    tag = next((tag for tag in PIXELS if tag in ds), None)
    if tag is None:
        return []
    element = ds[tag]
    count = int(ds.get("NumberOfFrames") or 1)
    if element.is_undefined_length:
        return [described(frame) for frame in compressed(ds, element, count)]
    if syntax in pydicom.uid.AllTransferSyntaxes and syntax.is_encapsulated:
        return None
    return [described(frame) for frame in native(ds, element, count)]


def compressed(ds, element, count):
    if "ExtendedOffsetTable" in ds:
        offsets, lengths = (
            struct.unpack(f"<{len(ds[name].value) // 8}Q", ds[name].value)
            for name in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")
        )
        start = 8 + struct.unpack_from("<L", element.value, 4)[0]
        for offset, length in zip(offsets, lengths):
            yield element.value[start + offset + 8 : start + offset + 8 + length]
        return
    yield from generate_pixel_data_frame(element.value, count)


def native(ds, element, count):
    bits = {0x7FE00008: 32, 0x7FE00009: 64}.get(int(element.tag)) or ds.BitsAllocated
    samples = int(ds.get("SamplesPerPixel") or 1)
    size = ds.Rows * ds.Columns * samples * bits
    data = element.value
    if not ds.is_little_endian:
        data = turned(data, pixel_word(ds, element))
    if "422" in str(ds.get("PhotometricInterpretation")) and samples == 3 and len(data) * 8 < size * count:
        size = size // 3 * 2
    for number in range(count):
        yield cut(data, number * size, size)


def cut(data, first, bits):
    """Bits from the least significant on, from `first`; the last byte filled with zeros."""
    skip = first % 8
    part = data[first // 8 : (first + bits + 7) // 8]
    if skip == 0 and bits % 8 == 0:
        return part
    whole = int.from_bytes(part, "little") >> skip
    bits = min(bits, len(part) * 8 - skip)
    return (whole & ((1 << bits) - 1)).to_bytes((bits + 7) // 8, "little")


def read(path):
    ds = pydicom.dcmread(path)
    syntax = getattr(ds.file_meta, "TransferSyntaxUID", None)
    if syntax is None:
        syntax = pydicom.uid.ImplicitVRLittleEndian
    answer = {"transferSyntax": str(syntax), "json": data_set(ds, not ds.is_little_endian)}
    try:
        answer["frames"] = frames(ds, syntax)
    except Exception as error:
        answer["frames"] = None
        answer["framesError"] = f"{type(error).__name__}: {error}"[:200]
    return answer


for line in sys.stdin:
    try:
        answer = read(line.rstrip("\n"))
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"[:200]}
    print(json.dumps(answer), flush=True)
