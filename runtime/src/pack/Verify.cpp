//===- Verify.cpp - check what a manifest says ----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file checks a manifest once, when it is written and when it is read, so that
// the call path can rely on it.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/pack/Manifest.h"

#include <algorithm>
#include <bit>
#include <set>
#include <tuple>

using namespace plait::pack;

namespace {

/// Checks one entry; every refusal starts with the entry's name.
class EntryVerifier {
public:
  EntryVerifier(const Entry &entry, size_t objectCount) : entry(entry), objectCount(objectCount) {}

  Refusal run() {
    if (entry.variants.empty())
      return refuse("expects at least one variant");
    if (Refusal refusal = checkSymbols())
      return refusal;
    for (const Argument &argument : entry.arguments)
      if (Refusal refusal = checkShape("argument '" + argument.name + "'", argument.shape))
        return refusal;
    if (Refusal refusal = checkBinding())
      return refusal;
    for (const Variant &variant : entry.variants)
      if (Refusal refusal = checkVariant(variant))
        return refusal;
    return checkSchedules();
  }

private:
  Refusal refuse(const std::string &reason) const { return "function '" + entry.name + "' " + reason; }

  /// Refuses a name that is empty or given twice.
  Refusal distinct(const char *what, const std::vector<std::string> &names) const {
    std::set<std::string> known{""};
    for (const std::string &name : names)
      if (!known.insert(name).second)
        return refuse(std::string("expects distinct names of its ") + what + ", but got " +
                      (name.empty() ? "an empty one" : "'" + name + "' twice"));
    return std::nullopt;
  }

  Refusal limit(const std::string &what, size_t count, size_t most) const {
    if (count <= most)
      return std::nullopt;
    return refuse("expects at most " + std::to_string(most) + " " + what + ", but got " + std::to_string(count));
  }

  bool isSymbol(int16_t symbol) const { return symbol >= 0 && size_t(symbol) < entry.symbols.size(); }

  Refusal checkSymbols() const {
    if (Refusal refusal = limit("symbols", entry.symbols.size(), maxSymbols))
      return refusal;
    if (Refusal refusal = limit("arguments", entry.arguments.size(), maxArguments))
      return refusal;
    std::vector<std::string> names;
    for (const Argument &argument : entry.arguments)
      names.push_back(argument.name);
    if (Refusal refusal = distinct("symbols", entry.symbols))
      return refusal;
    return distinct("arguments", names);
  }

  Refusal checkShape(const std::string &what, const std::vector<Dim> &shape) const {
    if (Refusal refusal = limit("dimensions of " + what, shape.size(), maxRank))
      return refusal;
    for (const Dim &dim : shape) {
      bool fits = dim.symbol == noSymbol ? dim.factor >= 0 : isSymbol(dim.symbol) && dim.factor >= 1;
      if (!fits)
        return refuse(what + " has an extent that is no multiple of a symbol and no constant");
    }
    return std::nullopt;
  }

  Refusal checkBinding() const {
    for (size_t symbol = 0; symbol < entry.symbols.size(); ++symbol) {
      bool bound = std::any_of(entry.arguments.begin(), entry.arguments.end(), [&](const Argument &argument) {
        return std::any_of(argument.shape.begin(), argument.shape.end(),
                           [&](const Dim &dim) { return dim.symbol == int16_t(symbol); });
      });
      if (!bound)
        return refuse("has symbol '" + entry.symbols[symbol] + "' in the shape of no argument");
    }
    return std::nullopt;
  }

  Refusal checkVariant(const Variant &variant) const {
    if (variant.isa.empty())
      return refuse("has a variant without an instruction set");
    bool isCuda = variant.code != Code::Elf;
    if (isCuda != variant.isa.starts_with("sm_"))
      return refuse(std::string("expects ") + (isCuda ? "an architecture sm_..." : "an instruction set of a CPU") +
                    " for its code, but got '" + variant.isa + "'");
    if (variant.object >= objectCount)
      return refuse("has a variant in object " + std::to_string(variant.object) + ", but the pack has " +
                    std::to_string(objectCount));
    if (Refusal refusal = limit("temporaries", variant.temporaries.size(), maxTemporaries))
      return refusal;
    for (const Temporary &temporary : variant.temporaries)
      if (Refusal refusal = checkShape("temporary", temporary.shape))
        return refusal;
    for (const Launch &launch : variant.launches)
      if (Refusal refusal = checkLaunch(launch, variant))
        return refusal;
    return std::nullopt;
  }

  Refusal refuseLaunch(const Launch &launch, const std::string &reason) const {
    return refuse("launches '" + launch.symbol + "' " + reason);
  }

