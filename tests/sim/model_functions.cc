// Functions, by docs/functions.md.
#include <algorithm>

#include "model.h"
#include "words.h"

namespace store::sim {

bool fits(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) {
    return text.empty();
  }
  if (pattern.front() == '*') {
    return fits(text, pattern.substr(1)) || (!text.empty() && fits(text.substr(1), pattern));
  }
  return !text.empty() && (pattern.front() == '?' || pattern.front() == text.front()) &&
         fits(text.substr(1), pattern.substr(1));
}

namespace {

// A text that sorts as the functions are to be listed.
std::string sort_key(const jobq::FunctionStatus& function, jobq::FunctionOrder order) {
  const bool is_by_name =
      order == jobq::FunctionOrder::kName || order == jobq::FunctionOrder::kNameDown;
  std::string time = std::to_string(function.changed_at.time_since_epoch().count());
  time.insert(0, 20 - time.size(), '0');
  return (is_by_name ? "" : time) + ":" + function.function.name;
}

}  // namespace

const jobq::Function& Model::function_of(const ModelDatasource* datasource,
                                         const std::string& name) {
  static const jobq::Function kNone;
  if (datasource == nullptr) {
    return kNone;
  }
  const auto found = datasource->functions.find(name);
  return found == datasource->functions.end() ? kNone : found->second.function;
}

jobq::FunctionStatus Model::told(const ModelDatasource& datasource, const std::string& name) const {
  jobq::FunctionStatus status = datasource.functions.at(name);
  status.cost = static_cast<unsigned>(cost_of(&datasource, name));
  return status;
}

Model::Answered Model::on(const PutFunction& put) {
  if (find(put.datasource) == nullptr && !may_make_datasource()) {
    throw Refused{Code::kFull, "datasources", {}};
  }
  ModelDatasource& datasource = found_or_made(put.datasource);
  const std::string& name = put.function.name;
  const bool is_new = !datasource.functions.contains(name);
  jobq::FunctionStatus& status = datasource.functions[name];
  if (is_new || describe(status.function) != describe(put.function)) {
    status.function = put.function;
    status.registered_at = is_new ? now_ : status.registered_at;
    status.changed_at = now_;
  }
  return told(datasource, name);
}

Model::Answered Model::on(const ListFunctions& list) {
  const ModelDatasource& datasource = asked_datasource(list.datasource);
  const jobq::FunctionQuery& query = list.query;
  const bool is_down = query.order == jobq::FunctionOrder::kNameDown ||
                       query.order == jobq::FunctionOrder::kChangedDown;
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& [name, status] : datasource.functions) {
    const auto& tags = status.function.tags;
    if ((query.name.empty() || fits(name, query.name)) &&
        (query.tag.empty() || std::find(tags.begin(), tags.end(), query.tag) != tags.end())) {
      found.emplace_back(sort_key(status, query.order), name);
    }
  }
  std::sort(found.begin(), found.end());
  if (is_down) {
    std::reverse(found.begin(), found.end());
  }
  if (!query.cursor.empty()) {
    // "<changed>:<name>", by which all orders know the place.
    jobq::FunctionStatus last;
    const std::size_t colon = query.cursor.find(':');
    last.changed_at = Time(Span(std::stoll(query.cursor.substr(0, colon))));
    last.function.name = query.cursor.substr(colon + 1);
    const std::string end = sort_key(last, query.order);
    std::erase_if(found,
                  [&](const auto& one) { return is_down ? one.first >= end : one.first <= end; });
  }
  jobq::FunctionPage page;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < found.size() && i < query.limit; ++i) {
    jobq::FunctionStatus status = told(datasource, found[i].second);
    if (!query.is_whole) {
      status.function.documentation = status.function.request_schema =
          status.function.response_schema = "";
    }
    bytes += store::bytes_of(status.function);
    if (i > 0 && bytes > limits_.accept_bytes_max) {
      break;
    }
    if (list.allowance && !list.allowance->rates.empty()) {
      status.quota = quota_of(*list.allowance, status.cost);
    }
    page.functions.push_back(std::move(status));
  }
  if (found.size() > page.functions.size()) {
    const jobq::FunctionStatus& last = page.functions.back();
    page.cursor =
        std::to_string(last.changed_at.time_since_epoch().count()) + ":" + last.function.name;
  }
  return page;
}

Model::Answered Model::on(const RemoveFunction& remove) {
  ModelDatasource& datasource = asked_datasource(remove.datasource);
  if (!datasource.functions.contains(remove.name)) {
    throw Refused{Code::kNotFound, "function", {}};
  }
  const jobq::FunctionStatus gone = told(datasource, remove.name);
  datasource.functions.erase(remove.name);
  return gone;
}

}  // namespace store::sim
