// Schedules of a datasource, for clients: jobs that the store submits again and again, by the clock
// (docs/schedules.md). Errors and threads as with jobq::Client (client.h). Every call may be
// repeated.
#pragma once

#include <memory>
#include <string>

#include "jobq/connection.h"
#include "jobq/schedules.h"
#include "jobq/types.h"

namespace jobq {

// A schedule of a datasource.
struct ScheduleAddress {
  std::string datasource{};
  std::string name{};    // up to 64 bytes, of the alphabet of ids
  std::string client{};  // as in NewJob
};

class ScheduleClient {
 public:
  explicit ScheduleClient(Connection connection);
  ~ScheduleClient();

  // In place of the one of that name, if there is one. Its jobs are submitted with the rights of
  // the token that this is asked with, as long as they last.
  ScheduleStatus add(const ScheduleAddress& address, Schedule schedule);
  // `times`: how many of the next ones to tell, up to 100.
  ScheduleStatus show(const ScheduleAddress& address, unsigned times = 0);
  // By name, those behind `after`; `address.name` is not looked at.
  SchedulePage list(const ScheduleAddress& address, const std::string& after = {},
                    unsigned limit = 0);
  ScheduleStatus pause(const ScheduleAddress& address);
  ScheduleStatus resume(const ScheduleAddress& address);
  ScheduleStatus remove(const ScheduleAddress& address);
  // Makes a job now, beside those that come by the clock. An empty id: a new GUID.
  JobStatus run(const ScheduleAddress& address, std::string job = {});

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace jobq
