//===- speed.cpp - how fast the emulator is -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file measures lane instructions a second of one core, with all checks on, of
// small kernels that stress one part each.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Device.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

using namespace plait::emulator;

namespace {

struct Case {
  const char *name;
  const char *body; ///< of a loop; %rd1 is the thread's own place in memory, %r1 in shared memory
};

const Case cases[] = {
    {"arithmetic", R"(
      mad.lo.s32 %r3, %r3, %r2, 7;
      xor.b32 %r4, %r3, %r2;
      fma.rn.f32 %f1, %f1, %f2, %f3;
      cvt.rn.f32.s32 %f4, %r4;
      setp.gt.f32 %p2, %f4, %f1;
      selp.f32 %f2, %f1, %f4, %p2;
      shl.b32 %r5, %r4, 3;
      add.s64 %rd3, %rd3, 16;)"},
    {"global memory", R"(
      ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%rd1];
      add.f32 %f1, %f1, %f2;
      add.f32 %f3, %f3, %f4;
      st.global.v4.f32 [%rd1], {%f1, %f2, %f3, %f4};)"},
    {"shared memory", R"(
      st.shared.f32 [%r1], %f1;
      bar.sync 0;
      ld.shared.f32 %f2, [%r6];
      add.f32 %f1, %f1, %f2;
      bar.sync 0;)"},
    {"copies and matrices", R"(
      cp.async.cg.shared.global [%r1], [%rd1], 16;
      cp.async.commit_group;
      cp.async.wait_group 0;
      bar.sync 0;
      ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r10, %r11, %r12, %r13}, [%r1];
      ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%r14, %r15, %r16, %r17}, [%r6];
      add.s32 %r8, %r8, %r10;
      bar.sync 0;)"},
    {"tensor cores", R"(
      mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1, %f2, %f3, %f4}, {%r10, %r11, %r12, %r13}, {%r14, %r15}, {%f1, %f2, %f3, %f4};
      add.s32 %r8, %r8, %r2;
      xor.b32 %r9, %r8, %r3;
      add.s64 %rd3, %rd3, 16;)"},
    {"warpgroups", R"(
      wgmma.fence.sync.aligned;
      wgmma.mma_async.sync.aligned.m64n32k16.f32.bf16.bf16 {%w0, %w1, %w2, %w3, %w4, %w5, %w6, %w7, %w8, %w9, %w10, %w11, %w12, %w13, %w14, %w15}, %rd4, %rd5, %p3, 1, 1, 0, 0;
      wgmma.commit_group.sync.aligned;
      wgmma.wait_group.sync.aligned 0;)"},
};

constexpr uint32_t threads = 256, blocks = 4, bytesOfThread = 16;

std::string moduleOf(const Case &kernel) {
  return std::string(R"(.version 8.0
.target sm_90a
.address_size 64
.visible .entry k(.param .u64 memory, .param .u32 count) {
.reg .pred %p<4>;
.reg .b32 %r<32>;
.reg .b64 %rd<8>;
.reg .f32 %f<8>, %w<16>;
.shared .align 128 .b8 buffer[4096];
ld.param.u64 %rd1, [memory];
ld.param.u32 %r30, [count];
mov.u32 %r20, %tid.x;
mov.u32 %r21, %ctaid.x;
mad.lo.s32 %r22, %r21, 256, %r20;
mad.wide.u32 %rd1, %r22, 16, %rd1;
mov.u32 %r2, buffer;
mad.lo.u32 %r1, %r20, 16, %r2;
xor.b32 %r23, %r20, 255;
mad.lo.u32 %r6, %r23, 16, %r2;
mov.f32 %f1, 0f3f800000;
mov.f32 %f2, %f1;
mov.f32 %f3, %f1;
mov.f32 %f4, %f1;
mov.u32 %r10, 0x3f803f80;
mov.u32 %r11, 0xbf803f80;
mov.u32 %r12, %r11;
mov.u32 %r13, %r11;
mov.u32 %r14, %r10;
mov.u32 %r15, %r10;
mov.u64 %rd4, 0x800400000;
mov.u64 %rd5, 0x800200080;
setp.eq.u32 %p3, 0, 1;
st.shared.v4.f32 [%r1], {%f1, %f2, %f3, %f4};
fence.proxy.async;
bar.sync 0;
LOOP:)") +
         kernel.body +
         R"(
sub.u32 %r30, %r30, 1;
setp.ne.u32 %p1, %r30, 0;
@%p1 bra LOOP;
ret;
})";
}

/// Millions of lane instructions a second of this process's own time.
double measure(const Case &kernel, uint32_t count) {
  Device device({.memoryBytes = uint64_t(1) << 26});
  std::shared_ptr<Program> program = device.load(ptx::parse(moduleOf(kernel)));
  uint64_t memory = *device.memory().allocate(uint64_t(threads) * blocks * bytesOfThread);
  uint8_t parameters[12];
  std::memcpy(parameters, &memory, 8);
  std::memcpy(parameters + 8, &count, 4);
  Launch launch{.grid = {blocks, 1, 1}, .block = {threads, 1, 1}, .parameters = parameters};
  Options options;
  options.threads = 1;
  std::clock_t start = std::clock();
  Report report = device.launch(*findKernel(*program, "k"), launch, options);
  double seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
  for (const Defect &defect : report.defects)
    std::fprintf(stderr, "%s\n", defect.message.c_str());
  if (!report.defects.empty())
    std::exit(1);
  return double(report.counters.total.lanes) / seconds / 1e6;
}

} // namespace

/// usage: plait-emulator-speed [LOOPS]
int main(int count, char **arguments) {
  uint32_t loops = count > 1 ? uint32_t(std::atoi(arguments[1])) : 2000;
  constexpr int repetitions = 3;
  for (const Case &kernel : cases) {
    double best = 0;
    for (int i = 0; i < repetitions; ++i)
      best = std::max(best, measure(kernel, loops));
    std::printf("%-22s %7.1f million lane instructions a second and core\n", kernel.name, best);
  }
}
