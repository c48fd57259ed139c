// All commands; jobq.cc adds them in the order of the help.
#pragma once

#include "program.h"

namespace tools {

using AddCommand = void(Program&);

AddCommand add_submit, add_status, add_watch, add_job, add_work, add_driver, add_mint, add_inspect,
    add_discharge, add_store, add_admin, add_docs;

// The part of `jobq admin` that is about tokens: usage, revoke, key.
void add_admin_token(Program& program, CLI::App& parent);

}  // namespace tools
