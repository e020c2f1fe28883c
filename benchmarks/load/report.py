"""The table in the terminal, and the picture."""

from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from benchmarks.load.results import Results
from benchmarks.load.rows import verdicts


def table(rows: dict[str, dict[str, Any]]) -> Table:
    """Return the table of all rows that hold calls.

    Silent frames are those that a late engine left out in the middle of a prompt, over the whole run.
    """
    shown = Table(title="The media path under load", box=box.SIMPLE_HEAD)
    for name in ("calls", "mode", "worker\n% of a core", "a call", "engine", "callers", "MB a call\nworker, engine"):
        shown.add_column(name, justify="left" if name == "mode" else "right", no_wrap=True)
    for name in (
        "between packets, ms\np50 · p99 · max",
        "over\n40 ms",
        "gaps",
        "silent\nframes",
        "echo or flush\np95 ms",
        "200\np95 ms",
    ):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("verdict")
    kinds = [(mode, busy) for busy in (False, True) for mode in ("echo", "prompts")]
    for mode, busy in kinds:
        held = [row for row in rows.values() if row.get("mode") == mode and row.get("busy") == busy]
        for row in sorted(held, key=lambda row: (row["workers"], row["calls"])):
            shown.add_row(*_cells(row))
    return shown


def _cells(row: dict[str, Any]) -> list[str | Text]:
    cpu, memory, sent = row["cpu_percent"], row["memory_mb"], row["sent"]
    more = row.get("echo_ms") or row.get("flush_to_silence_ms", {})
    mode = row["mode"] + ", busy" * row["busy"] + f", {row['workers']} w" * (row["workers"] > 1)
    return [
        str(row["calls"]),
        mode,
        f"{cpu['workers']:.0f}",
        f"{cpu['workers_per_call']:.2f}",
        f"{cpu['engine']:.0f}",
        f"{cpu['callers']:.0f}",
        f"{memory['workers_per_call']:.2f}, {memory['engine_per_call']:.2f}",
        f"{sent['p50_ms']:.1f} · {sent['p99_ms']:.1f} · {sent['max_ms']:.1f}",
        f"{sent['late_percent']:.3f} %",
        str(sent["missing"]),
        str(row["engine"]["underruns"]),
        f"{more['p95']:.0f}" if more.get("count") else "–",
        f"{row['invite_to_200_ms'].get('p95', float('nan')):.0f}",
        verdict(row),
    ]


def verdict(row: dict[str, Any]) -> Text:
    """Return in a few words what to think of a row."""
    if row["invalid"]:
        return Text("INVALID: " + "; ".join(row["invalid"]), style="bold yellow")
    missed = [one.target for one in verdicts(row) if not one.met]
    return Text("missed: " + ", ".join(missed), style="red") if missed else Text("all targets met", style="green")


def exhibit(name: str, row: dict[str, Any]) -> Text:
    """Return in a line or two what an entry says that is no row of the table."""
    if "calls_held" in row:
        return Text(f"{name}: {row['calls_held']} ({row['limit']})")
    if "injected_frames" in row:
        bad = row["injected_frames"] or row["leaked_packets"] or row["up_after_the_attack"] < row["calls"]
        said = (
            f"{name}: {row['packets_of_the_attacker']} packets sent by the attacker, {row['injected_frames']} frames "
            f"heard of them, {row['leaked_packets']} packets leaked to it; {row['of_these_not_the_callers']} of "
            f"{row['frames_recorded']} recorded frames not the callers'"
        )
        return Text(said, style="red" if bad else "green")
    lost = row["lost_of_the_caller_ms"], row["lost_of_the_bot_ms"]
    again_s = row["answered_again_after_s"]
    bad = again_s is None or again_s >= 5 or row["without_a_recording"] or row["calls_without_an_end"]
    said = (
        f"{name}: {row['killed']} calls ended, {row['without_a_recording']} without a recording; audio lost, "
        f"median and most: caller {lost[0]['median']:.0f} and {lost[0]['max']:.0f} ms, bot {lost[1]['median']:.0f} and "
        f"{lost[1]['max']:.0f} ms; answered again after {again_s} s"
    )
    return Text(said, style="red" if bad else "green")


def picture(results: Results, path: Path) -> None:
    """Draw how regularly packets come by number of calls, and what the calls cost."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.8), layout="constrained")
    idle = [row for mode in ("prompts", "echo") for row in results.of_mode(mode, busy=False)]
    shades = plt.colormaps["viridis"]
    most = max((row["calls"] for row in idle), default=1)
    for row in idle:
        if row["workers"] == 1 and row["mode"] == "prompts":
            _tail(left, row, f"{row['calls']} calls", shades(0.9 * row["calls"] / most), "-")
    for row in results.of_mode("prompts", busy=True):
        if row["workers"] == 1:
            _tail(left, row, f"{row['calls']} calls, busy engine", shades(0.9 * row["calls"] / most), ":")
    left.axvline(40, color="grey", linewidth=0.8)
    left.set(
        yscale="log", ylim=(1e-6, 1), xlim=(0, 80), xlabel="time between two packets, ms", ylabel="share that is longer"
    )
    left.set_title("RTP sent, played prompts")
    if left.lines[1:]:
        left.legend(fontsize="small")
    for mode, busy, line in (("prompts", False, "-"), ("echo", False, "--"), ("prompts", True, ":")):
        rows = [row for row in results.of_mode(mode, busy=busy) if row["workers"] == 1]
        label = f"{mode}{', busy engine' if busy else ''}"
        for who, colour in (("workers", "tab:blue"), ("engine", "tab:orange"), ("callers", "tab:grey")):
            if rows and not (busy and who == "engine"):
                calls = [row["calls"] for row in rows]
                right.plot(calls, [row["cpu_percent"][who] for row in rows], line, color=colour, marker=".")
        right.plot([], [], line, color="black", label=label)
    for who, colour in (("media worker", "tab:blue"), ("engine", "tab:orange"), ("SIPp", "tab:grey")):
        right.plot([], [], color=colour, label=who)
    right.set(xlabel="calls at once", ylabel="CPU, % of a core", xlim=(0, None), ylim=(0, None))
    right.set_title("What they cost")
    right.legend(fontsize="small")
    for one in (left, right):
        one.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _tail(axes: Any, row: dict[str, Any], label: str, colour: Any, line: str) -> None:
    histogram = row["histogram_ms"]
    counts = np.array(histogram["counts"], dtype=float)
    longer = 1 - np.cumsum(counts) / counts.sum()
    ends = histogram["from_ms"] + histogram["bin_ms"] * np.arange(1, len(counts) + 1)
    axes.plot(ends, np.maximum(longer, 1e-9), line, color=colour, label=label)
