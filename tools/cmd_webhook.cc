// jobq webhook: a worker that posts what jobs ask for over HTTP.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>

#include "jobq/driver.h"
#include "keeper.h"
#include "program.h"
#include "secret_file.h"
#include "signal_thread.h"
#include "webhook_post.h"
#include "webhook_signature.h"
#include "webhook_transfer.h"
#include "webhook_turns.h"
#include "work_log.h"

namespace tools {
namespace {

constexpr const char* kWebhookExample =
    R"(  (umask 077; head -c 32 /dev/urandom | base64 | sed 's/^/whsec_/' >webhook.secret)
  jobq webhook --allow example.org --secret-file webhook.secret --token-file webhook.token

What becomes of a job is posted when it has --then webhook:https://example.org/done, or --then-any.
The function of a job of this datasource is the URL, and its request what is posted; where the
function is none, the request is {"url": ..., "body": ..., "headers": {...}}. Each post is signed as
Standard Webhooks has it (docs/webhooks.md), with the job's id, the same at each attempt, as
Webhook-Id.
2xx completes the job, with {"status": ..., "body": ...} as its response. 410 fails it for good. A
host or an address that is not allowed forbids it. All else is tried again by the job's backoff, as
far as its terms allow, or when Retry-After says.
No redirect is followed. Without --allow-private only public addresses are connected to, whatever a
name says. SIGINT, SIGTERM or SIGHUP: posts under way are finished, then it ends with 0. A second
one stops them and hands their jobs back; a third one does not wait for anything.)";

constexpr SpanLimits kTimeoutLimits{.min = std::chrono::milliseconds(100),
                                    .max = std::chrono::hours(1)};

struct Webhook {
  static constexpr Words kWords{
      "webhook", "Drivers", "Post what jobs ask for to URLs, signed: callbacks", kWebhookExample};

  jobq::WorkerOptions worker{.datasource = "webhook", .threads = 16};
  AllowList allowed;
  std::string secret_file;
  TransferOptions how;
  unsigned per_host = 4;
  bool quiet = false;

  void declare(Options& options) {
    options.datasource("[DSID]", worker.datasource, "Datasource; default: webhook");
    options.each("--allow HOST",
                 "Host that may be posted to: example.org, example.org:8443, *.example.org, "
                 "http://example.org, * for any; nothing else is; may be repeated",
                 [this](const std::string& text) { allowed.add("--allow", text, false); });
    options.each("--allow-private HOST",
                 "The same for one that may be at a loopback or private address",
                 [this](const std::string& text) { allowed.add("--allow-private", text, true); });
    Options::require(
        options.text("--secret-file FILE", secret_file,
                     "File with the secret that posts are signed with, whsec_... or a text of 24 "
                     "to 64 bytes; each line another one, all of which sign"));
    options.span("--timeout SPAN", how.timeout, "Of a post in all; 100ms to 1h, default: 30s",
                 kTimeoutLimits);
    options.number("--threads N", worker.threads, "Posts at the same time; default: 16",
                   {1, jobq::limits::kItemsMax});
    options.number("--per-host N", per_host, "Of them to one host; default: 4",
                   {1, jobq::limits::kItemsMax});
    options.text("--ca-file FILE", how.ca_file,
                 "File with the certificates that sign receivers'; default: the system's");
    options.text("--name NAME", worker.name,
                 "Of this worker, unique among those that run; default: host and process");
    options.count("--count N", worker.jobs_max, "End after so many attempts in all");
    options.flag("--drain", worker.until_empty,
                 "End when no job may run now and those of this worker are done");
    options.flag("--quiet", quiet, "No line on standard error for each job");
  }

  int run(const ConnectionOptions& common);
};

std::int64_t seconds_since_1970() {
  return std::chrono::duration_cast<std::chrono::seconds>(system_now().time_since_epoch()).count();
}

jobq::Result interrupted(const jobq::Task& task) {
  if (task.cancel_requested()) return jobq::Cancelled{};
  return jobq::Release{.delay = {}, .message = "the post was stopped: the worker ends"};
}

jobq::Result post_job(const Webhook& options, const WebhookSigner& signer, WebhookTurns& turns,
                      const jobq::Task& task) {
  auto found = webhook_post_of(task.accepted());
  if (const auto* error = std::get_if<jobq::JobError>(&found)) return *error;
  auto& post = std::get<WebhookPost>(found);
  const Permission permission = options.allowed.find(post.url);
  if (!permission.is_allowed) return webhook_not_allowed(post.url);

  const TransferWatch watch{.is_interrupted = [&] { return task.interrupted(); },
                            .fd = task.interrupt_fd()};
  const auto turn = turns.take(post.url.host, watch.is_interrupted);
  if (const auto* later = std::get_if<WebhookTurns::Later>(&turn)) {
    return jobq::Release{.delay = later->delay,
                         .message = fmt::format("{}: {} posts are under way (--per-host)",
                                                post.url.host, options.per_host)};
  }
  if (std::holds_alternative<WebhookTurns::Interrupted>(turn)) return interrupted(task);

  const std::int64_t now = seconds_since_1970();
  post.headers.emplace_back("Webhook-Id", task.job());
  post.headers.emplace_back("Webhook-Timestamp", std::to_string(now));
  post.headers.emplace_back("Webhook-Signature", signer.sign(task.job(), now, post.body));
  const WebhookEnd end = transfer(post, permission, options.how, watch);
  if (const auto* answer = std::get_if<WebhookAnswer>(&end)) {
    return webhook_outcome(post.url, *answer);
  }
  if (const auto* failure = std::get_if<WebhookFailure>(&end)) {
    return webhook_outcome(post.url, *failure);
  }
  return interrupted(task);
}

int Webhook::run(const ConnectionOptions& common) {
  if (allowed.is_empty()) throw UsageError("--allow: name the hosts that may be posted to");
  leave_first_process();
  const WebhookSigner signer(secret_file,
                             auth::WipedText{auth::read_secret_file(secret_file)}.text);
  if (!how.ca_file.empty()) (void)read_input(how.ca_file, 16U << 20);  // or each post would fail
  const jobq::Connection connection = common.connection();
  block_end_signals();
  ::signal(SIGPIPE, SIG_IGN);
  start_transfers();

  WorkLog log(quiet, common.json);
  std::atomic<int> exit_code{kOk};
  WebhookTurns turns(per_host, worker.threads / 2);
  log.follow(worker);
  jobq::Worker runner(connection, worker, [&](const jobq::Task& task) {
    return log.note(task, [&] { return post_job(*this, signer, turns, task); });
  });
  const SignalThread signals([&](int number, int signals_seen) {
    if (signals_seen > 2) std::_Exit(128 + number);
    if (signals_seen == 2) {
      log.trouble("stopping what is under way, its jobs are handed back");
      exit_code = 128 + number;
      runner.stop_now();
    } else {
      runner.stop();
    }
  });
  runner.run();
  return exit_code;
}

}  // namespace

void add_webhook(Program& program) { program.add<Webhook>(); }

}  // namespace tools
