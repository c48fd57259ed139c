// All commands, in the order of the help.
#pragma once

#include <array>

#include "program.h"

namespace tools {

void add_submit(Program& program);
void add_status(Program& program);
void add_wait(Program& program);
void add_list(Program& program);
void add_work(Program& program);
void add_mint(Program& program);
void add_inspect(Program& program);
void add_info(Program& program);
void add_stats(Program& program);

inline constexpr std::array kCommands = {
    add_submit, add_status,  add_wait, add_list,  add_work,
    add_mint,   add_inspect, add_info, add_stats,
};

}  // namespace tools
