"""The examples of docstrings and of python/examples run."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import doctest
import importlib
import pkgutil
import runpy
from pathlib import Path

import pytest

import plait

EXAMPLES = Path(__file__).resolve().parents[2] / "python" / "examples"
MODULES = [
    module.name
    for module in pkgutil.walk_packages(plait.__path__, "plait.")
    if not module.name.rpartition(".")[2].startswith("_plait")
]


@pytest.mark.parametrize("name", ["plait", *MODULES])
def test_docstrings(name: str) -> None:
    threads = plait.get_num_threads()
    try:
        result = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    finally:
        plait.set_num_threads(threads)
    assert result.failed == 0


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    runpy.run_path(str(path), run_name="__main__")


def test_public_functions_have_examples() -> None:
    functions = [name for name in plait.__all__ if callable(getattr(plait, name))]
    missing = [
        name
        for name in functions
        if ">>>" not in (getattr(plait, name).__doc__ or "")
        and not (isinstance(getattr(plait, name), type) and issubclass(getattr(plait, name), Exception))
    ]
    assert missing == []
