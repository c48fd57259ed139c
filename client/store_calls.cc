#include "store_calls.h"

#include "messages.h"

namespace jobq {

StoreStatus ask_store_status(StoreConnection& store) {
  return ask_for<StoreStatus>(store, {.method = Method::GET, .path = "/status"});
}

StoreStats ask_store_stats(StoreConnection& store) {
  return ask_for<StoreStats>(store, {.method = Method::GET, .path = "/admin/stats"});
}

}  // namespace jobq
