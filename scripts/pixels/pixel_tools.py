"""Encoders and decoders that are not the archive's, and the folder where they find their files."""
import os
import subprocess
import tempfile

FOLDER = tempfile.mkdtemp()


def path(name):
    return os.path.join(FOLDER, name)


def tool(*command):
    """Raises ValueError with what the program has printed, when it fails."""
    done = subprocess.run(command, capture_output=True, timeout=120)
    if done.returncode != 0:
        raise ValueError(f"{command[0]}: {(done.stderr or done.stdout)[-200:]!r}")
