// Text from outside: is it UTF-8, how is it shown, what was probably meant.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tesseras::base {

// True for well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view text);

// The text with each byte that is not part of well-formed UTF-8 replaced by U+FFFD.
std::string to_utf8_lossy(std::string_view text);

// As to_utf8_lossy, and control characters shown as \n, \t, \r, \x1b, and those that change the
// direction of writing as \u202e, so that a file name from outside cannot move the cursor, forge a
// line of our output or read as another name.
std::string to_printable(std::string_view text);

// True when the text has a C0 control character or DEL.
bool has_control(std::string_view text);

// Percent-encoding as MANIFEST writes paths: every byte outside A-Z a-z 0-9 . _ / - becomes
// % and two upper-case digits.
std::string percent_encode(std::string_view bytes);
// The bytes again; nullopt for a wrong, lower-case or needless escape, or an unescaped byte.
std::optional<std::string> percent_decode(std::string_view text);

// A decimal number as our formats write it: digits only, no leading zero, at most `max`.
std::optional<std::uint64_t> decimal_from(std::string_view text, std::uint64_t max);

// The candidate closest to `word` (Levenshtein), or empty when none is close enough that a
// person would have meant it.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// "284 KB", "4 MB", "512 B", "1.5 GB": powers of 1024, rounded to the nearest; from a gigabyte on
// to the nearest tenth, below ten.
std::string human_size(std::uint64_t size_bytes);

// "1 file", "12 files"; "1 memory", "2 memories" with a plural of its own.
std::string counted(std::uint64_t count, std::string_view one, std::string_view many = {});

}  // namespace tesseras::base
