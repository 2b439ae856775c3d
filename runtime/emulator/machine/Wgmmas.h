//===- Wgmmas.h - the matrix products that a warp has begun -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares a warp's part of wgmma. A product is made when a warp of the
// warpgroup waits for its group, as late as the rules allow; nobody may touch its
// registers until their own warp has waited.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_WGMMAS_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_WGMMAS_H

#include "runtime/emulator/compute/Wgmma.h"
#include "runtime/emulator/machine/SharedMatrix.h"

#include <unordered_map>
#include <vector>

namespace plait::emulator {

class Warp;
struct Frame;
struct Step;

class Wgmmas {
public:
  struct Product {
    const Step *step;
    bool accumulates = true;
    bool isValid = true;                             ///< its matrices lie in shared memory
    SharedMatrix a = {}, b = {};                     ///< no rows of what is in registers
    std::vector<Value *> sums = {}, aRegisters = {}; ///< of the frame
    uint64_t group = 0;                              ///< how many were committed before
    bool isMade = false;
  };

  /// It reads shared memory as the warpgroup, whose place in WarpClocks is `slot`, at a clock that is its group's
  /// number.
  void begin(Warp &warp, unsigned slot, Product product);
  void fence() { ++fences; }
  void commit() { ++committed; }
  uint64_t groups() const { return committed; }
  /// Makes the products of the first groups.
  void make(Warp &warp, uint64_t groups);
  /// Lets the registers of these have what was made.
  void release(uint64_t groups);
  /// Another instruction is to access its registers.
  void access(Warp &warp, const Step &step);
  /// A function returns, whose registers are no more.
  void leave(Warp &warp, const Step &step, const Frame &frame);
  /// Reports what is unfinished when the block ends.
  void finish(Warp &warp);

private:
  static constexpr uint64_t never = UINT64_MAX;
  /// What is known of a register that was accessed.
  struct Register {
    unsigned users = 0; ///< products that are not made
    const Step *user = nullptr;
    bool isSum = false;
    uint64_t used = never, accessed = 0; ///< the fences before its last wgmma, and before its last other access
    Value held = {};                     ///< what it would have if it were no sum
  };

  void take(Warp &warp, const Step &step, Value &value, bool isSum);
  void release(const Product &product);
  void make(Warp &warp, Product &product);

  std::unordered_map<const Value *, Register> registers;
  std::vector<Product> products; ///< the oldest first
  uint64_t fences = 0, committed = 0;
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_WGMMAS_H
