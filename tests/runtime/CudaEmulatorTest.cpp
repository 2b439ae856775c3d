//===- CudaEmulatorTest.cpp - packs of PTX on the emulator ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the whole way of a call: a pack's PTX, loaded, launched and checked by
// the emulator.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/CudaSupport.h"

using namespace plait;
using namespace plait::test;

namespace {

/// out[item, i] = in[item, i] + in[item, i], a block for each row. `?` stands for bytes added to the output's address.
constexpr const char *twiceText = R"(
.version 8.0
.target sm_80
.address_size 64
.visible .entry sm_80_default(
  .param .u64 in, .param .u64 r, .param .u64 c, .param .u64 ir, .param .u64 ic,
  .param .u64 out, .param .u64 r2, .param .u64 c2, .param .u64 or, .param .u64 oc,
  .param .u64 x, .param .u64 y, .param .u64 first)
{
  .reg .pred %p<2>;
  .reg .f32 %f<3>;
  .reg .b32 %r<2>;
  .reg .b64 %rd<16>;
  mov.u32 %r1, %ctaid.x;
  cvt.u64.u32 %rd1, %r1;
  ld.param.u64 %rd2, [first];
  add.u64 %rd1, %rd1, %rd2;
  mov.u32 %r1, %tid.x;
  cvt.u64.u32 %rd3, %r1;
  ld.param.u64 %rd4, [c];
  setp.ge.u64 %p1, %rd3, %rd4;
  @%p1 bra done;
  ld.param.u64 %rd5, [ir];
  mad.lo.u64 %rd6, %rd1, %rd5, %rd3;
  shl.b64 %rd6, %rd6, 2;
  ld.param.u64 %rd7, [in];
  add.u64 %rd6, %rd6, %rd7;
  ld.global.f32 %f1, [%rd6];
  add.rn.f32 %f2, %f1, %f1;
  ld.param.u64 %rd8, [or];
  mad.lo.u64 %rd9, %rd1, %rd8, %rd3;
  shl.b64 %rd9, %rd9, 2;
  ld.param.u64 %rd10, [out];
  add.u64 %rd9, %rd9, %rd10;
  st.global.f32 [%rd9+?], %f2;
done:
  ret;
}
)";

std::string twiceWith(const std::string &offset) {
  std::string text = twiceText;
  return text.replace(text.find('?'), 1, offset);
}

/// Runs `body(twice, in, out)` with matrices [3, 8] on the emulator and these variants.
template <typename F>
void onEmulator(const std::vector<CudaVariant> &variants, F &&body, void (*change)(pack::Variant &) = nullptr) {
  Setting architecture("PLAIT_EMULATOR_ARCH", "sm_80"), log("PLAIT_EMULATOR_LOG", "/dev/null");
  withDriver(PLAIT_EMULATOR, [&] {
    pack::PackBuilder builder;
    pack::Manifest manifest = cudaManifest(variants, builder);
    if (change)
      change(manifest.entries[0].variants[0]);
    PackPointer pack = openCudaPack(builder, manifest);
    DeviceMatrix in(0, 3, 8), out(0, 3, 8);
    Array<float> host({3, 8});
    host.fillCounting();
    ASSERT_OK(plait_cuda_copy_to_device(0, in.tensor.data, host.data.data(), host.data.size() * sizeof(float)));
    body(find(pack, "twice"), in, out);
  });
}

void expectTwice(const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
  std::vector<float> result(24);
  ASSERT_OK(call(twice, {&in.tensor, &out.tensor}));
  ASSERT_OK(plait_cuda_copy_to_host(0, result.data(), out.tensor.data, result.size() * sizeof(float)));
  for (size_t i = 0; i < result.size(); ++i)
    EXPECT_EQ(result[i], 2 * float(i + 1)) << i;
}

TEST(CudaEmulator, RunsAPacksText) {
  std::string text = twiceWith("0");
  onEmulator({{"sm_80", pack::Code::Ptx, "default", text.c_str()}}, expectTwice);
}

