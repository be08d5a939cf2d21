"""What the checks of pixels ask of an archive over HTTP."""
import urllib.error
import urllib.request


def http(method, url, body=None, headers=None):
    """Returns the status, the headers and the body of the answer, whatever the status is."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def store(url, file):
    """Stores a Part 10 file (PS3.18 10.5), and returns what http() does. The url ends with /studies."""
    body = b"--b\r\nContent-Type: application/dicom\r\n\r\n" + file + b"\r\n--b--\r\n"
    kind = 'multipart/related; type="application/dicom"; boundary=b'
    return http("POST", url, body, {"Content-Type": kind, "Accept": "application/dicom+json"})


def why_not_to_store(base):
    """Files of a check must not stand among patients' images. None: the archive says that it is empty."""
    status, _, body = http("GET", f"{base}/studies?limit=1", None, {"Accept": "application/dicom+json"})
    if status == 204 or (status == 200 and body.strip() == b"[]"):
        return None
    return f"The archive at {base} is not empty, or does not say so ({status}). This check stores in an empty one only."
