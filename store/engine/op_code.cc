// Code that clients add, for their jobs to name.
#include "apply.h"
#include "room.h"

namespace store {
namespace {

jobq::CodeStatus status_of(std::string hash, const CodeState& code) {
  return {.hash = std::move(hash),
          .runtime = code.runtime,
          .bytes = code.bytes,
          .uses = code.uses,
          .added_at = code.added_at,
          .used_at = code.used_at};
}

Refused unknown_code() { return {Code::kNotFound, "code: unknown"}; }

}  // namespace

Answer apply(Context& context, AddCode& command) {
  const auto known = context.state.find_datasource(command.datasource);
  const CodeState* there = known ? context.state.codes.find(*known, command.hash) : nullptr;
  if (there != nullptr && there->runtime != command.runtime) {
    return Refused{Code::kConflict,
                   "runtime: this code is there already, for '" + there->runtime + "'"};
  }
  if (there != nullptr) {
    context.record({.datasource = *known}, CodeUsed{command.hash});
    return status_of(std::move(command.hash), *there);
  }
  if (auto refused = no_room_for_code(context, command.content.size())) {
    return std::move(*refused);
  }
  const auto datasource = context.find_or_add_datasource(command.datasource);
  if (!datasource) {
    return *no_room_for_datasource(context);
  }
  context.record({.datasource = *datasource},
                 CodeAdded{command.hash, std::move(command.runtime), std::move(command.content)});
  const CodeState* added = context.state.codes.find(*datasource, command.hash);
  return status_of(std::move(command.hash), *added);
}

Answer apply(Context& context, const Datasource& datasource, const ReadCode& command) {
  const CodeState* code = context.state.codes.find(datasource.index, command.hash);
  if (code == nullptr) {
    return unknown_code();
  }
  return CodeReply{datasource.index, status_of(command.hash, *code)};
}

Answer apply(Context& context, const Datasource& datasource, const ListCode& command) {
  const auto& codes = context.state.codes.of(datasource.index);
  jobq::CodePage page;
  auto next = codes.upper_bound(command.query.after);
  for (; next != codes.end() && page.codes.size() < command.query.limit; ++next) {
    page.codes.push_back(status_of(next->first, next->second));
  }
  page.is_end = next == codes.end();
  return page;
}

Answer apply(Context& context, const Datasource& datasource, const RemoveCode& command) {
  const CodeState* code = context.state.codes.find(datasource.index, command.hash);
  if (code == nullptr) {
    return unknown_code();
  }
  if (code->uses > 0) {
    return Refused{Code::kConflict, "code: " + std::to_string(code->uses) +
                                        " jobs and functions that the store has name it"};
  }
  jobq::CodeStatus status = status_of(command.hash, *code);
  context.record({.datasource = datasource.index}, CodeRemoved{command.hash});
  return status;
}

}  // namespace store
