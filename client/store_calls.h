// Questions about the store as a whole. Internal to the client and driver libraries.
#pragma once

#include "connection.h"
#include "jobq/types.h"

namespace jobq {

StoreStatus ask_store_status(StoreConnection& store);
StoreStats ask_store_stats(StoreConnection& store);

}  // namespace jobq
