//===- Key.cpp - what identifies an entry ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file digests the parts of a key and compares the records of two.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cache/Key.h"

#include "runtime/src/pack/Checksum.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <nettle/sha2.h>

using namespace plait;
using namespace plait::cache;

namespace {

/// What is kept of a value, for messages.
constexpr size_t keptBytes = 160;

void update(sha256_ctx &context, const void *data, uint64_t size) {
  sha256_update(&context, sizeof size, reinterpret_cast<const uint8_t *>(&size));
  sha256_update(&context, size, static_cast<const uint8_t *>(data));
}

void append(std::vector<uint8_t> &bytes, const void *data, size_t size) {
  const auto *first = static_cast<const uint8_t *>(data);
  bytes.insert(bytes.end(), first, first + size);
}

void append(std::vector<uint8_t> &bytes, uint64_t number) { append(bytes, &number, sizeof number); }

void append(std::vector<uint8_t> &bytes, const std::string &text) {
  append(bytes, uint64_t(text.size()));
  append(bytes, text.data(), text.size());
}

/// Takes values off the front of some bytes; `sound` turns false at their end.
struct Reader {
  std::span<const uint8_t> bytes;
  bool sound = true;

  std::span<const uint8_t> take(uint64_t size) {
    sound &= size <= bytes.size();
    if (!sound)
      return {};
    std::span<const uint8_t> taken = bytes.first(size);
    bytes = bytes.subspan(size);
    return taken;
  }

  uint64_t number() {
    uint64_t value = 0;
    std::span<const uint8_t> taken = take(sizeof value);
    if (sound)
      std::memcpy(&value, taken.data(), sizeof value);
    return value;
  }

  std::string text() {
    std::span<const uint8_t> taken = take(number());
    return {taken.begin(), taken.end()};
  }
};

/// A value in quotes, printable and short.
std::string spell(const PartRecord &part) {
  std::string text = "'";
  for (char c : part.start)
    text += c >= ' ' && c <= '~' ? c : '?';
  if (part.size > part.start.size())
    return join(text, "...' (", part.size, " bytes, checksum ", part.checksum, ")");
  return text + "'";
}

const PartRecord *find(const std::vector<PartRecord> &parts, const std::string &label) {
  auto found = std::ranges::find(parts, label, &PartRecord::label);
  return found == parts.end() ? nullptr : &*found;
}

} // namespace

Status Key::make(const plait_key_part *parts, size_t count, Key &key) {
  if (Status status = expectArray(parts, count, "key expects parts"))
    return status;
  std::map<std::string, const plait_key_part *> sorted;
  for (size_t i = 0; i < count; ++i) {
    if (!parts[i].label || !*parts[i].label || (parts[i].size && !parts[i].value))
      return failure(PLAIT_INVALID_ARGUMENT, "key expects a label and a value in part ", i);
    if (!sorted.emplace(parts[i].label, &parts[i]).second)
      return failure(PLAIT_INVALID_ARGUMENT, "key expects distinct labels, but got '", parts[i].label, "' twice");
  }
  sha256_ctx context;
  sha256_init(&context);
  for (const auto &[label, part] : sorted) {
    update(context, label.data(), label.size());
    update(context, part->value, part->size);
    key.parts.push_back({label, part->size, checksum(part->value, part->size),
                         std::string(static_cast<const char *>(part->value), std::min(part->size, keptBytes))});
  }
  sha256_digest(&context, key.digest.size(), key.digest.data());
  return nullptr;
}

std::string Key::text() const {
  std::string text;
  for (uint8_t byte : digest)
    for (unsigned digit : {byte / 16u, byte % 16u})
      text += "0123456789abcdef"[digit];
  return text;
}

std::vector<uint8_t> plait::cache::writeParts(const std::vector<PartRecord> &parts) {
  std::vector<uint8_t> bytes;
  append(bytes, uint64_t(parts.size()));
  for (const PartRecord &part : parts) {
    append(bytes, part.label);
    append(bytes, part.size);
    append(bytes, part.checksum);
    append(bytes, part.start);
  }
  return bytes;
}

bool plait::cache::readParts(std::span<const uint8_t> bytes, std::vector<PartRecord> &parts) {
  Reader reader = {bytes};
  for (uint64_t count = reader.number(); count && reader.sound; --count) {
    PartRecord part;
    part.label = reader.text();
    part.size = reader.number();
    part.checksum = reader.number();
    part.start = reader.text();
    parts.push_back(std::move(part));
  }
  return reader.sound && reader.bytes.empty();
}

size_t plait::cache::countEqual(const std::vector<PartRecord> &wanted, const std::vector<PartRecord> &stored) {
  return size_t(std::ranges::count_if(wanted, [&](const PartRecord &part) {
    const PartRecord *other = find(stored, part.label);
    return other && other->sameValue(part);
  }));
}

std::string plait::cache::describeDifference(const std::vector<PartRecord> &wanted,
                                             const std::vector<PartRecord> &stored) {
  std::string text;
  for (const PartRecord &part : wanted) {
    const PartRecord *other = find(stored, part.label);
    if (!other)
      text += join("  ", part.label, ": wanted ", spell(part), ", the entry has no such part\n");
    else if (!other->sameValue(part))
      text += join("  ", part.label, ": wanted ", spell(part), ", the entry has ", spell(*other), "\n");
  }
  for (const PartRecord &part : stored)
    if (!find(wanted, part.label))
      text += join("  ", part.label, ": wanted no such part, the entry has ", spell(part), "\n");
  return text;
}
