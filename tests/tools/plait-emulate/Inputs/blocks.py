"""Writes the README's module, and each block of output to a file expected-N."""
# SPDX-License-Identifier: Apache-2.0

import re
import sys
from pathlib import Path

blocks = re.findall(r"```(\w+)\n(.*?)```\n", Path(sys.argv[1]).read_text(), re.DOTALL)
Path("reverse.ptx").write_text(next(text for kind, text in blocks if kind == "ptx"))
for number, text in enumerate(text for kind, text in blocks if kind == "text"):
    Path(f"expected-{number}").write_text(text)
