//===- Compute.cpp - instructions that touch registers alone --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file finds the decoder of an opcode.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Compute.h"

#include "runtime/emulator/compute/Decoder.h"

#include <unordered_map>

namespace plait::emulator {
namespace {

/// Opcodes that numbers of several kinds have.
Operation decodeArithmetic(Decoder &decoder) {
  const std::string &opcode = decoder.source().opcode;
  // Their carry forms look at integers alone.
  for (const std::string &modifier : decoder.source().modifiers)
    if (modifier == "cc")
      return decodeCarry(decoder);
  NumberType type = decoder.takeType();
  if (type.isInteger())
    return decodeInteger(decoder, type);
  if (opcode == "min" || opcode == "max")
    return decodeMinMax(decoder, type);
  if (type == types::f32)
    return decodeSingle(decoder);
  if (type == types::f64)
    return decodeDouble(decoder);
  if (type.bits == 16)
    return decodeHalf(decoder, type);
  decoder.refuse();
}

const std::unordered_map<std::string_view, Decode *> &decoders() {
  static const std::unordered_map<std::string_view, Decode *> table = [] {
    std::unordered_map<std::string_view, Decode *> map;
    auto add = [&](Decode *decode, std::initializer_list<std::string_view> opcodes) {
      for (std::string_view opcode : opcodes)
        map[opcode] = decode;
    };
    add(decodeArithmetic, {"add", "sub", "mul", "mad",  "mul24", "mad24", "sad", "div", "rem", "abs",  "neg",     "min",
                           "max", "fma", "rcp", "sqrt", "rsqrt", "sin",   "cos", "lg2", "ex2", "tanh", "copysign"});
    add(decodeCarry, {"addc", "subc", "madc"});
    add(decodeBits,
        {"popc", "clz", "bfind", "fns", "brev", "bfe", "bfi", "bmsk", "szext", "prmt", "shf", "dp4a", "dp2a"});
    add(decodeLogic, {"and", "or", "xor", "not", "cnot", "lop3", "shl", "shr"});
    add(decodeCompare, {"setp", "set", "selp", "slct"});
    add(decodeTest, {"testp"});
    add(decodeMove, {"mov"});
    add(decodeConvert, {"cvt"});
    add(decodeShuffle, {"shfl"});
    add(decodeTranspose, {"movmatrix"});
    add(decodeVote, {"vote", "match", "redux", "elect", "activemask"});
    add(decodeMma, {"mma"});
    return map;
  }();
  return table;
}

} // namespace

std::optional<Operation> decodeCompute(const ptx::Instruction &instruction) {
  Decoder decoder(instruction);
  if (instruction.opcode == "wmma") // its loads and stores are the machine's
    return decoder.take("mma") ? std::optional(decodeWmma(decoder)) : std::nullopt;
  auto found = decoders().find(instruction.opcode);
  return found == decoders().end() ? std::nullopt : std::optional(found->second(decoder));
}

} // namespace plait::emulator
