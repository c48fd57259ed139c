// Events as streams and pages of the event log carry them.
#include "codec.h"
#include "encode_reply_parts.h"

namespace store {
namespace {

using Out = protocol::Event::Builder;

void fill_error(Out out, const Event& event) {
  auto error = out.initError();
  error.setCode(text(event.code));
  error.setMessage(text(event.text));
}

// What only some kinds of events have.
void fill_kind(Out out, const Event& event) {
  switch (event.kind) {
    case Event::Kind::kSubmitted:
      out.setPriority(event.priority);
      out.setNotBefore(ms(event.until));
      return set(out, &Out::setParent, event.text);
    case Event::Kind::kEdited: return out.setPriority(event.priority);
    case Event::Kind::kAccepted:
      out.setUntil(ms(event.until));
      return set(out, &Out::setWorker, event.text);
    case Event::Kind::kCancelRequested: return out.setUntil(ms(event.until));
    case Event::Kind::kProgress:
      out.setProgress(event.progress);
      return set(out, &Out::setMessage, event.text);
    case Event::Kind::kFlagged: return set(out, &Out::setMessage, event.text);
    case Event::Kind::kReleased:
      out.setNotBefore(ms(event.until));
      return set(out, &Out::setMessage, event.text);
    case Event::Kind::kLog:
      return jobq::wire::write(LogLine{.number = event.number,
                                       .time = event.time,
                                       .attempt = event.attempt,
                                       .level = event.level,
                                       .text = event.text},
                               out.initLog());
    case Event::Kind::kRetrying: out.setNotBefore(ms(event.until)); return fill_error(out, event);
    case Event::Kind::kFailed:
    case Event::Kind::kForbidden: return fill_error(out, event);
    case Event::Kind::kComplete:
    case Event::Kind::kLeaseLost:
    case Event::Kind::kUndelivered:
    case Event::Kind::kCancelled: return;
  }
}

}  // namespace

void fill(Out out, const std::string& datasource, const Event& event, Sequence previous) {
  out.setSequence(event.sequence);
  out.setPrevious(previous);
  out.setDatasource(text(datasource));
  out.setJob(text(event.id));
  out.setJobSequence(event.job.sequence);
  out.setClient(text(event.client));
  set(out, &Out::setFunction, event.function);
  out.setTime(ms(event.time));
  out.setKind(static_cast<protocol::Event::Kind>(event.kind));
  out.setStatus(static_cast<protocol::Status>(event.status));
  out.setAttempt(event.attempt);
  fill_kind(out, event);
}

std::string encode_event(const std::string& datasource, const Event& event, Sequence previous) {
  jobq::wire::Message message;
  fill(message.initRoot<protocol::Event>(), datasource, event, previous);
  return bytes_of(message);
}

std::string encode_sign(StreamSign sign, const std::string& datasource, Time now, Sequence previous,
                        Sequence last) {
  jobq::wire::Message message;
  auto out = message.initRoot<protocol::Event>();
  out.setKind(sign == StreamSign::kHeartbeat ? protocol::Event::Kind::HEARTBEAT
                                             : protocol::Event::Kind::ENDED);
  out.setDatasource(text(datasource));
  out.setTime(ms(now));
  out.setPrevious(previous);
  out.setSequence(last);
  return bytes_of(message);
}

}  // namespace store
