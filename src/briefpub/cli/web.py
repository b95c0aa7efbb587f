"""serve: the pages on which people subscribe, leave, and choose what they get."""

import click

from briefpub.cli.context import newsroom_of
from briefpub.cli.draining import draining
from briefpub.cli.output import say


@click.command(name="serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=8025,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port; 0 takes a free one.",
)
@click.option("--proxy", is_flag=True, help="Your own proxy stands before it: believe its X-Forwarded-For.")
@click.pass_context
def serve_command(ctx: click.Context, *, host: str, port: int, proxy: bool) -> None:
    """Serve the subscribers' pages, at the address that `letterbox` names, until it is stopped.

    A web server of yours takes https there and passes it on to this host and port. SIGTERM or Ctrl-C stops
    tidily.
    """
    newsroom = newsroom_of(ctx)
    from briefpub.kit import logs
    from briefpub.web.app import letterbox_app
    from briefpub.web.letterbox.box import letterbox_of
    from briefpub.web.server import listening, serve

    settings = newsroom.settings
    logs.set_up(level=settings.log if "log" in settings.model_fields_set else "info")
    box = letterbox_of(newsroom)
    app = letterbox_app(box, log=logs.logger("web"), behind_proxy=proxy)
    with draining() as drain, listening(host, port) as socket:
        name, number = socket.getsockname()[:2]
        place = f"[{name}]" if ":" in name else name
        say(f"Serving {settings.letterbox} at http://{place}:{number}{box.press.base} until it is stopped.")
        serve(app, socket, wait=drain.wait, stop=drain)
