"""The type stubs say what is there."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import plait
import plait._plait as native

FOLDER = Path(plait.__file__).parent
STUB = ast.parse((FOLDER / "__init__.pyi").read_text())
VARIANTS = [name for name in plait.__all__ if isinstance(getattr(plait, name), plait.Variant)]


def fields_of(name: str) -> list[str]:
    """The keys of a typed dictionary in the stub, inherited ones last."""
    node = next(node for node in STUB.body if isinstance(node, ast.ClassDef) and node.name == name)
    own = [field.target.id for field in node.body if isinstance(field, ast.AnnAssign)]
    return own + [field for base in node.bases if base.id != "TypedDict" for field in fields_of(base.id)]


def names_of(arguments: ast.arguments) -> list[str]:
    """The parameters of a method in the stub, self left out."""
    named = [argument.arg for argument in (*arguments.args[1:], *arguments.kwonlyargs)]
    return named + fields_of(arguments.kwarg.annotation.slice.id)


def test_public_names() -> None:
    stated = {
        alias.asname for node in STUB.body if isinstance(node, ast.ImportFrom) for alias in node.names if alias.asname
    }
    stated |= {node.target.id for node in STUB.body if isinstance(node, ast.AnnAssign)}
    assert stated == set(plait.__all__)


@pytest.mark.parametrize("name", VARIANTS)
def test_variants(name: str) -> None:
    kind = next(
        node.annotation.id for node in STUB.body if isinstance(node, ast.AnnAssign) and node.target.id == name
    )
    methods = next(node.body for node in STUB.body if isinstance(node, ast.ClassDef) and node.name == kind)
    call, step = (names_of(method.args) for method in methods)
    own = list(inspect.signature(getattr(plait, name).__wrapped__).parameters)
    assert call == list(inspect.signature(getattr(plait, name)).parameters)
    assert step[: len(own)] == own and {*step} == {*own, "state", "inplace", "position", "scale", "num_threads", "out"}


def test_native_module() -> None:
    stub = ast.parse((FOLDER / "_plait.pyi").read_text())
    stated = {node.name for node in stub.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    stated |= {node.target.id for node in stub.body if isinstance(node, ast.AnnAssign)}
    assert stated == {name for name in dir(native) if not name.startswith("__")}


def test_the_package_is_marked_as_typed() -> None:
    assert (FOLDER / "py.typed").exists()
