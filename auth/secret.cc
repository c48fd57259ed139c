#include "secret.h"

#include <sodium.h>

#include <cstring>
#include <new>
#include <stdexcept>

namespace auth {

void init_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised");
}

void wipe(void* data, std::size_t size) { sodium_memzero(data, size); }

void Secret::Free::operator()(char* data) const { sodium_free(data); }

Secret::Secret(std::size_t size) : size_(size) {
  init_sodium();
  data_.reset(static_cast<char*>(sodium_malloc(size)));
  if (!data_) throw std::bad_alloc();
}

Secret::Secret(std::string_view bytes) : Secret(bytes.size()) {
  if (!bytes.empty()) std::memcpy(data_.get(), bytes.data(), bytes.size());
  seal();
}

Secret Secret::random(std::size_t size) {
  Secret secret(size);
  randombytes_buf(secret.data_.get(), size);
  secret.seal();
  return secret;
}

void Secret::seal() { sodium_mprotect_readonly(data_.get()); }

}  // namespace auth
