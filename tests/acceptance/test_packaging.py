"""What is installed: from a wheel, editable, and with which other distributions."""

import base64
import hashlib
import importlib.metadata
import importlib.util
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

DISTRIBUTION = "collection-voicebot"
TOP_LEVEL = {"engine", "telephony", "asr", "tts", "dialogs", "analytics", "config"}


class Installed(Protocol):
    """The fixture's value."""

    wheel: Path
    prefix: Path
    work: Path

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]: ...


def test_the_wheel_holds_our_packages_and_nothing_else(installed: Installed, root: Path) -> None:
    """Code and data of the seven packages are in the wheel; tests, benchmarks and build leftovers are not."""
    with zipfile.ZipFile(installed.wheel) as wheel:
        files = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert {name.split("/")[0] for name in files} == TOP_LEVEL
    kinds = {
        ".py",
        ".typed",
        ".html",
        ".css",
        ".js",
        ".svg",
        ".yaml",
        ".toml",
        ".mako",
        ".ini",
        ".wav",
        ".h",
        ".hpp",
        ".cpp",
        ".i",
        ".patch",
    }
    wanted = {
        str(path.relative_to(root))
        for name in TOP_LEVEL
        for path in (root / name).rglob("*")
        if (path.suffix in kinds or path.name == "py.typed") and path.parent != root / "config" / "deploy"
    }
    assert wanted - files == set()


def test_the_command_explains_itself_outside_the_source_tree(installed: Installed) -> None:
    """`voicebot --help` works from the wheel."""
    done = installed.run("voicebot", "--help")
    assert done.returncode == 0, done.stderr
    assert "voicebot doctor" in done.stdout


def test_the_wheel_is_what_runs(installed: Installed) -> None:
    """Each package comes from the fresh environment, not from this checkout."""
    names = sorted(TOP_LEVEL)
    code = f"import importlib; [print(importlib.import_module(name).__file__) for name in {names}]"
    done = installed.run("python", "-c", code)
    assert done.returncode == 0, done.stderr
    assert [line.startswith(str(installed.prefix)) for line in done.stdout.splitlines()] == [True] * len(names)


def test_doctor_answers_in_json_from_the_wheel(installed: Installed) -> None:
    """`voicebot doctor --json` finds what a call needs, and makes no file by looking."""
    done = installed.run("voicebot", "doctor", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["ok"]) == (0, True), report
    assert report["sip.version"]
    assert report["sip.channels"] >= 3
    assert not list(installed.work.iterdir())


def test_packaged_data_load_from_the_wheel(installed: Installed) -> None:
    """The shipped scenarios, the models' catalogue, the apology and the migrations are found there."""
    code = """
from asr.catalogue import catalogue
from dialogs.loader import load_scenario, shipped_scenarios
from engine.audio import read_wav
from engine.store.migrations import revisions
from telephony.settings import WorkerSettings

assert [load_scenario(name).name for name in shipped_scenarios()]
assert catalogue() and revisions() and len(read_wav(WorkerSettings().apology)[0])
"""
    done = installed.run("python", "-c", code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("where", ["here", "wheel"])
def test_each_top_level_name_is_ours_alone(where: str, installed: Installed) -> None:
    """No other distribution installs a package of one of our names."""
    if where == "here":
        owners = importlib.metadata.packages_distributions()
    else:
        code = "import importlib.metadata, json; print(json.dumps(importlib.metadata.packages_distributions()))"
        owners = json.loads(installed.run("python", "-c", code).stdout)
    assert {name: set(owners[name]) for name in TOP_LEVEL} == {name: {DISTRIBUTION} for name in TOP_LEVEL}


def test_the_editable_install_is_a_plain_path(root: Path) -> None:
    """Here the checkout itself is imported, by a path file rather than an import hook, so that tools see it too."""
    distribution = importlib.metadata.distribution(DISTRIBUTION)
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    assert origin["dir_info"] == {"editable": True}
    (path_file,) = [file for file in distribution.files or () if file.suffix == ".pth"]
    assert Path(path_file.read_text().strip()) == root
    spec = importlib.util.find_spec("engine")
    assert spec is not None
    assert spec.origin == str(root / "engine" / "__init__.py")


def closure(name: str, extras: frozenset[str] = frozenset()) -> Iterator[str]:
    """Walk what a distribution requires on this machine, by the installed metadata."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(canonicalize_name(name), extras)]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        yield current[0]
        for text in importlib.metadata.requires(current[0]) or ():
            requirement = Requirement(text)
            environments = [{"extra": extra} for extra in (*current[1], "")]
            if requirement.marker is None or any(map(requirement.marker.evaluate, environments)):
                waiting.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))


def test_the_base_set_holds_no_torch_and_no_nvidia_package() -> None:
    """A machine without a graphics card fetches nothing of several gigabytes."""
    names = set(closure(DISTRIBUTION))
    assert {"numpy", "onnxruntime", "faster-whisper", "ctranslate2"} <= names
    assert [name for name in names if re.match(r"torch|nvidia|triton|tensorflow|jax|cupy|cuda", name)] == []


@pytest.mark.parametrize("extra", ["gpu", "train"])
def test_torch_belongs_to_the_extras(extra: str) -> None:
    """The extras for graphics cards and training demand torch."""
    ours = map(Requirement, importlib.metadata.requires(DISTRIBUTION) or ())
    assert "torch" in {one.name for one in ours if one.marker and one.marker.evaluate({"extra": extra})}


def test_torch_is_not_importable_from_the_base_set() -> None:
    """Set-up for demo and tests brought no torch along."""
    assert importlib.util.find_spec("torch") is None


def test_the_voice_activity_model_is_pinned_by_its_checksum(root: Path) -> None:
    """Set-up takes silero-vad by hash and without dependencies, and what lies here is the whole of it, unchanged."""
    pin = re.search(
        r"^silero-vad==(\S+) --hash=sha256:[0-9a-f]{64}$", (root / "config/setup/silero.txt").read_text(), re.M
    )
    assert pin is not None
    silero = importlib.metadata.distribution("silero-vad")
    assert silero.version == pin[1]
    models = [file for file in silero.files or () if file.suffix == ".onnx"]
    assert models
    for file in models:
        assert file.hash is not None
        digest = hashlib.sha256(file.read_binary()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == file.hash.value, file
