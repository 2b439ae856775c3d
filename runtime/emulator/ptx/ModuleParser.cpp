//===- ModuleParser.cpp - reads modules -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads the head of a module and its variables and functions.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/Error.h"
#include "runtime/emulator/ptx/Constant.h"
#include "runtime/emulator/ptx/FunctionParser.h"
#include "runtime/emulator/ptx/VariableParser.h"

#include <unordered_map>

using namespace plait::emulator;
using namespace plait::emulator::ptx;

namespace {

class ModuleParser {
public:
  explicit ModuleParser(std::string_view text) : tokens(text) {}

  Module parse() {
    parseVersion();
    parseTarget();
    while (!tokens.isAtEnd())
      parseItem();
    return std::move(module);
  }

private:
  void parseVersion() {
    tokens.expect(".version", "at the beginning of a module");
    std::string_view text = tokens.peek().text;
    size_t dot = text.find('.');
    auto number = [](std::string_view digits) {
      bool isShort = !digits.empty() && digits.size() <= 3;
      return isShort && digits.find_first_not_of("0123456789") == digits.npos ? std::stoi(std::string(digits)) : -1;
    };
    module.versionMajor = number(text.substr(0, dot));
    module.versionMinor = dot == text.npos ? -1 : number(text.substr(dot + 1));
    if (module.versionMajor < 0 || module.versionMinor < 0)
      tokens.fail("a version such as 9.0");
    tokens.take();
  }

  void parseTarget() {
    tokens.expect(".target", "after .version");
    module.target = tokens.expectName("an architecture after .target");
    while (tokens.accept(","))
      tokens.expectName("an option of .target");
    if (!tokens.accept(".address_size"))
      return;
    if (!tokens.isNext("32") && !tokens.isNext("64"))
      tokens.fail("32 or 64 after .address_size");
    module.addressBits = tokens.take().text == "64" ? 64 : 32;
  }

  void parseItem() {
    if (tokens.accept(";") || skipNote(tokens))
      return;
    if (tokens.accept(".section")) {
      skipSection();
      return;
    }
    bool isExtern = false, isLinked = true;
    while (isLinked) {
      isExtern |= tokens.isNext(".extern");
      isLinked =
          tokens.accept(".visible") || tokens.accept(".extern") || tokens.accept(".weak") || tokens.accept(".common");
    }
    if (tokens.isNext(".entry") || tokens.isNext(".func")) {
      bool isEntry = tokens.take().text == ".entry";
      addFunction(parseFunction(tokens, isEntry));
      return;
    }
    auto space = parseSpace(tokens.peek().text);
    if (!space || space == Space::Register || space == Space::Param)
      tokens.fail("a function or a variable of .global, .const, .shared or .local");
    tokens.take();
    parseVariables(*space, isExtern);
  }

  /// Debug information.
  void skipSection() {
    if (tokens.peek().kind != Token::Kind::Dotted && tokens.peek().kind != Token::Kind::Word)
      tokens.fail("a name after .section");
    tokens.take();
    tokens.expect("{", "before the content of a section");
    for (int depth = 1; depth > 0; tokens.take()) {
      if (tokens.isAtEnd())
        tokens.fail("'}' after the content of a section");
      depth += tokens.isNext("{") - tokens.isNext("}");
    }
  }

  void parseVariables(Space space, bool isExtern) {
    Declaration declaration = parseDeclaration(tokens, space, isExtern);
    do
      addVariable(parseVariable(tokens, declaration));
    while (tokens.accept(","));
    tokens.expect(";", "after a declaration");
  }

  /// A definition takes the place of its declaration, which it must not contradict.
  template <typename T, typename Declares>
  void add(std::vector<T> &list, T item, const char *what, Declares isDeclaration) {
    auto [place, isNew] = places.emplace(item.name, Place{what, list.size()});
    if (isNew) {
      list.push_back(std::move(item));
      return;
    }
    bool isSame = std::string_view(place->second.what) == what;
    if (!isSame || (!isDeclaration(item) && !isDeclaration(list[place->second.index])))
      throw Error(item.line, "expects one definition of '" + item.name + "', but got a second one");
    if (!isDeclaration(item))
      list[place->second.index] = std::move(item);
  }

  void addFunction(Function function) {
    add(module.functions, std::move(function), "function", [](const Function &f) { return f.isDeclaration; });
  }

  void addVariable(Variable variable) {
    add(module.variables, std::move(variable), "variable", [](const Variable &v) { return v.isExtern; });
  }

  struct Place {
    const char *what;
    size_t index;
  };

  TokenStream tokens;
  Module module;
  std::unordered_map<std::string, Place> places;
};

} // namespace

Module ptx::parse(std::string_view text) { return ModuleParser(text).parse(); }
