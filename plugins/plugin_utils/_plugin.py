# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The way from a controller-side plugin (inventory, lookup) to the portal."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins import AnsiblePlugin
from ansible.utils.display import Display

from ..module_utils._api.portal import Portal
from ..module_utils._api.settings import (
    DEFAULTS,
    OPTIONS,
    ApiSettings,
    validated_settings,
)
from ..module_utils._api.transport import REQUESTS_IMPORT_ERROR
from ._connection import ENVIRONMENT, given_options, is_blank, key_origin, refuse_foreign_url
from ._facts import refuse_facts
from ._showing import Shown


@contextmanager
def blank_means_unset() -> Iterator[None]:
    """While Ansible reads a plugin's options, a blank variable of the environment is not there.

    AWX and CI systems set such variables. Ansible would take them before what ansible.cfg says.
    """
    blank = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("PREMIERVPN_") and not value.strip()
    }
    for name in blank:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(blank)


def settings_of(
    plugin: AnsiblePlugin,
    render: Callable[[Any], Any],
    options: Mapping[str, Any],
    variables: Mapping[str, Any],
) -> ApiSettings:
    """The plugin's connection options, templates in them rendered, checked.

    ``options`` are those given to it, before ``variables``; then the environment and ``ansible.cfg`` count.
    Raises ``OptionError``.
    """
    refuse_facts(variables)
    values, sources = given_options(options, variables, render)
    with blank_means_unset():
        for name in OPTIONS:
            if name not in values:
                value, origin = constants.config.get_config_value_and_origin(
                    name, plugin_type=plugin.plugin_type, plugin_name=plugin._load_name
                )
                values[name] = DEFAULTS.get(name) if is_blank(value) else render(value)
                sources[name] = ENVIRONMENT if str(origin).startswith("env") else str(origin)
    refuse_foreign_url(sources)
    return validated_settings(values, key_origin(sources))


def portal_of(settings: ApiSettings, who: str) -> Portal:
    """The portal, its waits shown as those of ``who``.

    Raises an error that names the interpreter where that lacks ``requests``.
    """
    if REQUESTS_IMPORT_ERROR:
        # Imported late: it looks the host name up, and is needed once in a lifetime.
        from ansible.module_utils.basic import missing_required_lib

        raise AnsibleError(missing_required_lib("requests"))
    if not settings.validate_certs:
        # The user asked for it by option; a warning on each request would only bury the rest.
        warnings.filterwarnings("ignore", message="Unverified HTTPS request")
    return Portal(settings, Shown(who))


def warn_of_pacing(portal: Portal) -> None:
    """Warn, once in a process, where the request budget could not be shared with other processes."""
    if portal.pacing_warning:
        Display().warning(portal.pacing_warning)
