// Every maximum and every default of the store in one place. What a peer can reach is refused with
// a documented code; docs/protocol.md repeats those a peer can meet.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "jobq/limits.h"
#include "terms.h"

namespace store {

// What holds where neither the job nor its datasource says anything.
struct Defaults {
  std::uint8_t priority = 50;
  Span lease = std::chrono::seconds(30);
  Span cancel_grace = std::chrono::seconds(30);
  std::uint32_t waiting_max = 0;             // no limit
  std::uint32_t waiting_per_client_max = 0;  // no limit
  std::uint32_t running_max = 0;             // no limit
  Terms terms{.keep_for = std::chrono::minutes(60),
              .valid_for = {},
              .timeout = {},
              .failures_max = 5,
              .lost_leases_max = 3,
              .releases_max = 0,
              .backoff = Backoff()};
};

struct Limits {
  Defaults defaults;

  // Of one message, both ways. Larger ones are answered with 413; beyond twice as much the
  // peer is disconnected before its message fills memory.
  std::size_t frame_bytes_max = jobq::limits::kFrameBytesMax;
  std::size_t id_bytes_max = jobq::limits::kIdBytesMax;
  std::size_t request_bytes_max = jobq::limits::kRequestBytesMax;
  std::size_t response_bytes_max = jobq::limits::kResponseBytesMax;
  std::size_t error_code_bytes_max = jobq::limits::kErrorCodeBytesMax;
  std::size_t error_message_bytes_max = jobq::limits::kErrorMessageBytesMax;
  std::size_t error_detail_bytes_max = jobq::limits::kErrorDetailBytesMax;
  // Jobs, leases or outcomes in one message.
  std::size_t items_max = jobq::limits::kItemsMax;
  std::size_t list_limit_max = jobq::limits::kListLimitMax;
  std::size_t list_limit_default = jobq::limits::kListLimitDefault;
  // Jobs looked at for one page of a list, so that a filter that matches little cannot hold up
  // everybody else.
  std::size_t list_scan_max = 10'000;
  // Bytes of requests given out by one accept, so that the reply fits into a frame.
  std::size_t accept_bytes_max = 6u << 20;

