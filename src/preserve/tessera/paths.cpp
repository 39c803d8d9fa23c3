#include "preserve/tessera/paths.hpp"

#include <fmt/format.h>

#include <array>

#include "preserve/tessera/limits.hpp"

namespace tesseras::tessera {
namespace {

// What a byte may do in a written path.
enum class Role : unsigned char { refused, plain, slash, escape };

constexpr std::array<Role, 256> make_roles() {
  std::array<Role, 256> roles{};
  for (unsigned c = 'A'; c <= 'Z'; ++c) roles[c] = Role::plain;
  for (unsigned c = 'a'; c <= 'z'; ++c) roles[c] = Role::plain;
  for (unsigned c = '0'; c <= '9'; ++c) roles[c] = Role::plain;
  roles['.'] = roles['_'] = roles['-'] = Role::plain;
  roles['/'] = Role::slash;
  roles['%'] = Role::escape;
  return roles;
}
constexpr std::array<Role, 256> roles = make_roles();

Role role_of(unsigned c) { return roles[c & 0xffU]; }

constexpr unsigned bad_digit = 16;

unsigned upper_hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10U;
  return bad_digit;
}

std::string_view escape_fault(std::string_view digits) {
  const unsigned high = digits.empty() ? bad_digit : upper_hex_value(digits[0]);
  const unsigned low = digits.size() < 2 ? bad_digit : upper_hex_value(digits[1]);
  if (high == bad_digit || low == bad_digit) {
    return "has a '%' without two upper-case hexadecimal digits";
  }
  const unsigned byte = high * 16 + low;
  if (byte == 0) return "has a zero byte";
  if (role_of(byte) == Role::plain || role_of(byte) == Role::slash) return "has a needless escape";
  return {};
}

// '.' is never escaped, so a written component is "." or ".." exactly when the real one is.
std::string_view component_fault(std::string_view component, std::size_t decoded_bytes) {
  if (component.empty()) return "has an empty component";
  // A path that climbs out of the folder could overwrite anything of the reader's.
  if (component == ".") return "has a component '.'";
  if (component == "..") return "has a component '..'";
  if (decoded_bytes > Limits::path_component_bytes_max) return "has a component over 255 bytes";
  return {};
}

}  // namespace

std::string folder_name(const base::ContentHash& hash) {
  return std::string(folder_name_prefix) + hash.hex();
}

std::string memory_folder(const crypto::Blake3Hash& id) {
  return fmt::format("{}{}/", paths::memories_folder, id.hex());
}

std::string media_name(std::string_view extension, unsigned part) {
  if (part == 0) return fmt::format("media.{}", extension);
  return fmt::format("media.{}.part-{:03}", extension, part);
}

std::string_view path_fault(std::string_view written) {
  if (written.empty()) return "is empty";
  if (written.front() == '/') return "is absolute";
  if (written.back() == '/') return "ends with '/'";
  std::size_t begin = 0, decoded = 0, total = 0;
  for (std::size_t i = 0; i < written.size(); ++i) {
    switch (role_of(static_cast<unsigned char>(written[i]))) {
      case Role::refused: return "has a byte that must be escaped";
      case Role::plain: ++decoded; break;
      case Role::escape:
        if (const auto fault = escape_fault(written.substr(i + 1, 2)); !fault.empty()) return fault;
        i += 2;
        ++decoded;
        break;
      case Role::slash:
        if (const auto fault = component_fault(written.substr(begin, i - begin), decoded);
            !fault.empty()) {
          return fault;
        }
        total += decoded + 1;
        begin = i + 1;
        decoded = 0;
        break;
    }
  }
  if (total + decoded > Limits::path_bytes_max) return "is longer than 4096 bytes";
  return component_fault(written.substr(begin), decoded);
}

}  // namespace tesseras::tessera
