//===- Status.cpp - outcomes and bytes of the C interface -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements plait_status, plait_blob and the version.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Status.h"

#include "runtime/src/Blob.h"

#include <system_error>

namespace {
plait_status memoryStatus = {PLAIT_OUT_OF_MEMORY, "out of memory"};
} // namespace

std::string plait::errorText(int error) { return std::generic_category().message(error); }

plait_status *plait::outOfMemory() { return &memoryStatus; }

const char *plait_version(void) { return PLAIT_VERSION; }

plait_code plait_status_code(const plait_status *status) { return status ? status->code : PLAIT_OK; }

const char *plait_status_message(const plait_status *status) { return status ? status->message.c_str() : ""; }

void plait_status_release(plait_status *status) {
  if (status != &memoryStatus)
    delete status;
}

const void *plait_blob_data(const plait_blob *blob) { return blob->bytes.c_str(); }

size_t plait_blob_size(const plait_blob *blob) { return blob->bytes.size(); }

void plait_blob_release(plait_blob *blob) { delete blob; }
