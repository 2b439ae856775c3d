//===- PlaitAssembly.h - custom directives of the formats -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the directives that the declarative formats of the ops
// name: custom<F32> and custom<Word>.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITASSEMBLY_H
#define DIALECTS_PLAIT_IR_PLAITASSEMBLY_H

#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"

#include <string>

namespace plait {

/// The shortest literal of MLIR that reads back as `value`: 1.0e-6 for the float
/// nearest to a millionth. Infinities and NaNs, which have no decimal spelling,
/// give their bits.
std::string spellF32(float value);

/// An f32 number as spellF32 gives it.
void printF32(mlir::OpAsmPrinter &printer, mlir::Operation *op, mlir::FloatAttr value);
mlir::ParseResult parseF32(mlir::OpAsmParser &parser, mlir::FloatAttr &value);

/// The results of attention: `T, state T, normalizer T`, the last two optional.
void printOutputs(mlir::OpAsmPrinter &printer, mlir::Operation *op, mlir::Type out, mlir::Type state,
                  mlir::Type normalizer);
mlir::ParseResult parseOutputs(mlir::OpAsmParser &parser, mlir::Type &out, mlir::Type &state, mlir::Type &normalizer);

/// The case of an enum as a bare word.
template <class EnumAttr> void printWord(mlir::OpAsmPrinter &printer, mlir::Operation *, EnumAttr value) {
  printer << value.getValue();
}

template <class EnumAttr> mlir::ParseResult parseWord(mlir::OpAsmParser &parser, EnumAttr &value) {
  auto word = mlir::FieldParser<decltype(value.getValue())>::parse(parser);
  if (mlir::failed(word))
    return mlir::failure();
  value = EnumAttr::get(parser.getContext(), *word);
  return mlir::success();
}

} // namespace plait

#endif // DIALECTS_PLAIT_IR_PLAITASSEMBLY_H
