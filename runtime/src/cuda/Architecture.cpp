//===- Architecture.cpp - which code runs on which device -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads names such as "sm_90a" and compares them with devices.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cuda/Architecture.h"

#include <charconv>

using namespace plait;
using namespace plait::cuda;

namespace {

/// A compute capability as one number, 90 for sm_90; `exact` says that code runs on no other.
struct Architecture {
  int number = 0;
  bool exact = false;
};

/// False for a name of another form.
bool parse(std::string_view isa, Architecture &architecture) {
  constexpr std::string_view prefix = "sm_";
  if (!isa.starts_with(prefix))
    return false;
  const char *last = isa.data() + isa.size();
  auto [end, error] = std::from_chars(isa.data() + prefix.size(), last, architecture.number);
  architecture.exact = end + 1 == last && *end == 'a';
  return error == std::errc() && architecture.number >= 10 && (architecture.exact || end == last);
}

} // namespace

std::string cuda::spell(Capability capability) {
  return "sm_" + std::to_string(10 * capability.major + capability.minor);
}

int cuda::fitness(std::string_view isa, pack::Code code, Capability device) {
  Architecture architecture;
  int number = 10 * device.major + device.minor;
  if (code == pack::Code::Elf || !parse(isa, architecture) || architecture.number > number)
    return 0;
  bool isMachineCode = code == pack::Code::Cubin;
  if (architecture.exact && architecture.number != number)
    return 0;
  if (isMachineCode && architecture.number / 10 != device.major)
    return 0;
  return (isMachineCode ? 1 << 20 : 0) + 2 * architecture.number + (architecture.exact ? 1 : 0);
}
