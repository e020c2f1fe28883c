"""Models are fetched whole, resumed, unpacked safely, or taken from files that were put there by hand."""

import io
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from asr.model_fetching import fetch, unpack
from asr.model_files import Kind, Model
from engine.errors import ModelMissing

NOBODY = "http://127.0.0.1:9"
"""The discard port: nothing answers there."""


class Shelf:
    """A web server with files; it can break transfers off or say anything, and notes the ranges that were asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.break_after: int | None = None
        self.ranges: list[str | None] = []
        self.answer: bytes | None = None
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = shelf.files.get(self.path)
                asked = self.headers.get("Range")
                shelf.ranges.append(asked)
                if shelf.answer is not None:
                    self.wfile.write(shelf.answer)
                    return
                if content is None:
                    self.send_error(404)
                    return
                begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
                if begin >= len(content) and asked:
                    self.send_error(416)
                    return
                self.send_response(206 if asked else 200)
                self.send_header("Content-Length", str(len(content) - begin))
                self.end_headers()
                end = len(content) if shelf.break_after is None else begin + shelf.break_after
                self.wfile.write(content[begin:end])

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.stop()


def zipped(**names: bytes) -> bytes:
    """Make a ZIP archive; double underscores in names stand for slashes, and ``dot`` for a dot."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in names.items():
            archive.writestr(name.replace("__", "/").replace("dot", "."), data)
    return content.getvalue()


def voice(base: str) -> Model:
    return Model(
        "kk_KZ-own-low", Kind.PIPER, ("kk",), urls=(f"{base}/kk_KZ-own-low.onnx", f"{base}/kk_KZ-own-low.onnx.json")
    )


def vosk(base: str) -> Model:
    return Model("vosk-model-own", Kind.VOSK, ("kk",), urls=(f"{base}/vosk-model-own.zip",))


def silent(file: str, have: int, whole: int | None) -> None:
    pass


def test_files_are_fetched_with_progress(shelf: Shelf, tmp_path: Path) -> None:
    """Every file ends up under its own name, progress ends at the whole, and a second time nothing is asked."""
    shelf.files = {"/kk_KZ-own-low.onnx": b"x" * 600_000, "/kk_KZ-own-low.onnx.json": b"{}"}
    seen: dict[str, tuple[int, int | None]] = {}
    folder = fetch(voice(shelf.url), tmp_path, lambda file, have, whole: seen.update({file: (have, whole)}))
    assert sorted(path.name for path in folder.iterdir()) == ["kk_KZ-own-low.onnx", "kk_KZ-own-low.onnx.json"]
    assert seen == {"kk_KZ-own-low.onnx": (600_000, 600_000), "kk_KZ-own-low.onnx.json": (2, 2)}
    fetch(voice(shelf.url), tmp_path, silent)
    assert len(shelf.ranges) == 2


def test_a_broken_transfer_goes_on_where_it_stopped(shelf: Shelf, tmp_path: Path) -> None:
    """What arrived is kept as .part, the next attempt asks for the rest alone, and the file is whole."""
    content = bytes(range(256)) * 4000
    shelf.files = {"/kk_KZ-own-low.onnx": content, "/kk_KZ-own-low.onnx.json": b"{}"}
    shelf.break_after = 300_000
    with pytest.raises(ModelMissing, match="broke off at 300000 of 1024000"):
        fetch(voice(shelf.url), tmp_path, silent)
    assert (tmp_path / "kk_KZ-own-low" / "kk_KZ-own-low.onnx.part").stat().st_size == 300_000
    shelf.break_after = None
    folder = fetch(voice(shelf.url), tmp_path, silent)
    assert shelf.ranges[:2] == [None, "bytes=300000-"]
    assert (folder / "kk_KZ-own-low.onnx").read_bytes() == content


