//===- Support.cpp - running IR in the interpreter's tests ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file parses, runs and compares for the tests beside it.
//===----------------------------------------------------------------------===//

#include "tests/compiler/Interpreter/Support.h"

#include "compiler/Driver/Dialects.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

using namespace plait;

Array test::array(llvm::ArrayRef<int64_t> shape, std::vector<double> data) {
  Array result{llvm::SmallVector<int64_t, 4>(shape), std::move(data)};
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  if (result.data.size() == 1)
    result.data.resize(count, result.data[0]);
  EXPECT_EQ(static_cast<int64_t>(result.data.size()), count);
  return result;
}

static llvm::Expected<std::vector<Array>> interpretText(const std::string &text, const std::string &entry,
                                                        llvm::ArrayRef<Array> arguments) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::parseSourceString<mlir::ModuleOp>(text, &context, "test.mlir");
  if (!module)
    return llvm::createStringError("the text does not parse");
  return interpret(*module, entry, arguments);
}

std::vector<Array> test::run(const std::string &text, const std::string &entry, llvm::ArrayRef<Array> arguments) {
  llvm::Expected<std::vector<Array>> results = interpretText(text, entry, arguments);
  if (!results)
    throw std::runtime_error(llvm::toString(results.takeError()));
  return std::move(*results);
}

std::vector<Array> test::runModel(const std::string &name, llvm::ArrayRef<Array> arguments) {
  std::ifstream file(PLAIT_TEST_MODELS "/" + name + ".mlir");
  std::ostringstream text;
  text << file.rdbuf();
  return run(text.str(), name, arguments);
}

std::string test::errorOf(const std::string &text, llvm::ArrayRef<Array> arguments, const std::string &entry) {
  llvm::Expected<std::vector<Array>> results = interpretText(text, entry, arguments);
  return results ? "no error" : llvm::toString(results.takeError());
}

void test::expectElements(const Array &given, const std::vector<double> &expected) {
  ASSERT_EQ(given.data.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    double x = given.data[i], y = expected[i];
    bool same = x == y || (std::isnan(x) && std::isnan(y)) || std::abs(x - y) <= 1e-12 * std::max(1.0, std::abs(y));
    EXPECT_TRUE(same) << "element " << i << ": expects " << y << ", but got " << x;
  }
}
