# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever texts the API sends, they stay texts: nothing of them is ever rendered as a template."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.premiervpn.wireguard.plugins.plugin_utils._unsafe import harmless_keys
from simulator.process import Simulator
from tests.support.inventories import Inventories
from tests.support.running import Runner
from tests.support.world import AMS, FRA, rule, seed

try:
    from ansible.template import trust_as_template as template
except ImportError:  # before 2.19 every text was one

    def template(value: str) -> str:
        return value


VARIABLES = (
    "inventory_hostname",
    "inventory_hostname_short",
    "premiervpn_client_name",
    "premiervpn_client_ip",
    "premiervpn_last_seen",
    "premiervpn_rx_bytes",
    "premiervpn_other",
    "premiervpn_server_name",
    "note",
    "nested",
    "premiervpn_port_forwards",
    "composed",
    "composed_list",
)


def hostile(trap: Path) -> list[str]:
    """Texts that do something when they are rendered."""
    return [
        "{{ 7193*7 }}",
        "#jinja2:variable_start_string:'[%',variable_end_string:'%]'\n[% 7193*7 %]",
        "{% set x = 1 %}{{ x }}",
        f"{{{{ lookup('ansible.builtin.pipe', 'touch {trap}') }}}}",
        "{# gone #}left",
        "{{ no_such_variable }}",
        "{{ premiervpn_api_key }}",
        "{% raw %}",
        "!unsafe {{ 1 }}",
        "'; $(touch trap) #",
    ]


def named(text: str) -> str:
    """The host name of a user whose client name is this text."""
    return "".join(char if char.isalnum() or char in "._-" else "_" for char in text)


def fill(simulator: Simulator, texts: list[str]) -> None:
    users = [
        {
            "client_name": text,
            "last_seen": text,
            "extra": {
                "note": text,
                "nested": [{"deep": {text: text}}, [text]],
                text: text,
            },
            "port_forwards": [rule(f"{800 + number}/tcp -> 80", text)],
        }
        for number, text in enumerate(texts)
    ]
    simulator.reset(seed({**FRA, "name": texts[0], "users": users}))


OPTIONS: dict[str, Any] = {
    "include_port_forwards": True,
    "compose": {
        "note": "premiervpn_other.note",
        "nested": "premiervpn_other.nested",
        "composed": "premiervpn_other.note",
        "composed_list": "[premiervpn_other.note, premiervpn_other.nested]",
    },
    "keyed_groups": [{"key": "premiervpn_other.note", "prefix": "note"}],
    "groups": {"all_of_them": "premiervpn_other.note != ''"},
    "filters": ["premiervpn_other.note | length > 0"],
}


@pytest.mark.parametrize("hostname", [None, "{{ premiervpn_client_name }}"])
def test_in_the_inventory(
    inventories: Inventories, simulator: Simulator, hostname: str | None, tmp_path: Path
) -> None:
    texts = hostile(tmp_path / "trap")
    fill(simulator, texts)
    options = {**OPTIONS, **({"hostname": hostname} if hostname else {})}
    for _again in range(2):  # from the API, then from the cache
        found = inventories.read(**options, **inventories.cached)
        assert found.names == sorted(map(named, texts))
        assert found.groups["all_of_them"] == found.names
        for text in texts:
            assert found.hosts[named(text)]["premiervpn_other"]["note"] == text
            assert found.hosts[named(text)]["composed"] == text
        # Ansible can't mark a name, so there is nothing in it to render.
        for name in (*found.hosts, *found.groups):
            assert not getattr(name, "__UNSAFE__", False)
            assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name)
        assert "becomes '___7193_7___'" in found.output
    assert found.requests == []
    assert not (tmp_path / "trap").exists()


