// What libzmq does not bound of the connections that it accepts: how many there are, and how much
// it takes in from them before anything of it is received.
//
// It accepts whoever comes, in threads of its own, until the process has no descriptor left; then
// the database has none either, nor the audit, nor libzmq's own next socket. So accept4(), close()
// and recv() of the C library are replaced, in the whole program: connections that have been
// accepted are counted until they are closed, beyond a bound they are let go at once, and of each
// the bytes are counted that were read from it.
//
// Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace store {

// From now on not more are open at the same time; there is no bound before.
void bound_accepted(std::size_t max);

struct TurnedAway {
  std::uint64_t count = 0;
  std::string last;  // where from, if that is known
};
// Since there were too many.
TurnedAway turned_away();

// Over an accepted connection, as far as they have been read.
std::uint64_t bytes_come(int fd);

// Where the peer of a connection is; empty if it has no address, as a local one.
std::string address_of(int fd);

}  // namespace store
