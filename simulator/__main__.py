# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: ``python3 -m simulator``."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import ssl
import sys
from importlib.util import find_spec
from typing import Any

from . import seed
from .endpoints import BASE
from .listener import Listener
from .portal import Portal, Start
from .settings import Settings
from .shapes import PRESETS, VALUES, Shapes


def make_parser() -> argparse.ArgumentParser:
    """The options; ``README.md`` has them at greater length."""
    defaults = Settings()
    shapes = ", ".join([*VALUES, "page_size"])
    parser = argparse.ArgumentParser(
        prog="python3 -m simulator",
        description="A PremierVPN WireGuard portal on this machine, to try playbooks on.",
        epilog=f"Shapes: {shapes}; preset={'|'.join(PRESETS)} sets several. See README.md.",
    )
    option = parser.add_argument
    option("--host", default="127.0.0.1", help="loopback address to bind to (default: %(default)s)")
    option("--port", type=int, default=8099, help="0 picks a free one (default: %(default)s)")
    option(
        "--rate-limit",
        type=int,
        default=defaults.rate_limit,
        metavar="N",
        help="requests that a key may send in a window; 0: no limit (default: %(default)s)",
    )
    option(
        "--window",
        type=float,
        default=defaults.window,
        metavar="SECONDS",
        help="the rate limit's window (default: %(default)g)",
    )
    option(
        "--latency",
        type=float,
        default=defaults.latency,
        metavar="MS",
        help="milliseconds that every answer takes longer (default: %(default)g)",
    )
    option(
        "--create-delay",
        type=float,
        default=defaults.create_delay,
        metavar="MS",
        help="milliseconds that creating a user takes longer (default: %(default)g)",
    )
    option(
        "--names-unique",
        default=defaults.names_unique,
        metavar="WHERE",
        help="where a name may stand once: server or account (default: %(default)s)",
    )
    option("--seed", metavar="FILE", help="what the portal knows at the start (YAML or JSON)")
    option(
        "--shape",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=VALUE",
        help="how answers look where that is not published",
    )
    option("--tls-cert", metavar="FILE", help="serve https with this certificate (PEM)")
    option("--tls-key", metavar="FILE", help="and this key (PEM)")
    option(
        "--stop-at-eof",
        action="store_true",
        help="stop when standard input ends, so as not to outlive the program that holds it",
    )
    return parser


def make_start(options: argparse.Namespace) -> Start:
    """What the portal starts with; ValueError says what is wrong."""
    document = seed.read(options.seed) if options.seed else seed.DEFAULT
    settings = {name: getattr(options, name) for name in vars(Settings())}
    shapes = dict(shape.partition("=")[::2] for shape in options.shape)
    return Start(document, Settings().changed(settings), Shapes().changed(shapes))


def make_tls(options: argparse.Namespace) -> ssl.SSLContext | None:
    """The TLS to serve with, if any; OSError if a file is not what it should be."""
    if not options.tls_cert:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.tls_cert, options.tls_key)
    return context


def greeting(portal: Portal, url: str) -> str:
    """The line that programs wait for, then some for people."""
    accounts = list(portal.state.accounts.values())
    lines = [f"simulator ready: {url}", "", "API keys:"]
    for account in accounts:
        servers = ", ".join(str(server_id) for server_id in account.servers) or "none"
        lines += [
            f"  {_printable(key)}  ({_printable(account.name)}; servers: {servers})"
            for key in account.api_keys
        ]
    lines += ["", "In another terminal:", f"  export PREMIERVPN_API_URL={url}"]
    if accounts:
        key = shlex.quote(_printable(accounts[0].api_keys[0]))
        lines.append(f"  export PREMIERVPN_API_KEY={key}")
    return "\n".join([*lines, "", "Ctrl-C stops it."])


def _printable(text: str) -> str:
    """A seed may hold what a terminal should not get."""
    return "".join(char if char.isprintable() else "?" for char in text)


def main(arguments: list[str] | None = None) -> int:
    """Run until stopped. 2: the command line or the seed is wrong; 1: the port is taken."""
    options = make_parser().parse_args(arguments)
    try:
        portal = Portal(make_start(options))
        listener = Listener(options.host, options.port, make_tls(options))
        # Only now, as it takes the better part of a second: what is wrong above is said at once.
        from .server import serve

        if find_spec("cryptography") is None:
            raise ModuleNotFoundError("No module named 'cryptography'")
    except (ValueError, OSError) as error:
        return _fail(error, 2)
    except ModuleNotFoundError as error:
        return _fail(f"{error}; install what simulator/requirements.txt lists", 2)

    def ready() -> None:
        print(greeting(portal, f"{listener.url}{BASE}"), flush=True)

    try:
        asyncio.run(serve(portal, listener, ready, stop_at_eof=options.stop_at_eof))
    except (OSError, OverflowError) as error:
        return _fail(error, 1)
    return 0


def _fail(error: Any, code: int) -> int:
    print(f"simulator: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
