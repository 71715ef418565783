# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private: nobody outside this collection may build on it.

Running a module without packing it. Ansible packs a module and all that it imports into an archive,
which the other side unpacks, compiles and runs. Where the other side is this machine, this user and
this interpreter, the files are there already. All else stays Ansible's own: the arguments, the
environment, the process, its output and what becomes of it.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import ansible
from ansible import constants
from ansible.release import __version__

from ansible_collections.premiervpn.wireguard.plugins.plugin_utils import _start

if TYPE_CHECKING:
    from ansible.plugins.action import ActionBase

# How a module is handed over is between Ansible and itself. It is known of these.
_KNOWN = ((2, 16), (2, 21))

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_SITE = os.path.dirname(os.path.dirname(os.path.abspath(ansible.__file__)))


def can_stay_unpacked(action: ActionBase, task_vars: dict[str, Any]) -> bool:
    """Whether the task's module would run on this machine, as this user, with this interpreter."""
    task, connection = action._task, action._connection
    return (
        connection.transport == "local"
        and connection.become is None
        and not task.async_val
        and _KNOWN[0] <= tuple(int(part) for part in __version__.split(".")[:2]) <= _KNOWN[1]
        # Who wants to look at the archive, or has Ansible's own wrapper do something, gets it.
        and not constants.DEFAULT_KEEP_REMOTE_FILES
        and not constants.config.get_config_value(
            "PYTHON_MODULE_RLIMIT_NOFILE", variables=task_vars
        )
        and _interpreter(action, task_vars) == sys.executable
        and os.path.isfile(_path(_short_name(action)))
    )


def unpacked(action: ActionBase, arguments: dict[str, Any]) -> tuple[Any, ...]:
    """What to run and what to feed it, as Ansible's ``_configure_module`` would answer."""
    name = _short_name(action)
    values = {"ANSIBLE_MODULE_ARGS": arguments}
    shebang = f"#!{sys.executable}"
    try:
        from ansible.executor.module_common import _BuiltModule
        from ansible.module_utils.common.json import Direction, get_module_encoder
    except ImportError:  # ansible-core 2.18 and older
        from ansible.module_utils.common.json import AnsibleJSONEncoder

        text = json.dumps(values, cls=AnsibleJSONEncoder, vault_to_text=True)
        return "new", shebang, _script(name, text), _path(name)
    encoder = get_module_encoder("legacy", Direction.CONTROLLER_TO_MODULE)
    built = _BuiltModule(
        b_module_data=_script(name, json.dumps(values, cls=encoder)),
        module_style="new",
        shebang=shebang,
        serialization_profile="legacy",
    )
    return built, _path(name)


def _script(module: str, arguments: str) -> bytes:
    """What the interpreter reads from stdin.

    The arguments hold secrets, so they have a line of their own: a traceback shows the line of a call.
    """
    return f"""\
import sys
sys.path[:] = [*filter(None, sys.path), {_SITE!r}]  # without the folder that we happen to be in
ARGUMENTS = {arguments.encode()!r}
import runpy
runpy.run_path({_start.__file__!r})["start"]({module!r}, ARGUMENTS)
""".encode()


def _interpreter(action: ActionBase, task_vars: dict[str, Any]) -> str:
    """The interpreter that is configured for where the task runs; "auto" where it is to be found."""
    host = action._task.delegate_to
    variables = task_vars["ansible_delegated_vars"][host] if host else task_vars
    wanted = constants.config.get_config_value("INTERPRETER_PYTHON", variables=variables)
    return str(action._templar.template(wanted)).strip()


def _short_name(action: ActionBase) -> str:
    return str(action._task.action).rpartition(".")[2]


def _path(module: str) -> str:
    return os.path.join(_ROOT, "plugins", "modules", f"{module}.py")
