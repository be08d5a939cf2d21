"""Every kind of image that PS3.5 8.2 allows, and how it is made."""
from pixel_kinds.encoders import deflated
from pixel_kinds.instance import BIG_ENDIAN, ELE, JPEG
from pixel_kinds.makers import of_cjpeg, of_dcmtk, of_fragment, of_native, of_openjpeg, of_openjph
from pixel_kinds.samples import COLOURS

GREYS = ["MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"]
ALL, EIGHT, DEEP = set(range(7)), {1}, {1, 3, 5}


def bits_of(photometric, most):
    """Depths that PS3.5 8.2 and the Image Pixel Module leave open for a photometric interpretation."""
    if photometric == "PALETTE COLOR":
        return most & {1, 5}
    return most if photometric.startswith("MONO") else most & DEEP


def kinds():
    """[compression, photometric, planar, sampling, transform, encoder, decoder, depths, maker]"""
    for name, syntax in (("Explicit VR Little Endian", ELE), ("Explicit VR Big Endian", BIG_ENDIAN)):
        for photometric in GREYS + ["RGB", "YBR_FULL"]:
            for planar in (0, 1) if photometric in COLOURS else ("",):
                yield (name, photometric, planar, "", "", "NumPy", "NumPy", bits_of(photometric, ALL),
                       lambda d, s=syntax, p=photometric, l=planar: of_native(s, p, l or 0, d))
        yield (name, "YBR_FULL_422", 0, "4:2:2", "", "NumPy", "NumPy", EIGHT,
               lambda d, s=syntax: of_native(s, "YBR_FULL_422", 0, d))
    for name, syntax, pack in (("Encapsulated Uncompressed .98", "1.2.840.10008.1.2.1.98", bytes),
                               ("Deflated Image Frame .8.1", "1.2.840.10008.1.2.8.1", deflated)):
        for photometric in GREYS + ["RGB", "YBR_FULL", "YBR_FULL_422"]:
            for planar in (0, 1) if photometric in ("RGB", "YBR_FULL") else (0,) if photometric in COLOURS else ("",):
                depths = EIGHT if photometric == "YBR_FULL_422" else bits_of(photometric, ALL)
                yield (name, photometric, planar, "4:2:2" if photometric == "YBR_FULL_422" else "", "", "zlib", "NumPy", depths,
                       lambda d, s=syntax, p=photometric, l=planar, k=pack: of_fragment(s, p, l or 0, d, k))
    for photometric in GREYS + ["RGB", "YBR_FULL"]:
        for planar in (0, 1) if photometric in COLOURS else ("",):
            for name, command, decoder, most in (
                ("RLE .5", ["dcmcrle"], ["dcmdrle"], ALL - {0}),
                ("JPEG lossless .57, predictor 4", ["dcmcjpeg", "+el", "+sv", "4", "+cn"], ["dcmdjpeg", "+cn"], ALL - {0}),
                ("JPEG lossless .70", ["dcmcjpeg", "+e1", "+cn"], ["dcmdjpeg", "+cn"], ALL - {0}),
                ("JPEG-LS .80, by line", ["dcmcjpls", "+el", "+il"], ["dcmdjpls"], ALL - {0}),
                ("JPEG-LS .80, by sample", ["dcmcjpls", "+el", "+is"], ["dcmdjpls"], ALL - {0}),
                ("JPEG-LS .80, planes", ["dcmcjpls", "+el", "+in"], ["gdcmconv", "--raw"], ALL - {0}),
                # DCMTK makes none of signed samples.
                ("JPEG-LS .81, NEAR 2", ["dcmcjpls", "+en", "+md", "2"], ["dcmdjpls"], {1, 3, 5}),
            ):
                if photometric not in COLOURS and name.endswith(("sample", "planes")):
                    continue
                if name.endswith("NEAR 2") and photometric == "PALETTE COLOR":
                    continue
                yield (name, photometric, planar, "", "none" if photometric in COLOURS else "", command[0], decoder[0],
                       bits_of(photometric, most),
                       lambda d, c=command, o=decoder, p=photometric, l=planar, n=name: of_dcmtk(c, o, p, l or 0, d, "NEAR" not in n))
    for photometric, sampling, transform, arguments in (
        ("MONOCHROME1", "", "", ["-grayscale"]), ("MONOCHROME2", "", "", ["-grayscale"]),
        ("MONOCHROME2", "", "progressive", ["-grayscale", "-progressive"]),
        ("YBR_FULL_422", "4:2:2", "YCbCr", ["-sample", "2x1"]), ("YBR_FULL_422", "4:2:0", "YCbCr", ["-sample", "2x2"]),
        ("YBR_FULL_422", "4:4:4", "YCbCr", ["-sample", "1x1"]), ("YBR_FULL", "4:4:4", "YCbCr", ["-sample", "1x1"]),
        ("YBR_FULL_422", "4:2:2", "YCbCr, progressive", ["-sample", "2x1", "-progressive"]),
        ("RGB", "4:4:4", "none", ["-rgb"]), ("RGB", "4:2:0", "YCbCr", ["-sample", "2x2"]), ("YBR_FULL_422", "4:4:4", "none", ["-rgb"]),
    ):
        yield ("JPEG baseline .50", photometric, 0 if photometric in COLOURS else "", sampling, transform, "cjpeg", "djpeg", EIGHT,
               lambda d, p=photometric, a=arguments: of_cjpeg(p, a, d))
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        yield ("JPEG extended .51", photometric, "", "", "", "dcmcjpeg", "dcmdjpeg", {1, 3},
               lambda d, p=photometric: of_dcmtk(["dcmcjpeg", "+ee", "+cn"], ["dcmdjpeg", "+cn"], p, 0, d, False))
    for photometric, sampling, transform, arguments in (
        ("YBR_FULL", "4:4:4", "YCbCr", ["+s4"]), ("YBR_FULL_422", "4:2:2", "YCbCr", ["+s2"]), ("RGB", "4:4:4", "none", ["+cr"]),
    ):
        yield ("JPEG extended .51", photometric, 0, sampling, transform, "dcmcjpeg", "dcmdjpeg", {1, 3},
               lambda d, a=arguments: of_dcmtk(["dcmcjpeg", "+ee", *a], ["dcmdjpeg"], "RGB", 0, d, False))
    for family, syntax, maker, encoder, decoder, plain in (
        ("JPEG 2000", (f"{JPEG}90", f"{JPEG}91"), of_openjpeg, "opj_compress", "opj_decompress", ["-mct", "0"]),
        ("HTJ2K", (f"{JPEG}201", f"{JPEG}203"), of_openjph, "ojph_compress", "ojph_expand", ["-reversible", "true", "-colour_trans", "false"]),
    ):
        ht = family == "HTJ2K"
        lossy = ["-reversible", "false", "-qstep", "0.001", "-colour_trans"] if ht else ["-I", "-r", "3", "-mct"]
        mct = ["-reversible", "true", "-colour_trans", "true"] if ht else ["-mct", "1"]
        progressive = ["-prog_order", "RPCL"]
        one = [] if not ht else ["-reversible", "true"]
        rows = [(f"{family} reversible", p, "", "", one, (1, 1), bits_of(p, ALL), True) for p in GREYS]
        rows += [(f"{family} irreversible", p, "", "", lossy[:-1], (1, 1), bits_of(p, ALL - {0}), False) for p in GREYS[:2]]
        if ht:
            rows += [("HTJ2K RPCL .202", "MONOCHROME2", "", "", one + progressive, (1, 1), ALL, True),
                     ("HTJ2K RPCL .202", "YBR_RCT", "4:4:4", "RCT", mct + progressive, (1, 1), DEEP, True),
                     ("HTJ2K RPCL .202", "RGB", "4:4:4", "none", plain + progressive, (1, 1), DEEP, True)]
        rows += [
            (f"{family} reversible", "YBR_RCT", "4:4:4", "RCT", mct, (1, 1), DEEP, True),
            (f"{family} reversible", "RGB", "4:4:4", "none", plain, (1, 1), DEEP, True),
            (f"{family} reversible", "YBR_FULL", "4:4:4", "none", plain, (1, 1), DEEP, True),
            (f"{family} reversible", "YBR_FULL_422", "4:4:4", "none", plain, (1, 1), EIGHT, True),
            (f"{family} reversible", "YBR_FULL_422", "4:2:2", "none", plain[:2], (2, 1), DEEP, True),
            (f"{family} reversible", "YBR_FULL_422", "4:2:0", "none", plain[:2], (2, 2), DEEP, True),
            (f"{family} irreversible", "YBR_ICT", "4:4:4", "ICT", lossy + ["true" if ht else "1"], (1, 1), DEEP, False),
            (f"{family} irreversible", "RGB", "4:4:4", "none", lossy + ["false" if ht else "0"], (1, 1), DEEP, False),
        ]
        for name, photometric, sampling, transform, arguments, rate, depths, exact in rows:
            uid = f"{JPEG}202" if ".202" in name else syntax[0 if exact else 1]
            yield (name, photometric, 0 if photometric in COLOURS else "", sampling, transform, encoder, decoder, depths,
                   lambda d, m=maker, u=uid, p=photometric, a=arguments, r=rate, e=exact: m(u, p, a, r, d, e))
