//===- Fragments.cpp - matrices dealt to the lanes of a warp --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file knows which fragments mma.sync and wmma have, and their registers.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Fragments.h"

#include "runtime/emulator/Error.h"

#include <algorithm>

namespace plait::emulator {
namespace {

/// Reads `letter` and a number off the front of the text; 0 where they are not there.
unsigned takeExtent(std::string_view &text, char letter) {
  if (text.empty() || text.front() != letter)
    return 0;
  text.remove_prefix(1);
  unsigned number = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9' && number < 1000) {
    number = number * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  return number;
}

Fragment makeFragment(Fragment::Role role, MmaShape shape, unsigned elementBits, unsigned perRegister) {
  Fragment fragment{role, shape.m, shape.n, elementBits, perRegister, 0};
  if (role == Fragment::Role::A)
    fragment.columns = shape.k;
  else if (role == Fragment::Role::B)
    fragment.rows = shape.k;
  fragment.registers = fragment.rows * fragment.columns / 32 / perRegister;
  return fragment;
}

} // namespace

std::optional<MmaShape> parseShape(std::string_view name) {
  MmaShape shape{};
  shape.m = takeExtent(name, 'm');
  shape.n = takeExtent(name, 'n');
  shape.k = takeExtent(name, 'k');
  if (!shape.m || !shape.n || !shape.k || !name.empty())
    return std::nullopt;
  return shape;
}

Fragment mmaFragment(Fragment::Role role, MmaShape shape, unsigned elementBits) {
  return makeFragment(role, shape, elementBits, std::max(1u, 32 / elementBits));
}

std::optional<Fragment> wmmaFragment(Fragment::Role role, MmaShape shape, std::string_view type) {
  bool isAccumulator = role == Fragment::Role::Accumulator;
  if (shape == MmaShape{8, 8, 4})
    return type == "f64" ? std::optional(mmaFragment(role, shape, 64)) : std::nullopt;
  if (shape == MmaShape{16, 16, 8}) {
    if (type != (isAccumulator ? "f32" : "tf32"))
      return std::nullopt;
    return mmaFragment(role, shape, 32);
  }
  if (shape != MmaShape{16, 16, 16} && shape != MmaShape{32, 8, 16} && shape != MmaShape{8, 32, 16})
    return std::nullopt;
  if (isAccumulator) {
    if (type != "f32" && type != "f16" && type != "s32")
      return std::nullopt;
    return mmaFragment(role, shape, type == "f16" ? 16 : 32);
  }
  // PTX gives each lane sixteen elements of f16, whatever the matrix has.
  if (type == "f16") {
    Fragment fragment = mmaFragment(role, shape, 16);
    fragment.registers = 8;
    return fragment;
  }
  if (type == "bf16")
    return mmaFragment(role, shape, 16);
  if (type == "s8" || type == "u8")
    return mmaFragment(role, shape, 8);
  return std::nullopt;
}

Fragment wmmaFragment(const ptx::Instruction &instruction) {
  const auto &modifiers = instruction.modifiers;
  auto has = [&](std::string_view name) { return std::ranges::find(modifiers, name) != modifiers.end(); };
  std::optional<Fragment::Role> role;
  if (has("a"))
    role = Fragment::Role::A;
  else if (has("b"))
    role = Fragment::Role::B;
  else if (has("c") || has("d"))
    role = Fragment::Role::Accumulator;
  for (const std::string &modifier : modifiers)
    if (std::optional<MmaShape> shape = parseShape(modifier); shape && role)
      if (std::optional<Fragment> fragment = wmmaFragment(*role, *shape, modifiers.back()))
        return *fragment;
  throw Error(instruction.line, "expects a fragment that wmma has, but got " + instruction.text);
}

} // namespace plait::emulator
