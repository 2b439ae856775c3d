# lit.cfg.py - what every lit test has at hand
# SPDX-License-Identifier: Apache-2.0
#
# This file is read by lit after lit.site.cfg.py, which the build writes.

import os
import shutil

import lit.formats
from lit.llvm import llvm_config

config.name = "Plait"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "CMakeLists.txt", "README.md"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.plait_binary_root, "tests")

# Typos in prefixes and leaking captures fail a test.
config.environment["FILECHECK_OPTS"] = "--enable-var-scope --allow-unused-prefixes=false"

llvm_config.with_system_environment(["HOME", "TMP", "TMPDIR", "TEMP"])
llvm_config.with_environment("PATH", [config.plait_tools_dir, config.llvm_tools_dir], append_path=True)
llvm_config.use_default_substitutions()
llvm_config.add_tool_substitutions(
    [tool for tool in ("plait-opt", "plait-compile", "plait-run", "plait-tune", "plait-lsp-server", "plait-emulate")
     if os.path.exists(os.path.join(config.plait_tools_dir, tool))],
    [config.plait_tools_dir])
config.substitutions.append(("%plait_source", config.plait_source_root))
config.substitutions.append(("%plait_build", config.plait_binary_root))
config.substitutions.append(("%python", config.python))
config.substitutions.append(("%clang", config.clang))


def cpu_flags():
    """The features that Linux names, for tests that run code of one set."""
    try:
        with open("/proc/cpuinfo") as lines:
            for line in lines:
                if line.startswith(("flags", "Features")):
                    return set(line.split(":", 1)[1].split())
    except OSError:
        pass
    return set()


flags = cpu_flags()
if {"avx2", "fma"} <= flags:
    config.available_features.add("x86-64-v3")
if {"avx512f", "avx512bw", "avx512dq", "avx512vl"} <= flags:
    config.available_features.add("x86-64-v4")
if os.access(config.ptxas, os.X_OK):
    config.available_features.add("ptxas")
    llvm_config.with_environment("PATH", os.path.dirname(config.ptxas), append_path=True)
if shutil.which("qemu-aarch64"):
    config.available_features.add("qemu-aarch64")
for tool in ("plait-compile", "plait-run", "plait-tune", "plait-lsp-server", "plait-emulate"):
    if os.path.exists(os.path.join(config.plait_tools_dir, tool)):
        config.available_features.add(tool)
