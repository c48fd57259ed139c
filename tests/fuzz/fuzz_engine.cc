// Commands in any order, with time, ends of the store and faults between them: the simulator, with
// the bytes for chance. So what a fuzzer finds by coverage meets the same checks.
#include <cstdio>
#include <exception>

#include "generator.h"
#include "targets.h"

namespace fuzzing {

bool engine(std::string_view bytes) {
  constexpr std::size_t kSeedBytes = 2;
  constexpr int kStepsMax = 400;
  if (bytes.size() <= kSeedBytes) {
    return false;
  }
  using store::sim::Generator;
  const auto seed = static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[0])) << 8 |
                    static_cast<unsigned char>(bytes[1]);
  const store::Limits limits = store::sim::small_limits(seed);
  Generator generator(seed, limits, static_cast<Generator::Faults>(seed % 3));
  generator.feed(bytes.substr(kSeedBytes));
  store::sim::World world(limits);
  try {
    for (int step = 0; step < kStepsMax && generator.is_fed(); ++step) {
      world.run(generator.next(world));
    }
    world.check_whole_journal();
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "%s\n", wrong.what());
    expect(false, "the store does as the model does");
  }
  return world.last_turn() > 0;
}

}  // namespace fuzzing
