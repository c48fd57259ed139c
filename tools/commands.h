// All commands, in the order of the help.
#pragma once

#include <array>

#include "program.h"

namespace tools {

void add_submit(Program& program);
void add_status(Program& program);
void add_wait(Program& program);
void add_watch(Program& program);
void add_cancel(Program& program);
void add_log(Program& program);
void add_explain(Program& program);
void add_list(Program& program);

void add_work(Program& program);
void add_accept(Program& program);
void add_renew(Program& program);
void add_update(Program& program);
void add_peek(Program& program);
void add_latest(Program& program);
void add_since(Program& program);

void add_mint(Program& program);
void add_attenuate(Program& program);
void add_inspect(Program& program);
void add_discharge(Program& program);
void add_keygen(Program& program);

void add_info(Program& program);
void add_top(Program& program);
void add_stats(Program& program);
void add_admin(Program& program);

inline constexpr std::array kCommands = {
    add_submit,    add_status, add_wait,  add_watch,  add_cancel,    add_log,
    add_explain,   add_list,   add_work,  add_accept, add_renew,     add_update,
    add_peek,      add_latest, add_since, add_mint,   add_attenuate, add_inspect,
    add_discharge, add_keygen, add_info,  add_top,    add_stats,     add_admin,
};

}  // namespace tools
