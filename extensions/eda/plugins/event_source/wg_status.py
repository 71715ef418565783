# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An event source of Event-Driven Ansible: the devices of PremierVPN's WireGuard servers."""

import asyncio
import importlib
import logging
import os
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

DOCUMENTATION = r"""
---
short_description: Devices of WireGuard servers that come, go, or move too much data
version_added: 1.0.0
description:
  - Looks at the users of the servers every O(interval) seconds, and sends an event for each change
    since the look before. Without O(catch_up) the first look sends nothing.
  - A device that comes is believed at once. One that goes away, or is not listed any more, has to
    stay away for O(settle) looks. A listing that lost more than a third of its users at once makes
    an event V(trouble), and is believed after five looks.
  - Takes one request for each look at a server, from the budget that all processes of this machine
    share, and one at the start, which finds the servers and their names. A server that you rent
    later is seen after a restart.
  - Looks take at most half of O(rate_limit). If O(interval) is too short for that, it gets longer,
    and a line says so once. A look for which the rate limit has no room is left out.
  - A look that fails is logged once, and what was seen last is kept, so that a change is sent by
    the next look that succeeds. A server that fails for five looks, or refuses to be looked at
    (403, 404), makes an event V(trouble). It delays and ends none of the others. One that refuses
    is tried again from time to time. Its users are sent as V(removed) once the account no longer
    lists it. Where the portal refuses the key (401) the source ends with an error.
  - It ends within a few seconds, also while the portal is silent.
  - No event holds a key or a configuration.
author:
  - PremierVPN (@premiervpn)
options:
  api_key:
    description:
      - The API key. Taken from the environment variable E(PREMIERVPN_API_KEY) where it is not set,
        which is where it belongs. What stands in a rulebook can be seen by everybody who can read
        that.
    type: str
    required: true
  api_url:
    description: The base URL of the API. Taken from E(PREMIERVPN_API_URL) where it is not set.
    type: str
    default: https://portal.premiervpn.net/api/wg
  validate_certs:
    description:
      - Whether the portal's certificate is verified. Taken from E(PREMIERVPN_VALIDATE_CERTS) where
        it is not set.
    type: bool
    default: true
  ca_path:
    description:
      - A PEM file with the certificate authorities to trust, instead of those of the system.
      - Taken from E(PREMIERVPN_CA_PATH) where it is not set.
    type: path
  timeout:
    description:
      - Seconds that connecting and each wait for the answer to a request may take.
      - Taken from E(PREMIERVPN_TIMEOUT) where it is not set.
    type: float
    default: 30
  rate_limit:
    description:
      - Requests a minute that all processes of this machine which use this key may send together.
        V(0) does not pace.
      - Taken from E(PREMIERVPN_RATE_LIMIT) where it is not set.
    type: int
    default: 60
  max_wait:
    description:
      - The most seconds that one look may wait for the rate limit, and never more than an
        O(interval), or 15 seconds where that is shorter.
      - Taken from E(PREMIERVPN_MAX_WAIT) where it is not set.
    type: float
    default: 300
  show_waits:
    description:
      - Say in a line, every few minutes at most, that a look waits for the rate limit.
      - Taken from E(PREMIERVPN_SHOW_WAITS) where it is not set.
    type: bool
    default: true
  servers:
    description:
      - The servers to look at. Each an assignment id, or exactly the name, hostname or IP address
        that the portal lists for it. If left out, all servers of the account.
    type: list
    elements: str
  interval:
    description: Seconds from one look to the next, at least 5.
    type: float
    default: 30
  settle:
    description:
      - For how many looks a device has to be offline until that is an event, and a user has to be
        missing. V(1) believes every look.
    type: int
    default: 2
  catch_up:
    description:
      - Send the state of everything at the start, as events with C(initial) true. Each user is sent
        as V(added), and as V(online) or V(offline). That makes good what happened while nobody
        looked.
      - A server that can be looked at again after V(trouble) sends C(online) and C(offline) of all
        its users again.
    type: bool
    default: false
  events:
    description:
      - The types of events to send. If left out, all of them but V(devices).
      - V(devices) is one event for each look in which a device of a server came or went.
    type: list
    elements: str
    choices: [trouble, removed, added, online, offline, traffic, devices]
  traffic_over:
    description:
      - Bytes, received and sent together. A user that moves more of them in one O(interval) makes
        an event V(traffic).
      - If left out, traffic makes no events.
    type: float
notes:
  - Needs the Python library C(requests) and ansible-core where ansible-rulebook runs.
  - An event is a dictionary. C(type) is one of V(online), V(offline), V(added), V(removed),
    V(traffic), V(trouble), V(devices). C(server) is the assignment id, C(server_name) what the
    portal calls the server, C(user) the client name, C(at) the time of the look in UTC, and C(text)
    a line that a person reads. C(initial) is there, and true, where O(catch_up) sent the event.
  - C(before) and C(after) are the user in the two looks (C(id), C(client_name), C(client_ip),
    C(online), C(last_seen), C(rx_bytes), C(tx_bytes), C(server)). C(before) is null for V(added),
    C(after) for V(removed). A user that is new and online is V(added), then V(online).
  - V(trouble) and V(devices) are about a server. C(user), C(before) and C(after) are null.
    V(devices) has the lists C(online) and C(offline) of client names. Who is in neither may have
    gone away in the last look, or the portal does not say.
  - A text of the portal's in which a template of Jinja could begin has a space there.
"""

EXAMPLES = r"""
- premiervpn.wireguard.wg_status:

- premiervpn.wireguard.wg_status:
    servers: [fra1]
    interval: 15
    events: [online, offline]
    catch_up: true

- premiervpn.wireguard.wg_status:
    events: [traffic]
    traffic_over: 5000000000
"""

MODULE_UTILS = "ansible_collections.premiervpn.wireguard.plugins.module_utils"
HERE = Path(__file__).absolute()
LOGGER = logging.getLogger("premiervpn.wireguard.wg_status")


def load(name: str) -> ModuleType:
    """Import a part of this collection.

    ansible-rulebook runs this file by its path and without Ansible's own loader, so Python has to
    be shown where collections are.

    Parameters
    ----------
    name : str
        The name of a module below ``plugins.module_utils``.

    Returns
    -------
    ModuleType
        The module.

    """
    above = [str(folder.parent) for folder in HERE.parents if folder.name == "ansible_collections"]
    # First, so that it is not that of another copy of the collection.
    sys.path[:0] = [folder for folder in above if folder not in sys.path]
    return importlib.import_module(f"{MODULE_UTILS}.{name}")


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Put an event into the queue for each change of a user.

    Parameters
    ----------
    queue : asyncio.Queue[Any]
        Where the events go.
    args : dict[str, Any]
        The options that are documented above.

    Raises
    ------
    RuntimeError
        Looking on is pointless: the portal refuses the key, or a server is not there.

    """
    watch = load("_events.options").validated_watch(args, os.environ)
    if not watch.settings.validate_certs:
        # Asked for by option: a warning for each request would only bury the rest.
        warnings.filterwarnings("ignore", message="Unverified HTTPS request")
    end = await load("_events.watching").Watcher(watch, queue.put, LOGGER.warning).run()
    # Raised here: ansible-rulebook shows each call that an error came through in a line of its own.
    raise RuntimeError(str(end))
