#include "jobq/function_client.h"

#include <utility>

#include "connection.h"
#include "job_requests.h"
#include "messages.h"

namespace jobq {
namespace {

std::string driver_path(const std::string& datasource) {
  return "/jobs/" + datasource_part(datasource) + "/functions";
}

Question question(Method method, std::string path, FunctionQuery query) {
  return {.method = method,
          .path = std::move(path),
          .fill = [query = std::move(query)](RequestBody body) {
            wire::write(query, body.initFunctionQuery());
          }};
}

}  // namespace

class FunctionClient::Implementation {
 public:
  explicit Implementation(Connection connection) : store(std::move(connection)) {}

  FunctionPage page(std::string path, const FunctionQuery& query) {
    return store.ask(request<FunctionPage>(question(Method::GET, std::move(path), query)));
  }

  StoreConnection store;
};

FunctionClient::FunctionClient(Connection connection)
    : implementation_(std::make_unique<Implementation>(std::move(connection))) {}
FunctionClient::~FunctionClient() = default;

FunctionPage FunctionClient::list(const std::string& datasource, const FunctionQuery& query) {
  return implementation_->page("/" + datasource_part(datasource) + "/job/functions", query);
}

FunctionPage FunctionClient::registered(const std::string& datasource, const FunctionQuery& query) {
  return implementation_->page(driver_path(datasource), query);
}

FunctionStatus FunctionClient::put(const std::string& datasource, const Function& function) {
  return implementation_->store.ask(request<FunctionStatus>(
      {.method = Method::POST,
       .path = driver_path(datasource),
       .fill = [function](RequestBody body) { wire::write(function, body.initFunction()); }}));
}

FunctionStatus FunctionClient::remove(const std::string& datasource, const std::string& name) {
  return implementation_->store.ask(request<FunctionStatus>(
      question(Method::POST, driver_path(datasource) + "/remove", {.name = name})));
}

}  // namespace jobq
