"""``python -m telephony.native``: build the SIP library for hundreds of calls and install it here."""

import importlib.metadata
import signal
import subprocess
import sys
from pathlib import Path

import click
from rich.console import Console

from telephony.library import DISTRIBUTION
from telephony.native.building import Builder, default_folder, locked
from telephony.native.errors import BuildFailed
from telephony.native.recipe import Recipe, max_calls, missing_packages, recipe_for
from telephony.native.sources import find_tarball
from telephony.native.steps import Steps
from telephony.native.wheel import check, install


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option(
    "--tarball",
    type=click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path),
    help="Take this source tarball of pjproject instead of asking the machine's Debian mirror.",
)
@click.option("--refresh", is_flag=True, help="Ask the mirror for a newer source even if it was asked within a day.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing but look for the sources.")
@click.option(
    "--target",
    type=click.Path(file_okay=False, resolve_path=True, path_type=Path),
    help="Install into this folder, for PYTHONPATH, and leave the environment as it is.",
)
@click.option(
    "--cache",
    type=click.Path(file_okay=False, resolve_path=True, path_type=Path),
    default=default_folder,
    show_default="$XDG_CACHE_HOME/voicebot/native",
    help="Where sources, compiled trees and wheels are kept.",
)
def main(tarball: Path | None, refresh: bool, dry_run: bool, target: Path | None, cache: Path) -> None:
    """Build the SIP library (pjproject) for hundreds of calls, with our C++ in it, and install it into this Python.

    \b
    It takes the place of the pjsua2-python wheel from the package index, which holds four calls.
    Sources:  on Debian, the machine's own mirror; elsewhere a tarball of pjproject 2.17 or newer.
    Time:     about two minutes on two cores; half of one when only our C++ has changed; a second when nothing has.
    Repeat:   interrupt and repeat it as you like; what is complete is kept.

    \b
    Examples:
      python -m telephony.native
      python -m telephony.native --tarball ~/Downloads/pjproject-2.17.tar.gz
      python -m telephony.native --refresh --dry-run
    """
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    console = Console(stderr=True)
    try:
        with locked(cache, waiting=lambda: console.print("Another build is running; waiting for it …")):
            _build(console, tarball, refresh, dry_run, target, cache)
    except (BuildFailed, OSError, subprocess.SubprocessError) as error:
        sentence = f"The SIP library was not built: {error}"
        console.print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        console.print("Interrupted; what is complete is kept.")
        sys.exit(128 + signal.SIGINT)


def _build(
    console: Console, given: Path | None, refresh: bool, dry_run: bool, target: Path | None, cache: Path
) -> None:
    with Steps(console, cache / "logs") as steps:
        with steps.step("Find pjproject's sources"):
            tarball = find_tarball(cache / "sources", given=given, refresh=refresh, say=steps.say)
        recipe = recipe_for(tarball)
        builder = Builder(recipe, cache)
        if dry_run:
            steps.say("\n".join(_plan(builder, recipe, target)))
            return
        if target is None and _installed() == recipe.version and builder.wheel is not None:
            check(recipe.version)
            steps.say(f"{DISTRIBUTION} {recipe.version} is installed: nothing to do.")
            return
        wheel = builder.build(steps)
        with steps.step("Install and load it"):
            install(wheel, target)
            check(recipe.version, target)
        steps.say(f"{DISTRIBUTION} {recipe.version}: {max_calls()} calls, pjproject from {tarball.origin}.")


def _plan(builder: Builder, recipe: Recipe, target: Path | None) -> list[str]:
    """Return in sentences what a build would do."""
    tarball = recipe.tarball
    plan = [f"Sources: pjproject {tarball.version} from {tarball.origin} ({tarball.path})"]
    if builder.wheel is not None:
        plan.append(f"Build: nothing, it is there ({builder.wheel})")
    else:
        plan.append("Build: our C++ and the binding" if builder.tree_is_whole else "Build: all of it")
        missing = missing_packages()
        plan += [f"Missing: sudo apt-get install {' '.join(missing)}"] if missing else []
    where = target or Path(sys.prefix)
    plan.append(f"Install: {DISTRIBUTION} {recipe.version} into {where}, where there is {_installed() or 'none'} now")
    return plan


def _installed() -> str | None:
    try:
        return importlib.metadata.version(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    main(prog_name="python -m telephony.native")
