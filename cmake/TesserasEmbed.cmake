# Texts built into a program: tesseras_embed(OUTPUT SOURCES...) and, as a script, its worker.
#
# OUTPUT becomes the C++ file that defines all_texts() of preserve/tessera/texts.hpp; a changed text
# or a new one in the list makes it anew. Plain string literals: no assembler, no linker tricks.

if(CMAKE_SCRIPT_MODE_FILE AND DEFINED TESSERAS_EMBED_OUTPUT)
  set(rows "")
  foreach(source IN LISTS TESSERAS_EMBED_SOURCES)
    file(RELATIVE_PATH path "${TESSERAS_EMBED_ROOT}" "${source}")
    file(READ "${source}" text)
    string(FIND "${text}" ")TESSERAS\"" found)
    if(NOT found EQUAL -1)
      message(FATAL_ERROR "${path} has the mark that ends a text in the generated file")
    endif()
    file(SIZE "${source}" size)
    string(APPEND rows "{\"${path}\", std::string_view(R\"TESSERAS(${text})TESSERAS\", ${size})},\n")
  endforeach()
  file(WRITE "${TESSERAS_EMBED_OUTPUT}"
"// Made by cmake/TesserasEmbed.cmake from spec/.
#include \"preserve/tessera/texts.hpp\"

namespace tesseras::tessera {
namespace {
constexpr ShippedText shipped[] = {
${rows}};
}  // namespace

std::span<const ShippedText> all_texts() { return shipped; }

}  // namespace tesseras::tessera
")
  return()
endif()

set(TESSERAS_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

# tesseras_embed(OUTPUT file.cpp ROOT folder SOURCES a.txt ...): paths are relative to ROOT.
function(tesseras_embed)
  cmake_parse_arguments(arg "" "OUTPUT;ROOT" "SOURCES" ${ARGN})
  add_custom_command(
    OUTPUT "${arg_OUTPUT}"
    COMMAND "${CMAKE_COMMAND}" "-DTESSERAS_EMBED_OUTPUT=${arg_OUTPUT}"
            "-DTESSERAS_EMBED_ROOT=${arg_ROOT}" "-DTESSERAS_EMBED_SOURCES=${arg_SOURCES}"
            -P "${TESSERAS_EMBED_SCRIPT}"
    DEPENDS ${arg_SOURCES} "${TESSERAS_EMBED_SCRIPT}"
    COMMENT "Building the texts of spec/ in"
    VERBATIM)
endfunction()
