#include "admission_job.h"

#include <nlohmann/json.hpp>

#include "raw_json.h"

namespace store {

NewJob admission_job(std::string id, const std::string& datasource, const jobq::Function& function,
                     const NewJob& job) {
  jobq::Json calls = jobq::Json::array();
  for (const jobq::FunctionCall& call : function.calls) {
    calls.push_back({{"method", call.method}, {"path", call.path}});
  }
  const jobq::Json asked = {{"datasource", datasource},
                            {"job", job.job},
                            {"client", job.client},
                            {"function", function.name},
                            {"calls", calls}};
  return {.job = std::move(id),
          .request = jobq::to_text(asked),
          .client = job.client,
          .function = function.name};
}

}  // namespace store
