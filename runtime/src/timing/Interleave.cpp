//===- Interleave.cpp - compare and time candidates -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements plait_time_interleaved.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/call/Bind.h"
#include "runtime/src/timing/Results.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <plait/cuda.h>

using namespace plait;

namespace {

using Clock = std::chrono::steady_clock;

double nanosecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

/// A candidate under test.
struct Contender {
  const plait_candidate &candidate;
  plait_call_options options = PLAIT_CALL_OPTIONS;
  /// Calls a sample.
  int repeats = 1;
  std::vector<double> samples = {};
};

class Contest {
public:
  Contest(const DLTensor *const *arguments, size_t count, int32_t device, const plait_timing_options &options,
          const Results &results)
      : arguments(arguments), count(count), device(device), options(options), results(results) {}

  void add(const plait_candidate &candidate) {
    contenders.push_back({candidate});
    contenders.back().options.num_threads = options.num_threads;
    contenders.back().options.schedule = candidate.schedule;
    contenders.back().options.isa = candidate.isa;
  }

  Status run(plait_timing *timings) {
    std::vector<bool> matches(contenders.size());
    if (Status status = compare(matches))
      return status;
    if (Status status = time(matches))
      return status;
    for (size_t i = 0; i < contenders.size(); ++i)
      timings[i] = summarize(contenders[i], matches[i]);
    if (Status status = results.poison())
      return status;
    return finish(call(0));
  }

private:
  Status call(size_t index) {
    Contender &contender = contenders[index];
    Status status(plait_call(contender.candidate.function, arguments, count, &contender.options));
    if (status)
      status->message = join("candidate ", index, ": ", status->message);
    return status;
  }

  /// Waits for what was launched, where calls return before that.
  Status finish(Status status) {
    if (status || device == onHost)
      return status;
    return Status(plait_cuda_synchronize(device));
  }

  /// Runs each once on poisoned results, and learns how often a sample repeats the call.
  Status compare(std::vector<bool> &matches) {
    Captured expected, found;
    for (size_t i = 0; i < contenders.size(); ++i) {
      if (Status status = results.poison())
        return status;
      if (Status status = finish(call(i)))
        return status;
      if (Status status = results.capture(i == 0 ? expected : found))
        return status;
      matches[i] = i == 0 || results.agree(expected, found);
    }
    for (size_t i = 0; i < contenders.size(); ++i) {
      if (Status status = results.restoreInputs())
        return status;
      Clock::time_point start = Clock::now();
      if (Status status = finish(call(i)))
        return status;
      double repeats = std::ceil(options.min_sample_seconds * 1e9 / std::max(nanosecondsSince(start), 1.0));
      contenders[i].repeats = int(std::clamp(repeats, 1.0, 10'000.0));
    }
    return nullptr;
  }

  Status time(const std::vector<bool> &matches) {
    Clock::time_point start = Clock::now();
    for (int round = 0; round < options.rounds; ++round) {
      if (round && nanosecondsSince(start) > options.max_seconds * 1e9)
        break;
      for (size_t i = 0; i < contenders.size(); ++i)
        if (matches[i])
          if (Status status = sample(i))
            return status;
    }
    return nullptr;
  }

  Status sample(size_t index) {
    Contender &contender = contenders[index];
    if (Status status = results.restoreInputs())
      return status;
    Clock::time_point start = Clock::now();
    for (int repeat = 0; repeat < contender.repeats; ++repeat)
      if (Status status = call(index))
        return status;
    if (Status status = finish(nullptr))
      return status;
    contender.samples.push_back(nanosecondsSince(start) / contender.repeats);
    return nullptr;
  }

  static plait_timing summarize(Contender &contender, bool matches) {
    std::vector<double> &samples = contender.samples;
    if (samples.empty())
      return {matches, 0, 0, 0};
    std::sort(samples.begin(), samples.end());
    return {matches, int32_t(samples.size()), samples.front(), samples[samples.size() / 2]};
  }

  const DLTensor *const *arguments;
  size_t count;
  int32_t device;
  const plait_timing_options &options;
  const Results &results;
  std::vector<Contender> contenders;
};

Status checkOptions(const plait_timing_options &options) {
  if (options.size != sizeof options)
    return failure(PLAIT_INVALID_ARGUMENT, "timing options expect size ", sizeof options, ", but got ", options.size);
  if (options.rounds < 1)
    return failure(PLAIT_INVALID_ARGUMENT, "timing options expect rounds >= 1, but got ", options.rounds);
  for (double seconds : {options.min_sample_seconds, options.max_seconds})
    if (!(seconds >= 0))
      return failure(PLAIT_INVALID_ARGUMENT, "timing options expect seconds >= 0, but got ", seconds);
  return nullptr;
}

/// Checks the arguments before anything is written to them, and finds where they are.
Status checkCandidate(const plait_candidate &candidate, const plait_candidate &first, const DLTensor *const *arguments,
                      size_t count, int32_t &device) {
  if (Status status = expectPointer(candidate.function, "candidate expects a function"))
    return status;
  Bindings bindings;
  if (Status status = bindArguments(*candidate.function, arguments, count, bindings))
    return status;
  device = bindings.device;
  for (size_t i = 0; i < count; ++i)
    if (candidate.function->arguments[i].argument->direction != first.function->arguments[i].argument->direction)
      return failure(PLAIT_INVALID_ARGUMENT, "candidates expect arguments of the same direction, but '",
                     candidate.function->arguments[i].argument->name, "' differs");
  return nullptr;
}

} // namespace

plait_status *plait_time_interleaved(const plait_candidate *candidates, size_t candidate_count,
                                     const DLTensor *const *arguments, size_t count,
                                     const plait_timing_options *options, plait_timing *timings) {
  static constexpr plait_timing_options defaults = PLAIT_TIMING_OPTIONS;
  return guarded([&]() -> Status {
    const plait_timing_options &chosen = options ? *options : defaults;
    if (Status status = checkOptions(chosen))
      return status;
    if (candidate_count == 0)
      return nullptr;
    if (Status status = expectPointer(candidates, "plait_time_interleaved expects candidates"))
      return status;
    int32_t device = onHost;
    for (size_t i = 0; i < candidate_count; ++i)
      if (Status status = checkCandidate(candidates[i], candidates[0], arguments, count, device))
        return status;
    Results results(*candidates[0].function, arguments, device);
    if (Status status = results.begin())
      return status;
    Contest contest(arguments, count, device, chosen, results);
    for (size_t i = 0; i < candidate_count; ++i)
      contest.add(candidates[i]);
    return contest.run(timings);
  });
}
