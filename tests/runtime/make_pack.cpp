//===- make_pack.cpp - write a pack for tests that are not C++ ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file writes the pack of all test kernels to the path that it is given.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/Support.h"

int main(int argc, char **argv) {
  if (argc != 2)
    return 1;
  plait::pack::Bytes bytes = plait::test::buildPack(plait::test::kernelManifest());
  plait::test::writeText(argv[1], std::string(bytes.begin(), bytes.end()));
  return bytes.empty();
}
