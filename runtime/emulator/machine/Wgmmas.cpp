//===- Wgmmas.cpp - the matrix products that a warp has begun -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the groups of wgmma, and what it may share registers with.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Wgmmas.h"

#include "runtime/emulator/machine/Block.h"

#include <algorithm>
#include <utility>

using namespace plait::emulator;

namespace {

/// What a sum holds until it is waited for: NaNs.
constexpr uint64_t poison = 0xffffffff;

Value splat(uint64_t bits) {
  Value value;
  std::fill_n(value.lane, warpSize, bits);
  return value;
}

/// As the text names the register that holds a value of the current frame.
std::string nameOf(Warp &warp, const Value &value) {
  const Frame &frame = *warp.frame();
  auto index = size_t(&value - frame.registers.data());
  size_t next = 0;
  for (const ptx::Register &reg : frame.function->source->registers) {
    next += std::max(1u, ptx::bits(reg.type) / 64);
    if (index < next)
      return reg.name.substr(0, reg.name.find('#'));
  }
  return "a register";
}

template <typename F> void forRegisters(Warp &warp, const Step &step, F &&visit) {
  auto visitIf = [&](const Source &source) {
    if (source.base == Source::Registers)
      visit(warp.result(source));
  };
  for (const Source &operand : step.operands)
    visitIf(operand);
  visitIf(step.place.base);
  visitIf(step.from.base);
}

} // namespace

void Wgmmas::take(Warp &warp, const Step &step, Value &value, bool isSum) {
  Register &known = registers[&value];
  bool isSameUse = known.user && known.isSum == isSum &&
                   (!isSum || wgmmaPlan(known.user->operation).shape == wgmmaPlan(step.operation).shape);
  auto report = [&](const auto &...expected) {
    warp.report(Defect::Kind::Async, step, 0, [&] { return text(expected..., nameOf(warp, value), ", but got none"); });
  };
  if (known.users && !isSameUse)
    report("expects wgmma.wait_group between the wgmma in line ", known.user->source->line, " and this use of ");
  else if (!known.users && (known.accessed == fences || (known.used == fences && !isSameUse)))
    report("expects wgmma.fence between this and what came before it with ");
  known.user = &step;
  known.isSum = isSum;
  known.used = fences;
  if (known.users++ || !isSum)
    return;
  known.held = value;
  value = splat(poison);
}

void Wgmmas::begin(Warp &warp, unsigned slot, Product product) {
  const Step &step = *product.step;
  for (Value *value : product.sums)
    take(warp, step, *value, true);
  for (Value *value : product.aRegisters)
    take(warp, step, *value, false);
  product.group = committed;
  product.isValid = product.isValid && product.a.isInside(warp, step) && product.b.isInside(warp, step);
  if (product.isValid) {
    Accessor who = warp.accessor(step);
    who.warp = uint8_t(slot);
    who.clock = uint32_t(committed + 1);
    product.a.begin(warp, step, who);
    product.b.begin(warp, step, who);
  }
  products.push_back(std::move(product));
}

void Wgmmas::make(Warp &warp, Product &product) {
  if (std::exchange(product.isMade, true) || !product.isValid)
    return;
  const Operation &operation = product.step->operation;
  const WgmmaPlan &plan = wgmmaPlan(operation);
  std::vector<Value> a, b = product.b.load(warp, plan.fragment(Fragment::Role::B));
  std::vector<const Value *> operands(product.aRegisters.begin(), product.aRegisters.end());
  if (!plan.hasRegisters)
    a = product.a.load(warp, plan.fragment(Fragment::Role::A));
  for (const std::vector<Value> *values : {&a, &b})
    for (const Value &value : *values)
      operands.push_back(&value);
  const Value zero = splat(0);
  std::vector<Value *> results;
  for (const Value *sum : product.sums) {
    Value &held = registers.at(sum).held;
    results.push_back(&held);
    operands.push_back(product.accumulates ? &held : &zero);
  }
  operation.run(operation, warp.grid.environment, results, operands, ~Mask(0));
  product.a.finish(warp);
  product.b.finish(warp);
}

void Wgmmas::make(Warp &warp, uint64_t groups) {
  for (Product &product : products)
    if (product.group < groups)
      make(warp, product);
}

void Wgmmas::release(const Product &product) {
  for (const std::vector<Value *> *values : {&product.sums, &product.aRegisters})
    for (Value *value : *values) {
      Register &known = registers.at(value);
      if (--known.users == 0 && known.isSum)
        *value = known.held;
    }
}

void Wgmmas::release(uint64_t groups) {
  auto isMeant = [=](const Product &product) { return product.group < groups; };
  for (const Product &product : products)
    if (isMeant(product))
      release(product);
  std::erase_if(products, isMeant);
}

void Wgmmas::access(Warp &warp, const Step &step) {
  forRegisters(warp, step, [&](const Value &value) {
    Register &known = registers[&value];
    known.accessed = fences;
    if (known.users)
      warp.report(Defect::Kind::Async, step, 0, [&] {
        return text("expects wgmma.wait_group between the wgmma in line ", known.user->source->line,
                    " and this access to ", nameOf(warp, value), ", but got none");
      });
  });
}

void Wgmmas::leave(Warp &warp, const Step &step, const Frame &frame) {
  const Value *begin = frame.registers.data(), *end = begin + frame.registers.size();
  auto isOfFrame = [&](const Value *value) { return value >= begin && value < end; };
  for (Product &product : products)
    if (isOfFrame(product.sums.front())) {
      warp.report(Defect::Kind::Async, step, 0, [&] {
        return text("expects wgmma.wait_group between the wgmma in line ", product.step->source->line,
                    " and the end of its function, but got none");
      });
      make(warp, product);
      release(product);
    }
  std::erase_if(products, [&](const Product &product) { return isOfFrame(product.sums.front()); });
  std::erase_if(registers, [&](const auto &entry) { return isOfFrame(entry.first); });
}

void Wgmmas::finish(Warp &warp) {
  for (const Product &product : products)
    warp.report(Defect::Kind::Async, *product.step, 0, [&] {
      return text("expects ",
                  product.group == committed ? "wgmma.commit_group and wgmma.wait_group" : "wgmma.wait_group",
                  " behind this before the block's end, but got none");
    });
}
