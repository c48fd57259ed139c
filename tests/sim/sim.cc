#include "sim.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "generator.h"
#include "mismatch.h"

namespace store::sim {
namespace {

constexpr std::size_t kStepsTold = 60;

// Of the run that is under way, for the signal handler: a broken INVARIANT aborts.
volatile std::uint64_t running_seed = 0;
volatile std::size_t running_step = 0;

void tell_where(int signal) {
  char text[100];
  const int length = std::snprintf(text, sizeof text, "aborted, --seed %llu, step %zu\n",
                                   static_cast<unsigned long long>(running_seed), running_step);
  if (write(STDERR_FILENO, text, static_cast<std::size_t>(length)) != length) {
    _exit(3);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// Where the steps go wrong, if they do.
std::optional<std::string> replay(const std::vector<Step>& steps, const Limits& limits,
                                  const Defects& defects, std::size_t& failed_at) {
  World world(limits, defects);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    try {
      world.run(steps[i]);
    } catch (const std::exception& wrong) {
      failed_at = i;
      return wrong.what();
    }
  }
  failed_at = steps.size() - 1;
  try {
    world.check_whole_journal();
  } catch (const Mismatch& wrong) {
    return wrong.what();
  }
  return std::nullopt;
}

// All but some; their time goes by nevertheless, or it does not.
std::vector<Step> without(std::vector<Step> steps, std::size_t at, std::size_t count,
                          bool keeps_time) {
  const std::size_t end = std::min(at + count, steps.size());
  for (std::size_t i = at; keeps_time && end < steps.size() && i < end; ++i) {
    steps[end].advance += steps[i].advance;
  }
  steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(at),
              steps.begin() + static_cast<std::ptrdiff_t>(end));
  return steps;
}

// Each with one thing less than the step has.
std::vector<Step> simpler(const Step& step) {
  std::vector<Step> all;
  const auto with = [&](auto Step::*part, auto value) {
    if (step.*part != value) {
      all.push_back(step);
      all.back().*part = value;
    }
  };
  with(&Step::end, Step::End::kNone);
  if (step.end == Step::End::kCrashBeforeCommit || step.end == Step::End::kCrashInCommit) {
    with(&Step::end, Step::End::kCrash);
  }
  with(&Step::lost_percent, 0u);
  with(&Step::down, Span());
  with(&Step::keeps_commit, false);
  with(&Step::restarts_machine, false);
  with(&Step::sync_fails, false);
  with(&Step::is_sync_slow, false);
  with(&Step::is_outage, false);
  with(&Step::gives_leases_back, false);
  with(&Step::vanished, std::vector<std::uint64_t>());
  with(&Step::torn_percent, std::optional<unsigned>());
  with(&Step::clock_jump, Span());
  with(&Step::gone, std::vector<std::string>());
  with(&Step::peers_are_gone, false);
  with(&Step::forgets_percent, 0u);
  with(&Step::retires_key, std::string());
  with(&Step::trims_journal, false);
  with(&Step::flushes_checkpoint, false);
  with(&Step::writes_checkpoint, false);
  with(&Step::advance, Span());
  return all;
}

}  // namespace

Run simulate(std::uint64_t seed, std::size_t steps, const Defects& defects) {
  running_seed = seed;
  std::signal(SIGABRT, tell_where);
  const Limits limits = small_limits(seed);
  // By bits that the older ones of seeds.txt do not have, so that they stay what they were.
  using Faults = Generator::Faults;
  Generator generator(seed, limits,
                      (seed & 2) == 0   ? Faults::kNone
                      : (seed & 1) == 0 ? Faults::kSome
                                        : Faults::kAll);
  World world(limits, defects);
  Run run;
  std::vector<Step> done;
  while (run.steps < steps) {
    done.push_back(generator.next(world));
    run.steps += 1 + done.back().requests.size();
    running_step = run.steps;
    try {
      world.run(done.back());
    } catch (const std::exception& wrong) {
      run.found = {seed, run.steps, wrong.what(), std::move(done)};
      break;
    }
  }
  if (!run.found) {
    try {
      world.check_whole_journal();
    } catch (const Mismatch& wrong) {
      run.found = {seed, run.steps, wrong.what(), std::move(done)};
    }
  }
  run.seen = world.seen();
  return run;
}

Found shortened(Found found, const Defects& defects) {
  const Limits limits = small_limits(found.seed);
  const auto still_found = [&](const std::vector<Step>& steps) {
    std::size_t failed_at = 0;
    const auto what = replay(steps, limits, defects, failed_at);
    if (!what) {
      return false;
    }
    found.what = *what;
    found.steps.assign(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(failed_at) + 1);
    return true;
  };
  for (std::size_t size = found.steps.size() / 2; size > 0; size /= 2) {
    for (std::size_t at = 0; at < found.steps.size();) {
      at += still_found(without(found.steps, at, size, false)) ||
                    still_found(without(found.steps, at, size, true))
                ? 0
                : size;
    }
  }
  for (std::size_t at = 0; at < found.steps.size(); ++at) {
    for (std::size_t i = 0; at < found.steps.size() && i < found.steps[at].requests.size();) {
      std::vector<Step> fewer = found.steps;
      fewer[at].requests.erase(fewer[at].requests.begin() + static_cast<std::ptrdiff_t>(i));
      i += still_found(fewer) ? 0 : 1;
    }
    for (bool is_simplest = false; !is_simplest && at < found.steps.size();) {
      is_simplest = true;
      for (Step& step : simpler(found.steps[at])) {
        std::vector<Step> steps = found.steps;
        steps[at] = std::move(step);
        if (still_found(steps)) {
          is_simplest = false;
          break;
        }
      }
    }
  }
  return found;
}

std::string report(const Found& found) {
  std::string text = "--seed " + std::to_string(found.seed) + ", step " +
                     std::to_string(found.step) + "; shortened:\n";
  const std::size_t left_out =
      found.steps.size() > kStepsTold ? found.steps.size() - kStepsTold : 0;
  for (std::size_t i = left_out; i < found.steps.size(); ++i) {
    text += "  " + text_of(found.steps[i]) + "\n";
  }
  return text + found.what;
}

}  // namespace store::sim
