// What the store says as JSON, with the field names of schema/protocol.capnp. Times are RFC 3339
// text, spans milliseconds; a field that is not set is left out. The fields come from
// contract/field_tables.h, in its order.
#pragma once

#include <optional>
#include <string>

#include "jobq/admin.h"
#include "jobq/code.h"
#include "jobq/datasources.h"
#include "jobq/driver.h"
#include "jobq/function_state.h"
#include "jobq/functions.h"
#include "jobq/schedules.h"
#include "jobq/types.h"
#include "jobq/watch.h"
#include "json_text.h"

namespace tools {

// The whole job, on one line. Request and response are embedded as they were written.
// `created`: whether a submit made it.
[[nodiscard]] std::string job_text(const jobq::JobStatus& job, std::optional<bool> created = {});

// Everything but request and response.
template <class Value>
[[nodiscard]] Json fields_of(const Value& value);
[[nodiscard]] std::string record_text(const jobq::RequestRecord& record);

// Each has a member "event": the event's kind, "snapshot", "lost" (a snapshot after a loss) or
// "repair".
[[nodiscard]] Json fields_of(const jobq::Event& event);
[[nodiscard]] Json fields_of(const jobq::WatchSnapshot& snapshot);
[[nodiscard]] Json fields_of(const jobq::WatchRepair& repair);

[[nodiscard]] Json fields_of(const jobq::DatasourceConfig& config);
[[nodiscard]] Json fields_of(const jobq::TokenUse& use);

}  // namespace tools
