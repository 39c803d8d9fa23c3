#include "preserve/vault/index_suite.hpp"

namespace tesseras::vault {
namespace {

class MemoryPlace {
 public:
  MemoryPlace() { EXPECT_TRUE(home_->create()); }
  IndexHome& home() { return *home_; }

 private:
  std::unique_ptr<IndexHome> home_ = memory_index_home();
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, IndexSuite, MemoryPlace);

}  // namespace
}  // namespace tesseras::vault
