# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: wg_user
short_description: Look up users of a WireGuard server with their configuration and keys
version_added: 1.0.0
description:
  - Returns users with C(config) (the text of the C(.conf) file) and C(keys), where a template needs them.
  - They are secrets, so set C(no_log) on a task that shows what it was given.
  - Takes one request for the users of the server, however many terms there are, and one for each term.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection.plugins
  - premiervpn.wireguard._configs
options:
  _terms:
    description:
      - Users. Each an exact client name, or a numeric id. A string of digits is an id only if no user of the server has
        that name.
    type: list
    elements: raw
    required: true
  server:
    description:
      - The server. Its assignment id, or exactly the name, hostname or IP address that the portal lists for it.
      - If left out, it is the account's only server. With several, the error lists them.
    type: raw
    env:
      - name: PREMIERVPN_SERVER
    vars:
      - name: premiervpn_server
    ini:
      - section: premiervpn
        key: server
notes:
  - The listing of users is remembered for a run of Ansible, for this URL, key and server, without secrets. A name that
    is not in it is looked for in a new one. Configuration and keys are never kept, so each use takes a request.
seealso:
  - module: premiervpn.wireguard.wg_user
  - module: premiervpn.wireguard.wg_user_info
"""

EXAMPLES = r"""
- name: The configuration of a phone
  ansible.builtin.copy:
    content: "{{ lookup('premiervpn.wireguard.wg_user', 'phone', server=5).config }}"
    dest: "{{ playbook_dir }}/phone.conf"
    mode: "0600"
  no_log: true

- name: The addresses of several users
  ansible.builtin.debug:
    msg: "{{ query('premiervpn.wireguard.wg_user', 'phone', 'laptop', server=5) | map(attribute='client_ip') }}"
"""

RETURN = r"""
_raw:
  description:
    - The users, each as of M(premiervpn.wireguard.wg_user_info) with C(config) and C(keys).
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..module_utils._api.finding import server_and_users, user_among
from ..module_utils._api.parallel import each
from ..module_utils._api.portal import Portal
from ..module_utils._api.reading import details_of
from ..module_utils._api.settings import ApiSettings
from ..module_utils._errors import NotFoundError, RejectedError, WireguardError
from ..module_utils._model import Secrets, Server, User
from ..module_utils._text import show
from ..plugin_utils._plugin import blank_means_unset, portal_of, settings_of, warn_of_pacing
from ..plugin_utils._run_memory import remember, remembered

# What is listed for one connection and one server. The key holds every argument, so that nobody is
# ever answered with what another key or server showed.
_LISTINGS: dict[tuple[ApiSettings, str], tuple[Server, list[User]]] = {}


class LookupModule(LookupBase):
    def run(
        self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any
    ) -> list[dict[str, Any]]:
        with blank_means_unset():
            self.set_options(var_options=variables, direct=kwargs)
        render = self._templar.template if self._templar else lambda value: value
        try:
            settings = settings_of(self, render, kwargs, variables or {})
            server = render(self.get_option("server"))
            portal = portal_of(settings, _who(variables))
            portal.allow_hooks = bool(self.get_option("allow_hooks"))
            found = _looked_up(portal, settings, server, terms)
            warn_of_pacing(portal)
            return found
        except WireguardError as exc:
            raise AnsibleLookupError(str(exc)) from None


def _who(variables: dict[str, Any] | None) -> str:
    """Whose waits are shown: of many forks, each looks things up for its own host."""
    host = (variables or {}).get("inventory_hostname")
    return f"{show(host, 80)}: the lookup wg_user" if host else "the lookup wg_user"


def _looked_up(
    portal: Portal, settings: ApiSettings, wanted: Any, terms: list[Any]
) -> list[dict[str, Any]]:
    # No server named is not a server named None.
    key = (settings, repr(None if wanted is None else str(wanted)))
    facts = [settings.api_url, settings.api_key, key[1]]
    if key not in _LISTINGS and (kept := remembered(facts)):
        _LISTINGS[key] = kept
    if key in _LISTINGS and _proves(_LISTINGS[key][1], terms):
        try:
            return _details(portal, *_LISTINGS[key], terms)
        except (NotFoundError, RejectedError):
            pass  # created anew since that listing was made
    _LISTINGS[key] = server_and_users(portal, wanted)
    remember(facts, _LISTINGS[key])
    try:
        return _details(portal, *_LISTINGS[key], terms)
    except RejectedError as exc:
        if not exc.may_be_gone:
            raise
        # Gone since this listing, or created anew: a name that is not there fails by that.
        _LISTINGS[key] = server_and_users(portal, wanted)
        remember(facts, _LISTINGS[key])
        return _details(portal, *_LISTINGS[key], terms)


def _proves(users: list[User], terms: list[Any]) -> bool:
    """Whether an old listing shows who is meant: it holds who was there, never who was not.

    A text of digits is an id only if no user has that name, which the listing cannot know any more.
    """
    names = {user.client_name for user in users}
    return all(isinstance(term, int) or str(term) in names for term in terms)


def _details(
    portal: Portal, server: Server, users: list[User], terms: list[Any]
) -> list[dict[str, Any]]:
    found = [user_among(users, term, server) for term in terms]
    return [
        {**user.result(server.id), "config": secrets.config, "keys": secrets.keys}
        for user, secrets in each(found, lambda user: _of_the_same(portal, user))
    ]


def _of_the_same(portal: Portal, user: User) -> tuple[User, Secrets]:
    """A user's details, unless its id has become somebody else's since it was listed."""
    now, secrets = details_of(portal, user)
    if now.client_name != user.client_name:
        raise NotFoundError(f"user {show(user.client_name)!r} has not the id {user.id} any more")
    return now, secrets
