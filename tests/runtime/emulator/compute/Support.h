//===- Support.h - instructions run on samples ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how the tests run one instruction, and compare many random and
// special operands with a function that computes the result in another way.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_TESTS_RUNTIME_EMULATOR_COMPUTE_SUPPORT_H
#define PLAIT_TESTS_RUNTIME_EMULATOR_COMPUTE_SUPPORT_H

#include "runtime/emulator/compute/Compute.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace plait::emulator::test {

/// The instruction of a text such as "add.s32 %r0, %r1, %r2"; %r, %d, %h and %p are registers.
ptx::Instruction parseInstruction(const std::string &text);
Operation decode(const std::string &text);

/// Runs an instruction on values, one for each operand behind the results.
std::vector<Value> run(const std::string &text, const std::vector<Value> &operands, Mask active = ~Mask(0),
                       Environment environment = {});
/// The same bits in all lanes.
Value splat(uint64_t bits);
/// The first result of operands that are the same in all lanes.
uint64_t evaluate(const std::string &text, const std::vector<uint64_t> &operands);

/// Random bits, among them the special values of integers and floats of all widths. Bits above
/// an operand's width are set at random, too.
class Samples {
public:
  uint64_t next();
  Value nextValue();

private:
  std::mt19937_64 random{20240229};
};

using Reference = std::function<uint64_t(const std::vector<uint64_t> &)>;

/// Expects result number `result` to be the reference's for samples.
void expectMatch(const std::string &text, unsigned operands, const Reference &reference, unsigned result = 0,
                 unsigned warps = 400);
/// The same for each of the values that one operand of 16 bits can have.
void expectMatchOfAllHalves(const std::string &text, const Reference &reference);

template <typename T, typename Bits> T as(Bits bits) {
  T value;
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}
template <typename T> uint64_t bitsOf(T value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return bits;
}

} // namespace plait::emulator::test

#endif // PLAIT_TESTS_RUNTIME_EMULATOR_COMPUTE_SUPPORT_H