TEST(CudaEmulator, RunsTheTextWhereMachineCodeIsBetter) {
  std::string text = twiceWith("0");
  onEmulator({{"sm_80", pack::Code::Cubin, "default",
               "\x7f"
               "ELF"},
              {"sm_80", pack::Code::Ptx, "default", text.c_str()}},
             expectTwice);
  onEmulator({{"sm_80", pack::Code::Cubin, "default",
               "\x7f"
               "ELF"}},
             [](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
               EXPECT_FAILS(call(twice, {&in.tensor, &out.tensor}), PLAIT_UNAVAILABLE,
                            "CUDA_ERROR_NO_BINARY_FOR_GPU (209), no kernel image is available for execution on the "
                            "device: plait emulator: error: expects PTX text, but got machine code");
             });
}

TEST(CudaEmulator, TimesCandidatesThatAgreeButForRounding) {
  std::string right = twiceWith("0"), rounded = right, wrong = right;
  rounded.replace(rounded.find("add.rn.f32 %f2, %f1, %f1"), 24, "mul.rn.f32 %f2, %f1, 0f40000100"); // 2.00006
  wrong.replace(wrong.find("add.rn.f32 %f2, %f1, %f1"), 24, "mul.rn.f32 %f2, %f1, 0f40200000");     // 2.5
  onEmulator({{"sm_80", pack::Code::Ptx, "default", right.c_str()}}, [&](const plait_function *twice, DeviceMatrix &in,
                                                                         DeviceMatrix &out) {
    PackPointer near = openCudaPack({{"sm_80", pack::Code::Ptx, "default", rounded.c_str()}}),
                far = openCudaPack({{"sm_80", pack::Code::Ptx, "default", wrong.c_str()}});
    plait_candidate candidates[] = {
        {twice, nullptr, nullptr}, {find(near, "twice"), nullptr, nullptr}, {find(far, "twice"), nullptr, nullptr}};
    const DLTensor *arguments[] = {&in.tensor, &out.tensor};
    plait_timing timings[3];
    plait_timing_options options = PLAIT_TIMING_OPTIONS;
    options.rounds = 2;
    ASSERT_OK(plait_time_interleaved(candidates, 3, arguments, 2, &options, timings));
    EXPECT_TRUE(timings[0].matches && timings[1].matches);
    EXPECT_GT(timings[1].min_ns, 0);
    EXPECT_FALSE(timings[2].matches);
    std::vector<float> result(24);
    ASSERT_OK(plait_cuda_copy_to_host(0, result.data(), out.tensor.data, result.size() * sizeof(float)));
    EXPECT_EQ(result[23], 48) << "not the first candidate's";
  });
}

TEST(CudaEmulator, TellsWhatACandidatesWorkFailedWith) {
  std::string outside = twiceWith("4");
  onEmulator({{"sm_80", pack::Code::Ptx, "default", outside.c_str()}},
             [](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
               plait_candidate candidate = {twice, nullptr, nullptr};
               const DLTensor *arguments[] = {&in.tensor, &out.tensor};
               plait_timing timing;
               EXPECT_FAILS(plait_time_interleaved(&candidate, 1, arguments, 2, nullptr, &timing), PLAIT_UNAVAILABLE,
                            "work on CUDA device 0 failed: CUDA_ERROR_ILLEGAL_ADDRESS (700)");
             });
}

/// An entry point of the emulator, which is open.
template <typename... Parameters> int driver(const char *name, Parameters... parameters) {
  void *library = dlopen(PLAIT_EMULATOR, RTLD_NOW | RTLD_NOLOAD);
  auto function = reinterpret_cast<int (*)(Parameters...)>(dlsym(library, name));
  return function ? function(parameters...) : -1;
}

