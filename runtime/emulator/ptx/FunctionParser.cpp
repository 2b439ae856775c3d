//===- FunctionParser.cpp - reads functions -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads the head of a function, the declarations and labels of its body,
// and its instructions.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/ptx/FunctionParser.h"

#include "runtime/emulator/ptx/Constant.h"
#include "runtime/emulator/ptx/OperandParser.h"
#include "runtime/emulator/ptx/VariableParser.h"

using namespace plait::emulator;
using namespace plait::emulator::ptx;

namespace {

/// Leaves the first and the last of a list of many registers.
std::string shortenLists(std::string text) {
  constexpr ptrdiff_t mostShown = 16;
  for (size_t open = text.find('{'); open != text.npos; open = text.find('{', open + 1)) {
    size_t close = std::min(text.find('}', open), text.size()), first = text.find(',', open);
    if (std::count(text.begin() + ptrdiff_t(open), text.begin() + ptrdiff_t(close), ',') >= mostShown)
      text.replace(first, text.rfind(',', close) - first, ", ...");
  }
  return text;
}

class FunctionParser {
public:
  FunctionParser(TokenStream &tokens, bool isEntry) : tokens(tokens), scopes(function) {
    function.isEntry = isEntry;
    function.line = tokens.peek().line;
  }

  Function parse() {
    if (!function.isEntry && tokens.accept("("))
      function.results = parameters("results");
    function.name = tokens.expectName("the name of a function");
    if (tokens.accept("("))
      function.parameters = parameters("parameters");
    while (directive())
      ;
    if (tokens.accept(";")) {
      function.isDeclaration = true;
      return std::move(function);
    }
    tokens.expect("{", "before the body of '" + function.name + "'");
    while (statement())
      ;
    resolveSymbols();
    return std::move(function);
  }

private:
  std::vector<Variable> parameters(const std::string &what) {
    std::vector<Variable> list;
    if (tokens.accept(")"))
      return list;
    do {
      auto space = parseSpace(tokens.peek().text);
      if (space != Space::Param && space != Space::Register)
        tokens.fail(".param or .reg among the " + what);
      tokens.take();
      Declaration declaration = parseDeclaration(tokens, *space);
      const Token &name = tokens.peek();
      list.push_back(parseVariable(tokens, declaration));
      if (space == Space::Register)
        scopes.declareRegister(name.text, declaration.type, name.line);
      else
        scopes.declareName(name.text, name.line);
    } while (tokens.accept(","));
    tokens.expect(")", "after the " + what);
    return list;
  }

  bool directive() {
    static constexpr std::string_view sizes[] = {".maxntid", ".reqntid", ".reqnctapercluster"};
    static constexpr std::string_view numbers[] = {".minnctapersm",   ".maxnreg",      ".maxnctapersm",
                                                   ".maxclusterrank", ".abi_preserve", ".abi_preserve_control"};
    static constexpr std::string_view flags[] = {".noreturn", ".explicitcluster", ".blocksareclusters"};
    for (std::string_view name : sizes)
      if (tokens.accept(name)) {
        auto size = dimensions(std::string(name));
        if (name == ".maxntid")
          function.maxThreads = size;
        else if (name == ".reqntid")
          function.requiredThreads = size;
        return true;
      }
    for (std::string_view name : numbers)
      if (tokens.accept(name)) {
        uint32_t number = parseInteger32(tokens, "a number after " + std::string(name));
        if (name == ".minnctapersm")
          function.minBlocks = number;
        else if (name == ".maxnreg")
          function.maxRegisters = number;
        return true;
      }
    for (std::string_view name : flags)
      if (tokens.accept(name))
        return true;
    return skipNote(tokens);
  }

  std::array<uint32_t, 3> dimensions(const std::string &name) {
    std::array<uint32_t, 3> size{1, 1, 1};
    unsigned i = 0;
    do {
      if (i == size.size())
        tokens.fail("at most three numbers after " + name);
      size[i++] = parseInteger32(tokens, "a number after " + name);
    } while (tokens.accept(","));
    return size;
  }

  /// False after the end of the body.
  bool statement() {
    const Token &token = tokens.peek();
    if (tokens.accept("{")) {
      scopes.open();
      return true;
    }
    if (tokens.accept("}"))
      return scopes.close();
    if (tokens.accept(";"))
      return true;
    if (token.kind == Token::Kind::Word && tokens.isNext(":", 1)) {
      label();
      return true;
    }
    if (token.kind == Token::Kind::Dotted) {
      if (!skipNote(tokens))
        declarations();
      return true;
    }
    if (token.kind != Token::Kind::Word && !tokens.isNext("@"))
      tokens.fail("an instruction, a declaration or '}'");
    instruction();
    return true;
  }

