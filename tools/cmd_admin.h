// The parts of `jobq admin` that are about single jobs, and about tokens.
#pragma once

#include "program.h"

namespace tools {

// remove, restart, edit, redrive.
void add_admin_job(Program& program, CLI::App& parent);
// usage, revoke, key.
void add_admin_token(Program& program, CLI::App& parent);

}  // namespace tools
