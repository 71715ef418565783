# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What is done with configurations that the portal sends."""

from __future__ import annotations


class ModuleDocFragment:
    """For everything that writes or returns C(.conf) texts."""

    DOCUMENTATION = r"""
options:
  allow_hooks:
    description:
      - Accept configurations with commands in them (C(PreUp), C(PostUp), C(PreDown), C(PostDown)), which C(wg-quick)
        runs as root. The portal is not known to send any.
      - Without it, such a configuration is refused, as a text always is that is no WireGuard configuration. It is
        neither written nor returned, and the task fails, before it changes anything where the user is there already.
        The configuration of a user who was just created comes only then; the user stays.
    type: bool
    default: false
"""
