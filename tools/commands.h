// All commands, in the order of the help.
#pragma once

#include <array>

#include "program.h"

namespace tools {

using AddCommand = void(Program&);

AddCommand add_submit, add_status, add_wait, add_watch, add_cancel, add_log, add_explain, add_list,
    add_count, add_work, add_accept, add_renew, add_update, add_peek, add_latest, add_since,
    add_mint, add_attenuate, add_inspect, add_discharge, add_keygen, add_info, add_top, add_stats,
    add_limits, add_admin, add_docs;

inline constexpr std::array kCommands = {
    add_submit, add_status, add_wait,  add_watch,     add_cancel,  add_log,       add_explain,
    add_list,   add_count,  add_work,  add_accept,    add_renew,   add_update,    add_peek,
    add_latest, add_since,  add_mint,  add_attenuate, add_inspect, add_discharge, add_keygen,
    add_info,   add_top,    add_stats, add_limits,    add_admin,   add_docs,
};

}  // namespace tools
