//===- Wgmma.cpp - the instructions of warpgroups -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives wgmma its meaning, and watches the registers that it uses where other
// instructions name them.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Wgmma.h"

#include "runtime/emulator/machine/Block.h"
#include "runtime/emulator/machine/FunctionDecoder.h"

#include <set>

using namespace plait::emulator;
using Kind = ptx::Operand::Kind;
using Role = Fragment::Role;

namespace {

enum Control : size_t { newest };

Warpgroup &warpgroupOf(Warp &warp) { return warp.owner.warpgroups[warp.index / warpgroupWarps]; }

/// A warp is at an instruction of wgmma, which is one of the whole warpgroup.
void reach(Warp &warp, const Step &step, const Warpgroup::Operands &operands = {}) {
  const Dimensions &size = warp.grid.launch.block;
  uint32_t threads = size[0] * size[1] * size[2];
  constexpr uint32_t together = warpgroupWarps * warpSize;
  if (warp.index / warpgroupWarps * together + together > threads)
    warp.report(Defect::Kind::Convergence, step, 0, [&] {
      return text("expects a block of whole warpgroups of ", together, " threads, but got ", threads);
    });
  if (Mask gone = warp.initial & ~warp.live)
    warp.report(Defect::Kind::Convergence, step, unsigned(__builtin_ctz(gone)),
                [&] { return text("expects all lanes of the warp, but got ", Hex{warp.live}); });
  warpgroupOf(warp).reach(warp, step, operands);
}

/// The value that an operand has in all lanes; others are reported.
uint64_t uniform(Warp &warp, const Step &step, const Source &source, const char *what) {
  const Value &value = warp.value(source);
  for (unsigned lane = 1; lane < warpSize; ++lane)
    if (value.lane[lane] != value.lane[0]) {
      warp.report(Defect::Kind::Operand, step, lane, [&] {
        return text("expects one ", what, " for all lanes, but got ", Hex{value.lane[0]}, " and ",
                    Hex{value.lane[lane]});
      });
      break;
    }
  return value.lane[0];
}

bool isDescriptor(Warp &warp, const Step &step, uint64_t bits) {
  std::string fault = whyMalformed(bits);
  if (!fault.empty())
    warp.report(Defect::Kind::Operand, step, 0, [&] { return text(fault, " in ", Hex{bits}); });
  return fault.empty();
}

/// Operands: the sums, the registers or the descriptor of A, the descriptor of B, whether to accumulate.
void runProduct(Warp &warp, const Step &step, Mask) {
  const WgmmaPlan &plan = wgmmaPlan(step.operation);
  std::span<const Source> factors = step.inputs();
  uint64_t accumulates = uniform(warp, step, factors.back(), "predicate") & 1;
  uint64_t b = uniform(warp, step, factors[factors.size() - 2], "descriptor");
  uint64_t a = plan.hasRegisters ? 0 : uniform(warp, step, factors.front(), "descriptor");
  reach(warp, step, {a, b, accumulates});
  Wgmmas::Product product{.step = &step, .accumulates = accumulates != 0};
  product.isValid = isDescriptor(warp, step, a) && isDescriptor(warp, step, b);
  for (const Source &sum : step.results())
    product.sums.push_back(&warp.result(sum));
  unsigned number = warp.index % warpgroupWarps, rows = plan.shape.m / warpgroupWarps;
  product.b = {MatrixDescriptor(b), plan.transposesB, 0, plan.shape.n};
  // It is read once for all four warps.
  if (number == 0)
    product.b.count(warp, step);
  if (plan.hasRegisters) {
    for (const Source &reg : factors.first(factors.size() - 2))
      product.aRegisters.push_back(&warp.result(reg));
  } else {
    product.a = {MatrixDescriptor(a), plan.transposesA, number * rows, rows};
    product.a.count(warp, step);
  }
  warp.wgmmas.begin(warp, warpgroupOf(warp).slot, std::move(product));
}

void runFence(Warp &warp, const Step &step, Mask) {
  reach(warp, step);
  warp.wgmmas.fence();
}
void runCommit(Warp &warp, const Step &step, Mask) {
  reach(warp, step);
  warp.wgmmas.commit();
  warpgroupOf(warp).wake();
}
void runWait(Warp &warp, const Step &step, Mask active) {
  reach(warp, step);
  uint64_t groups = warp.wgmmas.groups();
  warpgroupOf(warp).wait(warp, active, groups - std::min<uint64_t>(groups, step.control[newest]));
}

/// Of an instruction that names registers which a wgmma of its function has, too.
void runWatched(Warp &warp, const Step &step, Mask active) {
  warp.wgmmas.access(warp, step);
  step.watched(warp, step, active);
}
/// Of the return from a function with a wgmma.
void runReturn(Warp &warp, const Step &step, Mask active) {
  if (warp.frame()->caller)
    warp.wgmmas.leave(warp, step, *warp.frame());
  step.watched(warp, step, active);
}

void expectRegisters(const FunctionDecoder &decoder, const ptx::Instruction &instruction, size_t operand, Kind kind,
                     unsigned bits) {
  const ptx::Operand &got = instruction.operands[operand];
  bool isList = got.kind == Kind::Vector;
  for (const ptx::Operand &element : isList ? std::span(got.elements) : std::span(&got, 1)) {
    bool mayBeImmediate = !isList && element.kind == Kind::Immediate;
    if (isList != (kind == Kind::Vector) || (!mayBeImmediate && decoder.registerBits(element) != bits))
      refuse(instruction, text(kind == Kind::Vector ? "a list of registers" : "a register", " of ", bits,
                               bits == 1 ? " bit" : " bits", " as operand ", operand + 1));
  }
}

void decodeProduct(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step) {
  auto has = [&](std::string_view name) {
    return std::ranges::find(instruction.modifiers, name) != instruction.modifiers.end();
  };
  if (has("sp"))
    refuse(instruction, "a matrix A that is not sparse");
  if (has("b1"))
    refuse(instruction, "elements of more than one bit");
  Decoder modifiers(instruction);
  modifiers.take("mma_async");
  step.operation = decodeWgmma(modifiers);
  const WgmmaPlan &plan = wgmmaPlan(step.operation);
  const ptx::Module &module = decoder.module();
  if (plan.a != plan.b && plan.a.isInteger() && module.version() < 84)
    refuse(instruction, "a module of .version 8.4 or newer for A and B of different integers");
  expectRegisters(decoder, instruction, 0, Kind::Vector, 32);
  expectRegisters(decoder, instruction, 1, plan.hasRegisters ? Kind::Vector : Kind::Register,
                  plan.hasRegisters ? 32 : 64);
  expectRegisters(decoder, instruction, 2, Kind::Register, 64);
  expectRegisters(decoder, instruction, 3, Kind::Register, 1);
  constexpr size_t operands = 4; // the rest is in the plan
  step.execute = runProduct;
  decoder.setOperands(step, decoder.flatten(std::span(instruction.operands).first(operands)),
                      plan.fragment(Role::Accumulator).registers);
}

} // namespace

