// An app: has the words of a text counted, which it leaves to a driver (driver.cc), and prints what
// becomes of the job.
//
//   example-app "the quick brown fox"
//
// Where the store is and who the app is, it reads from the environment, as `jobq` does:
//   JOBQ_ENDPOINT         tcp://HOST:5555
//   JOBQ_SERVER_KEY_FILE  a file with the store's public key, which is in its curve.public
//   JOBQ_TOKEN_FILE       a token: jobq mint --client-of words --client app --expires 1d
#include <jobq/client.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

std::string setting(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Of the file that the setting names.
std::string first_line(const char* name) {
  std::ifstream file(setting(name));
  std::string line;
  std::getline(file, line);
  return line;
}

// A request is any JSON. This one is a string, so what would end it, or is no part of one, must go.
std::string request_of(std::string text) {
  for (char& c : text) {
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return '"' + text + '"';
}

int main(int argc, char** argv) {
  const std::string datasource = "words";  // the name of a queue
  const std::string text = argc > 1 ? argv[1] : "the quick brown fox";
  try {
    // One object is one connection. It is made when it is needed, and made again when the store was
    // away: a call waits for the store as long as `patience` says, and a repeated one does no harm.
    jobq::Client store({.endpoint = setting("JOBQ_ENDPOINT"),
                        .server_key = first_line("JOBQ_SERVER_KEY_FILE"),
                        .token = first_line("JOBQ_TOKEN_FILE"),
                        .patience = std::chrono::minutes(1)});

    // When this returns the job is on the store's disk and will not be lost. Whose it is, the token
    // says. A job may also say when it is to run, how often it may fail, how urgent it is: NewJob.
    jobq::JobStatus job = store.submit(datasource, {.request = request_of(text)});
    std::cout << job.job << " " << to_string(job.status) << std::endl;

    // Each call waits in the store until something has happened to the job, or half a minute. An
    // app that only wants to know how the job ends calls store.wait() once instead.
    while (!is_final(job.status)) {
      job = store.wait_for_change(datasource, job.job, job.client, job.changed,
                                  std::chrono::seconds(30));
      std::cout << job.job << " " << to_string(job.status);
      if (job.progress > 0) std::cout << " " << static_cast<int>(100 * job.progress) << "%";
      std::cout << std::endl;
    }

    if (job.status != jobq::Status::kComplete) {
      std::cout << "error: " << job.error.code << ": " << job.error.message << std::endl;
      return 1;
    }
    std::cout << "words: " << job.response << std::endl;
    return 0;
  } catch (const jobq::Refused& refused) {
    // The store said no, for a reason that will not go away by itself: no right, a wrong name, ...
    std::cerr << "refused (" << refused.code() << "): " << refused.what() << std::endl;
  } catch (const jobq::Unreachable& unreachable) {
    std::cerr << unreachable.what() << std::endl;
  }
  return 2;
}
