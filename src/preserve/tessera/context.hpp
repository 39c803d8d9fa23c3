// context.txt: the words that go with a memory (spec/tessera.md, section 3). Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "preserve/tessera/meta.hpp"

namespace tesseras::tessera {

// A text as it is kept: UTF-8 with LF line ends (CR LF and CR become LF), no byte-order mark, no
// empty lines or blanks at its end, then one final line feed. Bytes that are not UTF-8 become
// U+FFFD: the caller refuses them earlier where the author can still mend them.
// Empty when nothing but blanks is in it.
std::string tidy_context(std::string_view text);

// Distinct texts, tidied, in order, with an empty line between; empty ones are left out.
std::string join_contexts(std::span<const std::string> texts);

// The original file names (without folders), printable, each once, one a line. Never empty.
std::string original_names(const Meta& meta);

// Where nobody wrote anything: the original names, then the capture time or approximate date if
// known. In no language. Never empty.
std::string fallback_context(const Meta& meta);

}  // namespace tesseras::tessera
