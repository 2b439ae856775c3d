//===- make_pack.cpp - write a pack for tests that are not C++ ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file writes the pack of all test kernels to the path that it is given, with
// --without-code one whose objects are too small to be any.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/Support.h"

#include <cstring>

using namespace plait;

int main(int argc, char **argv) {
  if (argc < 2)
    return 1;
  bool withCode = argc < 3 || std::strcmp(argv[2], "--without-code") != 0;
  pack::PackBuilder builder;
  for (uint8_t tag : {1, 2})
    builder.addObject(withCode ? test::kernelObject(tag) : pack::Bytes{tag});
  pack::Bytes bytes;
  if (builder.build(test::kernelManifest(), bytes))
    return 1;
  test::writeText(argv[1], std::string(bytes.begin(), bytes.end()));
  return 0;
}
