//===- CpuTarget.cpp - the instruction sets Plait compiles for ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file holds the table of CPU targets. A target is an instruction set
// level: an object runs on every machine of its level, also one for `native`,
// whose schedules are chosen for the cores of this one.
//===----------------------------------------------------------------------===//

#include "compiler/Target/CPU/CpuTarget.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

using namespace plait;

/// Two pipes each: schedules for two lose less on a core with one than the other
/// way round.
static const std::vector<CpuTarget> &cpuTargets() {
  static const std::vector<CpuTarget> targets = {
      {"x86-64-v4",
       "x86_64-unknown-linux-gnu",
       "x86-64-v4",
       {"avx2", "avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl", "bmi", "bmi2", "f16c", "fma", "lzcnt",
        "movbe"},
       16,
       32,
       true,
       2},
      {"x86-64-v3",
       "x86_64-unknown-linux-gnu",
       "x86-64-v3",
       {"avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe"},
       8,
       16,
       true,
       2},
      {"x86-64", "x86_64-unknown-linux-gnu", "x86-64", {}, 4, 16, false, 2},
      {"aarch64", "aarch64-unknown-linux-gnu", "generic", {"neon"}, 4, 32, true, 2},
  };
  return targets;
}

/// The best level of this machine, by what LLVM finds in it.
static llvm::StringRef nativeName() {
#if defined(__aarch64__)
  return "aarch64";
#else
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  for (const CpuTarget &target : cpuTargets())
    if (llvm::StringRef(target.isa).starts_with("x86-64") &&
        llvm::all_of(target.features, [&](const std::string &feature) { return host.lookup(feature); }))
      return target.isa;
  return "x86-64";
#endif
}

/// Whether a core of this machine starts one multiply-add of 16 lanes in a cycle,
/// where others start two.
static bool hasOneWidePipe() {
  llvm::StringRef name = llvm::sys::getHostCPUName();
  // A virtual machine may call itself an older Zen.
  bool isZen4 = name.starts_with("znver") && name < "znver5";
  static constexpr llvm::StringRef clients[] = {"cannonlake", "icelake-client", "tigerlake", "rocketlake"};
  return isZen4 || llvm::is_contained(clients, name);
}

static CpuTarget nativeTarget() {
  CpuTarget target = llvm::cantFail(findCpuTarget(nativeName()));
  if (target.lanes == 16 && hasOneWidePipe())
    target.pipes = 1;
  return target;
}

std::vector<llvm::StringRef> plait::cpuTargetNames() {
  std::vector<llvm::StringRef> names{"native"};
  for (const CpuTarget &target : cpuTargets())
    names.push_back(target.isa);
  return names;
}

llvm::Expected<CpuTarget> plait::findCpuTarget(llvm::StringRef name) {
  if (name == "native")
    return nativeTarget();
  for (const CpuTarget &target : cpuTargets())
    if (target.isa == name)
      return target;
  return llvm::createStringError("expects a CPU target among " + llvm::join(cpuTargetNames(), ", ") + ", but got '" +
                                 name.str() + "'");
}

TargetAttr CpuTarget::attribute(mlir::MLIRContext *context) const {
  mlir::Builder b(context);
  llvm::SmallVector<mlir::NamedAttribute> entries{b.getNamedAttr("lanes", b.getI64IntegerAttr(lanes)),
                                                  b.getNamedAttr("registers", b.getI64IntegerAttr(registers))};
  entries.push_back(b.getNamedAttr("pipes", b.getI64IntegerAttr(pipes)));
  if (fma)
    entries.push_back(b.getNamedAttr("fma", b.getUnitAttr()));
  return TargetAttr::get(context, isa, b.getDictionaryAttr(entries));
}
