"""Gives each tool text that is no valid module: each must exit with 1 and an error, and leave no file."""
# SPDX-License-Identifier: Apache-2.0

import os
import pathlib
import subprocess
import sys
import tempfile

GOOD = (pathlib.Path(__file__).parent / "attention.mlir").read_text(encoding="utf-8")
HEAD = "func.func @f(%x: tensor<?x?x?x8xf32>, %s: tensor<?x?x8x8xf32>) -> tensor<?x?x?x8xf32> {\n"
RECUR = "plait.recur ins(%x, %x, %x : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>)"

CASES = {
    "cut in the middle": GOOD[: len(GOOD) // 2],
    "cut before the end": GOOD.rstrip()[:-1],
    "no text of MLIR": "\x7fELF\x02\x01\x01",
    "bytes that are no text": b"\xff\xfe\x00func.func @f()".decode("latin-1"),
    "deep nesting": "module {" * 300,
    "unknown dialect": '"tosa.add"() : () -> ()\n',
    "unknown op": HEAD + "  %o = plait.attend %x : tensor<?x?x?x8xf32>\n  return %o : tensor<?x?x?x8xf32>\n}\n",
    "undefined value": HEAD + "  return %y : tensor<?x?x?x8xf32>\n}\n",
    "no body": "func.func private @f(tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32>\n",
    "no tensor": "func.func @f(%x: f32) -> f32 {\n  return %x : f32\n}\n",
    "unranked": "func.func @f(%x: tensor<*xf32>) -> tensor<*xf32> {\n  return %x : tensor<*xf32>\n}\n",
    "wrong inits": HEAD + f"  %o = {RECUR} outs(%x : tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32>\n  return %o : tensor<?x?x?x8xf32>\n}}\n",
    "two blocks": HEAD + "  cf.br ^a\n^a:\n  return %x : tensor<?x?x?x8xf32>\n}\n",
    "bad attribute": 'module attributes {plait.target = "x86"} {}\n',
    "bad symbol": "func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {\n  %y = func.call @g(%x) : (tensor<?xf32>) -> tensor<?xf32>\n  return %y : tensor<?xf32>\n}\n",
    "an op without a form": "func.func @f(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {\n  %y = arith.addf %x, %x : tensor<?x8xf32>\n  return %y : tensor<?x8xf32>\n}\n",
    "a loop around a recurrence": HEAD + "  %c0 = arith.constant 0 : index\n  %c1 = arith.constant 1 : index\n  %n = tensor.dim %x, %c1 : tensor<?x?x?x8xf32>\n  %o = scf.for %i = %c0 to %n step %c1 iter_args(%y = %x) -> (tensor<?x?x?x8xf32>) {\n"
    f"    %r:2 = {RECUR} outs(%y, %s : tensor<?x?x?x8xf32>, tensor<?x?x8x8xf32>) -> tensor<?x?x?x8xf32>, tensor<?x?x8x8xf32>\n"
    "    scf.yield %r#0 : tensor<?x?x?x8xf32>\n  }\n  return %o : tensor<?x?x?x8xf32>\n}\n",
    "f64": "func.func @f(%x: tensor<?x?x?x8xf64>) -> tensor<?x?x?x8xf64> {\n  return %x : tensor<?x?x?x8xf64>\n}\n",
    "results in place that aren't": HEAD.replace("%s: tensor<?x?x8x8xf32>", "%s: tensor<?x?x8x8xf32> {plait.result = -1 : index}")
    + "  return %x : tensor<?x?x?x8xf32>\n}\n",
}  # fmt: skip

COMMANDS = {
    "plait-compile": lambda path, out: ["plait-compile", path, "-o", out],
    "plait-run": lambda path, out: ["plait-run", path, "--dim", "B=1,T=4,H=1", "--check"],
    "plait-tune": lambda path, out: ["plait-tune", path, "--dim", "B=1,T=4,H=1"],
    "plait-opt": lambda path, out: ["plait-opt", "--plait-cpu-pipeline", path, "-o", out],
}


def complaint(tool: str, executable: str, text: str, folder: str) -> str:
    path, out = os.path.join(folder, "in.mlir"), os.path.join(folder, "out")
    pathlib.Path(path).write_text(text, encoding="latin-1")
    command = COMMANDS[tool](path, out)
    environment = dict(os.environ, PLAIT_CACHE_DIR=folder)
    ran = subprocess.run([executable, *command[1:]], capture_output=True, text=True, errors="replace", env=environment, timeout=60)
    if ran.returncode != 1:
        return f"exits with {ran.returncode}: {ran.stderr[-400:]}"
    if "error: " not in ran.stderr or "Stack dump" in ran.stderr or "PLEASE submit" in ran.stderr:
        return f"says {ran.stderr[-400:]!r}"
    if os.path.exists(out):
        return "leaves a file"
    return ""


def main() -> int:
    failed = 0
    for executable in sys.argv[1:]:
        tool = os.path.basename(executable)
        for name, text in CASES.items():
            if tool == "plait-opt" and name == "bad symbol":
                continue
            with tempfile.TemporaryDirectory() as folder:
                reason = complaint(tool, executable, text, folder)
            if reason:
                failed += 1
                print(f"{tool}, {name}: {reason}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
