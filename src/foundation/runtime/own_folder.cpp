#include "foundation/runtime/own_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "foundation/base/text.hpp"

namespace tesseras::runtime {
namespace {

using base::Code;
using base::fail;
using base::Result;
using std::filesystem::path;

std::string shown(const path& at) { return base::to_printable(at.native()); }

std::unexpected<base::Error> failed(int number, std::string_view action, const path& at) {
  const auto why = std::generic_category().message(number);
  switch (number) {
    case ENOENT: return fail(Code::not_found, "cannot {} {}: {}", action, shown(at), why);
    case EACCES:
    case EPERM:
    case EROFS: return fail(Code::denied, "cannot {} {}: {}", action, shown(at), why);
    case ENOTDIR:
    case ELOOP:
      return fail(Code::invalid, "cannot {} {}: no folder stands there; move it away", action,
                  shown(at));
    default: return fail(Code::io, "cannot {} {}: {}", action, shown(at), why);
  }
}

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

constexpr std::uint32_t mode_bits = 0777;

}  // namespace

Result<Ownership> ownership_of(const path& folder) {
  struct stat info{};
  if (::stat(folder.c_str(), &info) != 0) return failed(errno, "look at", folder);
  if (!S_ISDIR(info.st_mode)) return failed(ENOTDIR, "look into", folder);
  return Ownership{info.st_uid, info.st_mode & mode_bits};
}

Result<void> make_own_folder(const path& folder, std::uint32_t permissions) {
  if (::mkdir(folder.c_str(), permissions) != 0 && errno != EEXIST) {
    return failed(errno, "make the folder", folder);
  }
  // What is looked at is what is changed, whatever is put in its place meanwhile.
  const Descriptor opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  struct stat info{};
  if (opened.number < 0 || ::fstat(opened.number, &info) != 0) {
    return failed(errno, "look into", folder);
  }
  if (info.st_uid != ::geteuid()) {
    return fail(Code::denied,
                "{} belongs to user {}, not to this one ({}): remove it, or run as "
                "that user",
                shown(folder), info.st_uid, ::geteuid());
  }
  if ((info.st_mode & mode_bits) != permissions && ::fchmod(opened.number, permissions) != 0) {
    return failed(errno, "set the permissions of", folder);
  }
  return {};
}

}  // namespace tesseras::runtime
