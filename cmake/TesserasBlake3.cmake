# BLAKE3's own C and assembly. Debian ships it inside librust-blake3-dev, which ./dev
# unpacks (not installs) so that no Rust crate comes along.

file(GLOB TESSERAS_BLAKE3_DIRS
     "/usr/share/cargo/registry/blake3-*/c"
     "$ENV{TESSERAS_BLAKE3}/usr/share/cargo/registry/blake3-*/c")
if(NOT TESSERAS_BLAKE3_DIRS)
  message(FATAL_ERROR "BLAKE3's C sources are not there; build with ./dev build, which fetches them")
endif()
list(GET TESSERAS_BLAKE3_DIRS 0 dir)

add_library(blake3_c STATIC
  "${dir}/blake3.c" "${dir}/blake3_dispatch.c" "${dir}/blake3_portable.c")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_sources(blake3_c PRIVATE
    "${dir}/blake3_sse2_x86-64_unix.S" "${dir}/blake3_sse41_x86-64_unix.S"
    "${dir}/blake3_avx2_x86-64_unix.S" "${dir}/blake3_avx512_x86-64_unix.S")
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  target_sources(blake3_c PRIVATE "${dir}/blake3_neon.c")
  target_compile_definitions(blake3_c PRIVATE BLAKE3_USE_NEON=1)
endif()
# Its internal header too: tree paths need chunk and parent chaining values.
target_include_directories(blake3_c SYSTEM PUBLIC "${dir}")
