// Functions of a datasource: what clients may have done, and what drivers register
// (docs/functions.md). Errors and threads as with jobq::Client (client.h). Every call may be
// repeated.
#pragma once

#include <memory>
#include <string>

#include "jobq/connection.h"
#include "jobq/functions.h"
#include "jobq/types.h"

namespace jobq {

class FunctionClient {
 public:
  explicit FunctionClient(Connection connection);
  ~FunctionClient();

  // For clients: those that the token may submit, a page of them.
  FunctionPage list(const std::string& datasource, const FunctionQuery& query = {});

  // For drivers: all that are registered; one more, or one in place of the one of that name; one
  // less, whose jobs stay.
  FunctionPage registered(const std::string& datasource, const FunctionQuery& query = {});
  FunctionStatus put(const std::string& datasource, const Function& function);
  FunctionStatus remove(const std::string& datasource, const std::string& name);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace jobq
