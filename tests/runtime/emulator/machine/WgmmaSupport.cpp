//===- WgmmaSupport.cpp - products of a warpgroup in tests ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the layouts of matrices in shared memory by row and column, and
// the text of a kernel that multiplies two of them.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/machine/WgmmaSupport.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <random>

using namespace plait::emulator;
using namespace plait::emulator::test;

namespace {

constexpr unsigned rowsOfA = 64, threads = 128, bytesAlongK = 32;
constexpr uint32_t bAt = 10240; ///< B lies behind A

unsigned bytesOf(const std::string &type) {
  return type == "tf32" || type == "f32" || type == "s32" ? 4 : type == "f16" || type == "bf16" ? 2 : 1;
}

double decodeByte(const std::string &type, uint8_t bits) {
  if (type == "s8")
    return int8_t(bits);
  if (type == "u8")
    return bits;
  int mantissaBits = type == "e4m3" ? 3 : 2, bias = type == "e4m3" ? 7 : 15;
  int exponent = bits >> mantissaBits & ((1 << (7 - mantissaBits)) - 1), mantissa = bits & ((1 << mantissaBits) - 1);
  double magnitude =
      std::ldexp(mantissa + (exponent ? 1 << mantissaBits : 0), std::max(exponent, 1) - bias - mantissaBits);
  return bits & 0x80 ? -magnitude : magnitude;
}

/// The bits of a random number, which `value` becomes.
uint32_t draw(const std::string &type, std::mt19937 &random, double &value) {
  std::normal_distribution<float> normal;
  if (bytesOf(type) == 1) {
    uint32_t bits = random() & 0xff;
    if (type == "e4m3" || type == "e5m2")
      bits &= 0xbf; // magnitudes below 2, no NaN
    value = decodeByte(type, uint8_t(bits));
    return bits;
  }
  float number = normal(random);
  if (type == "f16") {
    value = double(_Float16(number));
    return std::bit_cast<uint16_t>(_Float16(number));
  }
  if (type == "s32") {
    value = int32_t(random() % 2000) - 1000;
    return uint32_t(int32_t(value));
  }
  unsigned cut = type == "bf16" ? 16 : type == "tf32" ? 13 : 0;
  uint32_t bits = std::bit_cast<uint32_t>(number) >> cut << cut;
  value = std::bit_cast<float>(bits);
  if (type == "tf32")
    bits |= random() & 0x1fff; // what is beyond is ignored
  return type == "bf16" ? bits >> 16 : bits;
}

struct Layout {
  SharedLayout layout;
  unsigned rows, elementBytes;

