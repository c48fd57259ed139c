#include "event_text.h"

namespace gateway {

std::string text_of(const Message& message, StreamForm form) {
  if (form == StreamForm::kLines) return message.json + '\n';
  std::string text = "event: ";
  text += message.name;
  if (message.cursor) text += "\nid: " + std::to_string(*message.cursor);
  return text + "\ndata: " + message.json + "\n\n";
}

std::string heartbeat_text(std::uint64_t cursor, StreamForm form) {
  const std::string number = std::to_string(cursor);
  if (form == StreamForm::kLines) return R"({"event":"heartbeat","cursor":)" + number + "}\n";
  return ": heartbeat\nid: " + number + "\n\n";
}

std::string opening_text(StreamForm form) {
  return form == StreamForm::kLines ? std::string() : "retry: 1000\n\n";
}

}  // namespace gateway
