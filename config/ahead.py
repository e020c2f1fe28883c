"""Renders a scenario's fixed prompts before the first call needs them, with a progress bar."""

from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dialogs.scenario import Scenario
from engine.ports import Prompter
from engine.speech import Language
from tts.prompter import PromptStudio


async def render_ahead(
    prompter: Prompter, scenario: Scenario, languages: Iterable[Language], creditors: Iterable[str], console: Console
) -> None:
    """Render what is the same in every call of these languages and creditors; what is cached already costs nothing.

    Raises:
        SynthesisError: a voice failed; the message names the prompt.
    """
    if not isinstance(prompter, PromptStudio):
        return
    lines = [
        line
        for language in languages
        for creditor in creditors or (None,)
        for line in scenario.fixed_lines(language, creditor)
    ]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("rendering prompts", total=None)
        await prompter.render_ahead(lines, lambda done, total: progress.update(task, completed=done, total=total))
