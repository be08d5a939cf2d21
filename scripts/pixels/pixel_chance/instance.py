"""The file of an image that chance draws."""
import io
import random
import struct

import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset

from pixel_chance.syntaxes import EBE, ILE, NATIVE


def encapsulated(kind, frames):
    """Fragments with the offset table that the kind has; the values of the Extended Offset Table."""
    items, offsets, lengths, at = [], [], [], 0
    for frame in frames:
        frame = frame + bytes(len(frame) % 2)
        offsets.append(at)
        lengths.append(len(frame))
        step = max(2, (len(frame) // kind.fragments) // 2 * 2)
        cuts = [frame[i:i + step] for i in range(0, len(frame), step)] or [b""]
        if len(cuts) > kind.fragments:
            cuts = cuts[:kind.fragments - 1] + [b"".join(cuts[kind.fragments - 1:])]
        for cut in cuts:
            items.append(b"\xfe\xff\x00\xe0" + struct.pack("<L", len(cut)) + cut)
            at += 8 + len(cut)
    table = {"right": offsets, "wrong": [o + 2 * kind.rng.randint(1, 40) if i else o for i, o in enumerate(offsets)], "short": offsets[:-1]}
    basic = table.get(kind.table, [])
    head = b"\xfe\xff\x00\xe0" + struct.pack("<L", 4 * len(basic)) + b"".join(struct.pack("<L", o) for o in basic)
    extended = (offsets, lengths) if kind.table == "extended" else None
    return head + b"".join(items), extended


def instance_of(kind, syntax, data, extended=None):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = syntax, "1.2.840.10008.5.1.4.1.1.7.4"
    ds = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    uids = random.Random(kind.seed * 7919 + 1)
    uid = [f"2.25.{uids.getrandbits(100)}" for _ in range(3)]
    meta.MediaStorageSOPInstanceUID = uid[2]
    ds.SOPClassUID, ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, *uid
    ds.PatientName, ds.PatientID, ds.Modality, ds.NumberOfFrames = "Chance^Of", "CHANCE", "OT", kind.frames
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = kind.rows, kind.columns, kind.count, kind.photometric
    ds.BitsAllocated = kind.allocated
    if kind.sort != "float":
        ds.BitsStored, ds.HighBit, ds.PixelRepresentation = kind.stored, kind.high, kind.signed
    if kind.count == 3:
        ds.PlanarConfiguration = kind.planar
    if kind.photometric == "PALETTE COLOR":
        palette_of(kind, ds, syntax)
    if kind.overlay:
        ds.add_new(0x60000010, "US", kind.rows), ds.add_new(0x60000011, "US", kind.columns)
        ds.add_new(0x60000040, "CS", "G"), ds.add_new(0x60000050, "SS", [1, 1])
        free = [bit for bit in range(kind.allocated) if bit > kind.high or bit < kind.high - kind.stored + 1]
        ds.add_new(0x60000100, "US", kind.allocated), ds.add_new(0x60000102, "US", free[0])
    ds.is_little_endian, ds.is_implicit_VR = syntax != EBE, syntax == ILE
    native = syntax in NATIVE
    data = data + bytes(len(data) % 2)
    if kind.sort == "float":
        ds.add_new(0x7FE00008 if kind.allocated == 32 else 0x7FE00009, "OF" if kind.allocated == 32 else "OD", data)
    else:
        ds.PixelData = data
        ds["PixelData"].VR = "OW" if native and kind.allocated > 8 or syntax == ILE else "OB"
        if not native:
            ds["PixelData"].is_undefined_length = True
    if extended is not None:
        ds.add_new(0x7FE00001, "OV", struct.pack(f"<{kind.frames}Q", *extended[0]))
        ds.add_new(0x7FE00002, "OV", struct.pack(f"<{kind.frames}Q", *extended[1]))
    out = io.BytesIO()
    pydicom.dcmwrite(out, ds, write_like_original=False)
    return out.getvalue()


def palette_of(kind, ds, syntax):
    """A lookup table for each colour, plain or in segments (PS3.3 C.7.9.2)."""
    rng = random.Random(kind.seed + 5)
    entries, first, depth = rng.choice([(256, 0, 16), (200, 10, 16), (256, 0, 8)])
    kind.palette, segmented = [], rng.random() < 0.4 and depth == 16
    for name in ("Red", "Green", "Blue"):
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [entries, first, depth])
        if segmented:
            begin, middle, end = (rng.randrange(65536) for _ in range(3))
            half = entries // 2
            # A discrete segment of one entry, then two linear ones.
            words = [0, 1, begin, 1, half - 1, middle, 1, entries - half, end]
            lut = [begin] + [round(begin + (middle - begin) * (i + 1) / (half - 1)) for i in range(half - 1)]
            lut += [round(middle + (end - middle) * (i + 1) / (entries - half)) for i in range(entries - half)]
            tag = f"Segmented{name}PaletteColorLookupTableData"
        else:
            lut = words = [rng.randrange(1 << depth) for _ in range(entries)]
            tag = f"{name}PaletteColorLookupTableData"
        order = ">" if syntax == EBE else "<"
        packed = bytes(lut) if depth == 8 and not segmented else struct.pack(f"{order}{len(words)}H", *words)
        if depth == 8 and order == ">":
            packed = np.frombuffer(packed, "<u2").astype(">u2").tobytes()
        setattr(ds, tag, packed)
        kind.palette.append(np.array(lut) / ((1 << depth) - 1) * 255)
    kind.first = first
