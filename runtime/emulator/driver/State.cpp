//===- State.cpp - what the driver knows ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the state that all entry points share.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/State.h"

#include <cstdio>

using namespace plait::emulator;

/// Never destroyed: programs call the driver from destructors of their own, at the very end.
Driver &Driver::get() {
  static Driver *driver = new Driver;
  return *driver;
}

void Driver::unload(CUmodule module) {
  functions.eraseIf([&](const FunctionHandle &function) { return function.module == module; });
  modules.erase(module);
}

void Driver::destroy(CUcontext context) {
  auto isOfContext = [&](const auto &object) { return object.context == context; };
  while (CUmodule module = modules.findIf(isOfContext))
    unload(module);
  streams.eraseIf(isOfContext);
  events.eraseIf(isOfContext);
  std::vector<uint64_t> blocks;
  for (const auto &[address, block] : memory)
    if (isOfContext(block))
      blocks.push_back(address);
  for (uint64_t address : blocks)
    free(address);
  std::erase(currentContexts(), context);
  contexts.erase(context);
}

void Driver::free(uint64_t address) {
  if (memory.at(address).ofGraph)
    device->memory().withdraw(address);
  else
    device->memory().free(address);
  memory.erase(address);
}

const MemoryBlock *Driver::findMemory(uint64_t address, const Allocation **allocation) {
  *allocation = device->memory().find(address);
  auto found = *allocation ? memory.find((*allocation)->address) : memory.end();
  return found == memory.end() ? nullptr : &found->second;
}

Capture *Driver::forbidsWaiting() const {
  CUstreamCaptureMode own = captureModeOfThread();
  return findCapture([&](const StreamHandle &stream) {
    const Capture &capture = *stream.capture;
    if (own == CU_STREAM_CAPTURE_MODE_RELAXED || capture.mode == CU_STREAM_CAPTURE_MODE_RELAXED)
      return false;
    bool isGlobal = own == CU_STREAM_CAPTURE_MODE_GLOBAL && capture.mode == CU_STREAM_CAPTURE_MODE_GLOBAL;
    return isGlobal || capture.thread == std::this_thread::get_id();
  });
}

void Driver::endCapture(Capture &capture) {
  capture.isOver = true;
  while (StreamHandle *stream = streams.findIf([&](auto &other) { return other.capture.get() == &capture; })) {
    stream->last.clear();
    stream->capture.reset();
  }
}

void Driver::say(const std::string &text) {
  constexpr size_t most = 1 << 20;
  if (report.size() + text.size() < most)
    report += text + '\n';
  std::FILE *file = settings.log.empty() ? stderr : std::fopen(settings.log.c_str(), "a");
  if (!file)
    file = stderr;
  std::fwrite(text.data(), 1, text.size(), file);
  std::fputc('\n', file);
  if (file == stderr)
    std::fflush(file);
  else
    std::fclose(file);
}

std::vector<CUcontext> &plait::emulator::currentContexts() {
  static thread_local std::vector<CUcontext> contexts;
  return contexts;
}

CUcontext plait::emulator::currentContext() {
  std::vector<CUcontext> &contexts = currentContexts();
  return contexts.empty() ? nullptr : contexts.back();
}

CUstreamCaptureMode &plait::emulator::captureModeOfThread() {
  static thread_local CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
  return mode;
}

bool &plait::emulator::isInHostFunction() {
  static thread_local bool value = false;
  return value;
}