bool plait::emulator::decodeWgmma(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step) {
  if (instruction.opcode != "wgmma")
    return false;
  if (decoder.module().target != "sm_90a")
    refuse(instruction, "a module for sm_90a");
  step.together = Together::Live;
  Modifiers modifiers(instruction);
  if (modifiers.take("mma_async")) {
    decodeProduct(decoder, instruction, step);
    return true;
  }
  if (!modifiers.take("sync"))
    refuse(instruction, "a wgmma that is .sync");
  modifiers.ignore({"aligned"});
  if (modifiers.take("fence")) {
    expectOperands(instruction, 0, 0);
    step.execute = runFence;
  } else if (modifiers.take("commit_group")) {
    expectOperands(instruction, 0, 0);
    step.execute = runCommit;
  } else if (modifiers.take("wait_group")) {
    expectOperands(instruction, 1, 1);
    const ptx::Operand &count = instruction.operands[0];
    if (count.kind != Kind::Immediate || int64_t(count.bits) < 0)
      refuse(instruction, "how many groups may be unfinished as a number");
    step.execute = runWait;
    step.control[newest] = uint32_t(std::min<uint64_t>(count.bits, UINT32_MAX));
  } else {
    refuse(instruction, "a wgmma that the emulator knows");
  }
  modifiers.finish();
  return true;
}

bool plait::emulator::watchRegisters(Function &function) {
  std::set<uint32_t> used;
  for (const Step &step : function.steps) {
    if (step.execute != runProduct)
      continue;
    // Descriptors and predicates are free when it has begun.
    size_t descriptors = wgmmaPlan(step.operation).hasRegisters ? 1 : 2;
    for (const Source &operand : step.operands.first(step.operands.size() - descriptors - 1))
      used.insert(operand.index);
  }
  auto isUsed = [&](const Source &source) { return source.base == Source::Registers && used.contains(source.index); };
  bool hasWgmma = false;
  for (Step &step : function.steps) {
    hasWgmma |= step.source && step.source->opcode == "wgmma";
    bool isReturn = step.execute == executeReturn;
    bool isWatched = std::ranges::any_of(step.operands, isUsed) || isUsed(step.place.base) || isUsed(step.from.base);
    if (used.empty() || step.execute == runProduct || (!isReturn && !isWatched))
      continue;
    step.watched = step.execute;
    step.execute = isReturn ? runReturn : runWatched;
  }
  return hasWgmma;
}
