# Cross-compiling with Debian's own compiler and its arm64 libraries (multiarch).
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
# libarchive has no installable arm64 -dev package beside amd64 ones; its headers are the same, and
# the core is compiled, not linked.
set(ENV{PKG_CONFIG_LIBDIR}
    "/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig:/usr/lib/x86_64-linux-gnu/pkgconfig")
# Boost is headers only here, and so are its CMake files the same; they lie with amd64's.
list(APPEND CMAKE_PREFIX_PATH "/usr/lib/x86_64-linux-gnu/cmake")
# Only libraries are made with it: a run path would be of no use, and CMake warns of it.
set(CMAKE_SKIP_RPATH ON)
