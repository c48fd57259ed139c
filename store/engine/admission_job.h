// The job that asks somebody to admit another one.
#pragma once

#include <string>

#include "commands.h"

namespace store {

// `job` is to be submitted into the datasource; `id`: of the one that asks.
NewJob admission_job(std::string id, const std::string& datasource, const jobq::Function& function,
                     const NewJob& job);

}  // namespace store
