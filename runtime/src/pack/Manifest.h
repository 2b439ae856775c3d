//===- Manifest.h - what a pack says about its functions --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file has the manifest of a pack as plain structs: the compiler fills them for
// PackBuilder, the runtime gets them from PackReader. schema/manifest.fbs is their
// form in a file.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_PACK_MANIFEST_H
#define PLAIT_RUNTIME_SRC_PACK_MANIFEST_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plait::pack {

/// Limits that let the runtime make a call without allocating memory.
constexpr size_t maxSymbols = 16;
constexpr size_t maxRank = 8;
constexpr size_t maxArguments = 48;
constexpr size_t maxTemporaries = 16;
/// Local memory that a thread on CUDA may have.
constexpr uint32_t maxSpilled = 512 << 10;

/// The `symbol` of a Dim or GridDim that depends on no symbol.
constexpr int16_t noSymbol = -1;

enum class Direction : uint8_t { In, Out, InOut };
enum class ElementType : uint8_t { F32, BF16, F16, I32, I64 };

/// What an object is. Elf: a linked shared object of CPU kernels. Cubin and Ptx: CUDA kernels, machine code for one
/// architecture or text that the driver compiles for this one and later ones.
enum class Code : uint8_t { Elf, Cubin, Ptx };

/// The bytes of one element.
constexpr size_t elementSize(ElementType type) {
  constexpr size_t sizes[] = {4, 2, 2, 4, 8};
  return sizes[static_cast<size_t>(type)];
}

/// An extent: factor * value(symbol), or factor itself.
struct Dim {
  int16_t symbol = noSymbol;
  int64_t factor = 0;
};

/// An array that the caller passes. Its last dimension has stride 1.
struct Argument {
  std::string name;
  Direction direction = Direction::In;
  ElementType type = ElementType::F32;
  std::vector<Dim> shape;
};

/// An array that the runtime allocates for one call, row-major and 64-byte aligned.
struct Temporary {
  ElementType type = ElementType::F32;
  std::vector<Dim> shape;
};

/// A grid extent: ceildiv(factor * value(symbol), divisor); the value of no symbol is 1.
struct GridDim {
  int16_t symbol = noSymbol;
  int64_t factor = 1;
  int64_t divisor = 1;
};

/// factor * the product of the symbols' values.
struct Product {
  int64_t factor = 0;
  std::vector<int16_t> symbols;
};

/// One kernel launched over a grid. Launches of a variant run one after another.
struct Launch {
  /// The function in the object. On the CPU: void(void *const *args, void *scratch, uint32_t x, uint32_t y,
  /// uint32_t z); see span for what z is. On CUDA, all of 64 bits: for each operand its pointer, sizes and strides in
  /// elements, then grid extents x and y and the first work item; one block of threads takes one work item, x first.
  std::string symbol;
  /// Positions in the arguments followed by the temporaries.
  std::vector<uint16_t> operands;
  std::array<GridDim, 3> grid;
  /// Bytes of private memory for each thread. CPU only.
  uint64_t scratch = 0;
  /// The work of the whole grid, a sum; empty when unknown.
  std::vector<Product> flops;
  /// Work items along y that one call may take. Where it is over 1, z is the number of those taken, not a direction.
  /// CPU only.
  uint32_t span = 1;
  /// Threads of a block, a multiple of 32. CUDA only, as is all that follows.
  uint32_t threads = 0;
  /// Bytes of dynamic shared memory for each block.
  uint32_t shared = 0;
  /// For each operand, what its pointer and its strides in bytes must be multiples of: 2, 4, 8 or 16.
  std::vector<uint8_t> alignment;
  /// Registers of a thread, and bytes of it that are stored because they are too few. 0 in PTX, which has none yet.
  uint32_t registers = 0;
  uint32_t spilled = 0;
};

/// The function compiled for one instruction set with one schedule.
struct Variant {
  /// "x86-64-v4", "sm_90a".
  std::string isa;
  Code code = Code::Elf;
  /// The processor features it needs, LLVM's names.
  std::vector<std::string> features;
  std::string schedule;
  /// Position of the code in the pack.
  uint32_t object = 0;
  std::vector<Temporary> temporaries;
  std::vector<Launch> launches;
};

/// A tuned choice for a bucket of the items (all symbols but T) and of T, as plait_tuning_bucket counts them.
struct ScheduleRow {
  int32_t items = 0;
  int32_t tokens = 0;
  std::string schedule;
};

struct Entry {
  std::string name;
  /// Names of the sizes that are free at the call: "B", "T", "H".
  std::vector<std::string> symbols;
  std::vector<Argument> arguments;
  /// Of one instruction set and kind of code, the first is the default.
  std::vector<Variant> variants;
  std::vector<ScheduleRow> schedules;
};

struct Manifest {
  /// PLAIT_ABI_VERSION of the compiler.
  uint32_t abi = 0;
  /// Name and version of the compiler.
  std::string compiler;
  /// Version of LLVM.
  std::string llvm;
  /// Name and version of what made the cubins, "ptxas 13.0.88"; empty without any.
  std::string assembler;
  std::vector<Entry> entries;
};

/// Says what is wrong, or nothing.
using Refusal = std::optional<std::string>;

/// Checks everything the runtime relies on: indices in range, limits, distinct names, and that each symbol occurs
/// as an extent of some argument, so that a call can bind it.
[[nodiscard]] Refusal verify(const Manifest &manifest, size_t objectCount);

/// The same for one entry of a pack with that many objects.
[[nodiscard]] Refusal verify(const Entry &entry, size_t objectCount);

} // namespace plait::pack

#endif // PLAIT_RUNTIME_SRC_PACK_MANIFEST_H
