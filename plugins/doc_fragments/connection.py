# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that every plugin of the collection has for reaching the portal."""

from __future__ import annotations


class ModuleDocFragment:
    """Said once here, for all modules."""

    DOCUMENTATION = r"""
options:
  api_key:
    description:
      - The API key, as made in the portal. It starts with C(wg_).
      - White space around it is removed. A key with white space, control or non-ASCII characters inside is
        refused, without ever being printed.
      - If not set, the environment variable E(PREMIERVPN_API_KEY) is used.
    type: str
    required: true
  api_url:
    description:
      - The base URL of the API.
      - Plain C(http://) is accepted for a loopback address only. Redirects are never followed.
      - If not set, the environment variable E(PREMIERVPN_API_URL) is used.
    type: str
    default: https://portal.premiervpn.net/api/wg
  validate_certs:
    description:
      - Whether the portal's certificate is verified. V(false) is obeyed even where E(REQUESTS_CA_BUNDLE) is set.
      - If not set, the environment variable E(PREMIERVPN_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - A PEM file with the certificate authorities to trust, instead of those of the system.
      - If not set, the environment variable E(PREMIERVPN_CA_PATH) is used.
    type: path
  timeout:
    description:
      - Seconds that connecting and each wait for the answer to a request may take.
      - If not set, the environment variable E(PREMIERVPN_TIMEOUT) is used.
    type: float
    default: 30
  rate_limit:
    description:
      - Requests a minute that all processes of this machine which use this key may send together. The portal
        answers 60 a minute for each key.
      - V(0) does not pace requests.
      - If not set, the environment variable E(PREMIERVPN_RATE_LIMIT) is used.
    type: int
    default: 60
  max_wait:
    description:
      - The most seconds that one task may spend waiting for the rate limit and between retries, in all.
      - A wait that does not fit is refused at once, not after sleeping. V(0) never waits.
      - If not set, the environment variable E(PREMIERVPN_MAX_WAIT) is used.
    type: float
    default: 300
requirements:
  - requests, on the host where the module runs
"""
