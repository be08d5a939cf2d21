"""Compares the frames that the archive serves with those that went in."""
import re

from archive_http import http
from pixel_chance.differences import same
from pixel_chance.syntaxes import ELE, NATIVE


def parts_of(headers, body):
    boundary = re.search(r'boundary="?([^";]+)"?', headers["Content-Type"]).group(1).encode()
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    return [piece.split(b"\r\n\r\n", 1)[1] for piece in pieces[1:-1]]


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
            elif kind.compression in NATIVE and part != kind.expected_octets(number):
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