  /// By how many bytes neighbours are apart that an instruction steps over: as descriptors name them.
  uint32_t leading() const {
    if (layout.isTransposed)
      return layout.span == 16 ? 128 : 16 * layout.span;
    return layout.span == 16 ? rows * 16 : 16;
  }
  uint32_t stride() const {
    if (layout.isTransposed)
      return layout.span == 16 ? 256 : 8 * layout.span;
    return layout.span == 16 ? 128 : 8 * layout.span;
  }
  /// Where an element lies.
  uint32_t at(unsigned row, unsigned k) const {
    unsigned across = layout.isTransposed ? k : row, along = (layout.isTransposed ? row : k) * elementBytes;
    along += layout.step * bytesAlongK;
    // 128 bytes of spans have the same places swapped.
    unsigned swapped = across % 8 * layout.span / 128;
    uint32_t piece = along % layout.span / 16 ^ (layout.span == 16 ? 0 : swapped);
    uint32_t inSpan = across % 8 * layout.span + piece * 16 + along % 16;
    bool isPlain = layout.span == 16 && layout.isTransposed;
    return layout.pattern * 128 + across / 8 * (isPlain ? leading() : stride()) +
           along / layout.span * (isPlain ? stride() : leading()) + inSpan;
  }
  uint64_t descriptor(uint32_t base) const {
    uint64_t modes[] = {0, 3, 2, 1}; // of the spans from 16 on
    uint64_t mode = modes[std::bit_width(layout.span) - 5];
    uint64_t start = base + layout.pattern * 128 + layout.step * bytesAlongK;
    return start >> 4 | uint64_t(leading() >> 4) << 16 | uint64_t(stride() >> 4) << 32 |
           uint64_t(layout.span == 16 ? 0 : layout.pattern % 8) << 49 | mode << 62;
  }
};

Layout layoutOfA(const Wgmma &wgmma) { return {wgmma.aLayout, rowsOfA, bytesOf(wgmma.a)}; }
Layout layoutOfB(const Wgmma &wgmma) { return {wgmma.bLayout, wgmma.n, bytesOf(wgmma.b)}; }

/// Where element `element` of a thread's sums is in D.
std::pair<unsigned, unsigned> placeInD(unsigned thread, unsigned element) {
  unsigned lane = thread % 32;
  return {thread / 32 * 16 + lane / 4 + element / 2 % 2 * 8, element / 4 * 8 + lane % 4 * 2 + element % 2};
}
/// The same of a thread's fragment of A, which counts its registers of 32 bits.
std::pair<unsigned, unsigned> placeInA(unsigned thread, unsigned reg, unsigned element, unsigned elementBytes) {
  unsigned lane = thread % 32, perRegister = 4 / elementBytes;
  return {thread / 32 * 16 + lane / 4 + reg % 2 * 8, (reg / 2 * 4 + lane % 4) * perRegister + element};
}

std::string list(const char *prefix, unsigned count) {
  std::string text = "{";
  for (unsigned i = 0; i < count; ++i)
    text += (i ? ", " : "") + std::string(prefix) + std::to_string(i);
  return text + "}";
}

void put(std::vector<uint32_t> &words, size_t at, uint32_t bits, unsigned bytes) {
  std::memcpy(reinterpret_cast<char *>(words.data()) + at, &bits, bytes);
}

} // namespace

unsigned Wgmma::k() const { return bytesAlongK / bytesOf(a); }
unsigned Wgmma::sums() const { return n * bytesOf(d) / 8; }

std::string Wgmma::instruction() const {
  std::string text = "wgmma.mma_async.sync.aligned.m64n" + std::to_string(n) + "k" + std::to_string(k()) + "." + d +
                     "." + a + "." + b + saturation + " " + list("%d", sums()) + ", " +
                     (hasRegisters ? list("%a", 4) : "%rd11") + ", %rd12, %p9";
  if (d == "s32")
    return text + ";";
  text += ", " + std::to_string(aScale) + ", " + std::to_string(bScale);
  if (bytesOf(a) == 2)
    text += (hasRegisters           ? ""
             : aLayout.isTransposed ? ", 1"
                                    : ", 0") +
            std::string(bLayout.isTransposed ? ", 1" : ", 0");
  return text + ";";
}

Text Wgmma::text(Steps steps) const {
  Text text{.body = {},
            .variables =
                ".shared .align 1024 .b8 buffer[" + std::to_string(wgmmaImageBytes) + "];\n.reg .b32 %d<128>, %a<4>;"};
  std::string &body = text.body;
  body = "mov.u32 %r1, buffer;\nmad.lo.u32 %r2, %r0, 16, %r1;\nmad.wide.u32 %rd3, %r0, 16, %rd1;\n";
  if (steps.load.empty())
    for (uint32_t at = 0; at < wgmmaImageBytes; at += threads * 16) {
      std::string offset = "+" + std::to_string(at) + "]";
      body += "ld.global.v4.u32 {%r4, %r5, %r6, %r7}, [%rd3" + offset + ";\nst.shared.v4.u32 [%r2" + offset +
              ", {%r4, %r5, %r6, %r7};\n";
    }
  body += steps.load + "\n";
  body += "mad.wide.u32 %rd4, %r0, " + std::to_string(4 * (sums() + 4)) + ", %rd1;\n";
  for (unsigned i = 0; i < sums() + 4; ++i)
    body += "ld.global.b32 " + (i < 4 ? "%a" + std::to_string(i) : "%d" + std::to_string(i - 4)) + ", [%rd4+" +
            std::to_string(wgmmaImageBytes + 4 * i) + "];\n";
  body += "shr.u32 %r8, %r1, 4;\ncvt.u64.u32 %rd9, %r8;\n";
  body += "add.s64 %rd11, %rd9, " + std::to_string(int64_t(layoutOfA(*this).descriptor(0))) + ";\n";
  body += "add.s64 %rd12, %rd9, " + std::to_string(int64_t(layoutOfB(*this).descriptor(bAt))) + ";\n";
  body += "setp.eq.u32 %p9, " + std::string(accumulates ? "1" : "0") + ", 1;\n";
  if (steps.product.empty())
    steps.product = instruction();
  for (const std::string *step :
       {&steps.proxyFence, &steps.barrier, &steps.fence, &steps.product, &steps.commit, &steps.wait, &steps.end})
    body += *step + "\n";
  body += "mad.wide.u32 %rd5, %r0, " + std::to_string(4 * sums()) + ", %rd0;\n";
  for (unsigned i = 0; i < sums(); ++i)
    body += "st.global.b32 [%rd5+" + std::to_string(4 * i) + "], %d" + std::to_string(i) + ";\n";
  return text;
}

