//===- Scopes.cpp - the names of a function -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares and finds the names of a function's blocks.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/ptx/Scopes.h"

#include "runtime/emulator/Error.h"

#include <charconv>

using namespace plait::emulator;
using namespace plait::emulator::ptx;

/// Far above what any compiler writes; damaged text may ask for more than there is memory.
static constexpr size_t mostRegisters = size_t(1) << 20;

static void refuseSecond(std::string_view name, int line) {
  throw Error(line, "expects one declaration of '" + std::string(name) + "' in a block, but got a second one");
}

void Scopes::open() {
  Scope &scope = scopes.emplace_back();
  scope.parent = innermost;
  innermost = int(scopes.size()) - 1;
}

bool Scopes::close() {
  if (innermost == 0)
    return false;
  innermost = scopes[innermost].parent;
  return true;
}

int Scopes::add(std::string name, Type type, int line) {
  if (function.registers.size() == mostRegisters)
    throw Error(line, "expects at most 2^20 registers in a function, but got more");
  function.registers.push_back({std::move(name), type});
  return int(function.registers.size()) - 1;
}

/// No name of PTX has a '#'.
std::string Scopes::unique(std::string_view name) {
  unsigned use = uses[name]++;
  return use == 0 ? std::string(name) : std::string(name) + "#" + std::to_string(use);
}

void Scopes::declareRegister(std::string_view name, Type type, int line) {
  if (findIn(scopes[innermost], name) >= 0)
    refuseSecond(name, line);
  scopes[innermost].registers.emplace(name, add(unique(name), type, line));
}

void Scopes::declareRegisters(std::string_view stem, Type type, uint32_t count, int line) {
  if (!scopes[innermost].ranges.emplace(stem, Range{int(function.registers.size()), count}).second)
    refuseSecond(stem, line);
  std::string suffix = unique(stem).substr(stem.size());
  for (uint32_t i = 0; i < count; ++i)
    add(std::string(stem) + std::to_string(i) + suffix, type, line);
}

void Scopes::declareVector(std::string_view name, Type type, unsigned count, int line) {
  if (!scopes[innermost].vectors.emplace(name, Range{int(function.registers.size()), count}).second)
    refuseSecond(name, line);
  std::string tree = unique(name);
  for (unsigned i = 0; i < count; ++i)
    add(tree + "." + "xyzw"[i], type, line);
}

std::string Scopes::declareName(std::string_view name, int line) {
  auto [place, isNew] = scopes[innermost].names.emplace(name, std::string());
  if (!isNew)
    refuseSecond(name, line);
  return place->second = unique(name);
}

int Scopes::findIn(const Scope &scope, std::string_view name) {
  if (auto found = scope.registers.find(name); found != scope.registers.end())
    return found->second;
  size_t stem = name.find_last_not_of("0123456789") + 1;
  std::string_view digits = name.substr(stem);
  // %r01 is not %r1.
  if (scope.ranges.empty() || digits.empty() || (digits.size() > 1 && digits[0] == '0'))
    return -1;
  // A stem may end in digits, too: %x1_ has none, but %f1<4> is %f10 to %f13.
  for (; stem < name.size(); ++stem) {
    auto range = scope.ranges.find(name.substr(0, stem));
    uint32_t number = 0;
    auto [end, error] = std::from_chars(name.data() + stem, name.data() + name.size(), number);
    if (range != scope.ranges.end() && error == std::errc() && number < range->second.count)
      return range->second.first + int(number);
  }
  return -1;
}

int Scopes::findRegister(std::string_view name) const {
  for (int scope = innermost; scope >= 0; scope = scopes[scope].parent)
    if (int index = findIn(scopes[scope], name); index >= 0)
      return index;
  return -1;
}

std::optional<Scopes::Range> Scopes::findVector(std::string_view name) const {
  for (int scope = innermost; scope >= 0; scope = scopes[scope].parent)
    if (auto found = scopes[scope].vectors.find(name); found != scopes[scope].vectors.end())
      return found->second;
  return std::nullopt;
}

const std::string *Scopes::find(std::string_view name, int scope) const {
  for (; scope >= 0; scope = scopes[scope].parent)
    if (auto found = scopes[scope].names.find(name); found != scopes[scope].names.end())
      return &found->second;
  return nullptr;
}
