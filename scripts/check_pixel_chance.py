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
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import warnings
import zlib

import numpy as np
import pydicom
from PIL import Image
from pydicom._uid_dict import UID_dictionary
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid

from archive_http import http, why_not_to_store

warnings.simplefilter("ignore")
UID_dictionary.setdefault("1.2.840.10008.1.2.8.1", ("1.2.840.10008.1.2.8.1", "Transfer Syntax", "", "", ""))
ELE, ILE, EBE, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
RLE, JPEG = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4."
LOSSLESS, JPEG_LS, J2K, HTJ2K, FRAMES_DEFLATED = JPEG + "70", JPEG + "80", JPEG + "90", JPEG + "201", "1.2.840.10008.1.2.8.1"
FOLDER = tempfile.mkdtemp()


def path(name):
    return os.path.join(FOLDER, name)


class Kind:
    """An image that chance draws: `samples` are its numbers (frames, rows, columns, samples), `raw` its cells."""

    def __init__(self, seed):
        self.seed, self.rng = seed, random.Random(seed)
        pick = self.rng.choice
        np_rng = np.random.default_rng(seed)
        self.sort = pick(["grey"] * 6 + ["colour"] * 2 + ["palette"] * 2 + ["bits", "float", "wide"])
        self.rows, self.columns = self.rng.randint(1, 21), self.rng.randint(1, 23)
        self.frames = pick([1, 1, 2, 3, 5])
        self.count, self.planar, self.signed, self.photometric = 1, 0, 0, pick(["MONOCHROME1", "MONOCHROME2"])
        self.overlay = False
        if self.sort == "grey":
            self.allocated = pick([8, 16, 16, 16])
            self.stored = self.rng.randint(1, self.allocated)
            self.signed = pick([0, 0, 1])
        elif self.sort == "wide":
            self.allocated, self.stored, self.signed = 32, pick([17, 24, 32]), pick([0, 1])
        elif self.sort == "bits":
            self.allocated, self.stored = 1, 1
        elif self.sort == "float":
            self.allocated = self.stored = pick([32, 64])
            self.photometric = "MONOCHROME2"
        elif self.sort == "palette":
            self.allocated = pick([8, 16])
            self.stored, self.photometric = self.allocated, "PALETTE COLOR"
        else:
            self.allocated = pick([8, 8, 16])
            self.stored, self.count, self.photometric = self.allocated, 3, pick(["RGB", "RGB", "YBR_FULL"])
            self.planar = pick([0, 1])
        self.high = self.stored - 1
        self.dirty = False
        shape = (self.frames, self.rows, self.columns, self.count)
        if self.sort == "float":
            self.samples = np_rng.normal(0, 1000, shape).astype("<f4" if self.allocated == 32 else "<f8")
        else:
            most = 1 << self.stored
            values = np_rng.integers(0, most, shape, dtype=np.int64)
            if self.rng.random() < 0.5:
                values = np.sort(values.reshape(self.frames, -1), 1).reshape(shape)
            self.samples = values - (most >> 1) if self.signed else values
        self.compression = self.draw_compression()
        if self.sort == "grey" and self.compression in (ELE, ILE, EBE, DEFLATED):
            self.high = self.rng.randint(self.stored - 1, self.allocated - 1)
            self.dirty = self.stored < self.allocated and self.rng.random() < 0.5
            self.overlay = self.dirty and self.rng.random() < 0.5
        self.noise = np_rng.integers(0, 1 << min(self.allocated, 32), shape, dtype=np.int64)
        self.table = pick(["none", "right", "extended", "wrong", "short"]) if self.compression not in (ELE, ILE, EBE, DEFLATED) else ""
        # An empty Basic Offset Table leaves the fragments of several frames to a guess.
        most_fragments = 3 if self.frames == 1 or self.table in ("right", "extended") else 1
        self.fragments = self.rng.randint(1, most_fragments) if self.table else 1
        if self.table == "extended" and self.fragments > 1:
            self.table = "right"
        # As slide scanners write tiles without data.
        is_numbered = self.table in ("right", "extended") and self.fragments == 1 and self.frames > 2
        self.empty = self.rng.randint(1, self.frames - 2) if is_numbered and self.rng.random() < 0.5 else None

    def draw_compression(self):
        native = [ELE, ELE, ILE, EBE, DEFLATED]
        if self.sort in ("bits", "float"):
            return self.rng.choice(native)
        if self.sort == "wide":
            return self.rng.choice(native + [RLE, RLE, FRAMES_DEFLATED])
        coded = [RLE, FRAMES_DEFLATED]
        if self.stored >= 2:
            coded += [JPEG_LS, LOSSLESS, J2K] if not self.photometric.startswith("YBR") else []
        return self.rng.choice(native + coded * 2)

    def __str__(self):
        return (f"seed {self.seed}: {self.sort} {self.frames}x{self.rows}x{self.columns}x{self.count} {self.photometric} planar {self.planar} "
                f"{self.stored} of {self.allocated} high {self.high} signed {self.signed} dirty {self.dirty} in {self.compression} {self.table} {self.fragments}"
                + (f" frame {self.empty + 1} empty" if self.empty is not None else ""))

    def cells(self, order="<"):
        """The cells of each frame as bytes; single bits for all frames together."""
        planes = self.samples.transpose(0, 3, 1, 2) if self.planar else self.samples
        if self.sort == "float":
            return [frame.astype(f"{order}f{self.allocated // 8}").tobytes() for frame in planes]
        mask = (1 << self.stored) - 1
        shift = self.high - self.stored + 1
        cells = (planes & mask) << shift
        if not self.dirty and self.signed:
            cells = (planes << shift) & ((1 << self.allocated) - 1)
        if self.dirty:
            noise = self.noise.transpose(0, 3, 1, 2) if self.planar else self.noise
            cells = cells | (noise & ~(mask << shift) & ((1 << self.allocated) - 1))
        return [frame.astype(f"{order}u{self.allocated // 8}").tobytes() for frame in cells]

    def expected_octets(self, number):
        """A frame in Explicit VR Little Endian, from 0."""
        if self.sort == "bits":
            return np.packbits(self.samples[number].astype("u1").ravel(), bitorder="little").tobytes()
        return self.cells()[number]

    def numbers(self, octets, planar=None, bits=None):
        """Samples of a frame in octets. @param bits stored, and the high bit, as a reader has written them"""
        stored, high = bits or (self.stored, self.high)
        shape = (self.rows, self.columns, self.count)
        size = self.rows * self.columns * self.count
        if self.sort == "bits":
            return np.unpackbits(np.frombuffer(octets, "u1"), bitorder="little")[:size].astype(np.int64).reshape(shape)
        if len(octets) != size * (self.allocated // 8):
            return None
        if self.sort == "float":
            return np.frombuffer(octets, f"<f{self.allocated // 8}").reshape(shape)
        cells = np.frombuffer(octets, f"<u{self.allocated // 8}").astype(np.int64)
        cells = (cells >> (high - stored + 1)) & ((1 << stored) - 1)
        if self.signed:
            cells = cells - ((cells >> (stored - 1)) << stored)
        if (self.planar if planar is None else planar) and self.count == 3:
            return cells.reshape(3, self.rows, self.columns).transpose(1, 2, 0)
        return cells.reshape(shape)


# Encoders that are not the archive's

def tool(*command):
    done = subprocess.run(command, capture_output=True, timeout=120)
    if done.returncode != 0:
        raise ValueError(f"{command[0]}: {(done.stderr or done.stdout)[-200:]!r}")


def rle_frame(kind, cells):
    """PS3.5 G: the most significant byte of each sample first."""
    size = kind.allocated // 8
    array = np.frombuffer(cells, "u1")
    planes = array.reshape(kind.count, -1, size) if kind.planar else array.reshape(-1, kind.count, size).transpose(1, 0, 2)
    segments = []
    for sample in planes:
        for byte in reversed(range(size)):
            rows = sample[:, byte].reshape(kind.rows, kind.columns)
            data = b"".join(packed_bits(row.tobytes()) for row in rows)
            segments.append(data + bytes(len(data) % 2))
    offsets, at = [], 64
    for segment in segments:
        offsets.append(at)
        at += len(segment)
    return struct.pack("<16L", len(segments), *offsets, *[0] * (15 - len(offsets))) + b"".join(segments)


def packed_bits(row):
    out, at = b"", 0
    while at < len(row):
        run = 1
        while at + run < len(row) and run < 128 and row[at + run] == row[at]:
            run += 1
        if run > 1:
            out += bytes([257 - run, row[at]])
            at += run
            continue
        end = at + 1
        while end < len(row) and end - at < 128 and (end + 1 >= len(row) or row[end] != row[end + 1]):
            end += 1
        out += bytes([end - at - 1]) + row[at:end]
        at = end
    return out


def by_dcmtk(kind, *command):
    native = instance_of(kind, ELE, b"".join(kind.cells()))
    with open(path("native.dcm"), "wb") as file:
        file.write(native)
    tool(*command, path("native.dcm"), path("coded.dcm"))
    coded = pydicom.dcmread(path("coded.dcm"))
    return [frame for frame in pydicom.encaps.generate_pixel_data_frame(coded.PixelData, kind.frames)], coded


def by_openjpeg(kind, number):
    bits, signed = kind.stored, kind.signed
    with open(path("in.rawl"), "wb") as file:
        for k in range(kind.count):
            file.write(kind.samples[number, :, :, k].astype(("<i" if signed else "<u") + ("2" if bits > 8 else "1")).tobytes())
    dims = f"{kind.columns},{kind.rows},{kind.count},{bits},{'s' if signed else 'u'}" + ("@1x1:1x1:1x1" if kind.count == 3 else "")
    tool("opj_compress", "-i", path("in.rawl"), "-o", path("x.j2k"), "-F", dims, "-n", "1", "-mct", "0")
    with open(path("x.j2k"), "rb") as file:
        return file.read()


def encoded(kind):
    """The code stream of each frame; what the encoder says of planes."""
    if kind.compression == RLE:
        return [rle_frame(kind, cells) for cells in kind.cells()]
    if kind.compression == FRAMES_DEFLATED:
        frames = []
        for cells in kind.cells():
            packer = zlib.compressobj(wbits=-15)
            frames.append(packer.compress(cells) + packer.flush())
        return frames
    if kind.compression == J2K:
        return [by_openjpeg(kind, number) for number in range(kind.frames)]
    command = ["dcmcjpls", "+el", "+il"] if kind.compression == JPEG_LS else ["dcmcjpeg", "+e1", "+cn"]
    frames, coded = by_dcmtk(kind, *command)
    kind.planar = int(coded.get("PlanarConfiguration", 0) or 0)
    tool("dcmdjpls" if kind.compression == JPEG_LS else "dcmdjpeg", path("coded.dcm"), path("back.dcm"))
    if any(differs(kind, pydicom.dcmread(path("back.dcm")), "")):
        # DCMTK's JPEG lossless of colours with 16 bits.
        raise ValueError(f"{command[0]} does not give back what it was given")
    return frames


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


# Files

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
    native = syntax in (ELE, ILE, EBE, DEFLATED)
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


# The comparison

def parts_of(headers, body):
    boundary = re.search(r'boundary="?([^";]+)"?', headers["Content-Type"]).group(1).encode()
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    return [piece.split(b"\r\n\r\n", 1)[1] for piece in pieces[1:-1]]


def same(one, other):
    return one is not None and one.shape == other.shape and bool(np.array_equal(one, other))


def check(kind, base):
    """Yields what differs."""
    coded = kind.compression not in (ELE, ILE, EBE, DEFLATED)
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
    body = b"--b\r\nContent-Type: application/dicom\r\n\r\n" + file + b"\r\n--b--\r\n"
    headers = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=b', "Accept": "application/dicom+json"}
    status, _, answer = http("POST", f"{base}/dicomweb/studies", body, headers)
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


def check_frames(kind, url, streams):
    octets = f'multipart/related; type="application/octet-stream"; transfer-syntax={ELE}'
    numbers = ",".join(str(number + 1) for number in range(kind.frames))
    status, headers, body = http("GET", f"{url}/frames/{numbers}", headers={"Accept": octets})
    if status != 200:
        yield f"frames {status} {body[:150]}"
    else:
        got = parts_of(headers, body)
        for number, part in enumerate(got):
            if not same(kind.numbers(part), kind.samples[number]):
                yield f"frame {number + 1} of {len(got)} as octets differs"
            elif kind.compression in (ELE, ILE, EBE, DEFLATED) and part != kind.expected_octets(number):
                yield f"frame {number + 1}: unused bits differ"
        if len(got) != kind.frames:
            yield f"{len(got)} frames of {kind.frames}"
    if streams is None:
        return
    status, headers, body = http("GET", f"{url}/frames/{numbers}", headers={"Accept": 'multipart/related; type="*/*"; transfer-syntax=*'})
    got = parts_of(headers, body) if status == 200 else []
    if [part.rstrip(b"\0") for part in got] != [stream.rstrip(b"\0") for stream in streams]:
        yield f"frames as stored {status}: {[len(part) for part in got]} for {[len(stream) for stream in streams]}"


def check_empty(kind, url, streams):
    """The other frames are as they were; nothing is a failure of the server."""
    for number in range(kind.frames):
        status, _, octets = http("GET", f"{url}/frames/{number + 1}", headers={"Accept": f"application/octet-stream; transfer-syntax={ELE}"})
        if number != kind.empty and (status != 200 or not same(kind.numbers(octets), kind.samples[number])):
            yield f"frame {number + 1} as octets {status}"
        if number == kind.empty and status >= 500:
            yield f"the empty frame as octets {status}"
        status, headers, body = http("GET", f"{url}/frames/{number + 1}", headers={"Accept": "*/*; transfer-syntax=*"})
        [stored] = parts_of(headers, body) if status == 200 else [body]
        if status >= 500 or (status == 200 and stored.rstrip(b"\0") != streams[number].rstrip(b"\0")):
            yield f"frame {number + 1} as stored {status}, {len(stored)} bytes"
        status, _, _ = http("GET", f"{url}/frames/{number + 1}/rendered", headers={"Accept": "image/png"})
        if status >= 500:
            yield f"rendered frame {number + 1} {status}"
    for accept in (f"application/dicom; transfer-syntax={ELE}", f'multipart/related; type="application/octet-stream"; transfer-syntax={ELE}'):
        status, _, _ = http("GET", url if "dicom" in accept else f"{url}/frames/1,{kind.empty + 1}", headers={"Accept": accept})
        if status >= 500:
            yield f"{accept} {status}"


DECODERS = {JPEG_LS: ["dcmdjpls"], LOSSLESS: ["dcmdjpeg"], RLE: ["dcmdrle"]}


def gdcm_reads(kind, syntax):
    """gdcmconv moves samples whose high bit is another, takes unused bits for stored ones, and fails at some palettes and at some of RLE that DCMTK reads."""
    if syntax == HTJ2K or kind.sort == "palette" or kind.high != kind.stored - 1 or kind.dirty:
        return False
    return syntax != RLE or (kind.stored >= 8 and not (kind.count == 3 and kind.allocated == 16))


def pixels_in(ds):
    for tag in (0x7FE00010, 0x7FE00008, 0x7FE00009):
        if tag in ds:
            return ds[tag].value
    return b""


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


def differs(kind, ds, what):
    data = pixels_in(ds)
    planar = int(ds.get("PlanarConfiguration", 0) or 0)
    bits = (ds.BitsStored, ds.HighBit) if "HighBit" in ds else None
    size = kind.rows * kind.columns * kind.count * (kind.allocated // 8)
    for number in range(kind.frames):
        if kind.sort == "bits":
            all_bits = np.unpackbits(np.frombuffer(data, "u1"), bitorder="little")
            each = kind.rows * kind.columns
            one = all_bits[number * each:(number + 1) * each].astype(np.int64)
            right = one.size == each and bool(np.array_equal(one, kind.samples[number].ravel()))
        else:
            right = same(kind.numbers(data[number * size:(number + 1) * size], planar, bits), kind.samples[number])
        if not right:
            yield f"{what}: frame {number + 1} differs"


def check_rendered(kind, url):
    low, high = int(kind.samples.min()), int(kind.samples.max())
    centre, width = (low + high) / 2 + kind.rng.randint(-3, 3), max(2, (high - low) * kind.rng.choice([0.3, 0.7, 1, 2]))
    grey = kind.photometric.startswith("MONO")
    query = f"?window={centre},{width},linear" if grey else ""
    number = kind.rng.randrange(kind.frames)
    status, _, body = http("GET", f"{url}/frames/{number + 1}/rendered{query}", headers={"Accept": "image/png"})
    if status != 200:
        yield f"rendered {status} {body[:150]}"
        return
    picture = np.asarray(Image.open(io.BytesIO(body)).convert("RGB" if not grey else "L")).astype(float)
    x = kind.samples[number].astype(float)
    if grey:
        # PS3.3 C.11.2.1.2.1.
        y = np.clip(((x[..., 0] - (centre - 0.5)) / (width - 1) + 0.5) * 255, 0, 255)
        right = 255 - y if kind.photometric == "MONOCHROME1" else y
    elif kind.sort == "palette":
        index = np.clip(x[..., 0].astype(int) - kind.first, 0, len(kind.palette[0]) - 1)
        right = np.stack([lut[index] for lut in kind.palette], 2)
    elif kind.photometric == "RGB":
        right = x / ((1 << kind.stored) - 1) * 255
    else:
        most = (1 << kind.stored) - 1
        half = (most + 1) / 2
        r = x[..., 0] + 1.402 * (x[..., 2] - half)
        g = x[..., 0] - 0.344136 * (x[..., 1] - half) - 0.714136 * (x[..., 2] - half)
        b = x[..., 0] + 1.772 * (x[..., 1] - half)
        right = np.clip(np.stack([r, g, b], 2), 0, most) / most * 255
    off = np.abs(picture - right) if picture.shape == right.shape else None
    if off is not None and kind.overlay:
        # Its pixels are shown in white or in black.
        free = next(bit for bit in range(kind.allocated) if bit > kind.high or bit < kind.high - kind.stored + 1)
        shown = ((kind.noise[number, ..., 0] >> free) & 1).astype(bool)
        if not np.isin(picture[shown], (0, 255)).all():
            yield "overlay is not shown"
        off[shown] = 0
    worst = None if off is None else float(off.max(initial=0))
    # A conversion of colours may round more than once.
    if worst is None or worst > (3 if kind.photometric == "YBR_FULL" else 1.51):
        yield f"rendered differs by {worst} {picture.shape} {query}"


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
