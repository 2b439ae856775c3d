# examples.py - the MLIR examples of a Markdown page
# SPDX-License-Identifier: Apache-2.0
"""Print every ```mlir block of the pages named, separated for -split-input-file.

usage: examples.py PAGE.md...
"""

import re
import sys
import textwrap

blocks = []
for page in sys.argv[1:]:
    with open(page, encoding="utf-8") as text:
        blocks += re.findall(r"^[ ]*```mlir\n(.*?)^[ ]*```", text.read(), re.MULTILINE | re.DOTALL)
if not blocks:
    sys.exit(f"expects ```mlir blocks in {' '.join(sys.argv[1:])}, but got none")
print("\n// -----\n\n".join(textwrap.dedent(block) for block in blocks), end="")
