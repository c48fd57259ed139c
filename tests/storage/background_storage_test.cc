#include "background_storage.h"

#include <poll.h>

#include <catch2/catch.hpp>
#include <future>

#include "faulty_storage.h"

namespace store {
namespace {

// Writes nothing before it may.
class SlowStorage : public FaultyStorage {
 public:
  void commit(TurnNumber turn, std::string_view record) override {
    until_commit_.wait();
    FaultyStorage::commit(turn, record);
  }
  void write_checkpoint(CheckpointBatch batch) override {
    until_write_.wait();
    FaultyStorage::write_checkpoint(std::move(batch));
  }

  std::promise<void> may_commit;
  std::promise<void> may_write;

 private:
  const std::shared_future<void> until_commit_ = may_commit.get_future();
  const std::shared_future<void> until_write_ = may_write.get_future();
};

CheckpointBatch put(TurnNumber turn, const std::string& value) { return {turn, {{"key", value}}}; }

bool is_readable(int fd, int wait_ms) {
  pollfd asked{fd, POLLIN, 0};
  return ::poll(&asked, 1, wait_ms) == 1;
}

}  // namespace

TEST_CASE("a commit that was begun is done when it is on disk") {
  SlowStorage disk;
  BackgroundStorage storage(disk);
  storage.begin_commit(1, "one");
  CHECK(storage.is_committing());
  CHECK_FALSE(storage.is_committed());
  CHECK_FALSE(is_readable(storage.committed_fd(), 0));
  disk.may_commit.set_value();
  CHECK(is_readable(storage.committed_fd(), 60'000));
  CHECK(storage.is_committed());
  storage.finish_commit();
  CHECK_FALSE(storage.is_committing());
  CHECK_FALSE(is_readable(storage.committed_fd(), 0));
  CHECK(storage.last_turn() == 1);
}

TEST_CASE("who reads the checkpoint sees what was written before") {
  SlowStorage disk;
  BackgroundStorage storage(disk);
  storage.write_checkpoint(put(1, "new"));
  auto read = std::async(std::launch::async, [&] { return storage.read_checkpoint("key"); });
  CHECK(disk.reads == 0);
  disk.may_write.set_value();
  CHECK(read.get() == "new");
  CHECK(storage.checkpoint_turn() == 1);
}

// Of a turn that no journal has the checkpoint may know nothing.
TEST_CASE("after a commit that fails nothing more is written") {
  SlowStorage disk;
  disk.fail_commits = true;
  BackgroundStorage storage(disk);
  storage.begin_commit(1, "one");
  storage.write_checkpoint(put(1, "new"));
  disk.may_write.set_value();
  disk.may_commit.set_value();
  CHECK_THROWS_AS(storage.finish_commit(), StorageError);
  CHECK_THROWS_AS(storage.read_checkpoint("key"), StorageError);
  CHECK_THROWS_AS(storage.commit(2, "two"), StorageError);
  CHECK(disk.batches().empty());
}

TEST_CASE("what was begun is done before the end") {
  FaultyStorage disk;
  {
    BackgroundStorage storage(disk);
    storage.begin_commit(1, "one");
    storage.write_checkpoint(put(1, "new"));
  }
  CHECK(disk.last_turn() == 1);
  CHECK(disk.batches().size() == 1);
}

}  // namespace store
