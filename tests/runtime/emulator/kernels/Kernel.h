//===- Kernel.h - CUDA C++ on the emulator ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what the tests of kernels share: the emulator as a driver that is
// opened at run time, buffers, launches and the check of one kernel.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_TESTS_RUNTIME_EMULATOR_KERNELS_KERNEL_H
#define PLAIT_TESTS_RUNTIME_EMULATOR_KERNELS_KERNEL_H

#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace plait::emulator::test {

/// Bytes on the device; freed at the end.
class Memory {
public:
  explicit Memory(std::span<const std::byte> contents);
  Memory(const Memory &) = delete;
  ~Memory();

  uint64_t address() const { return device; }
  void read(std::span<std::byte> to) const;

private:
  uint64_t device = 0;
};

template <typename T> class Buffer {
public:
  explicit Buffer(const std::vector<T> &values) : count(values.size()), memory(std::as_bytes(std::span(values))) {}
  /// An output: each byte has a value that no kernel is likely to write.
  explicit Buffer(size_t count) : Buffer(poison(count)) {}

  uint64_t address() const { return memory.address(); }
  std::vector<T> read() const {
    std::vector<T> values(count);
    memory.read(std::as_writable_bytes(std::span(values)));
    return values;
  }

private:
  static std::vector<T> poison(size_t count) {
    std::vector<T> values(count);
    for (std::byte &byte : std::as_writable_bytes(std::span(values)))
      byte = std::byte(0xa5);
    return values;
  }

  size_t count;
  Memory memory;
};

/// A tensor map, as a parameter of a kernel.
struct alignas(64) TensorMap {
  uint64_t opaque[16];
};

/// Boxes of a matrix of floats; the swizzle has the driver's number.
struct Boxes {
  unsigned columns, rows, boxColumns, boxRows;
  int swizzle = 0;

  TensorMap map(const Buffer<float> &matrix) const;
};

struct Shape {
  unsigned blocksX, blocksY, threadsX, threadsY, sharedBytes;
};
constexpr Shape row(unsigned blocks, unsigned threads, unsigned sharedBytes = 0) {
  return {blocks, 1, threads, 1, sharedBytes};
}

/// The kernel of a source file, as it should be or with one of the file's defects.
class Kernel {
public:
  explicit Kernel(const std::string &name, const std::string &defect = "");
  Kernel(const Kernel &) = delete;
  ~Kernel();

  /// Launches and waits. Buffers are given by themselves, other arguments as in CUDA C++.
  template <typename... Arguments> void launch(Shape shape, const Arguments &...arguments) {
    run(shape, {bytesOf(arguments)...});
  }
  /// The value of a global variable.
  uint64_t global(const std::string &name) const;
  /// What the emulator found in the launches; empty if nothing.
  const std::string &report() const { return defects; }

  std::mt19937 random;

private:
  using Bytes = std::vector<std::byte>;
  template <typename T> static Bytes bytesOf(const Buffer<T> &buffer) { return bytesOf(buffer.address()); }
  template <typename T> static Bytes bytesOf(const T &value) {
    auto bytes = std::as_bytes(std::span(&value, 1));
    return Bytes(bytes.begin(), bytes.end());
  }
  void run(Shape shape, std::vector<Bytes> arguments);

  void *module = nullptr, *function = nullptr;
  std::string defects;
};

/// `count` values of a distribution, fresh in each run of the tests.
template <typename T, typename Distribution>
std::vector<T> draw(Kernel &kernel, size_t count, Distribution distribution) {
  std::vector<T> values(count);
  for (T &value : values)
    value = T(distribution(kernel.random));
  return values;
}

/// Runs a kernel, and returns what differs from the host's results, or nothing.
using Run = std::function<std::string(Kernel &)>;

/// Expects the host's results of the kernel as it should be, without a report.
void expectSound(const std::string &name, const Run &run);
/// Expects the emulator to report a defect of this kind on the kernel with a defect.
void expectReport(const std::string &name, const std::string &defect, const std::string &kind, const Run &run);
/// Both, of a file with one defect.
void check(const std::string &name, const std::string &kind, const Run &run);

/// Where two rows differ by more than `tolerance`; empty if nowhere.
template <typename T>
std::string difference(const std::vector<T> &actual, const std::vector<T> &expected, double tolerance = 0) {
  for (size_t i = 0; i < expected.size(); ++i)
    if (!(actual[i] == expected[i] || std::abs(double(actual[i]) - double(expected[i])) <= tolerance))
      return "element " + std::to_string(i) + " expects " + std::to_string(expected[i]) + ", but got " +
             std::to_string(actual[i]);
  return "";
}

} // namespace plait::emulator::test

#endif // PLAIT_TESTS_RUNTIME_EMULATOR_KERNELS_KERNEL_H
