# How every line of ours is compiled. Third-party sources take their own flags.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

set(TESSERAS_SANITIZE "" CACHE STRING "Sanitizers for all code, e.g. address,undefined")

# Wherever a tree is checked out, its objects are the same: ccache hits, builds reproduce.
add_compile_options("-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.")

if(TESSERAS_SANITIZE)
  add_compile_options(-fsanitize=${TESSERAS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TESSERAS_SANITIZE})
else()
  add_compile_options(-fstack-protector-strong $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=3>)
  add_link_options(-Wl,-z,relro,-z,now)
endif()

if(TESSERAS_FUZZ)
  # Coverage in the libraries too: a fuzzer that sees only its own target hunts blind.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g1")
# -Og halves the sanitizers' running time and keeps backtraces readable.
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g1")
set(CMAKE_C_FLAGS_DEBUG "-Og -g1")

set(TESSERAS_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
    -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough -Werror)
