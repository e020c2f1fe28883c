"""`voicebot say`: hear, or measure, how a voice speaks a text."""

import shutil
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.audio import AudioClip, write_wav
from engine.speech import Language

if TYPE_CHECKING:
    from config.settings import Settings

_PLAYERS = ("aplay", "paplay", "play")


@click.command()
@click.argument("text", required=False)
@click.option("-l", "--language", type=click.Choice([code.value for code in Language]), default="ru", show_default=True)
@click.option("--voice", metavar="NAME", help="Which one, such as espeak:ru; --list names them all.")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write a WAV file, do not play.")
@click.option("--list", "show_list", is_flag=True, help="List the voices, and what the missing ones need.")
@click.pass_obj
def say(
    settings: "Settings", text: str | None, language: str, voice: str | None, out: Path | None, show_list: bool
) -> None:
    """Speak TEXT as a caller would hear it: 8 kHz, trimmed, of one loudness.

    Sums and dates are spoken as they are written, so write them in words. Prints which voice spoke, how long the audio
    is and how long it took to make.

    \b
    Examples:
      voicebot say "Здравствуйте! Вас беспокоит банк." --out hello.wav
      voicebot say "Сәлеметсіз бе!" --language kk
      voicebot say --list
    """
    from tts.voices import load_synthesizer

    if show_list:
        _show_voices(settings.models_dir)
        return
    if text is None:
        raise click.UsageError('What shall it say? Give a text, such as: voicebot say "Здравствуйте!"')
    if out is not None and not out.parent.is_dir():
        raise click.UsageError(f"There is no folder {out.parent} to write {out.name} into.")
    preferences = (voice,) if voice else settings.voices[Language(language)]
    speaker = load_synthesizer(Language(language), preferences, settings.models_dir)
    with closing(speaker):
        begun_s = time.monotonic()
        clip = speaker.synthesize(text)
    took_ms = (time.monotonic() - begun_s) * 1000
    if out is not None:
        write_wav(out, clip.samples, clip.sample_rate_hz)
    click.echo(f"{speaker.name}: {clip.duration_s:.2f} s of audio in {took_ms:.0f} ms" + (f", {out}" if out else ""))
    if out is None:
        _play(clip)


def _show_voices(models_dir: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    from tts.voices import available_voices

    table = Table(box=None, pad_edge=False)
    for heading in ("Language", "Voice", "Found", "To get it"):
        table.add_column(heading, overflow="fold")
    for voice in available_voices(models_dir):
        table.add_row(voice.language, voice.name, "[green]yes[/]" if voice.ready else "no", voice.mend)
    Console().print(table)


def _play(clip: AudioClip) -> None:
    player = next((path for name in _PLAYERS if (path := shutil.which(name))), None)
    if player is None:
        raise click.ClickException("No audio player was found; use --out FILE.wav, or: apt-get install alsa-utils")
    with tempfile.TemporaryDirectory(prefix="voicebot-") as folder:
        file = Path(folder) / "say.wav"
        write_wav(file, clip.samples, clip.sample_rate_hz)
        done = subprocess.run([player, str(file)], capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().splitlines()
        raise click.ClickException(f"{player}: {reason[-1] if reason else 'failed'}. Use --out FILE.wav")
