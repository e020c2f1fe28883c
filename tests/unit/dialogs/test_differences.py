"""What differs between two versions, in words."""

import shutil
from importlib.resources import files
from pathlib import Path

from click.testing import CliRunner

from config.cli import cli
from dialogs.differences import differences
from dialogs.loader import load_scenario


def test_every_kind_of_change_is_told(tmp_path: Path) -> None:
    """Words, ways, limits, states that come and go; and nothing where nothing was changed."""
    shutil.copytree(Path(str(files("dialogs") / "scenarios")), tmp_path / "s")
    folder = tmp_path / "s" / "soft_collection"
    before = load_scenario(folder).spec
    assert differences(before, before) == ()
    for name, old, new in (
        ("../common/manners.yaml", "Всего доброго, до свидания!", "Хорошего дня!"),
        ("scenario.yaml", "silence: {times: 2, to: nobody}", "silence: {times: 3, to: nobody}"),
        ("scenario.yaml", "- {on: [no, ptp_vague], to: due}", "- {on: [no, ptp_vague], to: debt}"),
        ("../common/opening.yaml", "    wait_s: 20\n", "    wait_s: 25\n"),
        ("scenario.yaml", "  promised_before: broken_promises >= 1\n", "  promised_before: broken_promises >= 2\n"),
    ):
        path = folder / name
        path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")

    told = "\n".join(map(str, differences(before, load_scenario(folder).spec)))

    assert "prompt goodbye: says something else in Russian\n" in told
    assert "\n  + Хорошего дня!" in told
    assert "scenario: `limits` is changed" in told
    assert (
        "state after_payday: an answer is followed otherwise\n  - no, ptp_vague → due\n  + no, ptp_vague → debt" in told
    )
    assert "state waiting: `wait_s` is changed\n  - 20.0\n  + 25.0" in told
    assert "segment promised_before: is changed\n  - broken_promises >= 1\n  + broken_promises >= 2" in told
    done = CliRunner().invoke(cli, ["scenario", "diff", "soft_collection", str(folder)])
    assert "5 differences" in done.output
