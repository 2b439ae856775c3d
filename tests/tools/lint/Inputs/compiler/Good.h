//===- Good.h - a header --------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file is fine but for its guard.
//===----------------------------------------------------------------------===//

#ifndef OTHER_H
#define OTHER_H

inline void diagnose(Op op) {
  op.emitOpError() << "expects " << 1 << ", but got " << 2 << " tokens";
  op.emitOpError("expects a test");
}

#endif // OTHER_H