WgmmaData::WgmmaData(const Wgmma &wgmma, unsigned seed) {
  std::mt19937 random(seed);
  unsigned k = wgmma.k(), n = wgmma.n, elementBytes = bytesOf(wgmma.a), perSum = 4 / bytesOf(wgmma.d);
  in.resize(wgmmaImageBytes / 4 + threads * (wgmma.sums() + 4));
  auto own = [&](unsigned thread, unsigned reg) { return wgmmaImageBytes + 4 * (thread * (wgmma.sums() + 4) + reg); };
  std::vector<double> a(rowsOfA * k), b(n * k);
  std::vector<uint32_t> aBits(a.size());
  for (unsigned row = 0; row < rowsOfA; ++row)
    for (unsigned i = 0; i < k; ++i) {
      aBits[row * k + i] = draw(wgmma.a, random, a[row * k + i]);
      put(in, layoutOfA(wgmma).at(row, i), aBits[row * k + i], elementBytes);
    }
  for (unsigned column = 0; column < n; ++column)
    for (unsigned i = 0; i < k; ++i)
      put(in, bAt + layoutOfB(wgmma).at(column, i), draw(wgmma.b, random, b[column * k + i]), elementBytes);
  expected.resize(rowsOfA * n);
  for (unsigned thread = 0; thread < threads; ++thread) {
    for (unsigned reg = 0; reg < 4; ++reg)
      for (unsigned i = 0; i < 4 / elementBytes; ++i) {
        auto [row, column] = placeInA(thread, reg, i, elementBytes);
        put(in, own(thread, reg) + i * elementBytes, aBits[row * k + column], elementBytes);
      }
    for (unsigned i = 0; i < wgmma.sums() * perSum; ++i) {
      auto [row, column] = placeInD(thread, i);
      double &sum = expected[row * n + column];
      put(in, own(thread, 4) + i * bytesOf(wgmma.d), draw(wgmma.d, random, sum), bytesOf(wgmma.d));
      sum = wgmma.accumulates ? sum : 0;
      for (unsigned j = 0; j < k; ++j)
        sum += wgmma.aScale * wgmma.bScale * a[row * k + j] * b[column * k + j];
    }
  }
}

double WgmmaData::error(const Wgmma &wgmma, const std::vector<uint32_t> &out) const {
  double difference = 0, whole = 0;
  unsigned bytes = bytesOf(wgmma.d), count = wgmma.sums() * 4 / bytes;
  for (unsigned thread = 0; thread < threads; ++thread)
    for (unsigned i = 0; i < count; ++i) {
      uint32_t bits = 0;
      std::memcpy(&bits, reinterpret_cast<const char *>(out.data()) + (thread * count + i) * bytes, bytes);
      double actual = wgmma.d == "s32"   ? double(int32_t(bits))
                      : wgmma.d == "f16" ? double(std::bit_cast<_Float16>(uint16_t(bits)))
                                         : double(std::bit_cast<float>(bits));
      auto [row, column] = placeInD(thread, i);
      double wanted = expected[row * wgmma.n + column];
      difference += (actual - wanted) * (actual - wanted);
      whole += wanted * wanted;
    }
  return std::sqrt(difference / whole);
}

Conditions plait::emulator::test::conditions(const Wgmma &wgmma, const WgmmaData &data) {
  return {.block = {threads, 1, 1}, .in = data.in, .outWords = threads * wgmma.sums()};
}
