# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Facts that are called as variables of this collection: a host must not decide by them.

Ansible makes variables of what a host answers, and they count for more than those of the inventory. A host
that was taken over could have the API key sent elsewhere, or ask the portal as somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..module_utils._errors import OptionError
from ..module_utils._text import listing, show

PLAYBOOKS = (
    "servers|plan|adopt|rotate|offboard|move|export|handout|report|event|drift|workflow|awx|demo"
    "|validate|converge"
)
"""What the variables of the role wg_servers and of the playbooks are called after ``wg_``, as a pattern."""

_OURS = re.compile(rf"_*(premiervpn_|wg_(_|client_|({PLAYBOOKS})_))")


def refuse_facts(variables: Mapping[str, Any]) -> None:
    """Raise ``OptionError`` where one of our variables is what the host answered as a fact.

    A fact does not count where the play, the task or ``-e`` has the variable, or where facts become no
    variables. The value shows it.
    """
    facts = variables.get("ansible_facts") or {}
    names = [name for name in facts if isinstance(name, str) and _OURS.match(name)]
    counting = [
        name for name in names if name in variables and str(variables[name]) == str(facts[name])
    ]
    if counting:
        raise OptionError(
            f"{show(variables.get('inventory_hostname', 'the host'), 80)} answered facts that are named like"
            f" variables of this collection, and a host may not decide by them: {listing(counting)}. Nothing was"
            " done. Remove these facts, or set the variables in the play or with -e"
        )
