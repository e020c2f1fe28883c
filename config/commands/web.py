"""`voicebot web`: the pages in the browser, without the engine."""

import click

from config.settings import Settings


@click.command()
@click.pass_obj
def web(settings: Settings) -> None:
    """Serve the pages until stopped, in a process without calls. `voicebot serve` starts them by itself.

    \b
      voicebot users add NAME --role admin
      voicebot web
      VOICEBOT_WEB__PORT=8081 voicebot web
    """
    from config.web.server import serve

    serve(settings)
