//===- Patterns.h - patterns from tile to NVVM ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what the patterns of one kernel share.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_TILETONVVM_PATTERNS_H
#define COMPILER_CONVERSION_TILETONVVM_PATTERNS_H

#include "compiler/Conversion/TileToNVVM/ThreadMath.h"
#include "dialects/Tile/IR/TileOps.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Transforms/DialectConversion.h"

namespace plait {

/// What the patterns of one kernel share.
struct KernelState {
  KernelState(int64_t warps, int64_t capability) : threads(tile::warpSize * warps), capability(capability) {}

  ThreadMath threads;
  int64_t capability; // ten times the compute capability
  /// What the base and the strides of the memref with this pointer are multiples of,
  /// in bytes.
  llvm::DenseMap<mlir::Value, int64_t> alignments;
  mlir::Value firstItem, gridX, gridY;
};

template <typename OpT> class TilePattern : public mlir::OpConversionPattern<OpT> {
public:
  using Adaptor = typename mlir::OpConversionPattern<OpT>::OneToNOpAdaptor;

  TilePattern(const mlir::TypeConverter &converter, mlir::MLIRContext *context, KernelState &kernel)
      : mlir::OpConversionPattern<OpT>(converter, context), kernel(kernel) {}

protected:
  KernelState &kernel;
};

/// What an operand of one value became; null where it is absent.
inline mlir::Value single(mlir::ValueRange values) { return values.empty() ? mlir::Value() : values.front(); }

void populateKernelPatterns(const mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns,
                            KernelState &kernel);
void populateSharedPatterns(const mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns,
                            KernelState &kernel);
void populateGatherPatterns(const mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns,
                            KernelState &kernel);
void populateGlobalPatterns(const mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns,
                            KernelState &kernel);
void populateCopyPatterns(const mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns, KernelState &kernel);
void populateMmaPatterns(const mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns, KernelState &kernel);
void populateElementwisePatterns(const mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns,
                                 KernelState &kernel);
void populateReducePatterns(const mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns,
                            KernelState &kernel);
void populateLanePatterns(const mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns, KernelState &kernel);
/// Functions for which the GPU has an approximation.
void populateMathPatterns(const mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns);

} // namespace plait

#endif // COMPILER_CONVERSION_TILETONVVM_PATTERNS_H