  // Of what all share, and how much of it one token may hold.
  std::size_t datasources_max = jobq::limits::kDatasourcesMax;
  std::size_t datasources_per_token_max = jobq::limits::kDatasourcesPerTokenMax;
  std::size_t config_bytes_max = jobq::limits::kConfigBytesMax;
  std::size_t config_bytes_per_token_max = jobq::limits::kConfigBytesPerTokenMax;
  std::size_t catalogue_bytes_max = jobq::limits::kCatalogueBytesMax;
  std::size_t catalogue_bytes_per_token_max = jobq::limits::kCatalogueBytesPerTokenMax;
  std::size_t jobs_live_max = 20'000'000;
  std::size_t jobs_live_per_token_max = 0;  // 0: three quarters of all
  // What jobs bring that not every job takes, live and finished ones: names that none had before,
  // ids that are long.
  std::size_t name_bytes_max = jobq::limits::kNameBytesMax;
  std::size_t name_bytes_per_token_max = jobq::limits::kNameBytesPerTokenMax;
  // Finished jobs beyond it are forgotten before their time: of the token whose jobs are the most,
  // those finished longest first.
  std::size_t finished_max = 1'000'000;
  // Workers remembered in each datasource, and in all, to answer a repeated accept. Those that were
  // given jobs longest ago make room, of the asker's own if it has a quarter.
  std::size_t workers_max = 10'000;
  std::size_t workers_of_all_max = 65'536;
  std::size_t revocations_max = jobq::limits::kRevocationsMax;
  std::size_t schedules_max = jobq::limits::kSchedulesMax;
  std::size_t schedules_per_token_max = jobq::limits::kSchedulesPerTokenMax;
  std::size_t budgets_max = jobq::limits::kBudgetsMax;
  std::size_t budgets_per_token_max = jobq::limits::kBudgetsPerTokenMax;
  std::size_t schedule_bytes_max = jobq::limits::kScheduleBytesMax;
  std::size_t schedule_bytes_per_token_max = jobq::limits::kScheduleBytesPerTokenMax;
  std::size_t states_max = jobq::limits::kStatesMax;
  std::size_t states_per_token_max = jobq::limits::kStatesPerTokenMax;
  std::size_t state_bytes_max = jobq::limits::kStateBytesMax;
  std::size_t state_bytes_per_token_max = jobq::limits::kStateBytesPerTokenMax;
  std::size_t state_values_max = jobq::limits::kStateValuesMax;
  std::size_t state_value_bytes_max = jobq::limits::kStateValueBytesMax;
  std::size_t state_changes_max = jobq::limits::kStateChangesMax;
  std::size_t checkpoint_bytes_max = jobq::limits::kCheckpointBytesMax;  // of a job
  std::size_t checkpoints_bytes_max = jobq::limits::kCheckpointsBytesMax;
  std::size_t checkpoints_bytes_per_token_max = jobq::limits::kCheckpointsBytesPerTokenMax;
  std::size_t functions_of_datasource_max = jobq::limits::kFunctionsOfDatasourceMax;
  std::size_t registered_max = jobq::limits::kRegisteredMax;
  std::size_t registered_per_token_max = jobq::limits::kRegisteredPerTokenMax;
  std::size_t registered_bytes_max = jobq::limits::kRegisteredBytesMax;
  std::size_t registered_bytes_per_token_max = jobq::limits::kRegisteredBytesPerTokenMax;
  std::size_t code_bytes_max = jobq::limits::kCodeBytesMax;
  std::size_t code_runtime_bytes_max = jobq::limits::kCodeRuntimeBytesMax;
  Span code_idle_max{jobq::limits::kCodeIdleMsMax};  // after its use, while no job names it
  std::size_t codes_max = jobq::limits::kCodesMax;
  std::size_t codes_per_token_max = jobq::limits::kCodesPerTokenMax;
  std::size_t codes_bytes_max = jobq::limits::kCodesBytesMax;
  std::size_t codes_bytes_per_token_max = jobq::limits::kCodesBytesPerTokenMax;
  // Requests held back by waitMs.
  std::size_t waiters_max = jobq::limits::kWaitersMax;
  std::size_t waiters_per_token_max = jobq::limits::kWaitersPerTokenMax;
  std::size_t waiter_bytes_max = jobq::limits::kWaiterBytesMax;
  std::size_t waiter_bytes_per_token_max = jobq::limits::kWaiterBytesPerTokenMax;

  // A turn ends after this many requests, or as soon as their messages exceed these bytes or have
  // taken this time: one turn is one journal record, and who came in it waits for its end.
  int requests_per_turn_max = 256;
  std::size_t turn_bytes_max = 16u << 20;
  std::chrono::milliseconds turn_time_max{10};
  // Nor does it take in more once so much has gone on tokens that are none.
  std::chrono::microseconds refused_token_time_per_turn_max{500};
  // Timers of each kind handled in one turn; the rest follow in the next.
  int expirations_per_turn_max = 1024;
  // Jobs that wait no more for one that has ended.
  std::size_t flow_steps_per_turn_max = 4096;
  // Schedules that are due, of which each makes one job.
  int schedules_per_turn_max = 256;
  // Jobs looked at by all lists of a turn; those that come later look at 100 at most.
  std::size_t scan_per_turn_max = 100'000;
  // Jobs changed by all bulks of a turn; those that come later change one each.
  std::size_t bulk_per_turn_max = 4096;
  // Of requests that are searched for a text. Whoever comes next then waits for the next turn.
  std::size_t search_bytes_per_turn_max = 8u << 20;

