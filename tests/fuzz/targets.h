// What is fuzzed beside frames and tokens. Each puts untrusted bytes through everything that is
// done to them, and aborts when a rule is broken. True when the bytes were taken, so that a test
// can tell whether it went deep.
#pragma once

#include <string_view>

namespace fuzzing {

// A record of the journal or the checkpoint, as every kind of it.
bool record(std::string_view bytes);
// The first byte is a method, the rest a path; and the same as each text that is parsed by hand.
bool path(std::string_view bytes);
// A job's request.
bool json(std::string_view bytes);
// The first byte says which file of keys the rest is.
bool key_file(std::string_view bytes);
// Chance of a store's life: commands, time, faults. The store must do as the model of it does.
bool engine(std::string_view bytes);
// The first byte says where and how far a connection is made as it should be, the rest goes over
// it. The stores in this process go on serving.
void zmtp(std::string_view bytes);

// What databox's clients send.
bool zest(std::string_view bytes);
// A JSON Schema, and behind its line a text.
bool schema(std::string_view bytes);

// Aborts unless it holds.
void expect(bool holds, const char* rule);

}  // namespace fuzzing
