# find_package(jobq): the targets jobq::client and jobq::driver.
include(CMakeFindDependencyMacro)
enable_language(C)  # the CapnProto package looks for OpenSSL, which cannot be found without
find_dependency(Threads)
find_dependency(CapnProto)
find_dependency(PkgConfig)
pkg_check_modules(ZMQ REQUIRED QUIET IMPORTED_TARGET libzmq)
pkg_check_modules(SODIUM REQUIRED QUIET IMPORTED_TARGET libsodium)
include(${CMAKE_CURRENT_LIST_DIR}/jobqTargets.cmake)
