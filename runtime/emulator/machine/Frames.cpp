//===- Frames.cpp - registers, calls and local memory of a warp -----------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements what the lanes of a warp hold: values, frames of functions,
// special registers.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Block.h"
#include "runtime/emulator/machine/Program.h"

#include <cstring>

using namespace plait::emulator;

namespace {

/// As strict as that of any variable may be.
constexpr uint32_t frameAlignment = 128;

void broadcast(Value &value, uint64_t bits) {
  for (uint64_t &lane : value.lane)
    lane = bits;
}

} // namespace

void Warp::setSpecials(bool all) {
  const std::vector<const Special *> &wanted = grid.kernel.specials;
  specials.resize(wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i)
    for (unsigned lane = 0; lane < warpSize && (all || wanted[i]->changes); ++lane)
      specials[i].lane[lane] = wanted[i]->value(*this, lane);
}

Dimensions Warp::coordinates(unsigned lane) const {
  const Dimensions &size = grid.launch.block;
  uint32_t thread = index * warpSize + lane;
  return {thread % size[0], thread / size[0] % size[1], thread / size[0] / size[1]};
}

const Value &Warp::opposite(const Source &source) {
  const Value &predicate = stored(source);
  Value &result = negated[negatedCount++ % negated.size()];
  for (unsigned lane = 0; lane < warpSize; ++lane)
    result.lane[lane] = (predicate.lane[lane] & 1) ^ 1;
  return result;
}

Frame *Warp::enter(const Function &function, Frame *caller, const Step *call, Mask lanes) {
  // A frame that nobody is in any more serves again.
  Frame *frame = nullptr;
  for (const auto &old : frames)
    if (old->live == 0)
      frame = old.get();
  if (!frame)
    frame = frames.emplace_back(std::make_unique<Frame>()).get();
  frame->function = &function;
  frame->caller = caller;
  frame->call = call;
  frame->returnPc = caller ? current.pc : 0;
  frame->depth = caller ? caller->depth + 1 : 0;
  frame->live = lanes;
  frame->localBase = caller ? caller->localBase + caller->function->localBytes : 0;
  if (function.localBytes)
    frame->localBase = alignTo(frame->localBase, frameAlignment);
  frame->registers.resize(function.registers.size());
  for (size_t i = 0; i < function.registers.size(); ++i)
    broadcast(frame->registers[i], function.registers[i]);
  for (auto [index, offset] : function.localAddresses)
    broadcast(frame->registers[index], frame->localBase + offset);
  frame->parameters.assign(size_t(function.parameterBytes) * warpSize, 0);
  if (function.localBytes)
    forLanes(lanes, [&](unsigned lane) {
      // What an earlier call left there counts as never written.
      locals[lane].resize(frame->localBase);
      locals[lane].resize(frame->localBase + function.localBytes);
    });
  return frame;
}

void Warp::call(const Step &step, const Function &callee, Mask lanes) {
  Frame *caller = current.frame, *frame = enter(callee, caller, &step, lanes);
  for (size_t i = 0; i < callee.parameters.size(); ++i)
    forLanes(lanes, [&](unsigned lane) {
      std::memcpy(frame->parameter(lane, callee.parameters[i].offset), caller->parameter(lane, step.call.arguments[i]),
                  callee.parameters[i].bytes);
    });
  split(lanes, frame, 0, Group::State::Runs);
}

void Warp::ret(Mask lanes) {
  Frame *frame = current.frame;
  if (!frame->caller)
    return exit(lanes);
  const Function &function = *frame->function;
  for (size_t i = 0; i < function.results.size(); ++i)
    forLanes(lanes, [&](unsigned lane) {
      std::memcpy(frame->caller->parameter(lane, frame->call->call.results[i]),
                  frame->parameter(lane, function.results[i].offset), function.results[i].bytes);
    });
  split(lanes, frame->caller, frame->returnPc, Group::State::Runs);
  frame->live &= ~lanes;
}
