#include "preserve/heirs/share_text.hpp"

#include <algorithm>
#include <map>

#include "foundation/base/ascii.hpp"
#include "foundation/base/text.hpp"
#include "preserve/heirs/limits.hpp"
#include "preserve/heirs/secret_base64.hpp"

namespace tesseras::heirs {
namespace {

using base::ByteSpan;
using base::Code;
using base::fail;
using crypto::SecretBuffer;

constexpr std::string_view first_line = "--- TESSERAS HEIR SHARE ---";
constexpr std::string_view last_line = "--- END HEIR SHARE ---";
// What of them is looked for: dashes are what scanners and mail change first.
constexpr std::string_view first_words = "tesseras heir share";
constexpr std::string_view last_words = "end heir share";
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t digits_per_line = 48;
constexpr std::size_t check_bytes = 2;

// Behind its first byte: the first key, and the head of its value.
constexpr std::string_view binary_begins =
    "\xa8"
    "checksum\xc4\x20";

// A map of up to 15 fields; no text begins with such a byte.
bool is_binary(ByteSpan bytes) {
  return !bytes.empty() && (bytes[0] & std::byte{0xf0}) == std::byte{0x80};
}

// Four hexadecimal digits that only this line, as the `number`th, should have.
std::string check_of(std::size_t number, std::string_view line) {
  crypto::Blake3 hash;
  hash.update(base::as_bytes(fmt::format("{} ", number)));
  hash.update(base::as_bytes(line));
  return base::to_hex(base::ByteSpan(hash.finish().bytes).first<check_bytes>());
}

// What a person reads, without the checks. It decides nothing.
std::vector<std::string> headers_of(const Share& share) {
  const auto& set = share.set;
  return {
      fmt::format("Format: v{}", share_version),
      fmt::format("Owner: {} (fingerprint)", set.owner.hex()),
      fmt::format("Share: {} of {} (threshold: {})", share.part.index, set.total, set.threshold),
      fmt::format("Session: {}", set.session.hex()), fmt::format("Created: {}", set.created)};
}

std::string_view name_in(std::string_view header) { return header.substr(0, header.find(':')); }

struct Line {
  std::size_t number = 0;  // in the file, from 1 on
  std::string_view text;
};

// The lines of one share in a text, told apart. Views of the text.
struct Parts {
  std::vector<Line> headers;                  // but checks
  std::map<std::size_t, std::string> checks;  // by the number of the line that they are of
  std::vector<Line> block;                    // the lines of base64, as they stand there
};

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blanks = " \t\r\v\f";
  const auto begin = line.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(blanks) + 1 - begin);
}

std::vector<Line> lines_of(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::vector<Line> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (const auto words = trimmed(line); !words.empty()) lines.push_back({number, words});
  }
  return lines;
}

// "Check: 3 91bf"; one that cannot be read is as good as none.
void take_check(std::string_view value, std::map<std::size_t, std::string>& checks) {
  value = trimmed(value);
  const auto space = value.find(' ');
  const auto number = base::decimal_from(value.substr(0, space), Limits::text_bytes_max);
  if (!number || space == std::string_view::npos) return;
  checks[*number] = base::to_lower(trimmed(value.substr(space)));
}

// In letters of any size. The line may be one of the secret, of which no copy is made.
bool holds(const Line& line, std::string_view words) {
  return !std::ranges::search(line.text, words, {}, [](char c) {
            return base::to_lower(c);
          }).empty();
}

bool has_share(std::span<const Line> lines) {
  return std::ranges::any_of(lines, [](const Line& line) { return holds(line, first_words); });
}

// Takes the first share and all before it off the lines.
Result<Parts> next_parts(std::span<const Line>& lines) {
  const auto begin =
      std::ranges::find_if(lines, [](const Line& line) { return holds(line, first_words); });
  if (begin == lines.end())
    return fail(Code::corrupt, "it is no heir's share: the line '{}' is not in it", first_line);
  const auto end = std::find_if(begin + 1, lines.end(), [](const Line& line) {
    return holds(line, last_words) || holds(line, first_words);
  });
  if (end == lines.end() || holds(*end, first_words))
    return fail(Code::corrupt, "the end is missing: there is no line '{}'", last_line);
  lines = std::span(end + 1, lines.end());
  Parts parts;
  for (auto line = begin + 1; line != end; ++line) {
    const auto colon = line->text.find(':');
    if (colon == std::string_view::npos) {
      parts.block.push_back(*line);
    } else if (base::to_lower(name_in(line->text)) == "check") {
      take_check(line->text.substr(colon + 1), parts.checks);
    } else {
      parts.headers.push_back(*line);
    }
  }
  return parts;
}

// A line of base64 without the blanks that a scanner sees between letters.
SecretBuffer digits_of(std::span<const Line> lines) {
  std::size_t size = 0;
  for (const Line& line : lines) size += line.text.size();
  SecretBuffer digits(size);
  auto into = digits.mutable_span().begin();
  for (const Line& line : lines) {
    for (const char c : line.text) {
      if (c != ' ' && c != '\t') *into++ = static_cast<std::byte>(c);
    }
  }
  digits.truncate(static_cast<std::size_t>(into - digits.mutable_span().begin()));
  return digits;
}

Result<Share> decode_digits(std::string_view digits) {
  const auto bytes = from_secret_base64(digits);
  if (!bytes) return fail(Code::corrupt, "what should be base64 is not");
  return decode(bytes->span());
}

bool is_all_one_case(std::string_view digits) {
  const auto has = [&](char first, char last) {
    return std::ranges::any_of(digits, [&](char c) { return c >= first && c <= last; });
  };
  return has('a', 'z') != has('A', 'Z');
}

