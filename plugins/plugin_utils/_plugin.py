# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private: nobody outside this collection may build on it.

The way from a controller-side plugin (inventory, lookup) to the portal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins import AnsiblePlugin

from ansible_collections.premiervpn.wireguard.plugins.module_utils._connection import (
    DEFAULTS,
    OPTIONS,
    Connection,
    checked_connection,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._portal import Portal
from ansible_collections.premiervpn.wireguard.plugins.module_utils._transport import (
    REQUESTS_IMPORT_ERROR,
)
from ansible_collections.premiervpn.wireguard.plugins.plugin_utils._showing import Shown


def connection_of(plugin: AnsiblePlugin, render: Callable[[Any], Any]) -> Connection:
    """The plugin's connection options, templates in them rendered, checked.

    Raises ``OptionError``. A blank value counts as not set, as CI systems set them.
    """
    values = {name: render(plugin.get_option(name)) for name in OPTIONS}
    return checked_connection(
        {
            name: DEFAULTS.get(name) if value is None or str(value).strip() == "" else value
            for name, value in values.items()
        }
    )


def portal_of(connection: Connection, who: str) -> Portal:
    """The portal, its waits shown as those of ``who``.

    Raises an error that names the interpreter where that lacks ``requests``.
    """
    if REQUESTS_IMPORT_ERROR:
        # Imported late: it looks the host name up, and is needed once in a lifetime.
        from ansible.module_utils.basic import missing_required_lib

        raise AnsibleError(missing_required_lib("requests"))
    return Portal(connection, Shown(who))
