//===- TensorAccess.h - maps and boxes that lanes give ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how copies by a tensor map find their map, and the checks of the
// box that it has in global memory.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_TENSORACCESS_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_TENSORACCESS_H

#include "runtime/emulator/machine/TensorBox.h"

namespace plait::emulator {

/// The map at a generic address; that there is none is reported.
std::optional<TensorMap> findTensorMap(Warp &warp, const Step &step, unsigned lane, uint64_t address);

/// Whether the part of the box that is inside of the tensor is inside of memory, too; counts it.
bool checkBox(Warp &warp, const Step &step, unsigned lane, const TensorBox &box, bool reads, bool writes);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_TENSORACCESS_H
