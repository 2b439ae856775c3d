//===- Source.cpp - a module of text, with its diagnostics ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file parses text and keeps the names that arguments have in it.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/Source.h"

#include "compiler/Target/CUDA/Ptx.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/AsmParser/AsmParserState.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace plait;

static void appendDiagnostic(std::string &text, Diagnostic &diagnostic, StringRef severity) {
  llvm::raw_string_ostream stream(text);
  if (!text.empty())
    stream << "\n";
  if (auto location = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
    stream << location.getFilename().getValue() << ":" << location.getLine() << ":" << location.getColumn() << ": ";
  stream << severity << ": " << diagnostic.str();
}

plait::CollectedErrors::CollectedErrors(MLIRContext *context)
    : handler(context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
          appendDiagnostic(text, diagnostic, "error");
        return success();
      }) {
  // The op behind an error is in the text already, at its location.
  context->printOpOnDiagnostic(false);
}

llvm::Error plait::CollectedErrors::take(StringRef otherwise) {
  return llvm::createStringError(text.empty() ? otherwise.str() : text);
}

/// Gives the arguments of functions the names that they have in the text.
static void keepNames(const AsmParserState &state) {
  for (const AsmParserState::BlockDefinition &definition : state.getBlockDefs()) {
    auto function = dyn_cast_or_null<func::FuncOp>(definition.block->getParentOp());
    if (!function || definition.block != &function.front())
      continue;
    for (auto [i, argument] : llvm::enumerate(definition.arguments)) {
      SMRange range = argument.loc;
      if (!range.isValid() || function.getArgAttr(i, "plait.name"))
        continue;
      StringRef name(range.Start.getPointer(), range.End.getPointer() - range.Start.getPointer());
      if (name.consume_front("%"))
        function.setArgAttr(i, "plait.name", StringAttr::get(function.getContext(), name));
    }
  }
}

llvm::Expected<OwningOpRef<ModuleOp>> plait::parseModule(StringRef text, StringRef name, MLIRContext *context) {
  CollectedErrors errors(context);
  Location start = FileLineColLoc::get(context, name, 1, 1);
  // Upstream's reader of bytecode knows no names of arguments, and overruns its memory where a file is damaged.
  if (text.starts_with("ML\xefR")) {
    emitError(start, "expects text, but got bytecode, which plait-opt turns into text");
    return errors.take("");
  }
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, name), SMLoc());
  Block block;
  AsmParserState state;
  if (failed(parseAsmSourceFile(sources, &block, ParserConfig(context), &state)))
    return errors.take("the text can't be parsed");
  keepNames(state);
  OwningOpRef<ModuleOp> module =
      mlir::detail::constructContainerOpForParserIfNecessary<ModuleOp>(&block, context, UnknownLoc::get(context));
  if (!module)
    return errors.take("expects one module");
  bool hasKernel = llvm::any_of(module->getOps<LLVM::LLVMFuncOp>(), isCudaKernel);
  if (module->getOps<func::FuncOp>().empty() && !hasKernel) {
    emitError(start, "expects a function (func.func), but got none");
    return errors.take("");
  }
  for (auto nested : module->getOps<ModuleOp>()) {
    nested.emitError("expects the functions in one module, but got a module in it");
    return errors.take("");
  }
  return module;
}
