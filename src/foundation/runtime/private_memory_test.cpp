#include "foundation/runtime/private_memory.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace tesseras::runtime {
namespace {

// In a process of its own: what was given up stays so. Its exit status says what it found.
int status_of_child(int (*child)()) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(child());
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return status;
}

TEST(PrivateMemory, CoreDumpsAreOffForGood) {
  const int status = status_of_child([] {
    keep_memory_private();
    rlimit limit{.rlim_cur = 1, .rlim_max = 1};
    if (::getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0) return 1;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    if (::prctl(PR_GET_DUMPABLE) != 0) return 2;
#endif
    keep_memory_private();  // again changes nothing
    return 0;
  });
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(PrivateMemory, WhoAbortsLeavesNone) {
  const int status = status_of_child([]() -> int {
    keep_memory_private();
    std::abort();
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(WCOREDUMP(status));
}

}  // namespace
}  // namespace tesseras::runtime