def test_a_part_longer_than_the_file_is_fetched_anew(shelf: Shelf, tmp_path: Path) -> None:
    """Where the source was replaced by a shorter file, the stale part is thrown away."""
    shelf.files = {"/kk_KZ-own-low.onnx": b"new", "/kk_KZ-own-low.onnx.json": b"{}"}
    (tmp_path / "kk_KZ-own-low").mkdir()
    (tmp_path / "kk_KZ-own-low" / "kk_KZ-own-low.onnx.part").write_bytes(b"older and longer")
    folder = fetch(voice(shelf.url), tmp_path, silent)
    assert (folder / "kk_KZ-own-low.onnx").read_bytes() == b"new"


def test_an_archive_is_unpacked_without_its_top_folder(shelf: Shelf, tmp_path: Path) -> None:
    """The model's folder holds the model itself, and the archive that was fetched is gone."""
    shelf.files = {"/vosk-model-own.zip": zipped(top__am__finaldotmdl=b"m", top__README=b"r")}
    folder = fetch(vosk(shelf.url), tmp_path, silent)
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")) == ["README", "am", "am/final.mdl"]
    assert [path.name for path in tmp_path.iterdir()] == ["vosk-model-own"]


def test_an_archive_put_there_by_hand_needs_no_network(tmp_path: Path) -> None:
    """A ZIP in the models folder is unpacked and kept."""
    (tmp_path / "vosk-model-own.zip").write_bytes(zipped(finaldotmdl=b"m", conf__mfccdotconf=b""))
    folder = fetch(vosk(NOBODY), tmp_path, silent)
    assert (folder / "final.mdl").read_bytes() == b"m"
    assert (tmp_path / "vosk-model-own.zip").is_file()


def test_without_a_network_the_message_says_what_to_put_where(tmp_path: Path) -> None:
    """Each missing file is named with its source and its place; what is there already is not."""
    with pytest.raises(ModelMissing) as archive:
        fetch(vosk(NOBODY), tmp_path, silent)
    assert f"{NOBODY}/vosk-model-own.zip\n  to {tmp_path}/vosk-model-own.zip" in str(archive.value)
    (tmp_path / "kk_KZ-own-low").mkdir()
    (tmp_path / "kk_KZ-own-low" / "kk_KZ-own-low.onnx").write_bytes(b"m")
    with pytest.raises(ModelMissing) as files:
        fetch(voice(NOBODY), tmp_path, silent)
    assert f"onnx.json\n  to {tmp_path}/kk_KZ-own-low/kk_KZ-own-low.onnx.json" in str(files.value)
    assert f"to {tmp_path}/kk_KZ-own-low/kk_KZ-own-low.onnx\n" not in str(files.value)


def test_a_file_that_is_gone_at_its_source_is_explained(shelf: Shelf, tmp_path: Path) -> None:
    """A 404 ends in the same advice, with the reason."""
    with pytest.raises(ModelMissing, match=r"Not Found[\s\S]*Fetch it on a machine that can"):
        fetch(vosk(shelf.url), tmp_path, silent)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"what?\r\n\r\n", r"what\?"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf", "IncompleteRead"),
    ],
)
def test_an_answer_that_is_not_http_ends_in_the_same_advice(
    answer: bytes, why: str, shelf: Shelf, tmp_path: Path
) -> None:
    """As a filter in between gives, or a transfer in chunks that broke off."""
    shelf.answer = answer
    with pytest.raises(ModelMissing, match=rf"{why}[\s\S]*Fetch it on a machine that can"):
        fetch(vosk(shelf.url), tmp_path, silent)


def test_a_length_that_is_no_number_is_unknown(shelf: Shelf, tmp_path: Path) -> None:
    """The transfer ends where the connection does."""
    shelf.answer = b"HTTP/1.0 200 OK\r\nContent-Length: much\r\n\r\nm"
    seen: list[tuple[int, int | None]] = []
    folder = fetch(voice(shelf.url), tmp_path, lambda file, have, whole: seen.append((have, whole)))
    assert (folder / "kk_KZ-own-low.onnx").read_bytes() == b"m"
    assert seen == [(0, None), (1, None)] * 2


