//===- Scopes.h - the names of a function -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how the blocks of a function hide each other's names. The syntax
// tree has no blocks: what is declared a second time gets a name of its own.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_PTX_SCOPES_H
#define PLAIT_RUNTIME_EMULATOR_PTX_SCOPES_H

#include "runtime/emulator/ptx/Module.h"

#include <unordered_map>

namespace plait::emulator::ptx {

/// Names point into the text.
class Scopes {
public:
  explicit Scopes(Function &function) : function(function), scopes(1) {}

  void open();
  /// False where only the function's own block is open.
  bool close();
  int current() const { return innermost; }

  void declareRegister(std::string_view name, Type type, int line);
  /// %r<8>: %r0 to %r7.
  void declareRegisters(std::string_view stem, Type type, uint32_t count, int line);
  /// .reg .v4 .f32 v: v.x to v.w.
  void declareVector(std::string_view name, Type type, unsigned count, int line);
  /// The name that a variable, a label or a list gets in the tree.
  std::string declareName(std::string_view name, int line);

  struct Range {
    int first;
    uint32_t count;
  };
  /// -1 where no such register is in sight.
  int findRegister(std::string_view name) const;
  std::optional<Range> findVector(std::string_view name) const;
  /// The name in the tree of what a block sees under a name; none of a module's variables.
  const std::string *find(std::string_view name, int scope) const;

private:
  struct Scope {
    int parent = -1;
    std::unordered_map<std::string_view, int> registers;
    std::unordered_map<std::string_view, Range> ranges, vectors;
    std::unordered_map<std::string_view, std::string> names;
  };

  int add(std::string name, Type type, int line);
  std::string unique(std::string_view name);
  static int findIn(const Scope &scope, std::string_view name);

  Function &function;
  std::vector<Scope> scopes;
  int innermost = 0;
  std::unordered_map<std::string_view, unsigned> uses;
};

} // namespace plait::emulator::ptx

#endif // PLAIT_RUNTIME_EMULATOR_PTX_SCOPES_H
