"""Compares the metadata, the bulk data and the converted instances that the archive serves with what went in."""
import io
import json

import numpy as np
import pydicom

from archive_http import http
from pixel_chance.differences import differs
from pixel_chance.syntaxes import EBE, ELE, HTJ2K, J2K, JPEG_LS, LOSSLESS, RLE
from pixel_tools import path, tool

def check_metadata(kind, url, said):
    status, _, body = http("GET", f"{url}/metadata", headers={"Accept": "application/dicom+json"})
    if status != 200:
        yield f"metadata {status}"
        return
    told = json.loads(body)[0]
    for name in ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PlanarConfiguration", "PhotometricInterpretation"):
        if name in said and told.get(f"{said[name].tag:08X}".upper(), {}).get("Value") != [said[name].value]:
            yield f"metadata {name} {told.get(f'{said[name].tag:08X}'.upper())}"
    for tag, element in told.items():
        if "BulkDataURI" not in element or tag == "7FE00010" and kind.table:
            continue
        status, headers, value = http("GET", element["BulkDataURI"], headers={"Accept": "application/octet-stream"})
        wanted = said[int(tag, 16)].value
        if isinstance(wanted, (list, tuple)):
            continue
        if kind.compression == EBE and element["vr"] in ("OW", "OF", "OD", "OV"):
            size = {"OW": kind.allocated // 8 if tag == "7FE00010" and kind.allocated > 8 else 2, "OF": 4, "OD": 8, "OV": 8}[element["vr"]]
            wanted = np.frombuffer(wanted, f">u{size}").astype(f"<u{size}").tobytes()
        if status != 200 or value != wanted:
            yield f"bulk data {tag} {status}, {len(value)} bytes of {len(wanted)}"


DECODERS = {JPEG_LS: ["dcmdjpls"], LOSSLESS: ["dcmdjpeg"], RLE: ["dcmdrle"]}


def gdcm_reads(kind, syntax):
    """gdcmconv moves samples whose high bit is another, takes unused bits for stored ones, and fails at some palettes and at some of RLE that DCMTK reads."""
    if syntax == HTJ2K or kind.sort == "palette" or kind.high != kind.stored - 1 or kind.dirty:
        return False
    return syntax != RLE or (kind.stored >= 8 and not (kind.count == 3 and kind.allocated == 16))


def check_instances(kind, url):
    status, _, file = http("GET", url, headers={"Accept": f"application/dicom; transfer-syntax={ELE}"})
    if status != 200:
        yield f"instance {status} {file[:150]}"
    else:
        yield from differs(kind, pydicom.dcmread(io.BytesIO(file)), "instance in ELE")
    if kind.sort in ("bits", "float", "wide") or kind.stored < 2 or kind.photometric.startswith("YBR"):
        return
    for syntax in (JPEG_LS, HTJ2K, RLE, LOSSLESS, J2K):
        status, _, file = http("GET", url, headers={"Accept": f"application/dicom; transfer-syntax={syntax}"})
        if status == 406:
            continue
        if status != 200:
            yield f"instance in {syntax} {status} {file[:150]}"
            continue
        with open(path("got.dcm"), "wb") as out:
            out.write(file)
        if pydicom.dcmread(io.BytesIO(file)).file_meta.TransferSyntaxUID != syntax:
            yield f"instance in another syntax than {syntax}"
        # A file that is sent as it was stored is not the archive's; some readers do not join fragments.
        if syntax == kind.compression:
            continue
        for name, command in (("dcmtk", DECODERS.get(syntax)), ("gdcm", ["gdcmconv", "--raw"] if gdcm_reads(kind, syntax) else None)):
            if command is None:
                continue
            try:
                tool(*command, path("got.dcm"), path("raw.dcm"))
            except ValueError as error:
                yield f"instance in {syntax}: {name} cannot read it: {str(error)[:120]}"
                continue
            yield from differs(kind, pydicom.dcmread(path("raw.dcm"), force=True), f"instance in {syntax} read by {name}")