// Why a block does not hold, as far as its checks tell: which lines to look at again.
base::Error what_is_wrong(const Parts& parts, const base::Error& error) {
  std::vector<std::string> wrong;
  wrong.reserve(parts.block.size());
  for (std::size_t i = 0; i < parts.block.size(); ++i) {
    const auto digits = digits_of(std::span(parts.block).subspan(i, 1));
    const auto check = parts.checks.find(i + 1);
    if (check != parts.checks.end() &&
        check->second != check_of(i + 1, base::as_text(digits.span())))
      wrong.push_back(fmt::format("{} (line {} of the file)", i + 1, parts.block[i].number));
  }
  const auto all = digits_of(parts.block);
  if (is_all_one_case(base::as_text(all.span()))) {
    return {Code::corrupt,
            "capital and small letters are not told apart in it: type it again exactly as it is "
            "printed"};
  }
  if (!parts.checks.empty() && parts.block.size() != parts.checks.rbegin()->first) {
    return {Code::corrupt,
            fmt::format("the block has {}, and {} belong there: one is missing, or one too many{}",
                        base::counted(parts.block.size(), "line"), parts.checks.rbegin()->first,
                        wrong.empty() ? "" : ", at or before line " + wrong.front())};
  }
  if (wrong.empty()) return error;
  return {Code::corrupt,
          fmt::format("{} of the block {} not what was printed: {}; compare each letter with the "
                      "paper, capitals and small ones, 0 and O, 1 and l and I",
                      base::counted(wrong.size(), "line"), wrong.size() == 1 ? "is" : "are",
                      fmt::join(wrong, ", "))};
}

std::string without_blanks(std::string_view text) {
  std::string rest = base::to_lower(text);
  std::erase_if(rest, [](char c) { return c == ' ' || c == '\t'; });
  return rest;
}

std::string shown(std::string_view text) {
  return base::to_printable(text.substr(0, Limits::shown_bytes_max));
}

std::vector<std::string> remarks_on(const Parts& parts, const Share& share) {
  const auto meant = headers_of(share);
  std::vector<std::string> remarks;
  for (const Line& line : parts.headers) {
    const auto is_meant = [&](const std::string& header) {
      return without_blanks(name_in(header)) == without_blanks(name_in(line.text));
    };
    const auto found = std::ranges::find_if(meant, is_meant);
    if (found == meant.end()) {
      remarks.push_back(fmt::format("line {}, '{}', is none that belongs there; the share is whole",
                                    line.number, shown(line.text)));
    } else if (without_blanks(*found) != without_blanks(line.text)) {
      remarks.push_back(fmt::format("line {} says '{}', but the share itself, which is whole, '{}'",
                                    line.number, shown(line.text), *found));
    }
  }
  return remarks;
}

Result<Reading> next_reading(std::span<const Line>& lines) {
  const Parts parts = TRY(next_parts(lines));
  auto share = decode_digits(base::as_text(digits_of(parts.block).span()));
  if (!share && share.error().code == Code::corrupt)
    return fail(what_is_wrong(parts, share.error()));
  if (!share) return fail(share.error());
  auto remarks = remarks_on(parts, *share);
  return Reading{.share = *std::move(share), .remarks = std::move(remarks)};
}

}  // namespace

SecretBuffer encode_text(const Share& share) {
  const SecretBuffer bytes = encode(share);
  const SecretBuffer secret_digits = to_secret_base64(bytes.span());
  const auto digits = base::as_text(secret_digits.span());
  std::string head = fmt::format("{}\n{}\n", first_line, fmt::join(headers_of(share), "\n"));
  std::size_t number = 0;
  for (std::size_t at = 0; at < digits.size(); at += digits_per_line) {
    ++number;
    head +=
        fmt::format("Check: {} {}\n", number, check_of(number, digits.substr(at, digits_per_line)));
  }
  head += '\n';
  const auto tail = fmt::format("{}\n", last_line);
  SecretBuffer text(head.size() + digits.size() + number + tail.size());
  auto into = text.mutable_span().begin();
  const auto put = [&into](std::string_view part) {
    into = std::ranges::copy(base::as_bytes(part), into).out;
  };
  put(head);
  for (std::size_t at = 0; at < digits.size(); at += digits_per_line) {
    put(digits.substr(at, digits_per_line));
    put("\n");
  }
  put(tail);
  return text;
}

Result<Reading> decode_text(std::string_view text) {
  const auto lines = lines_of(text);
  std::span<const Line> left = lines;
  auto reading = TRY(next_reading(left));
  // What a scanner reads of a sheet with several codes is the same share several times.
  while (has_share(left)) {
    const auto again = TRY(next_reading(left));
    if (encode(again.share) != encode(reading.share))
      return fail(Code::corrupt, "there are two shares in it; put each into a file of its own");
  }
  return reading;
}

bool looks_like_share(ByteSpan bytes) {
  // Fewer digits than any share has, and more than stand in an example.
  constexpr std::size_t digits_min = 100;
  const auto text = base::as_text(bytes);
  if (is_binary(bytes)) return text.substr(1).starts_with(binary_begins);
  // As it is printed: this is asked of every small file that becomes part of a tessera.
  if (!text.contains(first_line)) return false;
  const auto lines = lines_of(text.substr(text.find(first_line)));
  std::span<const Line> left = lines;
  const auto parts = next_parts(left);
  // Cut off: whatever it is, it is none that was meant to be public.
  return !parts || digits_of(parts->block).size() >= digits_min;
}

Result<Reading> decode_any(ByteSpan bytes) {
  if (!is_binary(bytes)) return decode_text(base::as_text(bytes));
  return Reading{.share = TRY(decode(bytes)), .remarks = {}};
}

}  // namespace tesseras::heirs
