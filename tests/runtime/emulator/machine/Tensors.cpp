//===- Tensors.cpp - kernels that copy boxes of tensors -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the maps and kernels of these tests.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/machine/Tensors.h"

#include <cstring>

using namespace plait::emulator;
using namespace plait::emulator::test;

namespace {

uint32_t roundUp(uint32_t value, uint32_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/// The pictures of the documentation: which unit of 16 bytes of a plain box each place of a line of 128 bytes has.
using Line = std::array<uint8_t, 8>;
const std::vector<Line> &picture(Swizzle swizzle) {
  static const std::vector<Line> none = {{0, 1, 2, 3, 4, 5, 6, 7}};
  static const std::vector<Line> span32 = {{0, 1, 2, 3, 4, 5, 6, 7}, {1, 0, 3, 2, 5, 4, 7, 6}};
  static const std::vector<Line> span64 = {
      {0, 1, 2, 3, 4, 5, 6, 7}, {1, 0, 3, 2, 5, 4, 7, 6}, {2, 3, 0, 1, 6, 7, 4, 5}, {3, 2, 1, 0, 7, 6, 5, 4}};
  static const std::vector<Line> span128 = {
      {0, 1, 2, 3, 4, 5, 6, 7}, {1, 0, 3, 2, 5, 4, 7, 6}, {2, 3, 0, 1, 6, 7, 4, 5}, {3, 2, 1, 0, 7, 6, 5, 4},
      {4, 5, 6, 7, 0, 1, 2, 3}, {5, 4, 7, 6, 1, 0, 3, 2}, {6, 7, 4, 5, 2, 3, 0, 1}, {7, 6, 5, 4, 3, 2, 1, 0}};
  static const std::vector<Line> atom32 = {
      {0, 1, 2, 3, 4, 5, 6, 7}, {2, 3, 0, 1, 6, 7, 4, 5}, {4, 5, 6, 7, 0, 1, 2, 3}, {6, 7, 4, 5, 2, 3, 0, 1}};
  static const std::vector<Line> atom64 = {{0, 1, 2, 3, 4, 5, 6, 7}, {4, 5, 6, 7, 0, 1, 2, 3}};
  const std::vector<Line> *all[] = {&none, &span32, &span64, &span128, &atom32, &atom32, &atom64};
  return *all[unsigned(swizzle)];
}

uint32_t place(Swizzle swizzle, uint32_t address) {
  const std::vector<Line> &lines = picture(swizzle);
  uint32_t line = address / 128, unit = address / 16 % 8, byte = address % 16;
  const Line &units = lines[line % lines.size()];
  auto at = uint32_t(std::find(units.begin(), units.end(), unit) - units.begin());
  bool isFlipped = swizzle == Swizzle::Span128Atom32Flip8 && line % 2;
  return line * 128 + at * 16 + (isFlipped ? (byte + 8) % 16 : byte);
}

} // namespace

TensorMap Tensor::map() const {
  TensorMap map;
  map.rank = uint8_t(sizes.size());
  map.type = type;
  map.swizzle = swizzle;
  map.fillsNan = fillsNan;
  uint64_t stride = roundUp(sizes[0] * elementBytes(type), 16);
  for (unsigned i = 0; i < map.rank; ++i) {
    map.lastIndex[i] = sizes[i] - 1;
    map.box[i] = uint16_t(box[i]);
    map.elementStrides[i] = uint8_t(steps[i]);
    if (i > 0) {
      map.strides[i - 1] = stride;
      stride *= sizes[i];
    }
  }
  return map;
}

uint32_t Tensor::bytes() const {
  uint32_t bytes = roundUp(sizes[0] * elementBytes(type), 16);
  for (size_t i = 1; i < sizes.size(); ++i)
    bytes *= sizes[i];
  return bytes;
}

uint32_t Tensor::boxBytes() const {
  uint32_t bytes = box[0] * elementBytes(type);
  for (size_t i = 1; i < box.size(); ++i)
    bytes *= (box[i] + steps[i] - 1) / steps[i];
  return bytes;
}

std::string Tensor::modifier() const { return "." + std::to_string(sizes.size()) + "d"; }

std::string Tensor::coordinates() const {
  std::string all;
  for (int32_t at : first)
    all += (all.empty() ? "{" : ", ") + std::to_string(at);
  return all + "}";
}

void Tensor::forElements(const std::function<void(uint32_t, int64_t)> &visit) const {
  uint32_t size = elementBytes(type), row = roundUp(sizes[0] * size, 16);
  for (uint32_t at = 0; at < boxBytes(); at += size) {
    uint32_t rest = at / size;
    int64_t global = 0, stride = row;
    bool isInside = true;
    for (size_t i = 0; i < sizes.size(); ++i) {
      uint32_t step = i == 0 ? 1 : steps[i], extent = (box[i] + step - 1) / step;
      int64_t index = first[i] + int64_t(rest % extent) * step;
      rest /= extent;
      isInside &= index >= 0 && index < sizes[i];
      global += index * (i == 0 ? size : stride);
      stride *= i == 0 ? 1 : sizes[i];
    }
    visit(place(swizzle, shared + at) - shared, isInside ? global : -1);
  }
}

TensorResult plait::emulator::test::run(const TensorKernel &kernel, const Tensor &tensor,
                                        const std::vector<uint8_t> &memory, const std::vector<uint8_t> &in) {
  const std::string prologue = R"(
.visible .entry k(.param .align 64 .b8 map[128], .param .u64 out, .param .u64 in, .param .u64 global)
{
.shared .align 1024 .b8 buffer[32768];
.shared .align 8 .b64 bar;
.reg .pred %p<8>;
.reg .b16 %rs<8>;
.reg .b32 %r<16>;
.reg .b64 %rd<16>;
)" + std::string(kernel.isGlobal ? "ld.param.u64 %rd1, [global];" : "mov.b64 %rd1, map;\ncvta.param.u64 %rd1, %rd1;") +
                               R"(
ld.param.u64 %rd2, [out];
ld.param.u64 %rd3, [in];
mov.u32 %r0, %tid.x;
mov.u32 %r1, buffer;
setp.eq.u32 %p1, %r0, 0;
@%p1 mbarrier.init.shared::cta.b64 [bar], 1;
bar.sync 0;
)";
  Device device({.memoryBytes = uint64_t(1) << 28});
  std::shared_ptr<Program> program = device.load(
      ptx::parse(kernel.directives + ".address_size 64\n" + kernel.module + prologue + kernel.body + "\nret;\n}\n"));
  GlobalMemory &deviceMemory = device.memory();
  TensorMap map = tensor.map();
  map.address = *deviceMemory.allocate(memory.size() + kernel.misplaced) + kernel.misplaced;
  map.seal();
  deviceMemory.copyIn(map.address, memory.data(), memory.size());
  uint32_t outBytes = std::max(tensor.boxBytes(), 4u);
  uint64_t out = *deviceMemory.allocate(outBytes), from = *deviceMemory.allocate(in.size());
  deviceMemory.fill(out, 0, 1, outBytes);
  deviceMemory.copyIn(from, in.data(), in.size());
  uint64_t global = *deviceMemory.allocate(sizeof(map));
  deviceMemory.copyIn(global, &map, sizeof(map));
  uint8_t parameters[sizeof(map) + 24];
  std::memcpy(parameters, &map, sizeof(map));
  std::memcpy(parameters + sizeof(map), &out, 8);
  std::memcpy(parameters + sizeof(map) + 8, &from, 8);
  std::memcpy(parameters + sizeof(map) + 16, &global, 8);
  Launch launch{.block = {kernel.threads, 1, 1}, .parameters = parameters};
  TensorResult all;
  all.result.report = device.launch(*findKernel(*program, "k"), launch, kernel.options);
  all.result.out.resize(outBytes / 4);
  deviceMemory.copyOut(all.result.out.data(), out, outBytes);
  all.tensor.resize(memory.size());
  deviceMemory.copyOut(all.tensor.data(), map.address, memory.size());
  return all;
}

