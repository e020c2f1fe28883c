"""`voicebot status`: what a running `voicebot serve` is doing."""

import json

import click

from config.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Tell what media workers and trunks of the running `voicebot serve` are doing: calls, addresses, restarts, faults.

    A worker takes calls (taking), stands by to replace one that ends (spare), lets its calls end before it is renewed
    (leaving), or is being started (down). Exits with 0 when calls are taken, else with 1. The engine is found by
    paths.run_dir, so that the same settings are needed as for `voicebot serve`.

    \b
    Examples:
      voicebot status
      voicebot status --json
    """
    from datetime import UTC, datetime

    from config.status import STALE_S, read

    settings: Settings = ctx.obj
    found = read(settings.paths.run_dir)
    if found is None:
        raise click.ClickException(f"no voicebot is running with {settings.paths.run_dir} as its paths.run_dir")
    age_s = (datetime.now(UTC) - found.at).total_seconds()
    if age_s > STALE_S:
        raise click.ClickException(f"the engine (process {found.pid}) fell silent {age_s:.0f} s ago: it died, or hangs")
    if as_json:
        click.echo(json.dumps(found.flat(), indent=2))
    else:
        click.echo(f"{found.calls} of {found.channels} calls; engine process {found.pid}")
        for worker in found.workers:
            address = "{}:{}".format(*worker.address) if worker.address else "–"
            process = f"process {worker.pid}" if worker.pid else "no process"
            trunks = f", trunks {', '.join(worker.trunks)}" if worker.trunks else ""
            click.echo(
                f"worker {worker.seat}  {worker.state:<8}{address:<22}{worker.calls:>4} of {worker.channels} calls  "
                f"{process}, {worker.restarts} restarts{trunks}"
            )
        for trunk in found.trunks:
            limit = f" of {trunk.channels}" if trunk.channels is not None else ""
            state = f"down: {trunk.fault}" if trunk.fault else "up"
            click.echo(f"trunk {trunk.name}  {state}, {trunk.calls}{limit} calls")
    ctx.exit(0 if found.taking else 1)