/// What a first kernel makes of the input is what a second one reads.
void runInTurn(pack::Variant &variant) {
  variant.temporaries = {{pack::ElementType::F32, {{0, 1}, {1, 1}}}};
  variant.launches.resize(2, variant.launches[0]);
  variant.launches[0].operands = {0, 2};
  variant.launches[1].operands = {2, 1};
}

TEST(CudaEmulator, RunsInAGraph) {
  std::string text = twiceWith("0");
  onEmulator(
      {{"sm_80", pack::Code::Ptx, "default", text.c_str()}},
      [](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
        ASSERT_OK(call(twice, {&in.tensor, &out.tensor})); // which loads it
        std::vector<float> zeros(24), result(24, 1);
        ASSERT_OK(plait_cuda_copy_to_device(0, out.tensor.data, zeros.data(), zeros.size() * sizeof(float)));
        void *context = nullptr, *stream = nullptr, *graph = nullptr, *executable = nullptr;
        ASSERT_EQ(driver("cuDevicePrimaryCtxRetain", &context, 0), 0);
        ASSERT_EQ(driver("cuCtxSetCurrent", context), 0);
        ASSERT_EQ(driver("cuStreamCreate", &stream, 1u), 0);
        ASSERT_EQ(driver("cuStreamBeginCapture_v2", stream, 0), 0);
        plait_call_options options = PLAIT_CALL_OPTIONS;
        options.cuda_stream = stream;
        ASSERT_OK(call(twice, {&in.tensor, &out.tensor}, &options));
        ASSERT_EQ(driver("cuStreamEndCapture", stream, &graph), 0);
        ASSERT_OK(plait_cuda_copy_to_host(0, result.data(), out.tensor.data, result.size() * sizeof(float)));
        EXPECT_EQ(result, zeros) << "what is captured has not run";
        ASSERT_EQ(driver("cuGraphInstantiateWithFlags", &executable, graph, 0ULL), 0);
        ASSERT_EQ(driver("cuGraphLaunch", executable, stream), 0);
        ASSERT_OK(plait_cuda_synchronize(0));
        ASSERT_OK(plait_cuda_copy_to_host(0, result.data(), out.tensor.data, result.size() * sizeof(float)));
        EXPECT_EQ(result[23], 4 * 24);
      },
      runInTurn);
}

TEST(CudaEmulator, ReportsAWrongKernelAndStaysUsable) {
  std::string outside = twiceWith("4"), misaligned = twiceWith("2"), right = twiceWith("0");
  onEmulator({{"sm_80", pack::Code::Ptx, "default", outside.c_str()}},
             [&](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
               EXPECT_OK(call(twice, {&in.tensor, &out.tensor}));
               EXPECT_FAILS(plait_cuda_synchronize(0), PLAIT_UNAVAILABLE,
                            "work on CUDA device 0 failed: CUDA_ERROR_ILLEGAL_ADDRESS (700)");
               PackPointer other = openCudaPack({{"sm_80", pack::Code::Ptx, "default", misaligned.c_str()}});
               EXPECT_OK(call(find(other, "twice"), {&in.tensor, &out.tensor}));
               EXPECT_FAILS(plait_cuda_synchronize(0), PLAIT_UNAVAILABLE, "CUDA_ERROR_MISALIGNED_ADDRESS (716)");
               PackPointer good = openCudaPack({{"sm_80", pack::Code::Ptx, "default", right.c_str()}});
               expectTwice(find(good, "twice"), in, out);
             });
}

TEST(CudaEmulator, NamesTheLineOfTextThatItCantRun) {
  std::string text = twiceWith("0");
  text.replace(text.find("mad.lo.u64"), 10, "mud.lo.u64");
  onEmulator({{"sm_80", pack::Code::Ptx, "default", text.c_str()}},
             [](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
               EXPECT_FAILS(call(twice, {&in.tensor, &out.tensor}), PLAIT_UNAVAILABLE,
                            "CUDA_ERROR_INVALID_PTX (218), a PTX JIT compilation failed: plait emulator: error: line "
                            "24: ");
             });
}

} // namespace
