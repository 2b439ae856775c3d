//===- FloatControl.h - one floating-point mode for all kernels -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the guard under which kernels run: round to nearest, subnormal
// numbers kept. Hosts change these modes for some threads (PyTorch's flush_denormal),
// and a result may not depend on the thread that computes it.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CALL_FLOATCONTROL_H
#define PLAIT_RUNTIME_SRC_CALL_FLOATCONTROL_H

#include <cstdint>

namespace plait {

/// Sets the default mode on the calling thread for its lifetime.
class FloatControl {
public:
  FloatControl() : former(read()) {
    if ((former & modes) != standard)
      write((former & ~modes) | standard);
  }
  FloatControl(const FloatControl &) = delete;
  FloatControl &operator=(const FloatControl &) = delete;
  ~FloatControl() {
    if ((former & modes) != standard)
      write(former);
  }

private:
#if defined(__x86_64__)
  // MXCSR: flush to zero, rounding, exception masks, denormals are zero.
  static constexpr uint64_t modes = 0xffc0, standard = 0x1f80;
  static uint64_t read() { return __builtin_ia32_stmxcsr(); }
  static void write(uint64_t value) { __builtin_ia32_ldmxcsr(uint32_t(value)); }
#elif defined(__aarch64__)
  // FPCR: alternative half precision, default NaN, flush to zero (also of halves), rounding, exception traps.
  static constexpr uint64_t modes = 0x07c89f00, standard = 0;
  static uint64_t read() {
    uint64_t value;
    __asm__ volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void write(uint64_t value) { __asm__ volatile("msr fpcr, %0" : : "r"(value)); }
#endif

  uint64_t former;
};

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_CALL_FLOATCONTROL_H
