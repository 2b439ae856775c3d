//===- PlaitAssembly.cpp - words, numbers and names of the syntax ---------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements what the declarative formats leave out: enums as bare
// words, f32 numbers in their shortest spelling, the names of results.
//===----------------------------------------------------------------------===//

#include "dialects/Plait/IR/PlaitAssembly.h"

#include "dialects/Plait/IR/PlaitOps.h"

#include "llvm/Support/Format.h"
#include <charconv>
#include <cmath>
#include <string>

using namespace mlir;
using namespace plait;

/// The shortest literal of MLIR (digits, point, digits) that reads back as
/// `value`: 1.0e-06 for the float nearest to a millionth.
static std::string shortestLiteral(float value) {
  char digits[32];
  auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value);
  std::string text(digits, end);
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
  float number = value.getValue().convertToFloat();
  if (std::isfinite(number))
    printer << shortestLiteral(number);
  else // has no decimal spelling
    printer << "0x" << llvm::format_hex_no_prefix(value.getValue().bitcastToAPInt().getZExtValue(), 8, true);
}

ParseResult plait::parseF32(OpAsmParser &parser, FloatAttr &value) {
  APFloat number(0.0f);
  if (parser.parseFloat(APFloat::IEEEsingle(), number))
    return failure();
  value = parser.getBuilder().getF32FloatAttr(number.convertToFloat());
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
