//===- Support.cpp - instructions run on samples --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs instructions as the machine does: operands flattened, results first.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Support.h"

#include <algorithm>
#include <map>
#include <sstream>

namespace plait::emulator::test {

ptx::Instruction parseInstruction(const std::string &text) {
  ptx::Module module = ptx::parse(".version 8.7\n.target sm_90\n.address_size 64\n.visible .entry k() {\n"
                                  ".reg .b32 %r<64>;\n.reg .b64 %d<64>;\n.reg .b16 %h<64>;\n.reg .pred %p<8>;\n"
                                  ".reg .b128 %q<4>;\n" +
                                  text + ";\nret;\n}\n");
  return module.functions.front().instructions.front();
}

Operation decode(const std::string &text) {
  static std::map<std::string, Operation> known; // the same text runs on many operands
  if (auto found = known.find(text); found != known.end())
    return found->second;
  std::optional<Operation> operation = decodeCompute(parseInstruction(text));
  if (!operation)
    throw std::runtime_error("expects an instruction on registers, but got " + text);
  return known[text] = *operation;
}

std::vector<Value> run(const std::string &text, const std::vector<Value> &operands, Mask active,
                       Environment environment) {
  Operation operation = decode(text);
  std::vector<Value> results(operation.results + operation.writesCarry, splat(0xdeadbeefdeadbeef));
  std::vector<Value *> to;
  std::vector<const Value *> from;
  for (Value &value : results)
    to.push_back(&value);
  for (const Value &value : operands)
    from.push_back(&value);
  operation.run(operation, environment, to, from, active);
  return results;
}

Value splat(uint64_t bits) {
  Value value;
  std::fill(std::begin(value.lane), std::end(value.lane), bits);
  return value;
}

uint64_t evaluate(const std::string &text, const std::vector<uint64_t> &operands) {
  std::vector<Value> values;
  for (uint64_t bits : operands)
    values.push_back(splat(bits));
  return run(text, values).front().lane[0];
}

uint64_t Samples::next() {
  constexpr uint64_t singles[] = {0,          0x80000000, 1,          0x80000001, 0x007fffff, 0x00800000,
                                  0x80800000, 0x3f800000, 0xbf800000, 0x7f7fffff, 0xff7fffff, 0x7f800000,
                                  0xff800000, 0x7fc00000, 0x3f7fffff, 0x4b000001, 0x7f000000, 0x34000000};
  constexpr uint64_t halves[] = {0, 0x8000, 1, 0x8001, 0x3ff, 0x400, 0x3c00, 0xbc00, 0x7bff, 0x7c00, 0xfc00, 0x7e00};
  uint64_t bits = random(), sign = bits << 63;
  switch (random() % 12) {
  case 0:
    return bits % 70; // an amount to shift
  case 1:
    return -(bits % 70);
  case 2:
    return uint64_t(1) << (bits & 63);
  case 3:
    return (uint64_t(1) << (bits & 63)) - 1;
  case 4:
    return ~(uint64_t(1) << (bits & 63));
  case 5:
    return singles[bits % std::size(singles)] | (bits & ~uint64_t(0xffffffff));
  case 6: // near one in single precision
    return (bits & 0x80ffffff) | 0x3f000000 | (bits << 32);
  case 7: // a special double
    return bitsOf(double(as<float>(uint32_t(singles[bits % std::size(singles)]))));
  case 8: // near one in double precision
    return (bits >> 12) | sign | ((0x3f0 + random() % 30) << 52);
  case 9:
    return halves[bits % std::size(halves)] | halves[random() % std::size(halves)] << 16 | bits << 32;
  default:
    return bits;
  }
}

Value Samples::nextValue() {
  Value value;
  for (uint64_t &lane : value.lane)
    lane = next();
  return value;
}

namespace {

/// Runs on one warp and compares the result in each lane; the number of failures.
unsigned compare(const std::string &text, const std::vector<Value> &values, const Reference &reference,
                 unsigned result) {
  unsigned failures = 0;
  Value actual = run(text, values).at(result);
  for (unsigned l = 0; l < warpSize; ++l) {
    std::vector<uint64_t> bits;
    for (const Value &value : values)
      bits.push_back(value.lane[l]);
    uint64_t expected = reference(bits);
    if (actual.lane[l] == expected)
      continue;
    std::ostringstream at;
    for (uint64_t operand : bits)
      at << " 0x" << std::hex << operand;
    ADD_FAILURE() << std::hex << text << " of" << at.str() << " expects 0x" << expected << ", but got 0x"
                  << actual.lane[l];
    ++failures;
  }
  return failures;
}

} // namespace

void expectMatch(const std::string &text, unsigned operands, const Reference &reference, unsigned result,
                 unsigned warps) {
  Samples samples;
  for (unsigned warp = 0; warp < warps; ++warp) {
    std::vector<Value> values;
    for (unsigned i = 0; i < operands; ++i)
      values.push_back(samples.nextValue());
    ASSERT_EQ(compare(text, values, reference, result), 0u) << "and perhaps more";
  }
}

void expectMatchOfAllHalves(const std::string &text, const Reference &reference) {
  for (unsigned bits = 0; bits < 0x10000; bits += warpSize) {
    Value value;
    for (unsigned l = 0; l < warpSize; ++l)
      value.lane[l] = bits + l;
    ASSERT_EQ(compare(text, {value}, reference, 0), 0u) << "and perhaps more";
  }
}

} // namespace plait::emulator::test
