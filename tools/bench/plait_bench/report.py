"""Rows of measurements: the table on the terminal, and JSON."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Optional


class Row(NamedTuple):
    """A measured value and, where a bar is set, whether it is reached."""

    name: str
    value: float
    unit: str
    bar: str = ""
    passed: Optional[bool] = None
    note: str = ""


def judge(name: str, value: float, unit: str, case: Mapping[str, Any], note: str = "") -> Row:
    """A row with the bar of its case: `at_least`, `at_most`, or none."""
    if "at_least" in case:
        return Row(name, value, unit, f">= {case['at_least']:g}", value >= case["at_least"], note)
    if "at_most" in case:
        return Row(name, value, unit, f"<= {case['at_most']:g}", value <= case["at_most"], note)
    return Row(name, value, unit, "", None, note)


def show(row: Row) -> str:
    """The value with its unit; a dash where there is none."""
    if math.isnan(row.value) or row.note.startswith("skipped"):
        return "-"
    form = ".2e" if 0 < row.value < 1e-3 else ".3g" if row.value < 1000 else ".0f"
    return f"{row.value:{form}} {row.unit}".strip()


def machine() -> dict[str, str]:
    """What the numbers were measured on and with."""
    from plait import _plait

    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        names = [line.split(":", 1)[1].strip() for line in information.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return {
        "processor": f"{model}, {os.cpu_count()} cores",
        "instruction set": _plait.target_isa(),
        "compiler": _plait.COMPILER,
    }


def table(rows: list[Row], title: str) -> Any:
    """A rich table of rows."""
    from rich.table import Table

    result = Table(title=title, title_justify="left")
    for column, justify in (("case", "left"), ("measured", "right"), ("bar", "right"), ("", "left"), ("note", "left")):
        result.add_column(column, justify=justify)  # type: ignore[arg-type]
    verdicts = {True: "[green]pass[/]", False: "[red]miss[/]", None: ""}
    for row in rows:
        result.add_row(row.name, show(row), row.bar, verdicts[row.passed], row.note)
    return result


def write_json(path: Path, rows: list[Row], peaks: Mapping[str, float], config: str) -> None:
    """All that was measured, in one file."""
    content = {"config": config, "machine": machine(), "peaks": peaks, "rows": [row._asdict() for row in rows]}
    path.write_text(json.dumps(content, indent=1) + "\n")
