//===- TensorPipeline.cpp - from tensors to kernels on buffers ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lists the passes that every target's pipeline begins with. The order
// matters: each comment says what would break.
//===----------------------------------------------------------------------===//

#include "compiler/Pipelines/TensorPipeline.h"

#include "compiler/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void plait::buildDecomposeStage(OpPassManager &pm, const TensorPipelineOptions &options) {
  // The compiler has set it; a text that plait-opt reads need not name one.
  SetTargetOptions target;
  target.target = options.target;
  pm.addPass(createSetTarget(target));
  OpPassManager &function = pm.nest<func::FuncOp>();
  function.addPass(createDecomposeAttention());
  function.addPass(createPromoteTypes());
  function.addPass(createCanonicalizerPass());
  // Equal maps and normalisers of ones merge before they get schedules.
  function.addPass(createCSEPass());
  ChooseFormOptions form;
  form.schedule = options.schedule;
  function.addPass(createChooseForm(form));
  function.addPass(createBindBuffers());
}

/// Upstream inlines loops that run once. Here a grid is the kernel, for one batch
/// and one head too, and a loop over tokens owns the state that it carries. Both
/// patterns have no header, and a name that upstream changed would disable
/// nothing: tests/compiler/Pipelines/one-item.mlir fails then.
static std::unique_ptr<Pass> createTilingCanonicalizer() {
  return createCanonicalizerPass(GreedyRewriteConfig(),
                                 {"(anonymous namespace)::ForallOpSingleOrZeroIterationDimsFolder",
                                  "(anonymous namespace)::SimplifyTrivialLoops"});
}

void plait::buildTileStage(OpPassManager &pm) {
  OpPassManager &function = pm.nest<func::FuncOp>();
  // Upstream compares sizes as values and refuses dead slices: between any two
  // steps, canonical IR with equal sizes unified.
  auto clean = [&] {
    function.addPass(createTilingCanonicalizer());
    function.addPass(createUnifyDims());
    function.addPass(createCSEPass());
  };
  clean();
  function.addPass(createTileGrid());
  clean();
  function.addPass(createFuse());
  clean();
  function.addPass(createTileTokens());
  clean();
  // Consumers join the grid first, then the loop over tokens.
  function.addPass(createFuse());
  clean();
  function.addPass(createTileProjections());
  clean();
  function.addPass(createFuse());
  clean();
  function.addPass(createTileRows());
  clean();
  function.addPass(createDropCarried());
  function.addPass(createTilingCanonicalizer());
  function.addPass(createBoundEmpty());
}

/// A buffer of static size inside a grid is the work item's own; those around
/// a grid pass what one kernel made to the next.
static bool isScratch(Value buffer) {
  constexpr int64_t most = 1 << 24;
  auto type = cast<MemRefType>(buffer.getType());
  return buffer.getDefiningOp()->getParentOfType<scf::ForallOp>() && type.hasStaticShape() &&
         type.getNumElements() * type.getElementTypeBitWidth() <= 8 * most;
}

void plait::buildBufferizeStage(OpPassManager &pm) {
  // A result's tensor becomes the caller's buffer instead of an allocation.
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  pm.addPass(bufferization::createOneShotBufferizePass());
  OpPassManager &function = pm.nest<func::FuncOp>();
  // Copies of a buffer to itself vanish only when CSE has made them so.
  function.addPass(createCSEPass());
  function.addPass(createTilingCanonicalizer());
  function.addPass(bufferization::createBufferLoopHoistingPass());
  function.addPass(bufferization::createPromoteBuffersToStackPass(isScratch));
  pm.addPass(createOutlineKernels());
  // The rows to fetch ahead are found in the nest that this leaves.
  pm.addPass(createInterleaveHeads());
  pm.addPass(createSplitTokens());
  // Ranges update no state in place.
  pm.addPass(createTurnGroups());
  // Its tiles count faster than ranges.
  pm.addPass(createSplitValues());
}

void plait::registerTensorPipeline() {
  PassPipelineRegistration<TensorPipelineOptions>(
      "plait-decompose-stage", "Attention to recurrences, projections and row maps, each with its form",
      buildDecomposeStage);
  PassPipelineRegistration<>("plait-tile-stage", "Tensors to one tiled and fused nest a kernel", buildTileStage);
  PassPipelineRegistration<>("plait-bufferize-stage", "Tensors to buffers, nests to kernels", buildBufferizeStage);
}
