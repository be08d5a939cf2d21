"""Compares the pixels of every kind of image that PS3.5 8.2 allows with what other people's decoders make of them.

usage: npm run check:pixel-kinds -- --base URL

Makes a small image for each compression, photometric interpretation, planar configuration, number of bits, sampling of
chrominance and component transform, by encoders that are not the archive's (cjpeg, DCMTK, OpenJPEG, OpenJPH, NumPy);
decodes it by their decoders; stores it in the archive at URL (its origin, DUPLICATES=replace) and compares the frame as
octets, the instance converted to Explicit VR Little Endian as its own attributes describe it, and for colours the rendered
picture. Prints a table in Markdown: the largest difference of the three, or the status of what is refused. It needs
pydicom, NumPy and Pillow for Python, dcmtk, libjpeg-turbo-progs, libopenjp2-tools and openjph-tools.
"""
import argparse
import sys
import warnings

from archive_http import why_not_to_store
from pixel_kinds.comparison import compared
from pixel_kinds.kinds import kinds

warnings.simplefilter("ignore")
DEPTHS = [(1, 1, 0), (8, 8, 0), (8, 8, 1), (16, 12, 0), (16, 12, 1), (16, 16, 0), (16, 16, 1)]
NAMES = ["1", "8", "8 signed", "12", "12 signed", "16", "16 signed"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", required=True)
    parser.add_argument("--match", default="")
    options = parser.parse_args()
    base = options.base.rstrip("/")
    refusal = why_not_to_store(f"{base}/dicomweb")
    if refusal is not None:
        sys.exit(refusal)
    counts = {"made": 0, "exact": 0, "near": 0, "refused": 0, "wrong": 0}
    print("| Compression | Photometric | Planar | Sampling | Transform | Made by | Decoded by | " + " | ".join(NAMES) + " |")
    print("|" + "---|" * (7 + len(NAMES)))
    for name, photometric, planar, sampling, transform, encoder, decoder, depths, maker in kinds():
        if options.match not in f"{name} {photometric}":
            continue
        found = []
        for index, depth in enumerate(DEPTHS):
            if index not in depths:
                found.append("")
                continue
            try:
                made = maker(depth)
            except Exception as error:
                found.append("not made")
                print(f"{name} {photometric} {NAMES[index]}: {error}", file=sys.stderr)
                continue
            result = compared(base, *made)
            counts["made"] += 1
            near = isinstance(result, int) and result <= max(2, 2 ** (depth[1] - 7))
            key = "exact" if result == 0 else "near" if near else "refused" if str(result).isdigit() and not isinstance(result, int) else "wrong"
            counts[key] += 1
            found.append(str(result) if key != "wrong" else f"**{result}**")
        cells = [name, photometric, str(planar), sampling, transform, encoder, decoder, *found]
        print("| " + " | ".join(cells) + " |")
        sys.stdout.flush()
    print()
    print(", ".join(f"{number} {key}" for key, number in counts.items()))


main()
