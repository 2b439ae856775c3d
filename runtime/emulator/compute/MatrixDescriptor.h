//===- MatrixDescriptor.h - matrices of wgmma in shared memory --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares where the elements of a matrix lie that a wgmma takes from shared
// memory. It is read in pieces of 16 bytes, eight of which make a core matrix.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_COMPUTE_MATRIXDESCRIPTOR_H
#define PLAIT_RUNTIME_EMULATOR_COMPUTE_MATRIXDESCRIPTOR_H

#include <cstdint>
#include <string>

namespace plait::emulator {

/// The fields of a descriptor of 64 bits. Rows are those of A, and the columns of B.
struct MatrixDescriptor {
  uint32_t start = 0, leading = 0, stride = 0; ///< in bytes
  uint32_t baseOffset = 0;                     ///< where a pattern begins, in units of 128 bytes, modulo 8
  uint32_t span = pieceBytes;                  ///< bytes whose pieces are swizzled; one piece: they are not

  static constexpr uint32_t pieceBytes = 16;
  static constexpr unsigned coreRows = 8;

  MatrixDescriptor() = default;
  explicit MatrixDescriptor(uint64_t bits);

  /// Where the piece is that has the elements of one row along k; an instruction reads two of each row.
  uint32_t alongK(unsigned row, unsigned piece) const;
  /// Where the piece of a transposed matrix is that has elements of neighbouring rows at one k.
  uint32_t acrossK(unsigned k, unsigned piece) const;

private:
  uint32_t swizzled(uint32_t address) const;
};

/// What is wrong with the bits of a descriptor; empty if nothing.
std::string whyMalformed(uint64_t descriptor);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_COMPUTE_MATRIXDESCRIPTOR_H