def test_rendered(inventories: Inventories, simulator: Simulator, tmp_path: Path) -> None:
    """As a task renders its arguments, with variables that come from the API or from the cache."""
    texts = hostile(tmp_path / "trap")
    fill(simulator, texts)
    for _again in range(2):
        found = inventories.read(**OPTIONS, **inventories.cached)
        for text in texts:
            loader = DataLoader()
            templar = Templar(loader, variables=found.hosts[named(text)])
            for name in VARIABLES:
                if not name.startswith("inventory_"):
                    expected = found.hosts[named(text)][name]
                    assert templar.template(template("{{ " + name + " }}")) == expected
            told = templar.template(template("{{ premiervpn_port_forwards[0].comment ~ '!' }}"))
            assert told == f"{text}!"
    assert not (tmp_path / "trap").exists()


def test_names_rendered(inventories: Inventories, simulator: Simulator, tmp_path: Path) -> None:
    """Names that are put together, of users on two servers or by a template, are texts as well."""
    texts = hostile(tmp_path / "trap")
    users = [{"client_name": text} for text in texts]
    simulator.reset(seed({**FRA, "users": users}, {**AMS, "users": users}))
    for options in ({}, {"hostname": "x-{{ premiervpn_client_name }}.{{ premiervpn_server }}"}):
        found = inventories.read(**options)
        assert len(found.hosts) == 2 * len(texts)
        for name in found.hosts:
            templar = Templar(DataLoader(), variables={"inventory_hostname": name})
            assert templar.template(template("{{ inventory_hostname }}")) == str(name)
            assert templar.template(template("{{ inventory_hostname }}!")) == f"{name}!"
    assert not (tmp_path / "trap").exists()


def test_in_a_play(
    run: Runner, inventories: Inventories, simulator: Simulator, tmp_path: Path
) -> None:
    """What arrives in tasks: in arguments, in files, in facts, in loops, in conditions."""
    trap = tmp_path / "trap"
    texts = hostile(trap)[:4]
    fill(simulator, texts)
    path = inventories.write(**OPTIONS)
    everything = "{{ hostvars[inventory_hostname]['nested'] }} {{ groups }} {{ group_names }}"
    values = {name: "{{ " + name + " }}" for name in VARIABLES}
    copied = tmp_path / "copied"
    copied.mkdir()
    done = run.play(
        {"name": "debug", "ansible.builtin.debug": {"msg": values}},
        {"name": "vars", "ansible.builtin.debug": {"var": "note"}},
        {
            "name": "in a text",
            "ansible.builtin.debug": {"msg": "<{{ note }}|{{ inventory_hostname }}>"},
        },
        {"name": "fact", "ansible.builtin.set_fact": {"kept": "{{ note }}"}},
        {"name": "fact again", "ansible.builtin.debug": {"msg": "{{ kept }}"}},
        {
            "name": "loop",
            "ansible.builtin.debug": {"msg": "{{ item.comment }}"},
            "loop": "{{ premiervpn_port_forwards }}",
        },
        {
            "name": "others",
            "ansible.builtin.debug": {
                "msg": "{{ groups['premiervpn'] | map('extract', hostvars, 'note') }}"
            },
        },
        {"name": "everything", "ansible.builtin.debug": {"msg": everything}},
        {
            "name": "copy",
            "ansible.builtin.copy": {
                "content": "{{ note }}",
                "dest": f"{copied}/{{{{ premiervpn_id }}}}",
            },
        },
        {
            "name": "condition",
            "ansible.builtin.debug": {"msg": "yes"},
            "when": ["note in premiervpn_client_name", "composed == note"],
        },
        hosts="premiervpn",
        connection="local",
        arguments=("-i", str(path)),
        diff=False,
    )
    assert done.code == 0, done.output
    assert len(done.requests) == 2 + len(texts)
    seen = {result.host: {} for result in done.results}  # type: ignore[var-annotated]
    for result in done.results:
        seen[result.host][result.task] = result
    assert sorted(seen) == sorted(map(named, texts))
    for number, text in enumerate(texts):
        tasks = seen[named(text)]
        message = tasks["debug"]["msg"]
        assert message["inventory_hostname"] == named(text)
        assert message["inventory_hostname_short"] == named(text).partition(".")[0]
        for name in ("premiervpn_client_name", "premiervpn_last_seen", "note"):
            assert message[name] == text, name
        assert message["premiervpn_server_name"] == texts[0]
        nested = [{"deep": {harmless_keys({text: 0}).popitem()[0]: text}}, [text]]
        assert message["nested"] == nested
        assert message["premiervpn_port_forwards"][0]["comment"] == text
        assert message["composed"] == text
        assert message["composed_list"] == [text, nested]
        assert tasks["vars"]["note"] == text
        assert tasks["in a text"]["msg"] == f"<{text}|{named(text)}>"
        assert tasks["fact"]["ansible_facts"] == {"kept": text}
        assert tasks["fact again"]["msg"] == text
        assert tasks["loop"]["results"][0]["msg"] == text
        assert sorted(tasks["others"]["msg"]) == sorted(texts)
        assert "50351" not in str(tasks["everything"]["msg"])
        assert (copied / str(101 + number)).read_text(encoding="utf-8") == text
        assert tasks["condition"]["msg"] == "yes"
    assert not trap.exists()
    assert "wg_demo" not in json.dumps([result.values for result in done.results])