  /// Private memory and spans are the CPU's, threads and shared memory CUDA's.
  Refusal checkResources(const Launch &launch, Code code) const {
    bool hasRegisters = launch.registers != 0 || launch.spilled != 0;
    if (code == Code::Elf) {
      if (launch.threads != 0 || launch.shared != 0 || !launch.alignment.empty() || hasRegisters)
        return refuseLaunch(launch, "on the CPU with threads, shared memory, alignments or registers");
      return std::nullopt;
    }
    if (code == Code::Ptx && hasRegisters)
      return refuseLaunch(launch, "as PTX with registers");
    if (launch.registers > 255 || launch.spilled > maxSpilled)
      return refuseLaunch(launch, "with " + std::to_string(launch.registers) + " registers and " +
                                      std::to_string(launch.spilled) + " bytes spilled, but expects at most 255 and " +
                                      std::to_string(maxSpilled));
    if (launch.scratch != 0 || launch.span != 1)
      return refuseLaunch(launch, "on CUDA with private memory or a span");
    if (launch.threads < 32 || launch.threads > 1024 || launch.threads % 32 != 0)
      return refuseLaunch(launch, "with " + std::to_string(launch.threads) +
                                      " threads, but expects a multiple of 32 up to 1024");
    if (launch.alignment.size() != launch.operands.size())
      return refuseLaunch(launch, "with " + std::to_string(launch.alignment.size()) + " alignments for " +
                                      std::to_string(launch.operands.size()) + " operands");
    for (uint8_t bytes : launch.alignment)
      if (bytes < 2 || bytes > 16 || !std::has_single_bit(bytes))
        return refuseLaunch(launch, "with an alignment of " + std::to_string(bytes) + ", but expects 2, 4, 8 or 16");
    return std::nullopt;
  }

  Refusal checkLaunch(const Launch &launch, const Variant &variant) const {
    size_t operandCount = entry.arguments.size() + variant.temporaries.size();
    if (launch.symbol.empty())
      return refuse("has a launch without a symbol");
    if (Refusal refusal = limit("operands", launch.operands.size(), maxArguments + maxTemporaries))
      return refusal;
    for (uint16_t operand : launch.operands)
      if (operand >= operandCount)
        return refuseLaunch(launch, "on operand " + std::to_string(operand) + " of " + std::to_string(operandCount));
    for (const GridDim &dim : launch.grid)
      if ((dim.symbol != noSymbol && !isSymbol(dim.symbol)) || dim.factor < 0 || dim.divisor < 1)
        return refuseLaunch(launch, "on a grid that is none");
    const GridDim &z = launch.grid[2];
    if (launch.span < 1 || (launch.span > 1 && (z.symbol != noSymbol || z.factor != 1 || z.divisor != 1)))
      return refuseLaunch(launch,
                          "with a span of " + std::to_string(launch.span) + ", but expects 1 or a grid without z");
    for (const Product &product : launch.flops)
      if (product.factor < 0 ||
          !std::all_of(product.symbols.begin(), product.symbols.end(), [&](int16_t s) { return isSymbol(s); }))
        return refuse("states the work of '" + launch.symbol + "' in unknown symbols");
    return checkResources(launch, variant.code);
  }

  Refusal checkSchedules() const {
    std::set<std::tuple<std::string, Code, std::string>> variants;
    std::set<std::string> schedules;
    for (const Variant &variant : entry.variants) {
      if (!variants.emplace(variant.isa, variant.code, variant.schedule).second)
        return refuse("has two variants for '" + variant.isa + "' with schedule '" + variant.schedule + "'");
      schedules.insert(variant.schedule);
    }
    for (const ScheduleRow &row : entry.schedules)
      if (row.items < 0 || row.items > 62 || row.tokens < 0 || row.tokens > 62 || !schedules.count(row.schedule))
        return refuse("has a schedule row for '" + row.schedule + "' that fits no variant or bucket");
    return std::nullopt;
  }

  const Entry &entry;
  size_t objectCount;
};

} // namespace

Refusal plait::pack::verify(const Entry &entry, size_t objectCount) { return EntryVerifier(entry, objectCount).run(); }

Refusal plait::pack::verify(const Manifest &manifest, size_t objectCount) {
  std::set<std::string> names;
  for (const Entry &entry : manifest.entries) {
    if (entry.name.empty())
      return "has a function without a name";
    if (!names.insert(entry.name).second)
      return "expects functions with distinct names, but got '" + entry.name + "' twice";
    if (Refusal refusal = verify(entry, objectCount))
      return refusal;
  }
  return std::nullopt;
}
