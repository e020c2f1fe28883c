"""Which files in a folder make a model for sherpa-onnx."""

from pathlib import Path

TOKENS = "tokens.txt"
WANTED = "tokens.txt and model.onnx or model.int8.onnx, or tokens.txt with an encoder, a decoder and a joiner"
"""For messages."""

_SINGLE = ("model.int8.onnx", "model.onnx")
_PARTS = ("encoder", "decoder", "joiner")


def networks(folder: Path) -> tuple[Path, ...]:
    """Return a model's networks: a single one, or the encoder, decoder and joiner; none where a file is missing.

    Where there are several of a kind it is the first by name: the int8 one before the whole one.
    """
    if not (folder / TOKENS).is_file():
        return ()
    single = [folder / name for name in _SINGLE if (folder / name).is_file()]
    parts = [path for part in _PARTS for path in sorted(folder.glob(f"{part}*.onnx"))[:1]]
    if single:
        return (single[0],)
    return tuple(parts) if len(parts) == len(_PARTS) else ()
