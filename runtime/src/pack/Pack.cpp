//===- Pack.cpp - read and check packs ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file checks a pack from the outside in: header, manifest, what the manifest
// says, objects. Nothing is used before it has been checked.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/pack/Pack.h"

#include "runtime/schema/manifest_generated.h"
#include "runtime/src/pack/Checksum.h"
#include "runtime/src/pack/Format.h"

#include <cstring>

using namespace plait::pack;
namespace fbs = plait::manifest;

namespace {

template <typename From, typename F> auto each(const From *items, F &&read) {
  std::vector<decltype(read(items->Get(0)))> result;
  result.reserve(items->size());
  for (const auto *item : *items)
    result.push_back(read(item));
  return result;
}

std::vector<std::string> strings(const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>> *items) {
  return each(items, [](const flatbuffers::String *item) { return item->str(); });
}

std::vector<Dim> shape(const flatbuffers::Vector<flatbuffers::Offset<fbs::Dim>> *dims) {
  return each(dims, [](const fbs::Dim *dim) { return Dim{dim->symbol(), dim->factor()}; });
}

/// Reads a verified buffer into the plain structs. FlatBuffers checks the layout but no values: `sound` is false in the
/// end if an enumeration or a grid was out of range.
class ManifestReader {
public:
  bool sound = true;

  Manifest read(const fbs::Manifest *manifest) {
    return {manifest->abi(), manifest->compiler()->str(), manifest->llvm()->str(), manifest->assembler()->str(),
            each(manifest->entries(), [this](const fbs::Entry *entry) { return read(entry); })};
  }

private:
  ElementType read(fbs::ElementType type) {
    sound &= type <= fbs::ElementType_MAX;
    return ElementType(type);
  }

  Argument read(const fbs::Argument *argument) {
    sound &= argument->direction() <= fbs::Direction_MAX;
    return {argument->name()->str(), Direction(argument->direction()), read(argument->type()),
            shape(argument->shape())};
  }

  Launch read(const fbs::Launch *launch) {
    Launch result = {launch->symbol()->str(), {}, {}, launch->scratch(), {}, launch->span(), launch->threads(),
                     launch->shared(),        {}};
    result.operands.assign(launch->operands()->begin(), launch->operands()->end());
    result.alignment.assign(launch->alignment()->begin(), launch->alignment()->end());
    result.registers = launch->registers(), result.spilled = launch->spilled();
    sound &= launch->grid()->size() == result.grid.size();
    for (size_t i = 0; i < result.grid.size() && i < launch->grid()->size(); ++i) {
      const fbs::GridDim *dim = launch->grid()->Get(flatbuffers::uoffset_t(i));
      result.grid[i] = {dim->symbol(), dim->factor(), dim->divisor()};
    }
    result.flops = each(launch->flops(), [](const fbs::Product *product) {
      return Product{product->factor(), {product->symbols()->begin(), product->symbols()->end()}};
    });
    return result;
  }

  Variant read(const fbs::Variant *variant) {
    sound &= variant->code() <= fbs::Code_MAX;
    return {variant->isa()->str(),
            Code(variant->code()),
            strings(variant->features()),
            variant->schedule()->str(),
            variant->object(),
            each(variant->temporaries(),
                 [this](const fbs::Temporary *temporary) {
                   return Temporary{read(temporary->type()), shape(temporary->shape())};
                 }),
            each(variant->launches(), [this](const fbs::Launch *launch) { return read(launch); })};
  }

  Entry read(const fbs::Entry *entry) {
    return {entry->name()->str(), strings(entry->symbols()),
            each(entry->arguments(), [this](const fbs::Argument *argument) { return read(argument); }),
            each(entry->variants(), [this](const fbs::Variant *variant) { return read(variant); }),
            each(entry->schedules(), [](const fbs::ScheduleRow *row) {
              return ScheduleRow{row->items(), row->tokens(), row->schedule()->str()};
            })};
  }
};

Refusal readHeader(const Bytes &bytes, PackHeader &header) {
  auto number = [](uint64_t value) { return std::to_string(value); };
  if (bytes.size() < sizeof header)
    return "expects at least " + number(sizeof header) + " bytes, but got " + number(bytes.size());
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, packMagic, sizeof packMagic) != 0)
    return "expects a pack, but its first bytes are no pack's";
  if (header.version != packVersion)
    return "expects format version " + number(packVersion) + ", but got " + number(header.version);
  if (header.headerChecksum != plait::checksum(&header, guardedHeaderSize))
    return "has a damaged header: its checksum does not match";
  if (header.packSize != bytes.size())
    return "expects " + number(header.packSize) + " bytes, but got " + number(bytes.size());
  if (header.manifestSize > bytes.size() - sizeof header)
    return "expects a manifest of " + number(header.manifestSize) + " bytes, but it is longer than the pack";
  return std::nullopt;
}

} // namespace

Refusal Pack::readContent() {
  PackHeader header;
  if (Refusal refusal = readHeader(bytes, header))
    return refusal;
  const uint8_t *data = bytes.data() + sizeof header;
  if (header.manifestChecksum != checksum(data, header.manifestSize))
    return "has a damaged manifest: its checksum does not match";
  flatbuffers::Verifier verifier(data, header.manifestSize);
  if (!fbs::VerifyManifestBuffer(verifier))
    return "has a manifest that is no FlatBuffers manifest";

  const fbs::Manifest *manifest = fbs::GetManifest(data);
  ManifestReader reader;
  content = reader.read(manifest);
  if (!reader.sound)
    return "has a manifest with unknown enumeration values";

  std::span<const uint8_t> rest(data + header.manifestSize, bytes.size() - sizeof header - header.manifestSize);
  uint64_t end = 0;
  for (const fbs::Object *object : *manifest->objects()) {
    if (object->offset() != end || object->size() > rest.size() - end)
      return "has object " + std::to_string(objects.size()) + " outside of the pack";
    end += object->size();
    objects.push_back(rest.subspan(object->offset(), object->size()));
    if (object->checksum() != checksum(objects.back().data(), objects.back().size()))
      return "has a damaged object " + std::to_string(objects.size() - 1) + ": its checksum does not match";
  }
  if (end != rest.size())
    return "expects nothing after its objects, but got " + std::to_string(rest.size() - end) + " bytes";
  return verify(content, objects.size());
}

Refusal Pack::read(Bytes bytes, Pack &pack) {
  pack = Pack();
  pack.bytes = std::move(bytes);
  return pack.readContent();
}
