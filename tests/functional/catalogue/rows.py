# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of the catalogue of wrong input: what is given, and what is said to it."""

# ruff: noqa: E501 - a message in one line is easier to find

from __future__ import annotations

from typing import Any, NamedTuple


class Row(NamedTuple):
    """What is given to whom, beside what ``desk.BASE`` holds, and the essential part of the message.

    The portal has the user ``web`` on server 5 (``fra1``) and none on server 6 (``ams1``).
    """

    where: str
    given: dict[str, Any]
    said: str


ROWS = (
    Row("wg_user", {"name": None}, "missing required arguments: name"),
    Row(
        "wg_user",
        {"name": ""},
        "'' is not a client name: letters, digits, - and _ only, and 1 to 50 of them",
    ),
    Row(
        "wg_user",
        {"name": "a name"},
        "'a name' is not a client name: letters, digits, - and _ only, and 1 to 50 of them",
    ),
    Row(
        "wg_user",
        {"name": "web.server"},
        "'web.server' is not a client name: letters, digits, - and _ only, and 1 to 50 of them",
    ),
    Row(
        "wg_user",
        {"name": "../web"},
        "'../web' is not a client name: letters, digits, - and _ only, and 1 to 50 of them",
    ),
    Row(
        "wg_user",
        {"name": "höhle"},
        "'höhle' is not a client name: letters, digits, - and _ only, and 1 to 50 of them",
    ),
    Row(
        "wg_user",
        {"name": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
        "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' is not a client name: letters, digits, - and _ only, and 1 to 50 of them",
    ),
    Row(
        "wg_user",
        {"name": ["a", "b"]},
        "name must be a text, not a list: ['a', 'b']",
    ),
    Row("wg_user", {"state": "gone"}, "value of state must be one of: present, absent, got: gone"),
    Row(
        "wg_user",
        {"server": "nowhere"},
        "server 'nowhere' was not found; the account's servers are: ams1 (6), fra1 (5)",
    ),
    Row(
        "wg_user",
        {"server": "FRA1"},
        "server 'FRA1' was not found; 'fra1' differs from it in case only; the account's servers are: ams1 (6), fra1 (5)",
    ),
    Row(
        "wg_user",
        {"server": "77"},
        "server '77' was not found; the account's servers are: ams1 (6), fra1 (5)",
    ),
    Row(
        "wg_user",
        {"server": None},
        "the account has 2 servers, name one with `server`: ams1 (6), fra1 (5)",
    ),
    Row("wg_user", {"sever": "5"}, "module: sever"),
    Row(
        "wg_user",
        {"config_path": "{tmp}/nowhere/phone.conf"},
        "{tmp}/nowhere/phone.conf can't be written: the directory {tmp}/nowhere does not exist",
    ),
    Row("wg_user", {"config_path": "{tmp}"}, "{tmp} can't be written: it is a directory"),
    Row("wg_user", {"api_key": ""}, "There is no API key"),
    Row(
        "wg_user",
        {"api_key": "wg_two words"},
        "api_key holds white space, control or non-ASCII characters, which no key has (not shown here)",
    ),
    Row(
        "wg_user",
        {"api_key": "wg_line\nbreak"},
        "api_key holds white space, control or non-ASCII characters, which no key has (not shown here)",
    ),
    Row(
        "wg_user",
        {"api_key": "wg_ümlaut"},
        "api_key holds white space, control or non-ASCII characters, which no key has (not shown here)",
    ),
    Row(
        "wg_user",
        {"api_key": "wg_not_the_right_one"},
        "GET /servers/5/users: the portal answered 401, The API key is missing or not valid (unauthorized). Check the API key (api_key)",
    ),
    Row(
        "wg_user",
        {"api_url": "portal.example.net"},
        "api_url is not an http(s) URL: portal.example.net",
    ),
    Row(
        "wg_user",
        {"api_url": "http://portal.example.net/api/wg"},
        "api_url is plain http to portal.example.net: the key would travel unencrypted. Use https (plain http is for a loopback address only)",
    ),
    Row(
        "wg_user",
        {"api_url": "ftp://127.0.0.1/api/wg"},
        "api_url is not an http(s) URL: ftp://127.0.0.1/api/wg",
    ),
    Row(
        "wg_user",
        {"api_url": "https://me:secret@portal.example.net/api/wg"},
        "api_url holds a user name or password; only api_key signs in (not shown here)",
    ),
    Row(
        "wg_user",
        {"api_url": "https://portal.example.net/api/wg?x=1"},
        "api_url has a query or a fragment: https://portal.example.net/api/wg?x=1",
    ),
    Row("wg_user", {"api_url": "https://portal.example.net:99999/"}, "api_url is not a URL"),
    Row(
        "wg_user", {"api_url": "https:///api/wg"}, "api_url is not an http(s) URL: https:///api/wg"
    ),
    Row("wg_user", {"ca_path": "{tmp}/nowhere.pem"}, "ca_path is not a file: {tmp}/nowhere.pem"),
    Row("wg_user", {"ca_path": "{tmp}"}, "ca_path is not a file: {tmp}"),
    Row(
        "wg_user",
        {"ca_path": "{tmp}/text.pem"},
        "ca_path holds no readable PEM certificate: {tmp}/text.pem",
    ),
    Row("wg_user", {"timeout": 0}, "timeout must be above 0, not 0.0"),
    Row("wg_user", {"timeout": -1}, "timeout must be above 0, not -1.0"),
    Row("wg_user", {"timeout": "soon"}, "and we were unable to convert to float"),
    Row("wg_user", {"timeout": "nan"}, "timeout is not a number: nan"),
    Row("wg_user", {"rate_limit": -1}, "rate_limit must be at least 0, not -1"),
    Row("wg_user", {"rate_limit": "many"}, "and we were unable to convert to int"),
    Row("wg_user", {"max_wait": -1}, "max_wait must be at least 0, not -1.0"),
    Row("wg_user", {"max_wait": "inf"}, "max_wait is not a number: inf"),
    Row("wg_user", {"validate_certs": "perhaps"}, "and we were unable to convert to bool"),
    Row(
        "wg_user",
        {"api_url": "portal", "timeout": -1, "max_wait": -1},
        "api_url is not an http(s) URL: portal; timeout must be above 0, not -1.0; max_wait must be at least 0, not -1.0",
    ),
    Row(
        "wg_user",
        {"name": False},
        "name must be a text, and False is true or false in YAML: write it in quotes",
    ),
    Row(
        "wg_user",
        {"name": 123},
        "name must be a text, and 123 is a number in YAML: write it in quotes",
    ),
    Row(
        "wg_user",
        {"config_path": "{tmp}/phone.conf", "owner": "nobody-of-that-name"},
        "{tmp}/phone.conf can't be written: chown failed: failed to look up user nobody-of-that-name",
    ),
    Row(
        "wg_user",
        {"config_path": "{tmp}/phone.conf", "group": "nobody-of-that-name"},
        "{tmp}/phone.conf can't be written: chgrp failed: failed to look up group nobody-of-that-name",
    ),
    Row(
        "wg_user",
        {"config_path": "{tmp}/phone.conf", "mode": "secret"},
        "{tmp}/phone.conf can't be written: mode must be in octal or symbolic form",
    ),
    Row(
        "wg_user",
        {"config_path": "{tmp}/phone.conf", "mode": "77777"},
        "{tmp}/phone.conf can't be written: mode 77777 is not the mode of a file: give 0000 to 7777, in quotes",
    ),
    Row(
        "wg_port_forward",
        {"external_port": 0},
        "user 'web': external_port 0 is not a port from 1 to 65535",
    ),
    Row(
        "wg_port_forward",
        {"external_port": 65536},
        "user 'web': external_port 65536 is not a port from 1 to 65535",
    ),
    Row(
        "wg_port_forward",
        {"external_port": -1},
        "user 'web': external_port -1 is not a port from 1 to 65535",
    ),
    Row(
        "wg_port_forward",
        {"external_port": 22},
        "user 'web': external_port 22 is reserved by the portal (22, 51820, 56561 are)",
    ),
    Row(
        "wg_port_forward",
        {"external_port": 51820},
        "user 'web': external_port 51820 is reserved by the portal (22, 51820, 56561 are)",
    ),
    Row(
        "wg_port_forward",
        {"external_port": 56561},
        "user 'web': external_port 56561 is reserved by the portal (22, 51820, 56561 are)",
    ),
    Row("wg_port_forward", {"external_port": "https"}, "and we were unable to convert to int"),
    Row("wg_port_forward", {"external_port": 443.5}, "and we were unable to convert to int"),
    Row(
        "wg_port_forward",
        {"external_port": True},
        "user 'web': external_port True is not a port from 1 to 65535",
    ),
    Row("wg_port_forward", {"external_port": None}, "missing required arguments: external_port"),
    Row(
        "wg_port_forward",
        {"internal_port": 0},
        "user 'web': internal_port 0 is not a port from 1 to 65535",
    ),
    Row(
        "wg_port_forward",
        {"internal_port": 70000},
        "user 'web': internal_port 70000 is not a port from 1 to 65535",
    ),
    Row(
        "wg_port_forward",
        {"internal_port": None},
        "state is present but all of the following are missing: internal_port",
    ),
    Row(
        "wg_port_forward",
        {"protocol": "sctp"},
        "value of protocol must be one of: tcp, udp, both, got: sctp",
    ),
    Row(
        "wg_port_forward",
        {"protocol": "TCP"},
        "value of protocol must be one of: tcp, udp, both, got: TCP",
    ),
    Row(
        "wg_port_forward",
        {
            "comment": "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
        },
        "user 'web': the comment of external_port 443 has 101 characters, 100 are allowed: cccccccccccccccccccccccccccccc...",
    ),
    Row("wg_port_forward", {"user": None}, "missing required arguments: user"),
    Row("wg_port_forward", {"user": ""}, "user must be a client name or an id, not ''"),
    Row("wg_port_forward", {"user": "nobody"}, "user 'nobody' was not found on server 5"),
    Row(
        "wg_port_forward",
        {"user": "WEB"},
        "user 'WEB' was not found on server 5; 'web' differs from it in case only",
    ),
    Row("wg_port_forward", {"user": "999"}, "user '999' was not found on server 5"),
    Row("wg_port_forward", {"takeover": "perhaps"}, "and we were unable to convert to bool"),
    Row(
        "wg_port_forward",
        {
            "external_port": 22,
            "internal_port": 0,
            "comment": "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
        },
        "user 'web': external_port 22 is reserved by the portal (22, 51820, 56561 are); "
        "user 'web': internal_port 0 is not a port from 1 to 65535; "
        "user 'web': the comment of external_port 22 has 101 characters, 100 are allowed: "
        "cccccccccccccccccccccccccccccc...",
    ),
    Row(
        "wg_port_forward",
        {"user": False},
        "user must be a client name or an id, not 'False'",
    ),
    Row("wg_server", {"users": None}, "missing required arguments: users"),
    Row(
        "wg_server",
        {"users": [{"name": False}, {"name": 123}]},
        "name must be a text, and False is true or false in YAML: write it in quotes; "
        "name must be a text, and 123 is a number in YAML: write it in quotes",
    ),
    Row("wg_server", {"users": "web"}, "users must be a list of dictionaries, not of str"),
    Row(
        "wg_server",
        {"users": [{"name": "web", "port_forwards": [443]}]},
        "port_forwards of users must be a list of dictionaries, not of int",
    ),
    Row(
        "wg_server",
        {"users": [{"state": "present"}]},
        "missing required arguments: name found in users",
    ),
    Row(
        "wg_server",
        {"users": [{"name": "web"}, {"name": "web"}]},
        "user 'web' is declared more than once",
    ),
    Row(
        "wg_server",
        {"users": [{"name": "b@d"}]},
        "'b@d' is not a client name: letters, digits, - and _ only, and 1 to 50 of them",
    ),
    Row(
        "wg_server", {"users": [{"name": "web", "port_forward": []}]}, "module: users.port_forward"
    ),
    Row(
        "wg_server",
        {
            "users": [
                {"name": "web", "port_forwards": [{"external_port": 22, "internal_port": 443}]}
            ]
        },
        "user 'web': external_port 22 is reserved by the portal (22, 51820, 56561 are)",
    ),
    Row(
        "wg_server",
        {
            "users": [
                {
                    "name": "web",
                    "port_forwards": [
                        {"external_port": 443, "internal_port": 443},
                        {"external_port": 443, "internal_port": 80},
                    ],
                }
            ]
        },
        "external port 443/tcp is declared twice, for web:443 and for web:80",
    ),
    Row(
        "wg_server",
        {
            "users": [
                {"name": "web", "port_forwards": [{"external_port": 443, "internal_port": 443}]},
                {"name": "phone", "port_forwards": [{"external_port": 443, "internal_port": 443}]},
            ]
        },
        "external port 443/tcp is declared twice, for web:443 and for phone:443",
    ),
    Row(
        "wg_server",
        {
            "users": [
                {
                    "name": "web",
                    "port_forwards": [
                        {"external_port": 443, "internal_port": 443, "protocol": "both"},
                        {"external_port": 443, "internal_port": 80, "protocol": "udp"},
                    ],
                }
            ]
        },
        "external port 443/udp is declared twice, for web:443 and for web:80",
    ),
    Row(
        "wg_server",
        {
            "users": [
                {
                    "name": "web",
                    "port_forwards": [
                        {"external_port": 443, "internal_port": 443},
                        {"external_port": 443, "internal_port": 443, "state": "absent"},
                    ],
                }
            ]
        },
        "443/tcp of user 'web' is declared both present and absent",
    ),
    Row(
        "wg_server",
        {
            "users": [
                {
                    "name": "web",
                    "port_forwards": [{"external_port": 443, "internal_port": 443}],
                    "state": "absent",
                }
            ]
        },
        "user 'web' should be absent, but has 443/tcp declared",
    ),
    Row(
        "wg_server",
        {"users": [{"name": "web", "port_forwards": [{"internal_port": 1}]}]},
        "missing required arguments: external_port found in users -> port_forwards",
    ),
    Row(
        "wg_server",
        {"users": [{"name": "web", "port_forwards": [{"external_port": 80}]}]},
        "user 'web': internal_port is missing for external_port 80",
    ),
    Row("wg_server", {"max_deletions": -1}, "max_deletions must be at least 0, not -1"),
    Row(
        "wg_server",
        {"users": [], "purge_users": True, "max_deletions": 0},
        "the plan deletes 1 user (web), more than max_deletions (0) allows; nothing was changed",
    ),
    Row(
        "wg_server",
        {"config_dir": "{tmp}/text.pem"},
        "{tmp}/text.pem can't be created: it is not a directory",
    ),
    Row(
        "wg_server",
        {"config_dir": "{tmp}/nowhere/wireguard"},
        "{tmp}/nowhere/wireguard can't be created: its parent is missing or not writable",
    ),
    Row("wg_server", {"only": ["Web"]}, "only: 'Web' is not a declared user"),
    Row("wg_servers", {"servers": ["fra1"]}, "server 1: must be a dictionary with `users`"),
    Row(
        "wg_servers",
        {"servers": [{"server": "fra1", "users": "phone"}]},
        "server 1 (fra1): user 1: each of users must be a dictionary, not 'phone'",
    ),
    Row(
        "wg_servers",
        {"servers": [{"server": 5, "users": []}, {"server": "fra1", "users": [{"name": "a b"}]}]},
        "server 2 (fra1): 'a b' is not a client name: letters, digits, - and _ only, and 1 to 50 of them",
    ),
    Row(
        "wg_servers",
        {"servers": [{"server": 5, "users": []}, {"server": "5", "users": []}]},
        "server 5 is declared more than once",
    ),
    Row(
        "wg_servers",
        {"servers": [{"server": 5, "users": []}, {"server": "fra1", "users": []}]},
        "server fra1 is declared more than once, as 5 too",
    ),
    Row(
        "wg_servers",
        {"servers": [{"server": 5, "users": [], "purge": True}]},
        "server 1 (5): unknown: purge. Supported parameters include:",
    ),
    Row("wg_servers", {"only": ["Web"]}, "only: no server declares a user 'Web'"),
    Row("wg_servers", {"only": []}, "only is an empty list; leave it out for all users"),
    Row("wg_servers", {"servers": []}, "no server is declared: the list is empty"),
    Row(
        "wg_servers",
        {"servers": [{"server": "fra1", "users": []}, {"server": "fra9", "users": []}]},
        "server 'fra9' was not found; the account's servers are: ams1 (6), fra1 (5)",
    ),
    Row(
        "wg_servers",
        {
            "servers": [
                {"server": number, "users": [{"name": "web"}], "config_dir": "{tmp}"}
                for number in (5, 6)
            ]
        },
        "servers 5 and 6 would both keep {tmp}/web.conf: give each its own config_dir",
    ),
    Row(
        "wg_rotate_keys",
        {"users": ["web", "Web"]},
        "not found on server 5: Web",
    ),
    Row(
        "wg_rotate_keys",
        {"users": ["a b"]},
        "'a b' is not a client name: letters, digits, - and _ only, and 1 to 50 of them",
    ),
    Row(
        "wg_rotate_keys",
        {"users": []},
        "users is an empty list: name the users that get new keys",
    ),
    Row("wg_offboard", {"users": []}, "users is empty: name at least one user"),
    Row("wg_offboard", {"users": "web, a/b"}, "users: 'a/b' is not a client name"),
    Row(
        "wg_offboard",
        {"servers": ["FRA1"]},
        "server 'FRA1' was not found; 'fra1' differs from it in case only",
    ),
    Row(
        "wg_offboard",
        {"users": ["Web"]},
        "not found on any server: Web ('web' differs in case only)",
    ),
    Row(
        "wg_adopt",
        {"path": "{tmp}/text.pem"},
        "{tmp}/text.pem exists; name another file, or set force",
    ),
    Row("wg_adopt", {"path": "{tmp}"}, "{tmp} can't be written: it is a directory"),
    Row("wg_user_info", {"servers": []}, "servers is an empty list; servers: all stands for all"),
    Row("wg_server_info", {"servers": ["5"]}, "module: servers"),
    Row(
        "wg_server_info",
        {"api_key": "wg_not_the_right_one"},
        "GET /servers: the portal answered 401, The API key is missing or not valid (unauthorized). Check the API key (api_key)",
    ),
    Row(
        "wg_status_info",
        {"server": "nowhere"},
        "server 'nowhere' was not found; the account's servers are: ams1 (6), fra1 (5)",
    ),
    Row(
        "wg_status_info",
        {"server": "77"},
        "server '77' was not found; the account's servers are: ams1 (6), fra1 (5)",
    ),
    Row(
        "wg_user_info",
        {"server": "FRA1"},
        "server 'FRA1' was not found; 'fra1' differs from it in case only; the account's servers are: ams1 (6), fra1 (5)",
    ),
    Row(
        "wg_user_info",
        {"name": False},
        "name must be a text, and False is true or false in YAML: write it in quotes",
    ),
    Row("wg_user_info", {"id": "one"}, "and we were unable to convert to int"),
    Row("wg_user_info", {"include_config": "perhaps"}, "and we were unable to convert to bool"),
    Row(
        "wg_port_forward_info",
        {"server": "nowhere"},
        "server 'nowhere' was not found; the account's servers are: ams1 (6), fra1 (5)",
    ),
    Row(
        "wg_port_forward_info",
        {"server": "77"},
        "server '77' was not found; the account's servers are: ams1 (6), fra1 (5)",
    ),
    Row(
        "inventory",
        {"api_key": "wg_two words"},
        "no host was added: api_key holds white space, control or non-ASCII characters, which no key has (not shown here)",
    ),
    Row(
        "inventory",
        {"api_url": "http://portal.example.net/api/wg"},
        "no host was added: api_url is plain http to portal.example.net: the key would travel "
        "unencrypted. Use https (plain http is for a loopback address only)",
    ),
    Row(
        "inventory",
        {"ca_path": "{tmp}/nowhere.pem"},
        "no host was added: ca_path is not a file: {tmp}/nowhere.pem",
    ),
    Row("inventory", {"timeout": 0}, "no host was added: timeout must be above 0, not 0"),
    Row("inventory", {"max_wait": "soon"}, "no host was added: max_wait is not a number: soon"),
    Row(
        "inventory", {"rate_limit": 1.5}, "no host was added: rate_limit is not a whole number: 1.5"
    ),
    Row(
        "inventory",
        {"validate_certs": "perhaps"},
        "no host was added: validate_certs is neither true nor false: perhaps",
    ),
    Row(
        "inventory",
        {"servers": ["nowhere"]},
        "no host was added: server 'nowhere' was not found; the account's servers are: ams1 (6), fra1 (5)",
    ),
    Row(
        "inventory",
        {"servers": ["FRA1"]},
        "no host was added: server 'FRA1' was not found; 'fra1' differs from it in case only; the account's servers are: ams1 (6), fra1 (5)",
    ),
    Row(
        "inventory",
        {"api_key": "wg_not_the_right_one"},
        "no host was added: GET /servers: the portal answered 401, The API key is missing or not valid (unauthorized)."
        " Check the API key (api_key); it came from the option api_key",
    ),
    Row(
        "inventory",
        {"strict": True, "filters": ["no_such_variable > 1"]},
        "the filter 'no_such_variable > 1' can't be evaluated: 'no_such_variable' is undefined",
    ),
    Row(
        "inventory",
        {"hostname": "{{ '' }}"},
        "the hostname template \"{{ '' }}\" gives an empty name",
    ),
    Row(
        "inventory",
        {"hostname": "{{ no_such_variable }}"},
        "the hostname template can't be rendered: 'no_such_variable' is undefined",
    ),
    Row(
        "inventory",
        {"plugin": "premiervpn.wireguard.users"},
        "inventory config '{tmp}/users.premiervpn.yml' specifies unknown plugin 'premiervpn.wireguard.users'",
    ),
    Row("lookup", {"terms": ["nobody"]}, "user 'nobody' was not found on server 5"),
    Row(
        "lookup",
        {"terms": ["WEB"]},
        "user 'WEB' was not found on server 5; 'web' differs from it in case only",
    ),
    Row("lookup", {"terms": ["999"]}, "user '999' was not found on server 5"),
    Row(
        "lookup",
        {"server": "nowhere"},
        "server 'nowhere' was not found; the account's servers are: ams1 (6), fra1 (5)",
    ),
    Row(
        "lookup",
        {"server": 77},
        "server '77' was not found; the account's servers are: ams1 (6), fra1 (5)",
    ),
    Row(
        "lookup",
        {"server": None},
        "the account has 2 servers, name one with `server`: ams1 (6), fra1 (5)",
    ),
    Row(
        "lookup",
        {"api_key": "wg_two words"},
        "api_key holds white space, control or non-ASCII characters, which no key has (not shown here)",
    ),
    Row(
        "lookup",
        {"api_url": "http://portal.example.net/api/wg"},
        "api_url is plain http to portal.example.net: the key would travel unencrypted. Use https (plain http is for a loopback address only)",
    ),
    Row("lookup", {"ca_path": "{tmp}/nowhere.pem"}, "ca_path is not a file: {tmp}/nowhere.pem"),
    Row("lookup", {"timeout": "soon"}, "timeout is not a number: soon"),
    Row("lookup", {"rate_limit": -1}, "rate_limit must be at least 0, not -1"),
    Row(
        "lookup", {"validate_certs": "perhaps"}, "validate_certs is neither true nor false: perhaps"
    ),
    Row(
        "lookup",
        {"api_key": "wg_not_the_right_one"},
        "GET /servers/5/users: the portal answered 401, The API key is missing or not valid (unauthorized)."
        " Check the API key (api_key); it came from the option api_key",
    ),
)