  std::chrono::milliseconds wait_max{jobq::limits::kWaitMsMax};
  std::chrono::milliseconds lease_min{jobq::limits::kLeaseMsMin};
  std::chrono::milliseconds lease_max{jobq::limits::kLeaseMsMax};
  std::chrono::milliseconds cancel_grace_max{jobq::limits::kCancelGraceMsMax};
  // Of keepFor, timeout, backoff, and of what a retry or a release waits.
  std::chrono::milliseconds span_max{jobq::limits::kSpanMsMax};
  Time not_before_max{Span(jobq::limits::kNotBeforeMax)};  // the last of the year 9999
  // Of delay and validFor.
  std::chrono::milliseconds delay_max{jobq::limits::kDelayMsMax};
  std::uint8_t priority_max = jobq::limits::kPriorityMax;
  std::uint32_t failures_max = jobq::limits::kFailuresMax;
  std::uint32_t lost_leases_max = jobq::limits::kLostLeasesMax;
  std::uint32_t releases_max = jobq::limits::kReleasesMax;
  std::uint32_t backoff_factor_percent_max = jobq::limits::kBackoffFactorPercentMax;
  std::size_t tags_max = jobq::limits::kTagsMax;
  std::size_t labels_max = jobq::limits::kLabelsMax;
  std::size_t grants_bytes_max = jobq::limits::kGrantsBytesMax;
  std::size_t after_max = jobq::limits::kAfterMax;
  std::size_t follow_ups_max = jobq::limits::kFollowUpsMax;
  std::size_t follow_up_bytes_max = jobq::limits::kFollowUpBytesMax;
  std::size_t follow_up_datasources_max = jobq::limits::kFollowUpDatasourcesMax;
  std::size_t after_elsewhere_max = jobq::limits::kAfterElsewhereMax;  // of one submit
  // Of the responses that come with one job of an accept.
  std::size_t after_response_bytes_max = jobq::limits::kAfterResponseBytesMax;
  std::size_t functions_max = jobq::limits::kFunctionsMax;  // named by one accept
  std::size_t progress_message_bytes_max = jobq::limits::kProgressMessageBytesMax;
  std::size_t log_text_bytes_max = jobq::limits::kLogTextBytesMax;
  std::size_t search_text_bytes_max = jobq::limits::kSearchTextBytesMax;
  std::size_t description_bytes_max = jobq::limits::kDescriptionBytesMax;
  std::size_t weights_max = jobq::limits::kWeightsMax;
  std::uint32_t weight_max = jobq::limits::kWeightMax;
  std::size_t costs_max = jobq::limits::kCostsMax;
  std::uint32_t cost_max = jobq::limits::kCostMax;
  std::size_t function_limits_max = jobq::limits::kFunctionLimitsMax;
  std::uint32_t function_limit_max = jobq::limits::kFunctionLimitMax;
  Span ageing_min{jobq::limits::kAgeingMsMin};
  std::size_t starts_counted_max = 1'000'000;  // rates of datasources, functions and keys
  std::size_t item_bytes_max = jobq::limits::kItemBytesMax;
  std::size_t lease_token_bytes_max = 1024;
  std::size_t schedule_name_bytes_max = jobq::limits::kScheduleNameBytesMax;
  std::size_t cron_bytes_max = jobq::limits::kCronBytesMax;
  std::chrono::milliseconds every_min{jobq::limits::kEveryMsMin};
  std::chrono::milliseconds jitter_max{jobq::limits::kJitterMsMax};
  std::size_t catch_up_max = jobq::limits::kCatchUpMax;
  std::size_t schedule_times_max = jobq::limits::kScheduleTimesMax;
  std::size_t version_bytes_max = jobq::limits::kVersionBytesMax;
  std::size_t author_bytes_max = jobq::limits::kAuthorBytesMax;
  std::size_t documentation_bytes_max = jobq::limits::kDocumentationBytesMax;
  std::size_t calls_max = jobq::limits::kCallsMax;
  std::size_t calls_bytes_max = jobq::limits::kCallsBytesMax;
  std::size_t call_method_bytes_max = jobq::limits::kCallMethodBytesMax;
  std::size_t call_path_bytes_max = jobq::limits::kPathBytesMax;
  std::size_t schema_bytes_max = jobq::limits::kSchemaBytesMax;
  std::size_t indexed_max = jobq::limits::kIndexedMax;
  std::size_t pointer_bytes_max = jobq::limits::kPointerBytesMax;
  // Jobs looked at for one page of a search in requests: each may have to be read from disk.
  std::size_t search_scan_max = 1'000;
  // Jobs counted to say how many are before another.
  std::size_t ahead_counted_max = 10'000;
  // Requests held back for the same client.
  std::size_t waiters_per_client_max = jobq::limits::kWaitersPerClientMax;
};

}  // namespace store
