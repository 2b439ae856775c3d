//===- PlaitAssembly.cpp - words, numbers and names of the syntax ---------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements what the declarative formats leave out: enums as bare
// words, f32 numbers in their shortest spelling, the names of results.
//===----------------------------------------------------------------------===//

#include "dialects/Plait/IR/PlaitAssembly.h"

#include "dialects/Plait/IR/PlaitOps.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include <charconv>
#include <cmath>

using namespace mlir;
using namespace plait;

std::string plait::spellF32(float value) {
  if (!std::isfinite(value))
    return "0x" + llvm::utohexstr(llvm::bit_cast<uint32_t>(value));
  char digits[32];
  auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value);
  std::string text(digits, end);
  // MLIR wants a point.
  size_t exponent = text.find('e');
  if (text.find('.') == std::string::npos)
    text.insert(exponent == std::string::npos ? text.size() : exponent, ".0");
  // e-06 becomes e-6.
  exponent = text.find('e');
  if (exponent != std::string::npos && text[exponent + 2] == '0')
    text.erase(exponent + 2, 1);
  return text;
}

void plait::printF32(OpAsmPrinter &printer, Operation *, FloatAttr value) {
  printer << spellF32(value.getValue().convertToFloat());
}

ParseResult plait::parseF32(OpAsmParser &parser, FloatAttr &value) {
  APFloat number(0.0f);
  if (parser.parseFloat(APFloat::IEEEsingle(), number))
    return failure();
  value = parser.getBuilder().getF32FloatAttr(number.convertToFloat());
  return success();
}

void plait::printOutputs(OpAsmPrinter &printer, Operation *, Type out, Type state, Type normalizer) {
  printer << out;
  if (state)
    printer << ", state " << state;
  if (normalizer)
    printer << ", normalizer " << normalizer;
}

ParseResult plait::parseOutputs(OpAsmParser &parser, Type &out, Type &state, Type &normalizer) {
  if (parser.parseType(out))
    return failure();
  while (succeeded(parser.parseOptionalComma())) {
    if (!state && !normalizer && succeeded(parser.parseOptionalKeyword("state"))) {
      if (parser.parseType(state))
        return failure();
      continue;
    }
    return failure(parser.parseKeyword("normalizer") || parser.parseType(normalizer));
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Names of results
//===----------------------------------------------------------------------===//

static void nameResults(ResultRange results, ArrayRef<StringRef> names, OpAsmSetValueNameFn setName) {
  for (auto [result, name] : llvm::zip(results, names))
    setName(result, name);
}

void RecurOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  nameResults(getResults(), {"o", "state", "m", "final_m"}, setName);
}

void ScanOp::getAsmResultNames(OpAsmSetValueNameFn setName) { nameResults(getResults(), {"o", "carry"}, setName); }

void MapRowsOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  for (Value result : getResults())
    setName(result, "rows");
}

void ProjectOp::getAsmResultNames(OpAsmSetValueNameFn setName) { nameResults(getResults(), {"y"}, setName); }

void AttentionOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getOut(), "o");
  if (getFinalState())
    setName(getFinalState(), "state");
  if (getFinalNormalizer())
    setName(getFinalNormalizer(), "normalizer");
}
