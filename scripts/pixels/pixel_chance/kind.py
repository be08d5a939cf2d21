"""An image that chance draws, with its numbers."""
import random

import numpy as np

from pixel_chance.syntaxes import DEFLATED, EBE, ELE, FRAMES_DEFLATED, ILE, J2K, JPEG_LS, LOSSLESS, NATIVE, RLE


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
        if self.sort == "grey" and self.compression in NATIVE:
            self.high = self.rng.randint(self.stored - 1, self.allocated - 1)
            self.dirty = self.stored < self.allocated and self.rng.random() < 0.5
            self.overlay = self.dirty and self.rng.random() < 0.5
        self.noise = np_rng.integers(0, 1 << min(self.allocated, 32), shape, dtype=np.int64)
        self.table = pick(["none", "right", "extended", "wrong", "short"]) if self.compression not in NATIVE else ""
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
