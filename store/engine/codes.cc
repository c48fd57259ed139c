#include "codes.h"

#include "invariant.h"

namespace store {

const Codes::OfDatasource& Codes::of(DatasourceIndex datasource) const {
  static const OfDatasource kNone;
  const auto found = all_.find(datasource);
  return found == all_.end() ? kNone : found->second;
}

const CodeState* Codes::find(DatasourceIndex datasource, std::string_view hash) const {
  const OfDatasource& codes = of(datasource);
  const auto found = codes.find(hash);
  return found == codes.end() ? nullptr : &found->second;
}

const CodeOfJob& Codes::of(const Job& job) const {
  static const CodeOfJob kNone;
  return job.has_code ? of_jobs_.at(job.key) : kNone;
}

Time Codes::next_idle(Span idle_max) const {
  return idle_.empty() ? Time::max() : idle_.begin()->first + idle_max;
}

void Codes::add(DatasourceIndex datasource, std::string hash, CodeState code) {
  INVARIANT(find(datasource, hash) == nullptr && code.uses == 0, hash);
  shares_.take(code.token, code.bytes);
  idle_.emplace(code.used_at, std::pair(datasource, hash));
  all_[datasource].emplace(std::move(hash), std::move(code));
}

template <typename Change>
void Codes::change(DatasourceIndex datasource, std::string_view hash, const Change& change) {
  INVARIANT(find(datasource, hash) != nullptr, hash);
  OfDatasource& codes = all_.at(datasource);
  CodeState& code = codes.find(hash)->second;
  const auto place = [&] {
    return std::pair(code.used_at, std::pair(datasource, std::string(hash)));
  };
  if (code.uses == 0) {
    idle_.erase(place());
  }
  change(code);
  if (code.uses == 0) {
    idle_.insert(place());
  }
}

void Codes::note_use(DatasourceIndex datasource, std::string_view hash, Time now) {
  change(datasource, hash, [now](CodeState& code) { code.used_at = now; });
}

void Codes::remove(DatasourceIndex datasource, std::string_view hash) {
  const CodeState* code = find(datasource, hash);
  INVARIANT(code != nullptr && code->uses == 0, hash);
  shares_.give(code->token, code->bytes);
  idle_.erase({code->used_at, {datasource, std::string(hash)}});
  OfDatasource& codes = all_.at(datasource);
  codes.erase(codes.find(hash));
  if (codes.empty()) {
    all_.erase(datasource);
  }
}

void Codes::begin(Job& job, CodeOfJob code) {
  change(job.key.datasource, code.hash, [](CodeState& named) { ++named.uses; });
  job.has_code = true;
  of_jobs_[job.key] = std::move(code);
}

void Codes::end(const Job& job) {
  if (!job.has_code) {
    return;
  }
  const auto found = of_jobs_.find(job.key);
  change(job.key.datasource, found->second.hash, [](CodeState& named) { --named.uses; });
  of_jobs_.erase(found);
}

void Codes::begin_function(DatasourceIndex datasource, std::string_view hash) {
  if (!hash.empty()) {
    change(datasource, hash, [](CodeState& named) { ++named.uses; });
  }
}

void Codes::end_function(DatasourceIndex datasource, std::string_view hash) {
  if (!hash.empty()) {
    change(datasource, hash, [](CodeState& named) { --named.uses; });
  }
}

std::size_t bytes_of(const CodeOfJob& code) {
  constexpr std::size_t kOfEach = 160;
  return code.hash.empty() ? 0 : kOfEach + code.hash.size() + code.method.size();
}

std::string label_of_runtime(std::string_view runtime) {
  return std::string(kRunCode) + std::string(runtime);
}

}  // namespace store
