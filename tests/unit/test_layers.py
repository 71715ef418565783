# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The architecture: the folders of module_utils are layers, and none imports from one that it does not need."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

PLUGINS = Path(__file__).parents[2] / "plugins"
MODULE_UTILS = PLUGINS / "module_utils"

# What each layer may import from, besides itself. "" are the files at the root, which need only each other.
LAYERS = {
    "": (),
    "_pacing": ("",),
    "_api": ("", "_pacing"),
    # Files and folders on the host where a task runs.
    "_files": ("",),
    "_planning": ("",),
    # It writes at the pacer's pace: waits between looks, and reserves what belongs together.
    "_applying": ("", "_pacing", "_api", "_files", "_planning"),
    # A tunnel on a Linux host. It knows nothing of the portal, and the portal's layers nothing of it.
    "_tunnel": ("",),
    # Pages to look at and to hand out: text in, HTML out.
    "_pages": ("", "_planning"),
    # The event source: looks, and sends what changed.
    "_events": ("", "_pacing", "_api", "_pages"),
    "_module": (
        "",
        "_files",
        "_pacing",
        "_api",
        "_planning",
        "_applying",
        "_tunnel",
        "_pages",
        "_events",
    ),
}
ROOT_ORDER = ("_text", "_model", "_errors", "_wg_fields", "_wg_conf")

# Only this layer may know AnsibleModule, fail or print, or set the state of its process.
ANSIBLE = "_module"
# What may be known of Ansible elsewhere.
NEUTRAL = {"ansible.module_utils.parsing.convert_bool"}
PROCESS_STATE = {
    ("os", "umask"),
    ("os", "chdir"),
    ("os", "putenv"),
    ("os", "environ"),
    ("signal", "signal"),
    ("warnings", "filterwarnings"),
    ("warnings", "simplefilter"),
}
IO = {"os", "socket", "ssl", "subprocess", "requests", "time", "random", "threading", "tempfile"}
PURE_LAYERS = {"_planning", "_pages"}
PURE_FILES = {
    "_model.py",
    "_wg_conf.py",
    "_wg_fields.py",
    "_errors.py",
    "_text.py",
    "_api/parsing.py",
    "_pacing/queue.py",
    "_tunnel/tunnel_options.py",
    "_tunnel/rules.py",
    "_tunnel/given_conf.py",
    "_tunnel/desired.py",
    "_tunnel/current.py",
    "_tunnel/messages.py",
    "_tunnel/rollback_script.py",
    "_events/belief.py",
    "_events/changes.py",
    "_events/options.py",
}

FILES = sorted(str(path.relative_to(MODULE_UTILS)) for path in MODULE_UTILS.rglob("*.py"))
MAX_LINES, MAX_FUNCTION = 300, 40


@functools.cache
def tree(name: str) -> ast.Module:
    return ast.parse((MODULE_UTILS / name).read_text(encoding="utf-8"))


def layer(name: str) -> str:
    return name.rpartition("/")[0]


@functools.cache
def imports(name: str) -> frozenset[str]:
    """The modules that a file imports: ours as paths below module_utils, others by their names."""
    found: set[str] = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {node.module or "", *(f"{node.module}.{x.name}" for x in node.names)}
        elif isinstance(node, ast.ImportFrom):
            found |= ours(name, node)
    return frozenset(found)


def ours(name: str, node: ast.ImportFrom) -> set[str]:
    folder = (MODULE_UTILS / name).parents[node.level - 1]
    path = folder.joinpath(*(node.module or "").split("."))
    if path.is_dir():
        return {str((path / f"{x.name}.py").relative_to(MODULE_UTILS)) for x in node.names}
    return {str(path.with_suffix(".py").relative_to(MODULE_UTILS))}


def own_imports(name: str) -> set[str]:
    return {found for found in imports(name) if found.endswith(".py")}


def test_every_folder_is_a_layer() -> None:
    assert {layer(name) for name in FILES} == set(LAYERS)


