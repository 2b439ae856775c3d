//===- Double.cpp - double-precision arithmetic ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives arithmetic on f64 its meaning. It rounds as the host's rounding mode
// says, which the loops set; it is compiled with -frounding-math.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Flush.h"
#include "runtime/emulator/compute/Lanes.h"

#include <cfenv>

namespace plait::emulator {
namespace {

double add(double a, double b) { return a + b; }
double sub(double a, double b) { return a - b; }
double mul(double a, double b) { return a * b; }
double fma(double a, double b, double c) { return std::fma(a, b, c); }
double divide(double a, double b) { return a / b; }
double reciprocal(double a) { return 1 / a; }
double squareRoot(double a) { return std::sqrt(a); }
double inverseRoot(double a) { return 1 / std::sqrt(a); }
double negate(double a) { return -a; }
double absolute(double a) { return std::fabs(a); }
/// The sign of a on the magnitude of b.
double copySign(double a, double b) { return std::copysign(b, a); }

/// The forms .approx.ftz see and give the upper 32 bits only.
double upperHalf(double a) { return std::bit_cast<double>(std::bit_cast<uint64_t>(a) & ~uint64_t(0xffffffff)); }
double flushed(double a) { return std::fabs(a) < 0x1p-1022 ? std::copysign(0.0, a) : a; }
double reciprocalCoarse(double a) { return upperHalf(flushed(1 / flushed(upperHalf(a)))); }
double inverseRootCoarse(double a) { return upperHalf(flushed(1 / std::sqrt(flushed(upperHalf(a))))); }

class HostRounding {
public:
  explicit HostRounding(Rounding rounding) {
    constexpr int modes[] = {FE_TONEAREST, FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
    std::fesetround(modes[unsigned(rounding)]);
  }
  ~HostRounding() { std::fesetround(FE_TONEAREST); }
};

template <auto Function>
void mapRounded(const Operation &operation, const Environment &environment, std::span<Value *const> results,
                std::span<const Value *const> operands, Mask active) {
  HostRounding rounding(roundingOf(operation));
  map<Function>(operation, environment, results, operands, active);
}

Operation decodeCoarse(Decoder &decoder, std::string_view opcode) {
  bool flushes = decoder.take("ftz");
  if (opcode == "rcp")
    return decoder.finish(flushes ? &map<reciprocalCoarse> : nullptr, 1, 1);
  if (opcode == "rsqrt")
    return decoder.finish(flushes ? &map<inverseRootCoarse> : &map<inverseRoot>, 1, 1);
  decoder.refuse();
}

Operation decodeRounded(Decoder &decoder, std::string_view opcode) {
  std::optional<Rounding> rounding = decoder.takeRounding();
  // Only these three round to nearest by default.
  if (!rounding && opcode != "add" && opcode != "sub" && opcode != "mul")
    decoder.refuse();
  uint32_t control = uint32_t(rounding.value_or(Rounding::Even));
  if (opcode == "add")
    return decoder.finish(&mapRounded<add>, 1, 2, control);
  if (opcode == "sub")
    return decoder.finish(&mapRounded<sub>, 1, 2, control);
  if (opcode == "mul")
    return decoder.finish(&mapRounded<mul>, 1, 2, control);
  if (opcode == "fma" || opcode == "mad")
    return decoder.finish(&mapRounded<fma>, 1, 3, control);
  if (opcode == "div")
    return decoder.finish(&mapRounded<divide>, 1, 2, control);
  if (opcode == "rcp")
    return decoder.finish(&mapRounded<reciprocal>, 1, 1, control);
  return decoder.finish(opcode == "sqrt" ? &mapRounded<squareRoot> : nullptr, 1, 1, control);
}

} // namespace

Operation decodeDouble(Decoder &decoder) {
  const std::string &opcode = decoder.source().opcode;
  if (opcode == "abs" || opcode == "neg")
    return decoder.finish(opcode == "abs" ? &map<absolute> : &map<negate>, 1, 1);
  if (opcode == "copysign")
    return decoder.finish(&map<copySign>, 1, 2);
  if (decoder.take("approx"))
    return decodeCoarse(decoder, opcode);
  return decodeRounded(decoder, opcode);
}

} // namespace plait::emulator
