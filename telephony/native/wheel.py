"""The built module as a wheel, and the wheel in an environment."""

import base64
import hashlib
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from pathlib import Path

from telephony.library import DISTRIBUTION, FACTS
from telephony.native.errors import BuildFailed

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""One date for all files, so that the same build gives the same bytes."""
_METADATA = """\
Metadata-Version: 2.1
Name: {name}
Version: {version}
Summary: PJSIP's Python binding, compiled here for collection-voicebot
License: GPL-2.0-or-later
"""
_WHEEL = """\
Wheel-Version: 1.0
Generator: telephony.native
Root-Is-Purelib: false
Tag: {tag}
"""
_PROOF = """
import json, pjsua2
endpoint = pjsua2.Endpoint()
endpoint.libCreate()
print(json.dumps([endpoint.libVersion().full, pjsua2.VOICEBOT_MAX_CALLS]))
endpoint.libDestroy()
"""


def tag() -> str:
    """Return for which Python and system a wheel made here is."""
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    return f"{python}-{python}{sys.abiflags}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def wheel_name(version: str) -> str:
    """Return the file name of a version's wheel for this Python."""
    return f"{DISTRIBUTION.replace('-', '_')}-{version}-{tag()}.whl"


def write_wheel(folder: Path, version: str, files: Mapping[str, Path], facts: str) -> Path:
    """Write a wheel in one move.

    Args:
        folder: where it goes.
        version: of the distribution.
        files: what it installs: name in the wheel -> file here.
        facts: what `telephony.library` shall know of it, as JSON.
    """
    information = f"{DISTRIBUTION.replace('-', '_')}-{version}.dist-info"
    contents = {name: path.read_bytes() for name, path in files.items()}
    contents[f"{information}/{FACTS}"] = facts.encode()
    contents[f"{information}/METADATA"] = _METADATA.format(name=DISTRIBUTION, version=version).encode()
    contents[f"{information}/WHEEL"] = _WHEEL.format(tag=tag()).encode()
    record = "".join(f"{name},{_digest(content)},{len(content)}\n" for name, content in contents.items())
    contents[f"{information}/RECORD"] = f"{record}{information}/RECORD,,\n".encode()
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / wheel_name(version)
    part = wheel.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            archive.writestr(entry, content)
    part.replace(wheel)
    return wheel


def _digest(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def install(wheel: Path, target: Path | None = None) -> None:
    """Install a wheel into this Python's environment, in place of whatever version is there.

    Args:
        wheel: the file.
        target: a folder to put it into instead, for PYTHONPATH.

    Raises:
        BuildFailed: pip refused.
    """
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-index", "--no-deps"]
    where = ["--upgrade", "--target", str(target)] if target else ["--force-reinstall"]
    done = subprocess.run([*pip, *where, str(wheel)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise BuildFailed(f"{wheel.name} cannot be installed:\n{done.stderr.strip()}")


def check(version: str, target: Path | None = None) -> None:
    """Load the installed module in a process of its own and start its endpoint.

    Args:
        version: of the distribution that should be there.
        target: the folder that it was put into, if not this Python's environment.

    Raises:
        BuildFailed: another library is found, or it does not start; the message says why.
    """
    before = f"import sys; sys.path.insert(0, {str(target)!r})\n" if target else ""
    command = [sys.executable, "-c", before + _PROOF]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, cwd="/")
    expected = f'["{version.partition("+")[0]}", {version.rpartition(".")[2]}]'
    if done.returncode or expected not in done.stdout:
        raise BuildFailed(f"pjsua2 {version} does not load:\n{(done.stderr or done.stdout).strip()[-1500:]}")
