// What becomes of a datasource that is to be no more.
#pragma once

#include <functional>
#include <string>

#include "jobq/admin.h"

namespace tools {

// With all that it has, its jobs first, in steps, of each of which that is not the last `on_step`
// is told. REQUIRES: it is paused and drains.
void erase_datasource(jobq::Admin& admin, const std::string& datasource,
                      const std::function<void(const jobq::BulkStep&)>& on_step);

}  // namespace tools
