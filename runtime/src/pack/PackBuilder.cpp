//===- PackBuilder.cpp - write packs --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file turns the plain manifest into FlatBuffers and puts header, manifest and
// objects together.
//
//===----------------------------------------------------------------------===//

#include "runtime/schema/manifest_generated.h"
#include "runtime/src/pack/Checksum.h"
#include "runtime/src/pack/Format.h"
#include "runtime/src/pack/Pack.h"

#include <algorithm>
#include <cstring>

using namespace plait::pack;
namespace fbs = plait::manifest;

namespace {

/// Writes the plain structs, innermost first, as FlatBuffers wants them.
class ManifestWriter {
public:
  explicit ManifestWriter(flatbuffers::FlatBufferBuilder &buffer) : buffer(buffer) {}

  void finish(const Manifest &manifest, const std::vector<Bytes> &objects);

private:
  template <typename T, typename F> auto each(const T &items, F &&write) {
    std::vector<decltype(write(items[0]))> offsets;
    for (const auto &item : items)
      offsets.push_back(write(item));
    return buffer.CreateVector(offsets);
  }

  auto strings(const std::vector<std::string> &items) { return buffer.CreateVectorOfStrings(items); }

  auto write(const std::vector<Dim> &shape) {
    return each(shape, [this](const Dim &dim) { return fbs::CreateDim(buffer, dim.symbol, dim.factor); });
  }

  flatbuffers::Offset<fbs::Argument> write(const Argument &argument) {
    auto name = buffer.CreateString(argument.name);
    auto shape = write(argument.shape);
    return fbs::CreateArgument(buffer, name, fbs::Direction(argument.direction), fbs::ElementType(argument.type),
                               shape);
  }

  flatbuffers::Offset<fbs::Launch> write(const Launch &launch) {
    auto symbol = buffer.CreateString(launch.symbol);
    auto operands = buffer.CreateVector(launch.operands);
    auto grid = each(launch.grid, [this](const GridDim &dim) {
      return fbs::CreateGridDim(buffer, dim.symbol, dim.factor, dim.divisor);
    });
    auto flops = each(launch.flops, [this](const Product &product) {
      return fbs::CreateProduct(buffer, product.factor, buffer.CreateVector(product.symbols));
    });
    auto alignment = buffer.CreateVector(launch.alignment);
    return fbs::CreateLaunch(buffer, symbol, operands, grid, launch.scratch, flops, launch.span, launch.threads,
                             launch.shared, alignment, launch.registers, launch.spilled);
  }

  flatbuffers::Offset<fbs::Variant> write(const Variant &variant) {
    auto isa = buffer.CreateString(variant.isa);
    auto features = strings(variant.features);
    auto schedule = buffer.CreateString(variant.schedule);
    auto temporaries = each(variant.temporaries, [this](const Temporary &temporary) {
      auto shape = write(temporary.shape);
      return fbs::CreateTemporary(buffer, fbs::ElementType(temporary.type), shape);
    });
    auto launches = each(variant.launches, [this](const Launch &launch) { return write(launch); });
    return fbs::CreateVariant(buffer, isa, fbs::Code(variant.code), features, schedule, variant.object, temporaries,
                              launches);
  }

  flatbuffers::Offset<fbs::Entry> write(const Entry &entry) {
    auto name = buffer.CreateString(entry.name);
    auto symbols = strings(entry.symbols);
    auto arguments = each(entry.arguments, [this](const Argument &argument) { return write(argument); });
    auto variants = each(entry.variants, [this](const Variant &variant) { return write(variant); });
    auto schedules = each(entry.schedules, [this](const ScheduleRow &row) {
      return fbs::CreateScheduleRow(buffer, row.items, row.tokens, buffer.CreateString(row.schedule));
    });
    return fbs::CreateEntry(buffer, name, symbols, arguments, variants, schedules);
  }

  flatbuffers::FlatBufferBuilder &buffer;
};

void ManifestWriter::finish(const Manifest &manifest, const std::vector<Bytes> &objects) {
  auto entries = each(manifest.entries, [this](const Entry &entry) { return write(entry); });
  std::vector<flatbuffers::Offset<fbs::Object>> table;
  uint64_t offset = 0;
  for (const Bytes &object : objects) {
    table.push_back(fbs::CreateObject(buffer, offset, object.size(), plait::checksum(object.data(), object.size())));
    offset += object.size();
  }
  auto compiler = buffer.CreateString(manifest.compiler);
  auto llvm = buffer.CreateString(manifest.llvm);
  auto assembler = buffer.CreateString(manifest.assembler);
  fbs::FinishManifestBuffer(buffer, fbs::CreateManifest(buffer, manifest.abi, compiler, llvm, assembler, entries,
                                                        buffer.CreateVector(table)));
}

} // namespace

uint32_t PackBuilder::addObject(std::span<const uint8_t> object) {
  auto same = std::find_if(objects.begin(), objects.end(),
                           [&](const Bytes &other) { return std::ranges::equal(other, object); });
  if (same == objects.end())
    same = objects.insert(same, Bytes(object.begin(), object.end()));
  return uint32_t(same - objects.begin());
}

Refusal PackBuilder::build(const Manifest &manifest, Bytes &bytes) const {
  if (Refusal refusal = verify(manifest, objects.size()))
    return refusal;
  flatbuffers::FlatBufferBuilder buffer;
  ManifestWriter(buffer).finish(manifest, objects);

  PackHeader header = {};
  std::copy(std::begin(packMagic), std::end(packMagic), header.magic);
  header.version = packVersion;
  header.manifestSize = buffer.GetSize();
  header.manifestChecksum = plait::checksum(buffer.GetBufferPointer(), buffer.GetSize());
  header.packSize = sizeof header + header.manifestSize;
  for (const Bytes &object : objects)
    header.packSize += object.size();
  header.headerChecksum = plait::checksum(&header, guardedHeaderSize);

  bytes.resize(sizeof header);
  std::memcpy(bytes.data(), &header, sizeof header);
  bytes.insert(bytes.end(), buffer.GetBufferPointer(), buffer.GetBufferPointer() + buffer.GetSize());
  for (const Bytes &object : objects)
    bytes.insert(bytes.end(), object.begin(), object.end());
  return std::nullopt;
}
