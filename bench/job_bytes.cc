// What a job takes of the engine's memory, plain and with each thing that may be its own alone.
#include <malloc.h>

#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine.h"

namespace {

using namespace store;

constexpr int kJobs = 20'000;

std::string name(char kind, int number) {
  std::string text = kind + std::to_string(number);
  text.resize(128, '-');
  return text;
}

struct Asked {
  NewJob job;
  std::string worker;   // empty: nobody takes the job
  std::string caveats;  // of the token that it is accepted with
};
using Alter = std::function<void(Asked&, int)>;

double bytes_of_a_job(const Alter& change) {
  Limits limits;
  limits.name_bytes_max = limits.name_bytes_per_token_max = std::size_t{1} << 40;
  Engine engine(limits, 1);
  Effects effects;
  const Time now{std::chrono::hours(500'000)};
  const auto ask = [&](Command command, const std::string& caveats) {
    engine.apply(now, 1, {0, "peer", true, 1, "k1.token", caveats}, std::move(command), effects);
    effects.clear();
  };
  std::size_t before = 0;
  for (int i = -kJobs / 20; i < kJobs; ++i) {
    if (i == 0) {
      before = mallinfo2().uordblks;
    }
    Asked asked;
    asked.job = {.job = std::to_string(i), .request = "{}", .client = "alice"};
    asked.job.job.resize(36, '-');
    change(asked, i);
    const std::string worker = asked.worker;
    ask(Submit{"scan", {std::move(asked.job)}, true, {}}, {});
    if (!worker.empty()) {
      const auto number = static_cast<std::uint64_t>(i) + kJobs;
      ask(Accept{"scan", worker, number, 1, std::chrono::seconds(30), {}, {}}, asked.caveats);
    }
  }
  return static_cast<double>(mallinfo2().uordblks - before) / kJobs;
}

}  // namespace

int main() {
  const std::vector<std::pair<const char*, Alter>> rows = {
      {"id of 128 bytes", [](Asked& asked, int i) { asked.job.job = name('j', i); }},
      {"client of 128 bytes", [](Asked& asked, int i) { asked.job.client = name('c', i); }},
      {"function of 128 bytes", [](Asked& asked, int i) { asked.job.function = name('f', i); }},
      {"16 tags of 128 bytes",
       [](Asked& asked, int i) {
         for (int tag = 0; tag < 16; ++tag) {
           asked.job.tags.push_back(name(static_cast<char>('a' + tag), i));
         }
       }},
      {"terms", [](Asked& asked, int i) { asked.job.terms.timeout = Span(i + 2 * kJobs); }},
      {"worker of 128 bytes", [](Asked& asked, int i) { asked.worker = name('w', i); }},
      {"caveats of 8000 bytes", [](Asked& asked, int i) {
         asked.worker = "w";
         asked.caveats = '\n' + name('t', i) + std::string(7'871, '-');
       }}};
  const double plain = bytes_of_a_job([](Asked&, int) {});
  std::printf("%-22s %6.0f bytes\n", "a plain job", plain);
  for (const auto& [what, change] : rows) {
    std::printf("%-22s %6.0f more\n", what, bytes_of_a_job(change) - plain);
  }
  const double all = bytes_of_a_job([&](Asked& asked, int i) {
    for (const auto& [what, change] : rows) {
      change(asked, i);
    }
    asked.worker = name('w', i);
  });
  std::printf("%-22s %6.0f more\n", "all of these", all - plain);
}
