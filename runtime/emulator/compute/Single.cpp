//===- Single.cpp - single-precision arithmetic ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives arithmetic on f32 its meaning. Rounding to nearest is the host's own,
// without branches; the other directions round a to-odd result in f64.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Flush.h"
#include "runtime/emulator/compute/Lanes.h"

namespace plait::emulator {
namespace {

template <bool Ftz, bool Sat> float finishNearest(float value) {
  value = canonical(Ftz ? flush(value) : value);
  return Sat ? saturate(value) : value;
}
template <bool Ftz> float operand(float value) { return Ftz ? flush(value) : value; }
template <bool Ftz, bool Sat> float add(float a, float b) {
  return finishNearest<Ftz, Sat>(operand<Ftz>(a) + operand<Ftz>(b));
}
template <bool Ftz, bool Sat> float sub(float a, float b) {
  return finishNearest<Ftz, Sat>(operand<Ftz>(a) - operand<Ftz>(b));
}
template <bool Ftz, bool Sat> float mul(float a, float b) {
  return finishNearest<Ftz, Sat>(operand<Ftz>(a) * operand<Ftz>(b));
}
template <bool Ftz, bool Sat> float fma(float a, float b, float c) {
  // The product is exact in f64; std::fma would be a call for each lane.
  double product = double(operand<Ftz>(a)) * operand<Ftz>(b);
  return finishNearest<Ftz, Sat>(float(addToOdd(product, operand<Ftz>(c))));
}
template <bool Ftz, bool Sat> float div(float a, float b) {
  return finishNearest<Ftz, Sat>(operand<Ftz>(a) / operand<Ftz>(b));
}
template <bool Ftz, bool Sat> float rcp(float a) { return finishNearest<Ftz, Sat>(1 / operand<Ftz>(a)); }
template <bool Ftz, bool Sat> float sqrt(float a) { return finishNearest<Ftz, Sat>(std::sqrt(operand<Ftz>(a))); }

/// The sum in the operation's rounding; an exact zero of two signs is -0 where it rounds down.
float sumRounded(const Operation &operation, double a, double b) {
  double sum = addToOdd(a, b);
  if (sum == 0 && roundingOf(operation) == Rounding::Down && (std::signbit(a) || std::signbit(b)))
    sum = -0.0;
  return finishFloat<float>(operation, sum, roundingOf(operation));
}
float addRounded(const Operation &operation, float a, float b) {
  return sumRounded(operation, flushIf(operation, a), flushIf(operation, b));
}
float subRounded(const Operation &operation, float a, float b) {
  return sumRounded(operation, flushIf(operation, a), -flushIf(operation, b));
}
float mulRounded(const Operation &operation, float a, float b) {
  return finishFloat<float>(operation, double(flushIf(operation, a)) * flushIf(operation, b), roundingOf(operation));
}
float fmaRounded(const Operation &operation, float a, float b, float c) {
  return sumRounded(operation, double(flushIf(operation, a)) * flushIf(operation, b), flushIf(operation, c));
}

// Forms whose first operands have 16 bits, which f32 holds exactly.
template <typename T> float addMixed(const Operation &operation, T a, float b) {
  return addRounded(operation, float(widen(a)), b);
}
template <typename T> float subMixed(const Operation &operation, T a, float b) {
  return subRounded(operation, float(widen(a)), b);
}
template <typename T> float fmaMixed(const Operation &operation, T a, T b, float c) {
  return fmaRounded(operation, float(widen(a)), float(widen(b)), c);
}

float divideRounded(const Operation &operation, float a, float b) {
  return finishFloat<float>(operation, divideToOdd(flushIf(operation, a), flushIf(operation, b)),
                            roundingOf(operation));
}
/// div.approx multiplies by a reciprocal, which is zero for a divisor this large.
float divideApproximately(const Operation &operation, float a, float b) {
  float magnitude = std::fabs(b);
  if (magnitude > 0x1p126f && magnitude < std::numeric_limits<float>::infinity())
    return canonical(flushIf(operation, a) * (b < 0 ? -0.0f : 0.0f));
  return operation.control[0] & ftz ? div<true, false>(a, b) : div<false, false>(a, b);
}
float reciprocalRounded(const Operation &operation, float a) {
  return finishFloat<float>(operation, divideToOdd(1, flushIf(operation, a)), roundingOf(operation));
}
float squareRootRounded(const Operation &operation, float a) {
  return finishFloat<float>(operation, rootToOdd(flushIf(operation, a)), roundingOf(operation));
}
template <double (*Function)(double)> float approximate(const Operation &operation, float a) {
  return finishFloat<float>(operation, Function(flushIf(operation, a)));
}
double inverseRoot(double a) { return 1 / std::sqrt(a); }

float negate(const Operation &operation, float a) { return -flushIf(operation, a); }
float absolute(const Operation &operation, float a) { return std::fabs(flushIf(operation, a)); }
/// The sign of a on the magnitude of b.
float copySign(float a, float b) { return std::copysign(b, a); }

/// map() of the function for these flags.
template <typename Choose> Operation::Run chooseNearest(uint32_t flags, Choose choose) {
  if (flags & ftz)
    return flags & sat ? choose.template operator()<true, true>() : choose.template operator()<true, false>();
  return flags & sat ? choose.template operator()<false, true>() : choose.template operator()<false, false>();
}
Operation::Run chooseNearest(std::string_view opcode, uint32_t flags) {
  return chooseNearest(flags, [&]<bool Ftz, bool Sat>() -> Operation::Run {
    return opcode == "add"    ? &map<add<Ftz, Sat>>
           : opcode == "sub"  ? &map<sub<Ftz, Sat>>
           : opcode == "mul"  ? &map<mul<Ftz, Sat>>
           : opcode == "div"  ? &map<div<Ftz, Sat>>
           : opcode == "rcp"  ? &map<rcp<Ftz, Sat>>
           : opcode == "sqrt" ? &map<sqrt<Ftz, Sat>>
                              : &map<fma<Ftz, Sat>>;
  });
}
Operation::Run chooseRounded(std::string_view opcode) {
  return opcode == "add"    ? &map<addRounded>
         : opcode == "sub"  ? &map<subRounded>
         : opcode == "mul"  ? &map<mulRounded>
         : opcode == "div"  ? &map<divideRounded>
         : opcode == "rcp"  ? &map<reciprocalRounded>
         : opcode == "sqrt" ? &map<squareRootRounded>
                            : &map<fmaRounded>;
}
Operation::Run choose(std::string_view opcode, Rounding rounding, uint32_t flags) {
  return rounding == Rounding::Even ? chooseNearest(opcode, flags) : chooseRounded(opcode);
}

template <typename T> Operation::Run chooseMixed(std::string_view opcode) {
  return opcode == "add"   ? &map<addMixed<T>>
         : opcode == "sub" ? &map<subMixed<T>>
         : opcode == "fma" ? &map<fmaMixed<T>>
                           : nullptr;
}

Operation decodeArithmetic(Decoder &decoder) {
  const std::string &opcode = decoder.source().opcode;
  std::optional<Rounding> rounding = decoder.takeRounding();
  uint32_t flags = decoder.takeFlag("sat", sat);
  bool isFma = opcode == "fma" || opcode == "mad";
  if (isFma && !rounding)
    decoder.refuse();
  Rounding mode = rounding.value_or(Rounding::Even);
  if (unsigned narrow = decoder.takeOneOf({"f16", "bf16"}); narrow < 2) {
    Operation::Run run = narrow == 0 ? chooseMixed<Half>(opcode) : chooseMixed<Bfloat>(opcode);
    return decoder.finish(run, 1, isFma ? 3 : 2, flags | uint32_t(mode));
  }
  flags |= decoder.takeFlag("ftz", ftz);
  return decoder.finish(choose(opcode, mode, flags), 1, isFma ? 3 : 2, flags | uint32_t(mode));
}

Operation decodeDivision(Decoder &decoder) {
  const std::string &opcode = decoder.source().opcode;
  bool isDiv = opcode == "div";
  std::optional<Rounding> rounding = decoder.takeRounding();
  bool isApproximate = !rounding && decoder.take("approx");
  if (!rounding && !isApproximate && !(isDiv && decoder.take("full")))
    decoder.refuse();
  // Approximate forms are rounded to nearest, too.
  Rounding mode = rounding.value_or(Rounding::Even);
  uint32_t flags = decoder.takeFlag("ftz", ftz);
  Operation::Run run = isDiv && isApproximate ? &map<divideApproximately> : choose(opcode, mode, flags);
  return decoder.finish(run, 1, isDiv ? 2 : 1, flags | uint32_t(mode));
}

Operation::Run chooseFunction(std::string_view opcode) {
  if (opcode == "rsqrt")
    return &map<approximate<inverseRoot>>;
  if (opcode == "sin")
    return &map<approximate<std::sin>>;
  if (opcode == "cos")
    return &map<approximate<std::cos>>;
  if (opcode == "lg2")
    return &map<approximate<std::log2>>;
  if (opcode == "ex2")
    return &map<approximate<std::exp2>>;
  return opcode == "tanh" ? &map<approximate<std::tanh>> : nullptr;
}

} // namespace

Operation decodeSingle(Decoder &decoder) {
  const std::string &opcode = decoder.source().opcode;
  if (opcode == "add" || opcode == "sub" || opcode == "mul" || opcode == "fma" || opcode == "mad")
    return decodeArithmetic(decoder);
  if (opcode == "div" || opcode == "rcp" || opcode == "sqrt")
    return decodeDivision(decoder);
  if (opcode == "abs" || opcode == "neg") {
    uint32_t flags = decoder.takeFlag("ftz", ftz);
    return decoder.finish(opcode == "abs" ? &map<absolute> : &map<negate>, 1, 1, flags);
  }
  if (opcode == "copysign")
    return decoder.finish(&map<copySign>, 1, 2);
  if (!decoder.take("approx"))
    decoder.refuse();
  uint32_t flags = decoder.takeFlag("ftz", ftz);
  return decoder.finish(chooseFunction(opcode), 1, 1, flags);
}

} // namespace plait::emulator
