//===- Arguments.cpp - a kernel's arguments from words --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads scalars by the type that PTX declares, and makes buffers.
//
//===----------------------------------------------------------------------===//

#include "tools/plait-emulate/Arguments.h"

#include "runtime/emulator/Error.h"
#include "runtime/emulator/driver/Settings.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

using namespace plait::emulator;

namespace {

[[noreturn]] void refuse(const std::string &what, const std::string &got) {
  throw Error(0, "expects " + what + ", but got '" + got + "'");
}

/// The bits of a value, in the low ones.
template <typename Float> std::optional<uint64_t> floatBits(const std::string &word) {
  Float value = 0;
  auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return error == std::errc() && end == word.data() + word.size() ? std::optional(bits) : std::nullopt;
}

std::optional<uint64_t> integerBits(const std::string &word, unsigned bits) {
  bool isNegative = word.starts_with('-');
  std::string digits = word.substr(isNegative);
  int base = digits.starts_with("0x") ? 16 : 10;
  const char *begin = digits.data() + (base == 16 ? 2 : 0), *last = digits.data() + digits.size();
  uint64_t value = 0;
  auto [end, error] = std::from_chars(begin, last, value, base);
  uint64_t most = isNegative ? uint64_t(1) << (bits - 1) : bits == 64 ? UINT64_MAX : (uint64_t(1) << bits) - 1;
  if (error != std::errc() || end != last || value > most)
    return std::nullopt;
  return isNegative ? -value : value;
}

std::optional<uint64_t> scalarBits(const std::string &word, ptx::Type type) {
  if (type == ptx::Type::F32)
    return floatBits<float>(word);
  if (type == ptx::Type::F64)
    return floatBits<double>(word);
  return integerBits(word, ptx::bits(type));
}

/// The upper bits of a float, or those of half precision, for values that both hold without rounding.
uint16_t narrow(float value, bool isHalf) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if (!isHalf || value == 0)
    return uint16_t(bits >> 16);
  return uint16_t((bits >> 16 & 0x8000) | (((bits >> 23 & 0xff) - 112) << 10) | (bits >> 13 & 0x3ff));
}

/// Values from -1 to 1 for a type of floating point, any bits for others.
std::vector<uint8_t> randomBytes(uint64_t count, const std::string &type, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::vector<uint8_t> bytes(count);
  auto fill = [&](auto make) {
    using Value = decltype(make());
    if (count % sizeof(Value))
      refuse("a multiple of " + std::to_string(sizeof(Value)) + " bytes of " + type, std::to_string(count));
    for (size_t at = 0; at < count; at += sizeof(Value)) {
      Value value = make();
      std::memcpy(&bytes[at], &value, sizeof value);
    }
  };
  auto step = [&](int most) { return double(int64_t(generator() % (2 * most)) - most) / most; };
  if (type.empty())
    fill([&] { return uint8_t(generator()); });
  else if (type == "f64")
    fill([&] { return step(1 << 24); });
  else if (type == "f32")
    fill([&] { return float(step(1 << 24)); });
  else if (type == "f16" || type == "bf16")
    fill([&] { return narrow(float(step(128)), type == "f16"); });
  else
    refuse("random values of f64, f32, f16 or bf16", type);
  return bytes;
}

std::vector<uint8_t> readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    refuse("a file that can be read", path);
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

/// `kind` is the word's part before the first colon.
uint64_t Arguments::makeBuffer(GlobalMemory &memory, const std::string &kind, const std::string &rest, uint64_t seed) {
  size_t colon = rest.find(':');
  std::string size = rest.substr(0, colon), tail = colon == rest.npos ? "" : rest.substr(colon + 1);
  std::vector<uint8_t> bytes;
  if (kind == "file")
    bytes = readFile(rest);
  else if (kind == "random")
    bytes = randomBytes(parseBytes(size), tail, seed);
  else
    bytes.resize(parseBytes(size));
  auto address = bytes.empty() ? std::nullopt : memory.allocate(bytes.size());
  if (!address)
    refuse("buffers of at least a byte that fit into " + std::to_string(memory.capacity()) + " bytes of memory", rest);
  memory.copyIn(*address, bytes.data(), bytes.size());
  if (kind == "out")
    outputs.push_back({tail, *address, bytes.size()});
  return *address;
}

Arguments::Arguments(Device &device, const ptx::Function &entry, const FunctionAttributes &layout,
                     const std::vector<std::string> &words, uint64_t seed)
    : parameters(layout.parameterBytes) {
  if (words.size() != entry.parameters.size())
    throw Error(0, entry.name + " expects " + std::to_string(entry.parameters.size()) + " arguments, but got " +
                       std::to_string(words.size()));
  for (size_t i = 0; i < words.size(); ++i) {
    const ptx::Variable &parameter = entry.parameters[i];
    std::string what = "parameter " + std::to_string(i) + " (" + parameter.name + ") ";
    try {
      size_t colon = words[i].find(':');
      std::string kind = words[i].substr(0, colon);
      bool isBuffer = colon != words[i].npos;
      std::optional<uint64_t> value;
      if (isBuffer && (kind == "zero" || kind == "random" || kind == "file" || kind == "out"))
        value = parameter.bytes == 8 ? makeBuffer(device.memory(), kind, words[i].substr(colon + 1), seed + i)
                                     : throw Error(0, "expects a number, but got a buffer");
      else if (parameter.bytes * 8 == ptx::bits(parameter.type))
        value = scalarBits(words[i], parameter.type);
      if (!value)
        refuse("a buffer (zero:, random:, file:, out:) or a number of " + std::to_string(parameter.bytes) + " bytes",
               words[i]);
      std::memcpy(&parameters[layout.parameters[i].offset], &*value, parameter.bytes);
    } catch (const Error &error) {
      throw Error(0, what + error.what());
    }
  }
}

void Arguments::writeFiles(const GlobalMemory &memory) const {
  for (const Output &output : outputs) {
    std::vector<char> bytes(output.bytes);
    memory.copyOut(bytes.data(), output.address, output.bytes);
    std::ofstream file(output.path, std::ios::binary);
    file.write(bytes.data(), std::streamsize(bytes.size()));
    if (!file.flush())
      refuse("a file that can be written", output.path);
  }
}