  void label() {
    const Token &token = tokens.take();
    std::string name = scopes.declareName(token.text, token.line);
    tokens.take();
    if (tokens.accept(".branchtargets") || tokens.accept(".calltargets")) {
      TargetList list{std::move(name), {}};
      do
        list.targets.emplace_back(tokens.expectName("a name in the list of targets"));
      while (tokens.accept(","));
      tokens.expect(";", "after the list of targets");
      listScopes.push_back(scopes.current());
      function.targetLists.push_back(std::move(list));
    } else if (tokens.accept(".callprototype")) {
      while (!tokens.accept(";")) {
        if (tokens.isAtEnd())
          tokens.fail("';' after .callprototype");
        tokens.take();
      }
      listScopes.push_back(scopes.current());
      function.targetLists.push_back({std::move(name), {}});
    } else
      function.labels.push_back({std::move(name), function.instructions.size()});
  }

  void declarations() {
    auto space = parseSpace(tokens.peek().text);
    if (!space || space == Space::Global || space == Space::Const)
      tokens.fail("a declaration of .reg, .local, .shared or .param");
    tokens.take();
    Declaration declaration = parseDeclaration(tokens, *space);
    do {
      if (space == Space::Register)
        registers(declaration);
      else {
        const Token &name = tokens.peek();
        Variable variable = parseVariable(tokens, declaration);
        variable.name = scopes.declareName(name.text, name.line);
        function.variables.push_back(std::move(variable));
      }
    } while (tokens.accept(","));
    tokens.expect(";", "after a declaration");
  }

  void registers(const Declaration &declaration) {
    const Token &token = tokens.peek();
    std::string_view name = tokens.expectName("the name of a register");
    if (declaration.vector > 1)
      scopes.declareVector(name, declaration.type, declaration.vector, token.line);
    else if (tokens.accept("<")) {
      uint32_t count = parseInteger32(tokens, "a number of registers");
      tokens.expect(">", "after a number of registers");
      scopes.declareRegisters(name, declaration.type, count, token.line);
    } else
      scopes.declareRegister(name, declaration.type, token.line);
  }

  Guard guard() {
    Guard guard{-1, tokens.accept("!")};
    int index = scopes.findRegister(tokens.peek().text);
    if (index < 0 || function.registers[index].type != Type::Pred)
      tokens.fail("a predicate register after '@'");
    tokens.take();
    guard.index = index;
    return guard;
  }

  void instruction() {
    Instruction instruction;
    size_t begin = tokens.position();
    instruction.line = tokens.peek().line;
    if (tokens.accept("@"))
      instruction.guard = guard();
    instruction.opcode = tokens.expectName("an instruction");
    while (tokens.peek().kind == Token::Kind::Dotted)
      instruction.modifiers.emplace_back(tokens.take().text.substr(1));
    if (!tokens.isNext(";"))
      do
        instruction.operands.push_back(parseOperand(tokens, scopes, instruction));
      while (tokens.accept(","));
    instruction.text = shortenLists(tokens.textFrom(begin));
    tokens.expect(";", "after the operands of " + instruction.opcode);
    instructionScopes.push_back(scopes.current());
    function.instructions.push_back(std::move(instruction));
  }

  static void resolve(Operand &operand, const Scopes &scopes, int scope) {
    if (operand.kind == Operand::Kind::Symbol)
      if (const std::string *name = scopes.find(operand.name, scope))
        operand.name = *name;
    for (Operand &element : operand.elements)
      resolve(element, scopes, scope);
  }

  /// A block sees the labels behind an instruction, too.
  void resolveSymbols() {
    for (size_t i = 0; i < function.instructions.size(); ++i)
      for (Operand &operand : function.instructions[i].operands)
        resolve(operand, scopes, instructionScopes[i]);
    for (size_t i = 0; i < function.targetLists.size(); ++i)
      for (std::string &target : function.targetLists[i].targets)
        if (const std::string *name = scopes.find(target, listScopes[i]))
          target = *name;
  }

  TokenStream &tokens;
  Function function;
  Scopes scopes;
  std::vector<int> instructionScopes, listScopes;
};

} // namespace

Function ptx::parseFunction(TokenStream &tokens, bool isEntry) { return FunctionParser(tokens, isEntry).parse(); }

/// .loc file line column [, function_name label [+ offset], inlined_at file line column]
static void skipLocation(TokenStream &tokens) {
  for (int i = 0; i < 3; ++i)
    parseInteger(tokens, "a number after .loc");
  while (tokens.accept(",")) {
    bool isName = tokens.expectName("function_name or inlined_at after .loc") == "function_name";
    if (isName) {
      tokens.expectName("a label after function_name");
      parseOffset(tokens);
    }
    for (int i = 0; i < (isName ? 0 : 3); ++i)
      parseInteger(tokens, "a number after inlined_at");
  }
}

bool ptx::skipNote(TokenStream &tokens) {
  if (tokens.accept(".loc")) {
    skipLocation(tokens);
    return true;
  }
  bool isFile = tokens.accept(".file");
  if (!isFile && !tokens.accept(".pragma"))
    return false;
  if (isFile)
    parseInteger(tokens, "a number after .file");
  do {
    bool isNumber = isFile && tokens.peek().kind == Token::Kind::Number;
    if (!isNumber && tokens.peek().kind != Token::Kind::String)
      tokens.fail(isFile ? "the name of a file" : "a string after .pragma");
    tokens.take();
  } while (tokens.accept(","));
  if (!isFile)
    tokens.expect(";", "after .pragma");
  return true;
}
