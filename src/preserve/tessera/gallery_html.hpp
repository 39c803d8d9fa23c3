// Pieces of HTML. Everything from outside passes through escape(). Not for others.
#pragma once

#include <string>
#include <string_view>

namespace tesseras::tessera::html {

// Text for between tags and inside quoted attributes: & < > " ' become references; CR LF and CR
// become LF; bytes that are not UTF-8 and other control characters become U+FFFD.
std::string escape(std::string_view text);

// The beginning of a text, cut between characters at the latest after `bytes_max` bytes.
std::string_view beginning(std::string_view text, std::size_t bytes_max);

// Escaped, and kept from turning what we write beside it: a name may be of another script, or hold
// a character that reverses all that follows.
std::string isolated(std::string_view text);

// Without the byte order mark that some systems put before a text.
std::string_view without_mark(std::string_view text);

// A text for alt="": its beginning on one line, "…" where it was cut. Not yet escaped.
std::string alternative(std::string_view context);

// Language and direction as HTML has them: lang="" for "und" or nothing; "rtl" where the script is
// written from the right.
std::string_view language_attribute(std::string_view tag);
std::string_view direction(std::string_view tag);

// What HTML allows in <time datetime>: seconds at most; the rest is cut off.
std::string machine_time(std::string_view capture_time);
// "2026-02-14 09:30" and the offset where there is one.
std::string shown_time(std::string_view capture_time);

}  // namespace tesseras::tessera::html
