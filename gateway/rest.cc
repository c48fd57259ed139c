#include "rest.h"

#include <algorithm>
#include <utility>

#include "lists.h"
#include "problem.h"
#include "refusal.h"
#include "tags.h"
#include "text_rules.h"

namespace gateway {
namespace {

std::optional<store::Method> method_of(kj::HttpMethod method) {
  switch (method) {
    case kj::HttpMethod::GET:
    case kj::HttpMethod::HEAD: return store::Method::kGet;
    case kj::HttpMethod::POST: return store::Method::kPost;
    case kj::HttpMethod::PUT: return store::Method::kPut;
    case kj::HttpMethod::DELETE: return store::Method::kDelete;
    default: return std::nullopt;
  }
}

std::optional<std::uint64_t> number_of_tag(std::string_view tag) {
  const std::size_t begin = tag.find('"');
  const std::size_t end = begin == tag.npos ? begin : tag.find('"', begin + 1);
  if (end == tag.npos) return std::nullopt;
  return jobq::parse_number(tag.substr(begin + 1, end - begin - 1), UINT64_MAX);
}

std::string link_to_next(const Target& target, const Parameter& next) {
  Target page = target;
  if (next.name == "/since") {
    const bool has_slash = page.path.ends_with('/');
    if (has_slash) page.path.pop_back();
    page.path.replace(page.path.rfind('/') + 1, page.path.npos, next.value);
  } else {
    // Where a list goes on has several words.
    std::erase_if(page.parameters, [&](const Parameter& one) {
      return one.name == next.name || (one.name == "after" && next.name != "after") ||
             one.name == "cursor" || one.name == "behind";
    });
    page.parameters.push_back(next);
  }
  const std::string query = query_text(page.parameters);
  return "<" + page.path + (query.empty() ? "" : "?" + query) + ">; rel=\"next\"";
}

// "priority: 1 .. 100" of "jobs[0].priority: 1 .. 100", where the caller sent no list.
std::string of_one(const std::string& error) {
  constexpr std::string_view kFirst = "[0].";
  const std::size_t end = std::min(error.find(kFirst), error.find(':'));
  return error.substr(end).starts_with(kFirst) ? error.substr(end + kFirst.size()) : error;
}

std::string lines_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

}  // namespace

std::string allowed_methods(std::string_view path) {
  std::string methods;
  for (const auto method :
       {store::Method::kGet, store::Method::kPost, store::Method::kPut, store::Method::kDelete}) {
    const auto found = store::find_route(method, path);
    const auto* none = std::get_if<store::NoRoute>(&found);
    if (none != nullptr && none->code != 400) continue;
    methods += std::string(to_string(method)) + ", ";
    if (method == store::Method::kGet) methods += "HEAD, ";
  }
  return methods.empty() ? methods : methods + "OPTIONS";
}

std::variant<store::Route, Reply> route_of(kj::HttpMethod method, std::string_view path) {
  const auto known = method_of(method);
  // A method that the store has no word for is one that the path has not.
  auto found = store::find_route(known.value_or(store::Method::kPut), path);
  if (auto* route = std::get_if<store::Route>(&found); route != nullptr && known) {
    return std::move(*route);
  }
  const auto* none = std::get_if<store::NoRoute>(&found);
  if (none == nullptr || none->code == 405) {
    const std::string allowed = allowed_methods(path);
    return refusal(405, "method: this path takes " + allowed).with("Allow", allowed);
  }
  return refusal(none->code, none->detail);
}

struct Rest::Call {
  const HttpRequest& request;
  store::Route route;
  store::Operation operation;
  std::string path;  // as the store has it
  Wishes wishes;
  Body body;
  bool wants_lines = false;
  bool wants_total = false;

