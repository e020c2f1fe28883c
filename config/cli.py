"""The `voicebot` command: finds the settings, sets up logging and hands over to the command that was named.

A command's module is imported only when it is asked for, so that `voicebot --help` answers at once. It finds the
loaded `Settings` in ``ctx.obj`` (`click.pass_obj`).
"""

import errno
import logging
import signal
from pathlib import Path
from typing import cast

import click

from config.lazy import Entry, LazyGroup
from engine.errors import ConfigurationError, VoicebotError

INTERRUPTED = 128 + signal.SIGINT
"""What shells expect of a program that Ctrl-C ended."""


COMMANDS = {
    "demo": Entry("config.commands.demo", "Hold one whole call with a simulated debtor, over real SIP."),
    "serve": Entry("config.commands.serve", "Take calls until stopped."),
    "web": Entry("config.commands.web", "Serve the pages in the browser, without the engine."),
    "users": Entry("config.commands.users", "Say who may sign in to the pages."),
    "call": Entry("config.commands.call", "Call one debtor, within the dialling rules."),
    "transcribe": Entry("config.commands.transcribe", "Write down what is said in recordings."),
    "analyse": Entry("config.commands.analyse", "Analyse recordings and written contacts."),
    "contacts": Entry("config.commands.contacts", "Show what was found in contacts."),
    "payments": Entry("config.commands.payments", "Keep the payments by which promises are kept or broken."),
    "reviews": Entry("config.commands.reviews", "Decide where the bot took another promise than is found."),
    "search": Entry("config.commands.search", "Find contacts by what was said in them."),
    "report": Entry("config.commands.report", "Write a week's report: promises, practice, reasons."),
    "alerts": Entry("config.commands.alerts", "Tell by webhook what was found in new contacts."),
    "say": Entry("config.commands.say", "Speak a text with a voice."),
    "spoken": Entry("config.commands.spoken", "Tell what sums, days and times an answer holds.", False),
    "scenario": Entry("config.commands.scenario", "Check, test, hear and publish scenarios; talk to one by typing."),
    "packs": Entry("config.commands.packs", "Show, check and try scorecards, rules of law and categories."),
    "models": Entry("config.commands.models", "List and fetch recognition models and voices."),
    "rasa": Entry("config.commands.rasa", "Understand callers with a Rasa server beside the engine."),
    "backup": Entry("config.commands.storage", "Copy the database and the recordings to a safe place."),
    "restore": Entry("config.commands.storage", "Put a backup back in its place."),
    "redact": Entry("config.commands.redact", "Take personal data out of chats and recordings."),
    "seal": Entry("config.commands.seal", "Encrypt recordings and other files at rest."),
    "unseal": Entry("config.commands.seal", "Decrypt them."),
    "retention": Entry("config.commands.retention", "Tell and delete what has been kept long enough, with proof."),
    "person": Entry("config.commands.person", "Give out or erase all that is known of a person."),
    "kamailio": Entry("config.commands.kamailio", "Configure Kamailio in front of several media workers."),
    "status": Entry("config.commands.status", "Tell what a running `voicebot serve` is doing."),
    "doctor": Entry("config.commands.doctor", "Tell what is installed, what is missing, and the mend.", False),
    "settings": Entry("config.commands.settings", "Print the settings in force, or a documented example.", False),
}


class Misconfigured(click.ClickException):
    """A wrong setting or file, shown as one clear message."""

    exit_code = 2


class Commands(LazyGroup):
    """The commands of `voicebot`: loads settings for them, and tells their errors in one message."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command and, when it is to run rather than to explain itself, load its settings."""
        name, command, rest = super().resolve_command(ctx, args)
        explains = ctx.resilient_parsing or not {"-h", "--help"}.isdisjoint(rest)
        if name is not None and COMMANDS[name].reads_settings and not explains:
            from config import logs, settings

            ctx.obj = settings.load(named_file(ctx))
            logs.configure("debug" if ctx.params["debug"] else ctx.obj.log.level, ctx.obj.log.format)
        return name, command, rest

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error of ours becomes one message, unless --debug asks for its traceback."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            if ctx.params["debug"]:
                raise
            click.echo("\nStopped.", err=True)
            ctx.exit(INTERRUPTED)
        except OSError as error:
            if ctx.params["debug"] or error.errno == errno.EPIPE or error.filename is None:
                raise
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error
        except VoicebotError as error:
            if ctx.params["debug"]:
                raise
            shown = Misconfigured if isinstance(error, ConfigurationError) else click.ClickException
            raise shown(str(error)) from error
        except ModuleNotFoundError as error:
            if ctx.params["debug"]:
                raise
            raise click.ClickException(
                f"{error}; voicebot doctor tells what is missing, make setup installs it"
            ) from error


@click.group(
    cls=Commands, entries=COMMANDS, context_settings={"max_content_width": 100, "help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="collection-voicebot", prog_name="voicebot")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Settings file, TOML. Else VOICEBOT_CONFIG, ./voicebot.toml, ~/.config/voicebot/voicebot.toml, or defaults.",
)
@click.option("--debug", is_flag=True, help="Log at level debug, and show the traceback of an error.")
def cli(config: Path | None, debug: bool) -> None:
    """Telephone voice bot for banks' debt collection: it calls, listens, answers and takes a promise to pay.

    \b
    Begin with:
      voicebot doctor                    is everything there that a call needs?
      voicebot demo                      hear a whole call on this machine
      voicebot settings --example        a settings file with every default explained

    Any setting can be given as an environment variable too: sip.port is VOICEBOT_SIP__PORT.
    Secrets are taken from the environment alone.
    """


def named_file(ctx: click.Context) -> Path | None:
    """Return the settings file that was named on the command line."""
    return cast(Path | None, ctx.find_root().params["config"])


def quieten() -> None:
    """Log warnings only, unless --debug asks for more: where a call is shown live, it is what there is to read."""
    if not click.get_current_context().find_root().params["debug"]:
        logging.getLogger().setLevel(logging.WARNING)


def main() -> None:
    """Run the command line and exit: 0 success, 1 failure, 2 wrong usage or configuration, 130 after Ctrl-C."""
    cli(prog_name="voicebot")
