//===- Support.cpp - run PTX text in tests --------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements how tests run PTX.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/machine/Support.h"

#include <cstring>
#include <numeric>

using namespace plait::emulator;
using namespace plait::emulator::test;

std::string plait::emulator::test::moduleText(const Text &text) {
  return ".version 8.8\n.target sm_90a\n.address_size 64\n" + text.module +
         "\n.visible .entry k(.param .u64 out, .param .u64 in, .param .u32 n)\n" + text.directives + R"(
{
.reg .pred %p<64>;
.reg .b16 %rs<64>;
.reg .b32 %r<64>;
.reg .b64 %rd<64>;
.reg .f32 %f<64>;
.reg .f64 %fd<64>;
)" + text.variables +
         R"(
ld.param.u64 %rd0, [out];
ld.param.u64 %rd1, [in];
mov.u32 %r0, %tid.x;
mad.wide.u32 %rd2, %r0, 4, %rd0;
)" + text.body +
         "\nret;\n}\n";
}

Result plait::emulator::test::run(const Text &text, const Conditions &setup) {
  Device device({.memoryBytes = uint64_t(1) << 28});
  std::shared_ptr<Program> program = device.load(ptx::parse(moduleText(text)));
  Result result;
  result.out.resize(setup.outWords);
  uint64_t outBytes = setup.outWords * 4, inBytes = setup.in.size() * 4;
  uint64_t out = *device.memory().allocate(outBytes), in = *device.memory().allocate(inBytes);
  device.memory().copyIn(in, setup.in.data(), inBytes);
  uint8_t parameters[20];
  std::memcpy(parameters, &out, 8);
  std::memcpy(parameters + 8, &in, 8);
  std::memcpy(parameters + 16, &setup.n, 4);
  Launch launch{.grid = setup.grid,
                .block = setup.block,
                .dynamicSharedBytes = setup.dynamicShared,
                .parameters = parameters,
                .largeShared = setup.largeShared};
  result.report = device.launch(*findKernel(*program, "k"), launch, setup.options);
  device.memory().copyOut(result.out.data(), out, outBytes);
  return result;
}

::testing::AssertionResult plait::emulator::test::isClean(const Result &result) {
  if (result.report.defects.empty() && result.report.completed)
    return ::testing::AssertionSuccess();
  ::testing::AssertionResult failure = ::testing::AssertionFailure() << "expects no defect, but got";
  for (const Defect &defect : result.report.defects)
    failure << "\n" << defect.message;
  return failure;
}

::testing::AssertionResult plait::emulator::test::has(const Result &result, Defect::Kind kind,
                                                      const std::string &text) {
  ::testing::AssertionResult failure = ::testing::AssertionFailure()
                                       << "expects " << name(kind) << " with '" << text << "', but got";
  bool found = false, others = false;
  for (const Defect &defect : result.report.defects) {
    found |= defect.kind == kind && defect.message.find(text) != std::string::npos;
    others |= defect.kind != kind;
    failure << "\n" << defect.message;
  }
  return found && !others ? ::testing::AssertionSuccess() : failure;
}

std::vector<uint32_t> plait::emulator::test::iota(size_t count, uint32_t first) {
  std::vector<uint32_t> values(count);
  std::iota(values.begin(), values.end(), first);
  return values;
}
