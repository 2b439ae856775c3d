//===- Decoder.h - reading an instruction's modifiers -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what decoders of opcodes share. Each takes the modifiers that it
// knows; what is left over in the end is an error, so nothing is silently ignored.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_COMPUTE_DECODER_H
#define PLAIT_RUNTIME_EMULATOR_COMPUTE_DECODER_H

#include "runtime/emulator/compute/Compute.h"
#include "runtime/emulator/compute/Float.h"

#include <initializer_list>
#include <string_view>
#include <vector>

namespace plait::emulator {

/// The type of an operand: `count` elements in one register.
struct NumberType {
  enum Class : uint8_t { Predicate, Untyped, Unsigned, Signed, Float, Bfloat, Tf32, E4m3, E5m2 };
  Class kind;
  uint8_t bits; ///< of an element where it is stored
  uint8_t count = 1;
  constexpr bool operator==(const NumberType &) const = default;
  constexpr bool isInteger() const { return kind == Untyped || kind == Unsigned || kind == Signed; }
};

namespace types {
inline constexpr NumberType pred{NumberType::Predicate, 1}, b8{NumberType::Untyped, 8}, b16{NumberType::Untyped, 16},
    b32{NumberType::Untyped, 32}, b64{NumberType::Untyped, 64}, b128{NumberType::Untyped, 128},
    u8{NumberType::Unsigned, 8}, u16{NumberType::Unsigned, 16}, u32{NumberType::Unsigned, 32},
    u64{NumberType::Unsigned, 64}, s8{NumberType::Signed, 8}, s16{NumberType::Signed, 16}, s32{NumberType::Signed, 32},
    s64{NumberType::Signed, 64}, u16x2{NumberType::Unsigned, 16, 2}, s16x2{NumberType::Signed, 16, 2},
    f16{NumberType::Float, 16}, f16x2{NumberType::Float, 16, 2}, f32{NumberType::Float, 32}, f64{NumberType::Float, 64},
    bf16{NumberType::Bfloat, 16}, bf16x2{NumberType::Bfloat, 16, 2}, tf32{NumberType::Tf32, 32},
    e4m3{NumberType::E4m3, 8}, e5m2{NumberType::E5m2, 8}, e4m3x2{NumberType::E4m3, 8, 2},
    e5m2x2{NumberType::E5m2, 8, 2};
} // namespace types

/// The type that a modifier names, if it does.
std::optional<NumberType> parseNumberType(std::string_view name);

template <typename T> inline constexpr NumberType typeOf{};
template <> inline constexpr NumberType typeOf<bool> = types::pred;
template <> inline constexpr NumberType typeOf<uint16_t> = types::u16;
template <> inline constexpr NumberType typeOf<uint32_t> = types::u32;
template <> inline constexpr NumberType typeOf<uint64_t> = types::u64;
template <> inline constexpr NumberType typeOf<int16_t> = types::s16;
template <> inline constexpr NumberType typeOf<int32_t> = types::s32;
template <> inline constexpr NumberType typeOf<int64_t> = types::s64;
template <> inline constexpr NumberType typeOf<Half> = types::f16;
template <> inline constexpr NumberType typeOf<Bfloat> = types::bf16;
template <> inline constexpr NumberType typeOf<float> = types::f32;
template <> inline constexpr NumberType typeOf<double> = types::f64;

/// choose.operator()<T>() for the T among those listed that has the type; none if there is none.
template <typename... T, typename Choose> Operation::Run byType(NumberType type, Choose choose) {
  Operation::Run run = nullptr;
  (void)((type == typeOf<T> && (run = choose.template operator()<T>(), true)) || ...);
  return run;
}

/// Flags in control[0]; the rounding is in its low bits.
enum Flag : uint32_t { roundingMask = 7, ftz = 8, sat = 16, relu = 32, propagatesNan = 64, xorSign = 128 };

constexpr Rounding roundingOf(const Operation &operation) { return Rounding(operation.control[0] & roundingMask); }

class Decoder {
public:
  explicit Decoder(const ptx::Instruction &instruction);

  const ptx::Instruction &source() const { return instruction; }

  /// Whether the modifier is there and not taken yet; takes it.
  bool take(std::string_view modifier);
  /// Takes the first of the names that is there: its index, or `names.size()`.
  unsigned takeOneOf(std::initializer_list<std::string_view> names);
  /// As takeOneOf, but one must be there.
  unsigned require(std::initializer_list<std::string_view> names);
  /// Takes the first modifier left that is a type; there must be one.
  NumberType takeType();
  /// Takes rn, rz, rm or rp, if there is one.
  std::optional<Rounding> takeRounding();
  /// `flag` if the modifier is there.
  uint32_t takeFlag(std::string_view modifier, Flag flag) { return take(modifier) ? uint32_t(flag) : 0; }

  /// How many operands there are, flattened; a .b128 register that is no vector counts as one.
  unsigned operandCount() const { return operands; }
  /// Whether the operand at this index, as written, is of this kind.
  bool isKind(unsigned index, ptx::Operand::Kind kind) const;

  /// The operation, if `run` is one, nothing is left to take and the operands' numbers fit.
  Operation finish(Operation::Run run, unsigned results, unsigned inputs, uint32_t control = 0) const;
  /// Throws Error: the instruction is of this kind, but not known.
  [[noreturn]] void refuse() const;

private:
  const ptx::Instruction &instruction;
  std::vector<bool> taken;
  unsigned operands = 0;
};

/// Decodes an opcode or family; each stands in the file of its name.
using Decode = Operation(Decoder &decoder);
Decode decodeCarry, decodeBits, decodeLogic, decodeCompare, decodeMove, decodeConvert, decodePack, decodeSingle,
    decodeDouble, decodeTest, decodeShuffle, decodeVote, decodeMma, decodeWmma, decodeTranspose;
/// The same where the caller has taken the type.
using DecodeTyped = Operation(Decoder &decoder, NumberType type);
DecodeTyped decodeInteger, decodeHalf, decodeMinMax;

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_COMPUTE_DECODER_H
