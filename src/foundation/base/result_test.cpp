#include "foundation/base/result.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace tesseras::base {
namespace {

Result<std::unique_ptr<int>> half(int n) {
  if (n % 2 != 0) return fail(Code::invalid, "{} is odd", n);
  return std::make_unique<int>(n / 2);
}

Result<void> check(int n) {
  if (n < 0) return fail(Code::denied, "negative");
  return {};
}

Result<int> quarter(int n) {
  TRY(check(n));
  const auto once = TRY(half(n));
  return *TRY(half(*once));
}

TEST(Result, TryPassesValuesAndErrors) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error(), (Error{Code::invalid, "3 is odd"}));
  EXPECT_EQ(quarter(-4).error().code, Code::denied);
}

TEST(Result, ContextGoesBeforeTheMessage) {
  const Result<int> failed = fail_in(quarter(6).error(), "in {}", "album");
  EXPECT_EQ(failed.error().message, "in album: 3 is odd");
  EXPECT_EQ(failed.error().code, Code::invalid);
}

}  // namespace
}  // namespace tesseras::base
