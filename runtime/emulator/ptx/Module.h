//===- Module.h - the syntax tree of PTX ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what the parser makes of PTX text. It knows the grammar and
// names, but no instruction's meaning.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_PTX_MODULE_H
#define PLAIT_RUNTIME_EMULATOR_PTX_MODULE_H

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plait::emulator::ptx {

/// The fundamental and packed types that registers, variables and modifiers name.
enum class Type : uint8_t {
  Pred,
  B8,
  B16,
  B32,
  B64,
  B128,
  U8,
  U16,
  U32,
  U64,
  S8,
  S16,
  S32,
  S64,
  F16,
  F16x2,
  BF16,
  BF16x2,
  TF32,
  F32,
  F32x2,
  F64,
  E4M3,
  E5M2,
  E4M3x2,
  E5M2x2
};

/// The type of a modifier such as "bf16x2", if it names one.
std::optional<Type> parseType(std::string_view name);
/// Bits of one value; 1 for a predicate.
unsigned bits(Type type);
/// "bf16x2"
std::string_view name(Type type);

enum class Space : uint8_t { Generic, Register, Param, Shared, Global, Const, Local };

/// One operand as written. Which fields count depends on the kind.
struct Operand {
  enum class Kind : uint8_t {
    Register,  ///< `index` into Function::registers; `negated` for !%p
    Immediate, ///< `bits`: integers sign-extended to 64 bits; 0f and 0d constants as their bit pattern, see `isFloat`
    Special,   ///< `name` without %: "tid.x", "laneid", "clock64", "envreg0"
    Symbol,    ///< `name` of a variable or function, plus `offset`; a label of a branch
    Address,   ///< [base + offset]: `elements[0]` is the base (register, symbol or immediate), `offset` the bytes
    Vector,    ///< {a, b, c, d}: `elements`; also the parenthesised lists of call
    Pair,      ///< a|b: `elements` of two
    Sink       ///< _
  };
  Kind kind = Kind::Sink;
  bool negated = false;
  bool isFloat = false;
  int index = -1;
  uint64_t bits = 0;
  int64_t offset = 0;
  std::string name;
  std::vector<Operand> elements;
};

/// @p or @!p before an instruction.
struct Guard {
  int index;
  bool negated;
};

/// `add.rn.f32 %f1, %f2, %f3;` has the opcode "add" and the modifiers "rn", "f32".
/// "::" stays inside a modifier: "shared::cta", "L2::128B".
struct Instruction {
  int line = 0;
  std::optional<Guard> guard;
  std::string opcode;
  std::vector<std::string> modifiers;
  std::vector<Operand> operands;
  std::string text; ///< as written, on one line, for reports
};

struct Register {
  std::string name;
  Type type;
};

/// A place in an initialiser that holds the address of another variable.
struct Relocation {
  uint64_t offset;
  std::string symbol;
  int64_t addend;
  unsigned bytes;
};

struct Variable {
  int line = 0;
  std::string name;
  Space space = Space::Global;
  Type type = Type::B8;
  unsigned align = 1;
  uint64_t bytes = 0;     ///< of the whole variable
  bool isUnsized = false; ///< extern .shared x[]: dynamic shared memory
  bool isExtern = false;
  std::vector<uint8_t> initial; ///< empty, or `bytes` long
  std::vector<Relocation> relocations;
};

struct Label {
  std::string name;
  size_t target; ///< index into Function::instructions; may be one past the end
};

/// `.branchtargets` and `.calltargets`/`.callprototype` by their label.
struct TargetList {
  std::string name;
  std::vector<std::string> targets;
};

struct Function {
  int line = 0;
  std::string name;
  bool isEntry = false;
  bool isDeclaration = false;
  std::vector<Variable> results;    ///< .func (.param ...) name: of space Param, or Register
  std::vector<Variable> parameters; ///< in order
  std::vector<Register> registers;  ///< %r<8> gives eight; scopes are flattened, names made unique
  std::vector<Variable> variables;  ///< .local, .shared, .param declared inside
  std::vector<Instruction> instructions;
  std::vector<Label> labels;
  std::vector<TargetList> targetLists;
  std::optional<std::array<uint32_t, 3>> maxThreads, requiredThreads; ///< .maxntid, .reqntid
  std::optional<uint32_t> minBlocks, maxRegisters;                    ///< .minnctapersm, .maxnreg
};

struct Module {
  int versionMajor = 0, versionMinor = 0;
  /// 86 for 8.6.
  int version() const { return versionMajor * 10 + versionMinor; }
  std::string target; ///< "sm_90a"
  unsigned addressBits = 64;
  std::vector<Variable> variables;
  std::vector<Function> functions;
};

/// Throws Error, with the line, on text that is no PTX.
Module parse(std::string_view text);

} // namespace plait::emulator::ptx

#endif // PLAIT_RUNTIME_EMULATOR_PTX_MODULE_H
