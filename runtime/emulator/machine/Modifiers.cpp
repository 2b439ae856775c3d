//===- Modifiers.cpp - the words behind an opcode -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements how modifiers are taken from an instruction.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/FunctionDecoder.h"
#include "runtime/emulator/machine/Text.h"

#include <algorithm>

using namespace plait::emulator;

bool Modifiers::take(std::string_view name) {
  auto found = std::find(left.begin(), left.end(), name);
  if (found == left.end())
    return false;
  left.erase(found);
  return true;
}

void Modifiers::ignore(std::initializer_list<std::string_view> names) {
  for (std::string_view name : names)
    take(name);
}

std::optional<ptx::Type> Modifiers::takeType() {
  for (auto it = left.begin(); it != left.end(); ++it)
    if (std::optional<ptx::Type> type = ptx::parseType(*it)) {
      left.erase(it);
      return type;
    }
  return std::nullopt;
}

std::optional<ptx::Space> Modifiers::takeSpace() {
  using Space = ptx::Space;
  static constexpr std::pair<std::string_view, Space> names[] = {
      {"global", Space::Global},      {"shared", Space::Shared},
      {"shared::cta", Space::Shared}, {"shared::cluster", Space::Shared},
      {"local", Space::Local},        {"const", Space::Const},
      {"param", Space::Param},        {"param::entry", Space::Param},
      {"param::func", Space::Param}};
  for (auto [name, space] : names)
    if (take(name))
      return space;
  return std::nullopt;
}

Scope Modifiers::takeScope() {
  // A cluster has one block.
  if (take("cta") || take("cluster"))
    return Scope::Block;
  take("gpu") || take("sys") || take("gl");
  return Scope::Device;
}

void Modifiers::takeOrder(Access &access) {
  take("weak");
  bool acquires = take("acquire"), releases = take("release"), both = take("acq_rel");
  access.acquires = acquires || both;
  access.releases = releases || both;
  access.isStrong |= access.acquires || access.releases;
  for (std::string_view name : {"volatile", "relaxed", "mmio"})
    access.isStrong |= take(name);
  access.scope = takeScope();
}

void Modifiers::finish() const {
  if (!left.empty())
    throw Error(instruction.line,
                text("expects modifiers of ", instruction.opcode, " that the emulator knows, but got .", left.front(),
                     " in `", instruction.text, "`"));
}
