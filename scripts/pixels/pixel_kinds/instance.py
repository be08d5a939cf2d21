"""The file of an image, and the samples of a file by its own attributes."""
import io

import numpy as np
import pydicom
from pydicom._uid_dict import UID_dictionary
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import generate_uid

from pixel_kinds.samples import COLUMNS, ROWS, cells, planes

for uid in ("1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.1.98", *(f"1.2.840.10008.1.2.4.{n}" for n in (201, 202, 203))):
    # Newer than some versions of pydicom, which write no file in a syntax that they do not know.
    UID_dictionary.setdefault(uid, (uid, "Transfer Syntax", "", "", ""))
ELE, BIG_ENDIAN, RLE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.5"
JPEG = "1.2.840.10008.1.2.4."


def instance(syntax, photometric, depth, samples, data, planar=0):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = generate_uid()
    ds = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(), generate_uid()
    ds.PatientName, ds.PatientID, ds.Modality = "Kinds^Of", "KINDS", "OT"
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = ROWS, COLUMNS, samples, photometric
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = depth[0], depth[1], depth[1] - 1, depth[2]
    if samples > 1:
        ds.PlanarConfiguration = planar
    if photometric == "PALETTE COLOR":
        for colour in ("Red", "Green", "Blue"):
            setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
            setattr(ds, f"{colour}PaletteColorLookupTableData", np.arange(256, dtype="<u2").tobytes())
    ds.is_little_endian, ds.is_implicit_VR = syntax != BIG_ENDIAN, False
    native = syntax in (ELE, BIG_ENDIAN)
    if native:
        if syntax == BIG_ENDIAN and depth[0] == 16:
            data = np.frombuffer(data, "<u2").astype(">u2").tobytes()
        ds.PixelData = data + bytes(len(data) % 2)
    else:
        ds.PixelData = encapsulate([data])
        ds["PixelData"].is_undefined_length = True
    ds["PixelData"].VR = "OW" if depth[0] > 8 else "OB"
    out = io.BytesIO()
    pydicom.dcmwrite(out, ds, write_like_original=False)
    return out.getvalue(), ds


def native(photometric, depth, array, planar=0, syntax=ELE):
    if photometric == "YBR_FULL_422":
        pairs = np.stack([array[:, 0::2, 0], array[:, 1::2, 0], array[:, 0::2, 1], array[:, 0::2, 2]], 2)
        return instance(syntax, photometric, depth, 3, cells(pairs, depth))
    samples = 1 if array.ndim == 2 else 3
    return instance(syntax, photometric, depth, samples, cells(planes(array, planar) if samples == 3 else array, depth), planar)


def numbers(ds, data):
    """Samples of uncompressed pixel data by its own attributes; None where its length is another."""
    count = ds.Rows * ds.Columns * ds.SamplesPerPixel
    if ds.BitsAllocated == 1:
        bits = np.unpackbits(np.frombuffer(data, "u1"), bitorder="little")[:count]
        return bits.astype(np.int64).reshape(ds.Rows, ds.Columns)
    size = ds.BitsAllocated // 8
    halved = ds.PhotometricInterpretation == "YBR_FULL_422"
    wanted = ds.Rows * ds.Columns * size * (2 if halved else ds.SamplesPerPixel)
    if len(data) != wanted + wanted % 2:
        return None
    kind = ("<i" if ds.PixelRepresentation else "<u") + str(size)
    array = np.frombuffer(data[:wanted], kind).astype(np.int64)
    if halved:
        array = array.reshape(ds.Rows, ds.Columns // 2, 4)
        out = np.empty((ds.Rows, ds.Columns, 3), np.int64)
        out[:, 0::2, 0], out[:, 1::2, 0] = array[..., 0], array[..., 1]
        out[:, 0::2, 1:] = out[:, 1::2, 1:] = array[..., 2:]
        return out
    if ds.SamplesPerPixel == 1:
        return array.reshape(ds.Rows, ds.Columns)
    if ds.get("PlanarConfiguration") == 1:
        return array.reshape(3, ds.Rows, ds.Columns).transpose(1, 2, 0)
    return array.reshape(ds.Rows, ds.Columns, 3)
