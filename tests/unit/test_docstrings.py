# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docstrings of module_utils say and a test can check: errors by their names, facts by rows that there are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE_UTILS = ROOT / "plugins" / "module_utils"
FILES = sorted(str(path.relative_to(MODULE_UTILS)) for path in MODULE_UTILS.rglob("*.py"))
FACTS = (ROOT / "docs" / "portal-api.md").read_text(encoding="utf-8")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


def public(body: list[ast.stmt], inside: str = "") -> Iterator[tuple[str, Definition]]:
    """The public functions, methods and classes, each with its name."""
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield f"{inside}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{node.name}.")


def definitions(name: str) -> list[tuple[str, Definition]]:
    return list(public(ast.parse((MODULE_UTILS / name).read_text(encoding="utf-8")).body))


ERRORS = {
    called
    for file in FILES
    for called, node in definitions(file)
    if isinstance(node, ast.ClassDef) and called.endswith("Error")
}


def raised(function: Function) -> set[str]:
    """The errors of ours that a function raises by name."""
    found = [node.exc for node in ast.walk(function) if isinstance(node, ast.Raise)]
    called = [node.func if isinstance(node, ast.Call) else node for node in found]
    return {node.id for node in called if isinstance(node, ast.Name)} & ERRORS


def unsaid(definition: Definition) -> set[str]:
    """The errors that a function raises and its docstring does not name."""
    if isinstance(definition, ast.ClassDef):
        return set()
    said = set(re.findall(r"\w+", ast.get_docstring(definition) or ""))
    return raised(definition) - said


UNIT = re.compile(r"\b(seconds?|percent)\b", re.IGNORECASE)


def without_unit(text: str) -> set[str]:
    """The public functions that take or return a ``float`` of which nothing says in what it is measured.

    Its name does, or the docstring of the function, its class or its file.
    """
    tree = ast.parse(text)
    found, said = set(), {"": ast.get_docstring(tree) or ""}
    for called, node in public(tree.body):
        said[called] = ast.get_docstring(node) or ""
        around = said[""] + said.get(called.rpartition(".")[0], "")
        # Without a docstring it is a method that another class describes.
        if isinstance(node, ast.ClassDef) or not said[called] or UNIT.search(said[called] + around):
            continue
        arguments = [*node.args.args, *node.args.kwonlyargs]
        numbers = {one.arg: one.annotation for one in arguments} | {"": node.returns}
        if any(
            kind and re.search(r"\bfloat\b", ast.unparse(kind)) and not UNIT.search(name)
            for name, kind in numbers.items()
        ):
            found.add(called)
    return found


def rows() -> set[str]:
    """The names of the rows and parts of the page of facts."""
    cells = re.findall(r"^\| ([^|]+) \|", FACTS, re.MULTILINE)
    titles = re.findall(r"^#+ (.+)$", FACTS, re.MULTILINE)
    numbers = re.findall(r"\bE\d+\b", " ".join(cells))
    return {cell.replace("`", "").strip() for cell in [*cells, *titles]} | set(numbers)


def cited(text: str) -> set[str]:
    """The rows that a file cites: by number anywhere, by name after the page's name."""
    flat = re.sub(r"\s+(?:#\s*)?", " ", text)
    after = re.findall(r"portal-api,((?:,? (?:and )?(?:rows? )?(?:E\d+|\"[^\"]+\"))+)", flat)
    named = {name for one in after for name in re.findall(r"\"([^\"]+)\"", one)}
    return named | set(re.findall(r"\bE\d+\b", text))


@pytest.mark.parametrize("name", FILES)
def test_each_public_function_and_class_has_a_docstring(name: str) -> None:
    bare = [
        called
        for called, node in definitions(name)
        if "." not in called and not ast.get_docstring(node)
    ]
    assert not bare


@pytest.mark.parametrize("name", FILES)
def test_a_docstring_names_the_errors_that_are_raised(name: str) -> None:
    missing = {called: unsaid(node) for called, node in definitions(name) if unsaid(node)}
    assert not missing


@pytest.mark.parametrize("name", FILES)
def test_a_docstring_names_the_unit_of_a_number(name: str) -> None:
    assert not without_unit((MODULE_UTILS / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_each_fact_that_is_cited_has_a_row(name: str) -> None:
    assert cited((MODULE_UTILS / name).read_text(encoding="utf-8")) <= rows()


def test_the_portal_has_a_method_for_each_endpoint() -> None:
    said = {
        number
        for called, node in definitions("_api/portal.py")
        if called.startswith("Portal.")
        for number in re.findall(r"\bE\d+\b", ast.get_docstring(node) or "")
    }
    assert said == {row for row in rows() if re.fullmatch(r"E\d+", row)}


def test_what_is_wrong_is_found() -> None:
    text = """
def found(names):
    '''The first of them.'''
    if not names:
        raise NotFoundError("none")
    raise ValueError("not ours")
"""
    ((called, node),) = public(ast.parse(text).body)
    assert (called, unsaid(node)) == ("found", {"NotFoundError"})
    assert without_unit("def age(now: float) -> str:\n    'How old.'") == {"age"}
    assert not without_unit("def age(now: float) -> str:\n    'How old, in seconds.'")
    comment = '# portal-api, rows "ports" and\n# "no such row"; E99'
    assert cited(comment) - rows() == {"no such row", "E99"}
