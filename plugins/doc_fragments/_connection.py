# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options with which every module and plugin of the collection reaches the portal.

Written once. Plugins read the same options from variables, the environment and C(ansible.cfg) as well,
which Ansible wants to be told beside each option: C(PLUGINS) is C(DOCUMENTATION) with that added.
"""

from __future__ import annotations

import re


def _with_sources(documentation: str) -> str:
    """The documentation with the places that plugins take each option from."""
    sources = r"""\g<0>    env:
      - name: PREMIERVPN_\g<upper>
    vars:
      - name: premiervpn_\g<name>
    ini:
      - section: premiervpn
        key: \g<name>
"""

    def add(found: re.Match[str]) -> str:
        name = found["name"]
        return found.expand(sources.replace(r"\g<upper>", name.upper()))

    # A missing key is reported by the plugin, which names the variable to set.
    documentation = documentation.replace("    required: true\n", "")
    # A template is a text until it is rendered, so its type is checked after that, not by Ansible.
    untyped = re.sub(r"(?<=type: )(bool|int|float|path)$", "raw", documentation, flags=re.MULTILINE)
    return re.sub(r"^  (?P<name>[a-z_]+):\n", add, untyped, flags=re.MULTILINE)


class ModuleDocFragment:
    """C(connection) is for modules, C(connection.plugins) for inventory and lookup plugins."""

    DOCUMENTATION = r"""
options:
  api_key:
    description:
      - The API key, as made in the portal. It starts with C(wg_).
      - White space around it is removed. A key with white space, control or non-ASCII characters inside is
        refused, without ever being printed.
      - A key from the environment is sent only to a URL from the environment, from an option, or the default. It is not
        sent to one from the variable C(premiervpn_api_url).
      - If left out or blank, the variable C(premiervpn_api_key) is used, then E(PREMIERVPN_API_KEY).
    type: str
    required: true
  api_url:
    description:
      - The base URL of the API.
      - Plain C(http://) is accepted for a loopback address only, and goes past every proxy.
      - Redirects are never followed.
      - Proxies of the environment are used for C(https://). A C(.netrc) file is not.
      - If left out or blank, the variable C(premiervpn_api_url) is used, then E(PREMIERVPN_API_URL).
    type: str
    default: https://portal.premiervpn.net/api/wg
  validate_certs:
    description:
      - Whether the portal's certificate is verified. V(false) is obeyed even where E(REQUESTS_CA_BUNDLE) is set.
      - If left out or blank, the variable C(premiervpn_validate_certs) is used, then E(PREMIERVPN_VALIDATE_CERTS).
    type: bool
    default: true
  ca_path:
    description:
      - A PEM file with the certificate authorities to trust, instead of those of the system.
      - If left out or blank, the variable C(premiervpn_ca_path) is used, then E(PREMIERVPN_CA_PATH).
    type: path
  timeout:
    description:
      - Seconds that connecting and each wait for the answer to a request may take.
      - If left out or blank, the variable C(premiervpn_timeout) is used, then E(PREMIERVPN_TIMEOUT).
    type: float
    default: 30
  rate_limit:
    description:
      - Requests a minute that all processes of this machine which use this key may send together. The portal
        answers 60 a minute for each key.
      - Other machines and other containers are not known of. Where the file that processes share can't be used, there
        is a warning.
      - V(0) does not pace requests.
      - If left out or blank, the variable C(premiervpn_rate_limit) is used, then E(PREMIERVPN_RATE_LIMIT).
    type: int
    default: 60
  max_wait:
    description:
      - The most seconds that one task may spend waiting for the rate limit and between retries, in all.
      - A wait that does not fit is refused at once, not after sleeping. V(0) never waits.
      - If left out or blank, the variable C(premiervpn_max_wait) is used, then E(PREMIERVPN_MAX_WAIT).
    type: float
    default: 300
  show_waits:
    description:
      - Show a line on the controller, every few seconds at most, while a run waits for the rate limit.
      - A module that runs on another host than the controller can't be looked into, so nothing is shown for it.
      - If left out or blank, the variable C(premiervpn_show_waits) is used, then E(PREMIERVPN_SHOW_WAITS).
    type: bool
    default: true
requirements:
  - Python 3.10 or newer
  - requests
"""

    # Annotated, because ansible-test takes every plain assignment here for a literal.
    PLUGINS: str = _with_sources(DOCUMENTATION)
