// The command line of jobq-http.
#pragma once

#include "settings.h"

namespace gateway {

// Ends the program after --help and --version, and with code 2 for what is wrong.
Settings settings_of(int argc, char** argv);

}  // namespace gateway
