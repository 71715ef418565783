# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a server is named."""

from __future__ import annotations


class ModuleDocFragment:
    """For every module that works on one server."""

    DOCUMENTATION = r"""
options:
  server:
    description:
      - The server. Its assignment id, or exactly the name, hostname or IP address that the portal lists for it.
      - An assignment id saves a request.
      - If left out, it is the account's only server. With several, the error lists them.
    type: str
"""