std::vector<uint8_t> plait::emulator::test::pattern(uint32_t count, uint32_t seed) {
  std::vector<uint8_t> bytes(count);
  for (uint32_t i = 0; i < count; ++i)
    bytes[i] = uint8_t((i + seed) * 37 + (i + seed) / 256 * 11 + 1);
  return bytes;
}

namespace {
std::string buffer(const Tensor &tensor) { return "[buffer+" + std::to_string(tensor.shared) + "]"; }

/// A loop of all threads over the words of a box, at %r5, with `body`.
std::string forWords(const Tensor &tensor, const std::string &body) {
  return "shl.b32 %r5, %r0, 2;\nNEXT:\nsetp.ge.u32 %p3, %r5, " + std::to_string(tensor.boxBytes()) +
         ";\n@%p3 bra LAST;\nadd.u32 %r6, %r1, %r5;\nadd.u32 %r6, %r6, " + std::to_string(tensor.shared) +
         ";\ncvt.u64.u32 %rd5, %r5;\n" + body + "\nadd.u32 %r5, %r5, 256;\nbra NEXT;\nLAST:\n";
}
} // namespace

std::string plait::emulator::test::load(const Tensor &tensor) {
  return "@%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], " + std::to_string(tensor.boxBytes()) +
         ";\n@%p1 cp.async.bulk.tensor" + tensor.modifier() +
         ".shared::cluster.global.tile.mbarrier::complete_tx::bytes " + buffer(tensor) + ", [%rd1, " +
         tensor.coordinates() + "], [bar];\n";
}

std::string plait::emulator::test::store(const Tensor &tensor) {
  return "@%p1 cp.async.bulk.tensor" + tensor.modifier() + ".global.shared::cta.tile.bulk_group [%rd1, " +
         tensor.coordinates() + "], " + buffer(tensor) + ";\n";
}

const char *const plait::emulator::test::waitForBarrier = R"(
WAIT:
mbarrier.try_wait.parity.shared::cta.b64 %p2, [bar], 0;
@!%p2 bra WAIT;
)";

const char *const plait::emulator::test::waitForGroup =
    "@%p1 cp.async.bulk.commit_group;\n@%p1 cp.async.bulk.wait_group 0;\n";

std::string plait::emulator::test::copyOut(const Tensor &tensor) {
  return forWords(tensor, "add.u64 %rd5, %rd2, %rd5;\nld.shared.u32 %r7, [%r6];\nst.global.u32 [%rd5], %r7;");
}

std::string plait::emulator::test::copyIn(const Tensor &tensor) {
  return forWords(tensor, "add.u64 %rd5, %rd3, %rd5;\nld.global.u32 %r7, [%rd5];\nst.shared.u32 [%r6], %r7;") +
         "fence.proxy.async.shared::cta;\nbar.sync 0;\n";
}
