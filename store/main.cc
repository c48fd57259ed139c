// jobqd: puts the parts together, in the order in which they need each other, and runs the server.

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <new>
#include <random>
#include <string_view>

#include "accepted.h"
#include "alive.h"
#include "backups.h"
#include "config.h"
#include "data_directory.h"
#include "databox.h"
#include "descriptor.h"
#include "key_list.h"
#include "keys.h"
#include "log.h"
#include "rocks_storage.h"
#include "secret.h"
#include "server.h"
#include "text_rules.h"
#include "verify_directory.h"
#include "z85.h"

namespace store {
namespace {

// SIGTERM and SIGINT become readable on the result, in the loop's own time.
int stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  std::signal(SIGHUP, SIG_IGN);  // of who has rotated the audit's file, which is noticed anyway
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

// 192 random bits: 5 characters for 4 bytes.
std::string make_topic() { return auth::z85_encode(auth::Secret::random(24).bytes()); }

// A GUID that nobody can guess, as databox has for names.
std::string make_observer_name() {
  std::array<std::uint64_t, 2> chance{};
  const auth::Secret bits = auth::Secret::random(sizeof chance);
  std::memcpy(chance.data(), bits.bytes().data(), sizeof chance);
  return jobq::guid_of(chance[0], chance[1]);
}

// What the shell gives at first (1,024 mostly) is for programs that cannot have more.
void raise_limit_of_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// A core file would hold the CURVE key, of which libzmq has copies, and what jobs say. A limit of 1
// is what the kernel takes for none also where a program, not a file, gets cores (core(5)).
void keep_core_back() {
  constexpr rlimit kNone{1, 1};
  ::setrlimit(RLIMIT_CORE, &kNone);
}

// Connections get no descriptors that the database, or what else is opened, may need. Returns how
// many may stay open; some more may be for a moment until they are closed.
std::size_t bound_connections(const Config& config) {
  constexpr rlim_t kOthers = 64;
  constexpr rlim_t kMin = 4;
  constexpr rlim_t kMoment = 1100;  // libzmq accepts no more until the first of them are counted
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t files = limit.rlim_cur;
  const rlim_t moment = std::min(files / 4, kMoment);
  const rlim_t kept = RocksStorage::files_max() + kOthers + moment;
  if (files < kept + kMin) {
    throw std::runtime_error("only " + std::to_string(files) +
                             " files may be open (ulimit -n): too few for the database and for " +
                             std::to_string(kMin) + " connections");
  }
  if (files - kept < config.connections_max) {
    spdlog::info("at most {} connections, for no more than {} files may be open (ulimit -n)",
                 files - kept, files);
  }
  const auto max = std::min<std::size_t>(files - kept, config.connections_max);
  bound_accepted(max + moment);
  return max;
}

template <typename Bind>
std::vector<std::string> bind_all(const std::vector<std::string>& endpoints, const Bind& bind) {
  std::vector<std::string> bound;
  std::transform(endpoints.begin(), endpoints.end(), std::back_inserter(bound), bind);
  return bound;
}

void write_public_copy(const std::string& path, const std::string& public_key) {
  const std::string draft = path + ".new";
  std::ofstream out(draft, std::ios::trunc);
  out << public_key << '\n';
  out.close();
  std::error_code failure;
  std::filesystem::permissions(draft, std::filesystem::perms(0644), failure);
  std::filesystem::rename(draft, path, failure);
  if (!out || failure) {
    throw DirectoryError("--public-key-copy " + path + ": cannot be written");
  }
}

// As a word of a shell.
std::string shell_word(const std::string& text) {
  if (text.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+") ==
      std::string::npos) {
    return text;
  }
  std::string word = "'";
  for (const char c : text) {
    word += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return word + "'";
}

// How to reach the store, for whoever started it: on stdout, one fact a line.
void announce(const Config& config, const jobq::StoreStatus& status, const std::string& public_key,
              bool is_new) {
  const auto print = [](const char* name, const std::vector<std::string>& endpoints) {
    for (const std::string& endpoint : endpoints) {
      std::cout << name << endpoint << '\n';
    }
  };
  print("request endpoint  ", status.request_endpoints);
  print("driver endpoint   ", status.driver_endpoints);
  print("status endpoint   ", status.status_endpoints);
  std::cout << "public key        " << (config.curve ? public_key : "none (--no-curve)") << '\n';
  if (config.curve) {
    std::cout << "key file          "
              << (config.public_key_copy.empty() ? config.data + "/curve.public"
                                                 : config.public_key_copy)
              << '\n';
  }
  if (is_new) {
    const std::string data = shell_word(config.data);
    std::cout << "\nFirst tokens, good for one day and for the datasource (queue) \"scan\":\n"
              << "  jobq mint --data " << data
              << " --client-of scan --client me --expires 1d   # to submit\n"
              << "  jobq mint --data " << data
              << " --driver-of scan --expires 1d               # to work\n\n";
  }
  std::cout << "ready" << std::endl;
}

// The next start must know the newest key again; of the older ones one more or less is the same.
void note_roots(DataDirectory& directory, const Rights& rights) {
  DirectoryParts parts = directory.parts();
  parts.roots = rights.prints();
  try {
    directory.note(parts);
  } catch (const std::exception& failure) {
    spdlog::warn("the new root keys are not noted: {}", failure.what());
  }
}

// Of the store, or where it is in databox, of all stores there, which replaces what was here.
auth::CurveKeys curve_keys(const Config& config, const DataDirectory& directory,
                           const DataboxSecrets* databox) {
  if (databox != nullptr) {
    databox->curve.write(config.data);
  } else {
    directory.check_key_file("curve.secret", config.new_curve_key, "--new-curve-key");
  }
  return auth::CurveKeys::load_or_create(config.data);
}

// Checks that what is there belongs together, and makes what a new directory has not yet.
RocksStorage open_storage(const Config& config, DataDirectory& directory,
                          const auth::CurveKeys& curve, const Rights& rights,
                          const std::function<void(const Storage&)>& restore) {
  directory.check_curve(curve.public_key(),
                        config.new_curve_key || !config.databox_arbiter.empty());
  directory.check_roots(rights.prints(), config.new_root_key);
  if (directory.is_new()) {
    const RocksStorage made(directory.clean_draft(), {.create = true});
    directory.note({made.store(), curve.public_key(), rights.prints()});
  }
  return {directory.database(),
          {.adopt = directory.is_unnamed(),
           .accept_loss = config.accept_loss,
           .store = directory.parts().store,
           .restore = restore}};
}

Recovered replay(BackgroundStorage& storage, Time checkpoint_time, Engine& engine,
                 CheckpointWriter& checkpoint) {
  Recovered recovered =
      replay_journal(storage, checkpoint_time, engine.state_to_restore(), checkpoint);
  if (recovered.turns_replayed > 0) {
    checkpoint.write();
    storage.flush_checkpoint(false);  // so that the next start need not replay them again
  }
  spdlog::info("{} live and {} finished jobs, {} turns replayed", engine.state().jobs.live_count(),
               engine.state().jobs.finished_count(), recovered.turns_replayed);
  return recovered;
}

void serve(const Config& config, const DataDirectory& directory, const auth::CurveKeys& curve,
           Rights& rights, RocksStorage& disk, Engine& engine, Time checkpoint_time, int stop_fd) {
  BackgroundStorage storage(disk);
  CheckpointWriter checkpoint(storage, engine.state());
  const Recovered recovered = replay(storage, checkpoint_time, engine, checkpoint);

  SocketOptions options;
  options.connections_max = bound_connections(config);
  options.message_bytes_max = 2 * config.limits.frame_bytes_max;
  if (config.curve) {
    options.curve_secret = auth::z85_encode(curve.secret_key().bytes());
    options.drivers = driver_keys(config.driver_keys, [](const std::string& what) {
      spdlog::warn("--driver-keys: {}", what);
    });
  }
  Sockets sockets(options);
  if (!sockets.is_guarded()) {
    spdlog::warn(
        "this libzmq is not patched: whoever reaches a port can end the store or fill its memory "
        "(docs/operating.md, Limits that protect the store)");
  }
  StatusSocketOptions publishing;
  publishing.curve_secret = options.curve_secret;
  publishing.connections = &sockets.connections();
  Publisher publisher(std::move(publishing));
  Streams streams(publisher, engine.state(), make_topic, {.heartbeat = config.heartbeat});
  jobq::StoreStatus status;
  status.version = JOBQ_VERSION;
  status.name = config.name;
  const auto bind_router = [&](SocketKind kind) {
    return [&sockets, kind](const std::string& endpoint) { return sockets.bind(kind, endpoint); };
  };
  status.request_endpoints = bind_all(config.request_endpoints, bind_router(SocketKind::kRequest));
  status.driver_endpoints = bind_all(config.driver_endpoints, bind_router(SocketKind::kDriver));
  status.status_endpoints = bind_all(config.status_endpoints, [&](const std::string& endpoint) {
    return publisher.bind(endpoint);
  });

  std::optional<ObserveSocket> observe_socket;
  std::optional<Observers> observers;
  if (!config.observe_endpoints.empty()) {
    observe_socket.emplace(ObserveSocketOptions{config.curve, &sockets.connections()});
    const auto bound = bind_all(config.observe_endpoints, [&](const std::string& endpoint) {
      return observe_socket->bind(endpoint);
    });
    spdlog::info("observe endpoint {}", fmt::join(bound, " "));
    observers.emplace(*observe_socket, engine.state(), checkpoint.texts(), make_observer_name,
                      Observers::Options{.store = config.name});
  }

  const SystemClock clock;
  std::optional<AuditLog> audit;
  if (!config.audit.empty()) {
    audit.emplace(config.audit);
  }
  const std::string alive_file = config.data + "/clock";
  if (AliveFile::is_damaged(alive_file)) {
    spdlog::warn("{}: is damaged; the clock is believed, as after a start of the machine",
                 alive_file);
  }
  AliveFile alive(alive_file, clock, recovered.last_time);
  Backups backups(&disk, {config.backups, config.data, config.disk_reserve_mib << 20});
  Server server({config, clock, rights, engine, storage, checkpoint, sockets, publisher, streams,
                 backups, observers ? &*observers : nullptr, audit ? &*audit : nullptr, &alive},
                recovered, status);
  announce(config, status, curve.public_key(), directory.is_new());
  server.run(stop_fd);
}

// Perhaps it lacks what would be written to disk: as if the store was killed.
[[noreturn]] void end_with(std::string_view line) {
  (void)!::write(STDERR_FILENO, line.data(), line.size());
  std::_Exit(1);
}

[[noreturn]] void end_without_memory() {
  end_with("jobqd: there is no memory left; nothing acknowledged is lost\n");
}

// C, C++ and libraries abort where what may not fail gets no memory, or no descriptor. Other aborts
// go on: they are bugs.
void on_abort(int) {
  constexpr std::size_t kAtOnce = 64u << 20;  // as much as allocators ask the system for
  if (::mmap(nullptr, kAtOnce, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
      MAP_FAILED) {
    end_without_memory();
  }
  if (::dup(STDERR_FILENO) < 0 && (errno == EMFILE || errno == ENFILE)) {
    end_with("jobqd: no more files may be opened; nothing acknowledged is lost\n");
  }
}

int start(const Config& config) {
  const int stop_fd = stop_signals();
  raise_limit_of_files();
  std::optional<DataboxSecrets> databox;
  if (!config.databox_arbiter.empty()) {
    databox = read_databox_secrets(config.databox_secrets);
  }
  DataDirectory directory(config.data);
  directory.check_key_file("root.keys", config.new_root_key, "--new-root-key");
  const auth::CurveKeys curve = curve_keys(config, directory, databox ? &*databox : nullptr);
  Rights rights(config.data, config.name, {.entries_max = config.token_cache});
  Engine engine(config.limits, random_seed());
  Time checkpoint_time{};
  RocksStorage storage = open_storage(config, directory, curve, rights, [&](const Storage& found) {
    checkpoint_time = restore_checkpoint(found, engine.state_to_restore());
  });
  directory.note({storage.store(), curve.public_key(), rights.prints()});
  rights.on_change([&] { note_roots(directory, rights); });
  if (!config.public_key_copy.empty()) {
    write_public_copy(config.public_key_copy, curve.public_key());
  }
  if (databox && !trust_arbiter(config, *databox, stop_fd, rights)) {
    spdlog::info("stopping");
    return 0;
  }
  try {
    serve(config, directory, curve, rights, storage, engine, checkpoint_time, stop_fd);
  } catch (const StorageError& failure) {
    // What is acknowledged is on disk, and nothing more can be saved. Closing RocksDB after a write
    // has failed would run into its own assertions.
    spdlog::critical("{}; restart jobqd when that is mended", failure.what());
    spdlog::shutdown();
    std::_Exit(1);
  }
  ::close(stop_fd);
  return 0;
}

}  // namespace
}  // namespace store

int main(int argc, char** argv) {
  auth::open_standard_files();
  ::umask(077);                   // whatever is made, is for the store's user alone
  std::signal(SIGPIPE, SIG_IGN);  // a log that nobody reads any more is no reason to end
  std::signal(SIGXFSZ, SIG_IGN);  // `ulimit -f`: the write fails, as on a full disk
  std::set_new_handler(store::end_without_memory);
  std::signal(SIGABRT, store::on_abort);
  const store::ParsedConfig parsed = store::parse_config(argc, argv);
  if (!parsed.run) {
    return parsed.exit_code;
  }
  if (!parsed.config.verify.empty()) {
    return store::verify_directory(parsed.config.verify);
  }
  if (!parsed.config.restore.empty()) {
    return store::restore_backup(parsed.config.restore, parsed.config.data);
  }
  if (!parsed.config.core_files) {
    store::keep_core_back();
  }
  store::start_log(parsed.config.log_level, parsed.config.log_json);
  try {
    return store::start(parsed.config);
  } catch (const std::exception& failure) {
    spdlog::error("{}", failure.what());
    return 1;
  }
}