def test_a_whisper_model_is_whole_with_its_vocabulary_and_all_that_is_fetched(shelf: Shelf, tmp_path: Path) -> None:
    """A folder that somebody filled by half gets the rest; either form of the vocabulary will do."""
    files = ["config.json", "model.bin", "preprocessor_config.json", "tokenizer.json", "vocabulary.json"]
    model = Model("whisper-own", Kind.WHISPER, ("kk",), urls=tuple(f"{shelf.url}/{name}" for name in files))
    shelf.files = {f"/{name}": b"{}" for name in files}
    folder = tmp_path / "whisper-own"
    folder.mkdir()
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (folder / name).write_bytes(b"{}")
    assert model.find(tmp_path) is None
    assert fetch(model, tmp_path, silent) == model.find(tmp_path) == folder
    assert sorted(path.name for path in folder.iterdir()) == files
    assert len(shelf.ranges) == 2
    (folder / "vocabulary.json").rename(folder / "vocabulary.txt")
    assert model.is_whole(folder)
    (folder / "preprocessor_config.json").unlink()
    assert not model.is_whole(folder)
    assert Model("own", Kind.WHISPER, ()).is_whole(folder)


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "top/../../evil", "C:/evil", "..\\evil"])
def test_a_name_that_leads_out_of_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    """Path traversal unpacks nothing at all."""
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("top/final.mdl", b"m")
        content.writestr(name, b"evil")
    with pytest.raises(ModelMissing, match="leads out of the model's folder"):
        unpack(archive, tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_links_and_bombs_are_refused(tmp_path: Path) -> None:
    """A symbolic link, and an archive that grows absurdly, unpack nothing."""
    link = zipfile.ZipInfo("top/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as content:
        content.writestr(link, "/etc/passwd")
    with pytest.raises(ModelMissing, match="leads out"):
        unpack(tmp_path / "link.zip", tmp_path / "model")
    (tmp_path / "bomb.zip").write_bytes(zipped(top__big=b"\0" * 30_000_000))
    with pytest.raises(ModelMissing, match="more than 20 times"):
        unpack(tmp_path / "bomb.zip", tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    """A truncated ZIP is an error that names it and leaves no folder."""
    archive = tmp_path / "vosk-model-own.zip"
    archive.write_bytes(zipped(top__am__finaldotmdl=b"m" * 1000)[:-30])
    with pytest.raises(ModelMissing, match=r"vosk-model-own\.zip: a broken archive"):
        fetch(vosk(NOBODY), tmp_path, silent)
    assert not (tmp_path / "vosk-model-own").exists()


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_an_archive_with_damage_inside_is_named(packing: int, tmp_path: Path) -> None:
    """What fails in the middle of a member leaves no folder either."""
    archive = tmp_path / "vosk-model-own.zip"
    with zipfile.ZipFile(archive, "w", packing) as content:
        content.writestr("final.mdl", bytes(range(256)) * 8)
    whole = bytearray(archive.read_bytes())
    begin = 30 + len("final.mdl") + (9 if packing == zipfile.ZIP_LZMA else 0)
    whole[begin : begin + 8] = b"\xff" * 8
    archive.write_bytes(whole)
    with pytest.raises(ModelMissing, match=r"vosk-model-own\.zip: a broken archive"):
        fetch(vosk(NOBODY), tmp_path, silent)
    assert not (tmp_path / "vosk-model-own").exists()


def test_an_encrypted_archive_is_named(tmp_path: Path) -> None:
    """Nobody is asked for a password."""
    archive = tmp_path / "vosk-model-own.zip"
    whole = bytearray(zipped(finaldotmdl=b"m" * 100))
    for mark, flags_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        whole[whole.index(mark) + flags_at] |= 1
    archive.write_bytes(whole)
    with pytest.raises(ModelMissing, match=r"vosk-model-own\.zip: a broken archive .*encrypted"):
        fetch(vosk(NOBODY), tmp_path, silent)


def test_an_archive_of_something_else_is_told(shelf: Shelf, tmp_path: Path) -> None:
    """A fetched archive without a model in it is not taken for one."""
    shelf.files = {"/vosk-model-own.zip": zipped(top__README=b"r")}
    with pytest.raises(ModelMissing, match="no whole vosk model"):
        fetch(vosk(shelf.url), tmp_path, silent)
