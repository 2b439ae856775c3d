//===- Lanes.h - a function of one lane run on a warp -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file makes an Operation's `run` of a function on the values of one lane. The
// loop has no branches of its own, so that the compiler can vectorise it.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_COMPUTE_LANES_H
#define PLAIT_RUNTIME_EMULATOR_COMPUTE_LANES_H

#include "runtime/emulator/compute/Compute.h"
#include "runtime/emulator/compute/Float.h"

#include <algorithm>
#include <bit>
#include <type_traits>
#include <utility>

namespace plait::emulator {

/// The bits of a register as a value of type T: upper bits are ignored.
template <typename T> constexpr T fromBits(uint64_t bits) {
  if constexpr (std::is_same_v<T, bool>)
    return bits & 1;
  else if constexpr (std::is_same_v<T, float>)
    return std::bit_cast<float>(uint32_t(bits));
  else if constexpr (std::is_same_v<T, double>)
    return std::bit_cast<double>(bits);
  else
    return T(bits); // integers and enumerations over them
}

/// The bits of a value, zero-extended.
template <typename T> constexpr uint64_t toBits(T value) {
  if constexpr (std::is_same_v<T, float>)
    return std::bit_cast<uint32_t>(value);
  else if constexpr (std::is_same_v<T, double>)
    return std::bit_cast<uint64_t>(value);
  else if constexpr (std::is_enum_v<T>)
    return std::underlying_type_t<T>(value);
  else if constexpr (std::is_same_v<T, bool>)
    return value;
  else
    return std::make_unsigned_t<T>(value);
}

/// Copies the active lanes of `from`.
inline void assign(Value &to, const Value &from, Mask active) {
  if (active == ~Mask(0)) {
    to = from;
    return;
  }
  for (unsigned l = 0; l < warpSize; ++l)
    to.lane[l] = active >> l & 1 ? from.lane[l] : to.lane[l];
}

template <auto Function, typename Type = decltype(Function)> struct Lanes;

/// A function of one lane's operands. Its result may be a pair.
template <auto Function, typename R, typename... A> struct Lanes<Function, R (*)(A...)> {
  static R call(const Operation &, A... operands) { return Function(operands...); }
  using Result = R;
  template <template <typename...> class List> using Operands = List<A...>;
};

/// One that reads the operation's control words.
template <auto Function, typename R, typename... A> struct Lanes<Function, R (*)(const Operation &, A...)> {
  static R call(const Operation &operation, A... operands) { return Function(operation, operands...); }
  using Result = R;
  template <template <typename...> class List> using Operands = List<A...>;
};

/// A function of an operation whose control words are all zero: what they choose is known where
/// it is compiled.
template <auto Function, typename Type = decltype(Function)> struct Plain;
template <auto Function, typename R, typename... A> struct Plain<Function, R (*)(const Operation &, A...)> {
  static R call(A... operands) { return Function(Operation{}, operands...); }
};

template <typename T> struct IsPair : std::false_type {};
template <typename A, typename B> struct IsPair<std::pair<A, B>> : std::true_type {};

template <typename... A> struct TypeList {};

/// So many lanes are computed before their results are stored: a result may be an operand.
constexpr unsigned lanesAtATime = 4;

template <auto Function, typename... A>
void runLanes(TypeList<A...>, const Operation &operation, std::span<Value *const> results,
              std::span<const Value *const> operands, Mask active) {
  using Result = typename Lanes<Function>::Result;
  constexpr unsigned count = IsPair<Result>::value ? 2 : 1;
  Value kept[count];
  uint64_t *to[count];
  for (unsigned r = 0; r < count; ++r)
    to[r] = active == ~Mask(0) ? results[r]->lane : kept[r].lane;
  [&]<size_t... I>(std::index_sequence<I...>) {
    const uint64_t *lanes[] = {operands[I]->lane..., nullptr};
    for (unsigned first = 0; first < warpSize; first += lanesAtATime) {
      uint64_t bits[count][lanesAtATime];
      for (unsigned l = 0; l < lanesAtATime; ++l) {
        Result result = Lanes<Function>::call(operation, fromBits<A>(lanes[I][first + l])...);
        if constexpr (IsPair<Result>::value) {
          bits[0][l] = toBits(result.first);
          bits[1][l] = toBits(result.second);
        } else {
          bits[0][l] = toBits(result);
        }
      }
      for (unsigned r = 0; r < count; ++r)
        std::copy_n(bits[r], lanesAtATime, to[r] + first);
    }
  }(std::index_sequence_for<A...>{});
  if (active != ~Mask(0))
    for (unsigned r = 0; r < count; ++r)
      assign(*results[r], kept[r], active);
}

/// `Function` on the operands' values.
template <auto Function>
void map(const Operation &operation, const Environment &, std::span<Value *const> results,
         std::span<const Value *const> operands, Mask active) {
  using Operands = typename Lanes<Function>::template Operands<TypeList>;
  runLanes<Function>(Operands{}, operation, results, operands, active);
}

template <auto Function, typename List> struct Packed;
template <auto Function, typename... A> struct Packed<Function, TypeList<A...>> {
  template <typename> using Bits = uint32_t;
  static uint32_t call(const Operation &operation, Bits<A>... operands) {
    uint64_t low = toBits(Lanes<Function>::call(operation, fromBits<A>(operands)...));
    uint64_t high = toBits(Lanes<Function>::call(operation, fromBits<A>(operands >> 16)...));
    return uint32_t(low | high << 16);
  }
};

/// `Function`, of 16-bit values, on both halves of 32-bit operands.
template <auto Function>
void mapPacked(const Operation &operation, const Environment &environment, std::span<Value *const> results,
               std::span<const Value *const> operands, Mask active) {
  using Operands = typename Lanes<Function>::template Operands<TypeList>;
  map<&Packed<Function, Operands>::call>(operation, environment, results, operands, active);
}

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_COMPUTE_LANES_H
