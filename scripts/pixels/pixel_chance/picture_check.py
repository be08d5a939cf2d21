"""Compares a rendered picture with what the standard says of the samples that went in."""
import io

import numpy as np
from PIL import Image

from archive_http import http


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
