//===- PackFuzzer.cpp - feed the pack reader with anything ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file is a libFuzzer target. It takes the input for a pack and makes header and
// checksums fit, so that the fuzzer gets to the verifiers behind them. What they let
// pass must be sound enough to be written again.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/pack/Checksum.h"
#include "runtime/src/pack/Format.h"
#include "runtime/src/pack/Pack.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

using namespace plait;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  pack::Bytes bytes(data, data + size);
  pack::PackHeader header;
  if (size >= sizeof header) {
    std::memcpy(&header, data, sizeof header);
    std::copy(std::begin(pack::packMagic), std::end(pack::packMagic), header.magic);
    header.version = pack::packVersion;
    header.packSize = size;
    header.manifestSize = std::min<uint64_t>(header.manifestSize, size - sizeof header);
    header.manifestChecksum = checksum(data + sizeof header, header.manifestSize);
    header.headerChecksum = checksum(&header, pack::guardedHeaderSize);
    std::memcpy(bytes.data(), &header, sizeof header);
  }
  pack::Pack content;
  if (pack::Pack::read(std::move(bytes), content))
    return 0;
  pack::PackBuilder builder;
  for (size_t i = 0; i < content.objectCount(); ++i)
    if (builder.addObject(content.object(i)) != i)
      return 0; // equal objects are stored once
  pack::Bytes again;
  if (builder.build(content.manifest(), again))
    std::abort();
  return 0;
}
