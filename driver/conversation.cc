#include "conversation.h"

#include <algorithm>

namespace jobq {

bool is_put_off(unsigned code) { return code == 429 || code == 503 || code == 507; }

Conversation::Conversation(const Connection& connection, const WorkerOptions& options)
    : options_(options), link_(impatient(connection)) {}

Connection Conversation::impatient(Connection connection) {
  connection.patience = std::min(connection.patience, 2 * connection.retry_after);
  connection.on_trouble = [this](const std::string& line) { store_is_away(line); };
  return connection;
}

bool Conversation::may_ask(const Topic& topic, Clock::time_point now) {
  if (topic.is_under_way || topic.is_over) {
    return false;
  }
  if (now < topic.due) {
    wake_at(topic.due);
  }
  return now >= topic.due;
}

void Conversation::give_up(PendingCall& call) {
  if (call.end()) {
    link_.forget_ended();
  }
}

void Conversation::take_error(Topic& topic, const std::exception_ptr& error) {
  topic.due = Clock::now();
  try {
    std::rethrow_exception(error);
  } catch (const Unreachable& unreachable) {
    store_is_away(unreachable.what());
  } catch (const Refused& refused) {
    is_away_ = false;
    topic.due += kPutOff;
    topic.is_over = !is_put_off(refused.code()) && !topic.refused;
    if (!is_put_off(refused.code()) && topic.refused) {
      topic.refused();
    } else if (!std::exchange(topic.is_trouble_told, true)) {
      tell(options_.datasource + ": " + topic.trouble + ": " + refused.what());
    }
  }
}

void Conversation::tell(const std::string& line) const {
  if (options_.on_trouble) {
    options_.on_trouble(line);
  }
}

void Conversation::store_is_away(const std::string& line) {
  if (!std::exchange(is_away_, true)) {
    tell(line);
  }
}

}  // namespace jobq
