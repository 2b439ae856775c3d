//===- Status.h - outcomes inside the runtime -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares Status, the owner of a plait_status, and the guard that every
// function of the C interface runs in.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_STATUS_H
#define PLAIT_RUNTIME_SRC_STATUS_H

#include <plait/runtime.h>

#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

struct plait_status {
  plait_code code;
  std::string message;
};

namespace plait {

struct StatusDeleter {
  void operator()(plait_status *status) const { plait_status_release(status); }
};

/// NULL is success, as in the C interface.
using Status = std::unique_ptr<plait_status, StatusDeleter>;

namespace detail {
inline void append(std::string &text, std::string_view part) { text += part; }
template <typename T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0> void append(std::string &text, T part) {
  text += std::to_string(part);
}
} // namespace detail

/// Joins strings and numbers.
template <typename... Parts> std::string join(const Parts &...parts) {
  std::string text;
  (detail::append(text, parts), ...);
  return text;
}

/// Makes a failure whose message is the joined parts.
template <typename... Parts> [[gnu::cold]] Status failure(plait_code code, const Parts &...parts) {
  return Status(new plait_status{code, join(parts...)});
}

/// The meaning of an errno value.
std::string errorText(int error);

/// Makes a failure of the operating system: the joined parts, a colon and the meaning of `error`.
template <typename... Parts> [[gnu::cold]] Status systemFailure(int error, const Parts &...parts) {
  return failure(PLAIT_UNAVAILABLE, join(parts...), ": ", errorText(error));
}

/// Fails when a pointer that a C function was given is NULL.
inline Status expectPointer(const void *pointer, const char *what) {
  return pointer ? nullptr : failure(PLAIT_INVALID_ARGUMENT, what, ", but got NULL");
}

/// The same for an array, which may be NULL when it is empty.
inline Status expectArray(const void *data, size_t size, const char *what) {
  return size ? expectPointer(data, what) : nullptr;
}

/// A status that needs no memory.
plait_status *outOfMemory();

/// Runs the body of a C function: no exception leaves it.
template <typename F> plait_status *guarded(F &&body) noexcept {
  try {
    Status status = body();
    return status.release();
  } catch (const std::bad_alloc &) {
    return outOfMemory();
  } catch (const std::length_error &) {
    return outOfMemory();
  }
}

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_STATUS_H