def test_the_guide_for_contributors_has_them_in_their_order() -> None:
    text = (PLUGINS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = text[text.index("## The layers") :].split("\n\n")[2].splitlines()[2:]
    assert [row.split("|")[1].strip(" `") for row in rows] == [
        name or "files at the root" for name in LAYERS
    ]


def test_what_is_at_the_root_is_known() -> None:
    assert {name for name in FILES if not layer(name)} == {f"{name}.py" for name in ROOT_ORDER}


@pytest.mark.parametrize("name", FILES)
def test_a_layer_imports_only_what_it_may(name: str) -> None:
    allowed = {layer(name), *LAYERS[layer(name)]}
    assert {layer(found) for found in own_imports(name)} <= allowed
    assert all((MODULE_UTILS / found).is_file() for found in own_imports(name))


@pytest.mark.parametrize("name", FILES)
def test_nothing_imports_in_a_circle(name: str) -> None:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        new = own_imports(waiting.pop()) - seen
        seen |= new
        waiting += new
    # What is imported for its type alone may point back: _errors names a rule of the model.
    assert name not in seen


@pytest.mark.parametrize("name", FILES)
def test_a_layer_that_paces_says_so(name: str) -> None:
    """The pacer is reached through the portal, which no import shows."""
    paces = any(isinstance(x, ast.Attribute) and x.attr == "pacer" for x in ast.walk(tree(name)))
    assert not paces or "_pacing" in LAYERS[layer(name)]


@pytest.mark.parametrize("name", FILES)
def test_imports_of_our_own_are_relative(name: str) -> None:
    assert not {found for found in imports(name) if found.startswith("ansible_collections")}


@pytest.mark.parametrize("name", FILES)
def test_only_one_layer_knows_ansible(name: str) -> None:
    known = {found for found in imports(name) if found.split(".")[0] == "ansible"}
    known = {x for x in known if not any(x.startswith(neutral) for neutral in NEUTRAL)}
    assert layer(name) == ANSIBLE or not known


@pytest.mark.parametrize("name", FILES)
def test_only_one_layer_sets_the_state_of_its_process(name: str) -> None:
    used = {
        (node.func.value.id, node.func.attr)
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
    }
    assert layer(name) == ANSIBLE or not used & PROCESS_STATE


@pytest.mark.parametrize("name", [x for x in FILES if layer(x) in PURE_LAYERS or x in PURE_FILES])
def test_a_pure_file_does_no_io(name: str) -> None:
    assert not {found.split(".")[0] for found in imports(name)} & IO


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_in_a_line_what_it_is_for_and_that_it_is_private(name: str) -> None:
    text = (MODULE_UTILS / name).read_text(encoding="utf-8")
    assert "\n# Private: nobody outside this collection may build on it.\n" in text
    docstring = ast.get_docstring(tree(name)) or ""
    first, _line, rest = docstring.partition("\n")
    assert first.endswith(".")
    assert not rest or rest.startswith("\n")
    assert "private" not in first.lower()


@pytest.mark.parametrize("name", FILES)
def test_a_file_and_its_functions_are_small(name: str) -> None:
    assert len((MODULE_UTILS / name).read_text(encoding="utf-8").splitlines()) <= MAX_LINES
    for node in ast.walk(tree(name)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < MAX_FUNCTION, node.name


@pytest.mark.parametrize("name", [x for x in FILES if layer(x) in ("", "_tunnel")])
def test_what_runs_on_a_host_runs_with_the_python_of_older_systems(name: str) -> None:
    """Ubuntu 20.04 has Python 3.8."""
    text = (MODULE_UTILS / name).read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 8))
    assert "from __future__ import annotations\n" in text
    named = {
        (getattr(node.func, "id", ""), keyword.arg)
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
    }
    assert not named & {("zip", "strict"), ("dataclass", "slots"), ("dataclass", "kw_only")}


@pytest.mark.parametrize("kind", ["inventory", "lookup"])
def test_what_lists_does_not_load_the_planner(kind: str) -> None:
    """Inventory and lookup read; what changes a portal is no business of theirs."""
    waiting = [
        name
        for path in (PLUGINS / kind).glob("*.py")
        for name in FILES
        if name.removesuffix(".py").replace("/", ".") in path.read_text(encoding="utf-8")
    ]
    assert waiting
    seen = set(waiting)
    while waiting:
        new = own_imports(waiting.pop()) - seen
        seen |= new
        waiting += new
    assert not {layer(name) for name in seen} & {"_planning", "_applying", "_module"}
