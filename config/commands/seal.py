"""`voicebot seal` and `voicebot unseal`: encryption at rest of recordings and of whatever else is a file."""

from collections.abc import Iterator
from pathlib import Path

import click

from config.settings import Settings


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--replace", is_flag=True, help="Delete each file once its sealed copy was read back and compared.")
@click.option(
    "--again", is_flag=True, help="Seal sealed files anew that an older key sealed, after a new one was added."
)
@click.option(
    "--older-than-min", type=float, default=10, show_default=True, help="Leave younger files in folders alone."
)
@click.option("--dry-run", is_flag=True, help="Tell what would be done.")
@click.option(
    "--database",
    is_flag=True,
    help="Seal what the databases, of calls and of analytics, have in clear or under an older key.",
)
@click.option("--new-key", is_flag=True, help="Print a new key, and do nothing else.")
@click.pass_obj
@click.pass_context
def seal(
    ctx: click.Context,
    settings: Settings,
    paths: tuple[Path, ...],
    replace: bool,
    again: bool,
    older_than_min: float,
    dry_run: bool,
    database: bool,
    new_key: bool,
) -> None:
    """Encrypt files at rest: PATH becomes PATH.sealed (AES-256-GCM). Of a folder all WAV and JSON files in it.

    Keys are in VOICEBOT_PRIVACY__KEYS, the newest first: it seals, all of them open. Whoever loses the key loses the
    files: keep a copy elsewhere. With a key set, what is said in calls and what analytics makes of it is sealed in the
    databases from then on; old files and rows wait for --again and --database, which writes SQLite's files anew: best
    while no calls are held. `voicebot serve` seals the recordings of its calls by itself when they are over.
    `transcribe`, `analyse` and `redact` read sealed recordings. A file that fails is told, and the rest goes on; the
    exit code is 1 then.

    \b
    Examples:
      export VOICEBOT_PRIVACY__KEYS=$(voicebot seal --new-key)
      voicebot seal call.wav
      voicebot seal --dry-run --replace /archive/recordings
      VOICEBOT_PRIVACY__KEYS="$NEW,$OLD" voicebot seal --again --database /archive/recordings
    """
    from config.privacy import keyring
    from engine import sealing
    from engine.errors import SealBroken

    if new_key:
        click.echo(sealing.new_key())
        return
    if not paths and not database:
        raise click.UsageError("name files or folders to seal, or --database, or make a key with --new-key")
    if again and replace:
        raise click.UsageError("--again works in place: leave --replace away")
    keys = keyring(settings)
    if database:
        _reseal(settings, dry_run)
    done = failed = 0
    for path in _chosen(paths, again, older_than_min * 60):
        target = path.with_name(path.name + sealing.SUFFIX)
        try:
            if dry_run:
                click.echo(f"{path}: would be sealed{' anew' if again else f' as {target.name}'}")
            elif again:
                click.echo(
                    f"{path}: {'sealed anew' if sealing.reseal_file(path, keys) else 'is sealed with the newest key'}"
                )
            else:
                sealing.seal_file(path, target, keys)
                if replace:
                    path.unlink()
                click.echo(f"{target}: sealed{', the file in clear is deleted' if replace else ''}")
            done += 1
        except (OSError, SealBroken) as error:
            click.echo(f"Error: {_told(error, path)}", err=True)
            failed += 1
    click.echo(f"{done} files, {failed} failed" + (", nothing was changed" if dry_run else ""))
    ctx.exit(1 if failed else 0)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Else FILE without .sealed; must not exist.")
@click.option("--salvage", is_flag=True, help="Of a damaged file write what is sound before the damage.")
@click.pass_obj
def unseal(settings: Settings, file: Path, out: Path | None, salvage: bool) -> None:
    """Decrypt FILE, which `voicebot seal` wrote. Nothing is overwritten, and a changed file gives nothing.

    \b
    Examples:
      voicebot unseal call.wav.sealed
      voicebot unseal --salvage torn.wav.sealed -o sound-part.wav
    """
    from config.privacy import keyring
    from engine import sealing

    if out is None and file.suffix != sealing.SUFFIX:
        raise click.UsageError(f"{file.name} does not end in {sealing.SUFFIX}: name what to write with -o")
    target = out or file.with_suffix("")
    if target.exists():
        raise click.UsageError(f"{target} exists already: name another file with -o")
    damage = sealing.unseal_file(file, target, keyring(settings), salvage=salvage)
    click.echo(f"{target}: {target.stat().st_size} bytes in clear" + (f"; {file} {damage}" if damage else ""))


def _reseal(settings: Settings, dry_run: bool) -> None:
    from config.analysis.wiring import open_database
    from config.privacy import kept_calls

    if dry_run:
        click.echo(
            "What was said in calls, and the documents of analytics, would be written anew under the newest key."
        )
        return
    with kept_calls(settings) as kept:
        click.echo(f"{sum(kept.reseal()) if kept else 0} rows of calls are sealed with the newest key")
    with open_database(settings) as opened:
        click.echo(f"{sum(opened.reseal())} rows of analytics are sealed with the newest key")


def _chosen(paths: tuple[Path, ...], again: bool, least_age_s: float) -> Iterator[Path]:
    """Yield files that were named, and those in folders that are to be sealed."""
    import time

    from engine.sealing import SUFFIX

    for path in paths:
        if path.is_file():
            yield path
            continue
        for one in sorted(path.rglob(f"*{SUFFIX}" if again else "*")):
            plain = again or one.suffix in (".wav", ".json")
            if plain and one.is_file() and not one.is_symlink() and time.time() - one.stat().st_mtime >= least_age_s:
                yield one


def _told(error: Exception, path: Path) -> str:
    if isinstance(error, FileExistsError):
        return f"{path}: its sealed copy is there already"
    return f"{path}: {error.strerror}" if isinstance(error, OSError) else str(error)