  Reading reading() const {
    return {.is_one = body.is_one || answers_one(operation, !route.datasource.empty()),
            .wants_lines = wants_lines};
  }
  bool is_submit() const { return operation == store::Operation::kSubmit; }
  ListQuestion list() const { return {path, request.token, *body.list}; }
};

kj::Promise<Answer> Rest::ask(jobq::Question question, const std::string& token,
                              const Reading& reading) {
  const jobq::Span held = question.held;
  const jobq::Request<Answer> request{
      std::make_shared<const jobq::Question>(std::move(question)),
      [reading](const jobq::ReplyReader& reply) { return read_answer(reply, reading); }};
  return calls_.ask(request, token, held).then([](jobq::Answer<Answer> answer) {
    return answer.has_value() ? std::move(answer).value() : answer_of(answer.error());
  });
}

kj::Promise<Reply> Rest::answer(const HttpRequest& request, const store::Route& route,
                                std::string_view json) {
  auto call = kj::heap<Call>(Call{.request = request,
                                  .route = route,
                                  .operation = route.operation,
                                  .path = request.target.path.substr(kPrefix.size()),
                                  .wishes = {},
                                  .body = {},
                                  .wants_lines = request.accepts(kLines)});
  call->wishes.wait = wait_of_preference(request.prefer);
  call->wishes.seen = number_of_tag(request.if_none_match);
  const store::ExpectedBody& expected = store::traits_of(route.operation).body;
  if (request.reads()) {
    Parameters parameters = request.target.parameters;
    call->wants_total =
        route.operation == store::Operation::kListJobs && take_flag(parameters, "total");
    call->body = body_of_parameters(expected, parameters, call->wishes);
  } else {
    if (!request.target.parameters.empty()) {
      throw Refusal(400, request.target.parameters.front().name, "belongs into the body");
    }
    if (call->is_submit()) call->wishes.job = request.idempotency_key;
    call->body = body_of_json(expected, json, call->wishes);
  }
  auto& kept = *call;
  auto reply =
      ask_call(kept).then([this, &kept](Answer answer) { return finish(kept, std::move(answer)); });
  return reply.attach(kj::mv(call));
}

kj::Promise<Answer> Rest::ask_call(const Call& call) {
  const auto& list = call.body.list;
  if (call.operation == store::Operation::kListJobs && list && is_by_value(list->order)) {
    return ordered_page(calls_, call.list())
        .then([reading = call.reading()](const jobq::Answer<jobq::JobPage>& page) {
          return page.has_value() ? answer_of(page.value(), reading) : answer_of(page.error());
        });
  }
  jobq::Question question{.method = call.request.reads() ? jobq::Method::GET : jobq::Method::POST,
                          .path = call.path,
                          .held = call.body.held,
                          .fill = call.body.fill};
  auto answered = ask(std::move(question), call.request.token, call.reading());
  if (!call.is_submit() || !call.wishes.wait) return answered;
  return answered.then(
      [this, &call](Answer answer) { return wait_for_end(call, std::move(answer)); });
}

// Of a submit with Prefer: wait. The ticket is the right to see the job; where it was not wanted,
// the caller's token may be.
kj::Promise<Answer> Rest::wait_for_end(const Call& call, Answer answer) {
  if (answer.code != 200 || answer.job.empty() || answer.is_final) return answer;
  Wishes wishes{.wait = call.wishes.wait};
  Body body = body_of_parameters(store::traits_of(store::Operation::kGetJob).body, {}, wishes);
  jobq::Question question{.path = "/" + std::string(call.route.datasource) + "/job/" + answer.job,
                          .held = body.held,
                          .fill = std::move(body.fill)};
  const std::string token = answer.ticket.empty() ? call.request.token : answer.ticket;
  return ask(std::move(question), token, {})
      .then([submitted = std::move(answer)](Answer waited) mutable {
        if (waited.code != 200) return std::move(submitted);
        waited.is_created = submitted.is_created;
        waited.ticket = std::move(submitted.ticket);
        std::string more = std::string(",\"created\":") + (waited.is_created ? "true" : "false");
        if (!waited.ticket.empty()) more += ",\"ticket\":\"" + waited.ticket + '"';
        waited.json.insert(waited.json.size() - 1, more);
        return waited;
      });
}

kj::Promise<Reply> Rest::finish(const Call& call, Answer answer) {
  if (answer.code != 200 && answer.code != 207) {
    const bool is_snapshot = answer.code == 410 && !answer.json.empty();
    const std::string more = is_snapshot ? ",\"snapshot\":" + answer.json : "";
    const std::string detail = call.body.is_one ? of_one(answer.error) : answer.error;
    return refusal(answer.code, detail, {}, answer.retry_after, more);
  }
  Reply reply{.code = answer.code, .body = std::move(answer.json)};
  if (reply.body.empty()) reply.code = 204;
  if (call.wishes.wait && call.body.held + jobq::Span(call.is_submit()) > jobq::Span{}) {
    reply.with("Preference-Applied", "wait=" + std::to_string(call.wishes.wait->count() / 1000));
  }
  if (call.request.reads() && !answer.job.empty()) {
    const std::string tag = std::to_string(answer.changed);
    reply.with("ETag", "W/\"" + tag + '"').with("Cache-Control", "private, no-cache");
    if (has_tag(call.request.if_none_match, tag)) {
      reply.code = 304;
      reply.body.clear();
    }
  }
  if (answer.is_created && answer.code == 200) {
    const bool is_client = call.route.access == store::Access::kClient;
    reply.code = 201;
    reply.with("Location", std::string(kPrefix) + (is_client ? "/" : "/jobs/") +
                               std::string(call.route.datasource) + "/job/" + answer.job + "/");
  }
  if (answer.next && call.request.reads()) {
    reply.with("Link", link_to_next(call.request.target, *answer.next));
  }
  if (answer.is_list && call.wants_lines) {
    reply.type = kLines;
    reply.body = lines_of(answer.lines);
    return reply;
  }
  if (!call.wants_total) return reply;
  return total_of(calls_, call.list())
      .then([reply = std::move(reply)](const jobq::Answer<jobq::JobCount>& count) mutable {
        if (!count.has_value()) {
          const Answer refused = answer_of(count.error());
          return refusal(refused.code, refused.error, {}, refused.retry_after);
        }
        reply.body.insert(reply.body.size() - 1,
                          ",\"total\":" + std::to_string(count.value().count));
        return std::move(reply);
      });
}

}  // namespace gateway
