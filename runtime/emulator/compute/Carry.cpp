//===- Carry.cpp - extended-precision arithmetic --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives add.cc, addc, sub.cc, subc, mad.cc and madc their meaning. The carry
// flag is one more operand or result; of a subtraction it is the borrow.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Decoder.h"
#include "runtime/emulator/compute/Lanes.h"

namespace plait::emulator {
namespace {

template <typename T> using Twice = std::conditional_t<sizeof(T) == 4, uint64_t, unsigned __int128>;

template <typename T> std::pair<T, bool> addWithCarry(T a, T b, bool carry) {
  Twice<T> sum = Twice<T>(a) + b + carry;
  return {T(sum), sum >> (8 * sizeof(T)) != 0};
}
template <typename T> std::pair<T, bool> subWithCarry(T a, T b, bool borrow) {
  Twice<T> difference = Twice<T>(a) - b - borrow;
  return {T(difference), difference >> (8 * sizeof(T)) != 0};
}
template <typename T> T product(const Operation &operation, T a, T b) {
  enum { low, unsignedHigh, signedHigh };
  using Signed = std::make_signed_t<T>;
  using SignedTwice = std::conditional_t<sizeof(T) == 4, int64_t, __int128>;
  switch (operation.control[0]) {
  case unsignedHigh:
    return T((Twice<T>(a) * b) >> (8 * sizeof(T)));
  case signedHigh:
    return T((SignedTwice(Signed(a)) * Signed(b)) >> (8 * sizeof(T)));
  default:
    return T(a * b);
  }
}
template <typename T> std::pair<T, bool> madWithCarry(const Operation &operation, T a, T b, T c, bool carry) {
  return addWithCarry(product(operation, a, b), c, carry);
}

// Those that do not read the flag, then those that do not write it.
template <typename T> std::pair<T, bool> addToCarry(T a, T b) { return addWithCarry(a, b, false); }
template <typename T> std::pair<T, bool> subToCarry(T a, T b) { return subWithCarry(a, b, false); }
template <typename T> std::pair<T, bool> madToCarry(const Operation &operation, T a, T b, T c) {
  return addWithCarry(product(operation, a, b), c, false);
}
template <typename T> T addFromCarry(T a, T b, bool carry) { return addWithCarry(a, b, carry).first; }
template <typename T> T subFromCarry(T a, T b, bool carry) { return subWithCarry(a, b, carry).first; }
template <typename T> T madFromCarry(const Operation &operation, T a, T b, T c, bool carry) {
  return madWithCarry(operation, a, b, c, carry).first;
}

template <typename T> Operation::Run choose(char kind, bool reads, bool writes) {
  if (kind == 'a')
    return !reads ? &map<addToCarry<T>> : writes ? &map<addWithCarry<T>> : &map<addFromCarry<T>>;
  if (kind == 's')
    return !reads ? &map<subToCarry<T>> : writes ? &map<subWithCarry<T>> : &map<subFromCarry<T>>;
  return !reads ? &map<madToCarry<T>> : writes ? &map<madWithCarry<T>> : &map<madFromCarry<T>>;
}

} // namespace

Operation decodeCarry(Decoder &decoder) {
  const std::string &opcode = decoder.source().opcode;
  char kind = opcode.front();
  bool reads = opcode.back() == 'c', writes = decoder.take("cc");
  bool isHigh = kind == 'm' && decoder.require({"lo", "hi"}) == 1;
  NumberType type = decoder.takeType();
  if ((type.kind != NumberType::Unsigned && type.kind != NumberType::Signed) || type.count != 1 || type.bits < 32)
    decoder.refuse();
  Operation::Run run = type.bits == 32 ? choose<uint32_t>(kind, reads, writes) : choose<uint64_t>(kind, reads, writes);
  uint32_t control = !isHigh ? 0 : type.kind == NumberType::Unsigned ? 1 : 2;
  Operation operation = decoder.finish(run, 1, kind == 'm' ? 3 : 2, control);
  operation.readsCarry = reads;
  operation.writesCarry = writes;
  return operation;
}

} // namespace plait::emulator