PLAIN = ["rack 7/left", "Büro 2. Stock", "2026-06-01T12:00:00+02:00", "a@b", "True", "5", ""]


@pytest.mark.parametrize("arguments", [(), ("--export",)])
def test_what_cannot_be_a_template_is_printed_plain(
    inventories: Inventories, simulator: Simulator, arguments: tuple[str, ...]
) -> None:
    """Word by word, as AWX and scripts read it, whichever ansible-core prints it."""
    extra = {"texts": PLAIN, "nested": {"deep": [{"more": text} for text in PLAIN]}}
    users = [
        {
            "client_name": "phone",
            "extra": extra,
            "port_forwards": [rule("80/tcp -> 80", "HTTP old")],
        }
    ]
    simulator.reset(seed({**FRA, "users": users}))
    path = inventories.write(
        include_port_forwards=True,
        compose={
            "composed": "premiervpn_other.texts[0] ~ ':'",
            "both": "[premiervpn_other.texts[1], 'kept']",
        },
    )
    host = inventories.listed(path, *arguments).hosts["phone"]
    assert host["premiervpn_other"]["texts"] == PLAIN
    assert host["premiervpn_other"]["nested"] == extra["nested"]
    assert host["composed"] == "rack 7/left:"
    assert host["both"] == ["Büro 2. Stock", "kept"]
    assert host["premiervpn_port_forwards"][0]["comment"] == "HTTP old"
    assert host["ansible_host"] == "10.66.66.2"


def test_only_what_could_be_a_template_is_marked(
    inventories: Inventories, simulator: Simulator
) -> None:
    extra = {"texts": ["plain", "{{ 7193*7 }}"]}
    simulator.reset(seed({**FRA, "users": [{"client_name": "phone", "extra": extra}]}))
    found = inventories.listed(
        compose={"texts": "premiervpn_other.texts", "both": "premiervpn_other.texts + ['mine']"}
    )
    for variable, mine in (("texts", []), ("both", ["mine"])):
        plain, marked, *rest = found.hosts["phone"][variable]
        assert [plain, *rest] == ["plain", *mine]
        assert marked == {"__ansible_unsafe": "{{ 7193*7 }}"}


def test_an_escape_in_a_name_never_reaches_the_terminal(
    inventories: Inventories, simulator: Simulator
) -> None:
    escape = "\x1b[2J"
    simulator.reset(seed({**FRA, "users": [{"client_name": f"{escape}phone"}]}))
    found = inventories.listed(
        filters=["true", "premiervpn_server[premiervpn_client_name] > 0 or true"],
        groups={"x": "{'a': 1}[premiervpn_client_name] > 0"},
        strict=False,
    )
    assert escape not in found.output
    found = inventories.listed(
        keyed_groups=[{"key": "{'a': 1}[premiervpn_client_name]"}], strict=True
    )
    assert found.hosts == {}
    assert escape not in found.output
