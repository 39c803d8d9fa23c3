// The forms of single values, shared by MANIFEST and meta.json.
#pragma once

#include <string_view>

namespace tesseras::tessera {

// Well-formed by the grammar of RFC 5646 section 2.1 (of the grandfathered tags only the
// regular ones), at most 64 bytes. Letters of either case. "und" is one.
bool is_language_tag(std::string_view text);

// type/subtype of RFC 6838 section 4.2, lower case, no parameters, each half 1 to 127 bytes.
bool is_media_type(std::string_view text);

// 1 to 8 of a-z and 0-9.
bool is_extension(std::string_view text);

// Why a text may not stand on one line for people to read: "is empty", "is not UTF-8",
// "has a control character", "begins with a space", "ends with a space". Empty when it may.
std::string_view line_fault(std::string_view text);

// "1961", "1961-08", "1961-08-05": dates that exist.
bool is_year(std::string_view text);
bool is_year_month(std::string_view text);
bool is_date(std::string_view text);

// "YYYY-MM-DDTHH:MM:SS", then "." and 1 to 9 digits, then "Z" or "+HH:MM" or "-HH:MM", the last
// two optional: local time as a camera states it. The date and the time of day must exist.
bool is_capture_time(std::string_view text);

// The same with "Z" demanded: RFC 3339 in UTC, up to nanoseconds.
bool is_utc_time(std::string_view text);

}  // namespace tesseras::tessera
