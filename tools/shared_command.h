// What both operators and the drivers of a datasource may ask for.
#pragma once

#include "job_calls.h"
#include "jobq/admin.h"
#include "program.h"

namespace tools {

// As an operator, or with --driver as a driver.
struct SharedCommand : DatasourceOptions {
  bool as_driver = false;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    declare_driver(options);
  }
  void declare_driver(Options& options) {
    options.flag("--driver", as_driver, "With a driver's token");
  }
  template <class Ask>
  auto ask(const ConnectionOptions& common, const Ask& ask) const {
    return ask_as<jobq::Admin>(as_driver, common.connection(), ask);
  }
};

}  // namespace tools
