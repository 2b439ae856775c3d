//===- FunctionDecoder.h - from syntax to steps -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what turns instructions into steps: the names of operands are
// looked up here, and each family of opcodes has a function that gives it a meaning.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_FUNCTIONDECODER_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_FUNCTIONDECODER_H

#include "runtime/emulator/Error.h"
#include "runtime/emulator/machine/Code.h"

#include <initializer_list>
#include <map>

namespace plait::emulator {

/// The modifiers of an instruction, taken one after the other; what is left is unknown.
class Modifiers {
public:
  explicit Modifiers(const ptx::Instruction &instruction) : instruction(instruction), left(instruction.modifiers) {}

  bool take(std::string_view name);
  void ignore(std::initializer_list<std::string_view> names);
  std::optional<ptx::Type> takeType();
  std::optional<ptx::Space> takeSpace();
  Scope takeScope();
  /// Takes .weak, .volatile, .relaxed, .acquire, .release, .acq_rel and the scope.
  void takeOrder(Access &access);
  /// Throws where one is left.
  void finish() const;

private:
  const ptx::Instruction &instruction;
  std::vector<std::string> left;
};

/// Where the shared variables of a kernel lie.
struct SharedLayout {
  std::map<const ptx::Variable *, uint32_t> offsets;
  uint32_t bytes = 0, dynamicOffset = 0;
};

class FunctionDecoder {
public:
  FunctionDecoder(const Program &program, Kernel &kernel, const SharedLayout &shared, Function &function)
      : program(program), kernel(kernel), shared(shared), function(function) {}

  /// Places the variables of the function; that of all comes before the first `decode`.
  void layOutMemory();
  void decode();

  // What the families use.
  Source source(const ptx::Operand &operand);
  Source constant(uint64_t bits);
  /// Of an operand in brackets.
  Place place(const ptx::Operand &operand);
  /// The operands with vectors and pairs flattened.
  std::vector<Source> flatten(std::span<const ptx::Operand> operands);
  void setOperands(Step &step, std::vector<Source> operands, unsigned results);
  uint32_t label(const ptx::Instruction &instruction, const std::string &name) const;
  const std::vector<std::string> &targets(const ptx::Instruction &instruction, const std::string &name) const;
  /// None where no function with a body has the name.
  const Function *callee(const std::string &name) const;
  /// A variable in the parameter memory of frames.
  std::optional<FrameVariable> frameParameter(const std::string &name) const;
  bool isEntry() const { return function.source->isEntry; }
  const ptx::Module &module() const;
  unsigned registerBits(const ptx::Operand &operand) const;
  /// Throws where the module has an older .version than this, as ptx::Module::version gives it, or a .target before
  /// sm_90.
  void expectHopper(const ptx::Instruction &instruction, int version) const;

private:
  Step decode(const ptx::Instruction &instruction);
  void decodeWith(const ptx::Instruction &instruction, Step &step);
  void decodeOperation(const ptx::Instruction &instruction, Step &step, const Operation &operation);
  uint64_t symbol(const std::string &name) const;
  void append(std::vector<Source> &to, const ptx::Operand &operand);
  void layOutRegisters();
  void place(const ptx::Variable &variable, bool isLocal);

  const Program &program;
  Kernel &kernel;
  const SharedLayout &shared;
  Function &function;
  std::vector<uint32_t> registerIndex; ///< of ptx::Function::registers among the function's
  uint32_t carry = 0;                  ///< the register of the carry flag
  std::map<std::string, FrameVariable> parameterMemory;
  std::map<std::string, uint32_t> labels, localRegisters;
  std::map<uint64_t, uint32_t> constantIndex;
  int line = 0; ///< of the instruction, for errors
};

/// Throws where an instruction has other numbers of operands.
void expectOperands(const ptx::Instruction &instruction, size_t least, size_t most);
/// Throws where a register has another width than the instruction takes there.
void checkOperandSizes(const ptx::Function &function, const ptx::Instruction &instruction);
[[noreturn]] void refuse(const ptx::Instruction &instruction, const std::string &expected);

/// A family of opcodes. It gives `step` a meaning, or returns false where the opcode is another's.
using DecodeFamily = bool(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step);
DecodeFamily decodeControl, decodeBarrier, decodeLoadStore, decodeAddress, decodeAtomic, decodeMatrix, decodeWmma,
    decodeWgmma, decodeAsyncCopy, decodeBulkCopy, decodeTensorCopy, decodeMbarrier;

/// Lets steps that name a register of a wgmma look whether they may; whether there is a wgmma.
bool watchRegisters(Function &function);

/// Does what `Step::operation` says.
void executeCompute(Warp &warp, const Step &step, Mask active);
/// Of instructions without an effect here.
void executeNothing(Warp &warp, const Step &step, Mask active);
/// Of ret, which also stands behind a function's last instruction.
void executeReturn(Warp &warp, const Step &step, Mask active);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_FUNCTIONDECODER_H
