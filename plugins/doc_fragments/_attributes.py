# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The attributes of the collection's modules."""

from __future__ import annotations


class ModuleDocFragment:
    """All modules support check mode and are in the action group; those that change show a diff."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
  action_group:
    description: Use C(group/premiervpn.wireguard.wg) in C(module_defaults) to set defaults for these modules.
    support: full
    membership:
      - premiervpn.wireguard.wg
"""

    CHANGES = r"""
options: {}
attributes:
  diff_mode:
    description: Shows what changed, or would change, in diff mode. Never a secret or a live value.
    support: full
"""

    READS = r"""
options: {}
attributes:
  diff_mode:
    description: Changes nothing, so there is nothing to show.
    support: N/A
"""
