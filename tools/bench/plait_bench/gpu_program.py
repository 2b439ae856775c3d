"""A short program on a CUDA device, for compute-sanitizer: each variant once, compared with f64."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import sys

from plait_bench.gpu_measure import sibling_error
from plait_bench.modelled import VARIANTS

#: Calls, and a step.
SHAPES = ((1, 100, 2, 64), (1, 100, 2, 128), (1, 1, 2, 128))


def main() -> int:
    """Prints the largest error; the status is 1 where it is no rounding."""
    errors = [sibling_error(variant, shape) for variant in VARIANTS for shape in SHAPES]
    print(f"{len(errors)} calls, the largest error is {max(errors):.1e}")
    return 0 if max(errors) < 1e-2 else 1


if __name__ == "__main__":
    sys.exit(main())
