// The part of `jobq admin` that is about single jobs.
#pragma once

#include "program.h"

namespace tools {

// remove, restart, edit, redrive.
void add_admin_job(Program& program, CLI::App& parent);

}  // namespace tools
