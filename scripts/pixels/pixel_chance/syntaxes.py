"""The transfer syntaxes of images that chance makes."""
from pydicom._uid_dict import UID_dictionary

UID_dictionary.setdefault("1.2.840.10008.1.2.8.1", ("1.2.840.10008.1.2.8.1", "Transfer Syntax", "", "", ""))
ELE, ILE, EBE, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
NATIVE = (ELE, ILE, EBE, DEFLATED)
RLE, JPEG = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4."
LOSSLESS, JPEG_LS, J2K, HTJ2K, FRAMES_DEFLATED = JPEG + "70", JPEG + "80", JPEG + "90", JPEG + "201", "1.2.840.10008.1.2.8.1"
