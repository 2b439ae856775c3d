//===- Resources.cpp - what ptxas says of kernels -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads the report that ptxas prints with -v. Lines that it doesn't
// know are passed over: releases of ptxas add some.
//===----------------------------------------------------------------------===//

#include "compiler/Target/CUDA/Resources.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace plait;

/// Stores the number of a part such as "12 bytes spill loads" or "used 1 barriers".
static void readPart(llvm::StringRef part, KernelResources &kernel) {
  if (part.starts_with_insensitive("used "))
    part = part.drop_front(5);
  int64_t value = 0;
  if (part.consumeInteger(10, value))
    return;
  std::pair<llvm::StringLiteral, int64_t KernelResources::*> fields[] = {
      {"registers", &KernelResources::registers},          {"barriers", &KernelResources::barriers},
      {"bytes stack frame", &KernelResources::stack},      {"bytes spill stores", &KernelResources::spillStores},
      {"bytes spill loads", &KernelResources::spillLoads}, {"bytes smem", &KernelResources::shared},
  };
  for (auto [name, field] : fields)
    if (part.trim() == name)
      kernel.*field = value;
}

static bool isWarning(llvm::StringRef line) {
  if (line.starts_with("ptxas warning"))
    return true;
  auto [head, note] = line.split('(');
  return line.starts_with("ptxas info") && note.consume_front("C") && !note.empty() && llvm::isDigit(note.front());
}

int64_t plait::AssemblerReport::spilledBytes() const {
  int64_t bytes = 0;
  for (const KernelResources &kernel : kernels)
    bytes += kernel.spillStores;
  return bytes;
}

AssemblerReport plait::parseReport(llvm::StringRef text) {
  AssemblerReport report;
  for (llvm::StringRef line : llvm::split(text, '\n')) {
    if (isWarning(line)) {
      report.warnings.push_back(line.trim().str());
      continue;
    }
    llvm::StringRef rest = line.starts_with("ptxas info") ? line.split(':').second.trim() : line.trim();
    if (rest.consume_front("Compiling entry function '")) {
      report.kernels.emplace_back().kernel = rest.split('\'').first.str();
      continue;
    }
    if (report.kernels.empty())
      continue;
    for (llvm::StringRef part : llvm::split(rest, ','))
      readPart(part.trim(), report.kernels.back());
  }
  return report;
}

void KernelResources::print(llvm::raw_ostream &os) const {
  os << kernel << ": " << registers << " registers, " << spillStores << " bytes spilled, " << spillLoads
     << " bytes loaded back, " << stack << " bytes of stack, " << shared << " bytes of static shared memory, "
     << barriers << (barriers == 1 ? " barrier" : " barriers");
}
