#include "preserve/contacts/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/whole_file.hpp"

namespace tesseras::contacts {
namespace {

using base::Code;

std::string card_from(unsigned char byte) {
  identity::RootSeed seed;
  std::ranges::fill(seed.mutable_span(), static_cast<std::byte>(byte));
  return encode(identity::Identity::from_seed(seed));
}

class Store : public ::testing::Test {
 protected:
  std::vector<std::string> names() {
    std::vector<std::string> found;
    const auto contacts = store_.all();
    EXPECT_TRUE(contacts);
    if (contacts)
      for (const auto& one : *contacts) found.push_back(one.name);
    return found;
  }

  runtime::MemoryDisk disk_;
  ContactStore store_{disk_, "/home"};
};

TEST_F(Store, KeepsWhoIsAdded) {
  EXPECT_TRUE(names().empty());
  ASSERT_TRUE(store_.add("Zé da Ponte", card_from(2)));
  ASSERT_TRUE(store_.add("Ana", card_from(1)));
  EXPECT_EQ(names(), (std::vector<std::string>{"Ana", "Zé da Ponte"}));
  const auto found = ContactStore(disk_, "/home").find("Ana");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->card, decode(card_from(1)).value());
  ASSERT_TRUE(store_.remove("Ana"));
  EXPECT_EQ(names(), (std::vector<std::string>{"Zé da Ponte"}));
}

TEST_F(Store, ANameIsGivenOnce) {
  ASSERT_TRUE(store_.add("Ana", card_from(1)));
  EXPECT_TRUE(store_.add("Ana", card_from(1)));
  EXPECT_EQ(store_.add("Ana", card_from(2)).error().code, Code::conflict);
  EXPECT_EQ(store_.find("Ana")->card, decode(card_from(1)).value());
}

TEST_F(Store, KnowsWhoWasMeant) {
  ASSERT_TRUE(store_.add("Mariana", card_from(1)));
  const auto found = store_.find("Marianna");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::not_found);
  EXPECT_NE(found.error().message.find("'Mariana'"), std::string::npos) << found.error().message;
  EXPECT_EQ(store_.remove("Joana").error().code, Code::not_found);
}

TEST_F(Store, RefusesNamesThatAreNone) {
  const std::vector<std::string> bad{"",     "a/b",  "..",    ".hidden", "-n",
                                     " Ana", "Ana ", "A\nna", "\xff",    std::string(65, 'a')};
  for (const auto& name : bad)
    EXPECT_EQ(store_.add(name, card_from(1)).error().code, Code::invalid) << name;
  EXPECT_TRUE(names().empty());
}

TEST_F(Store, NamesWhatIsDamaged) {
  ASSERT_TRUE(store_.add("Ana", card_from(1)));
  ASSERT_TRUE(runtime::replace_whole(disk_, "/home/contacts/Ana.contact", 0644,
                                     base::as_bytes("tesseras contact v1\n")));
  const auto found = store_.all();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::corrupt);
  EXPECT_NE(found.error().message.find("Ana.contact"), std::string::npos);
  // It can be removed all the same; and what is not ours is left alone.
  ASSERT_TRUE(runtime::replace_whole(disk_, "/home/contacts/notes.txt", 0644, base::as_bytes("x")));
  EXPECT_TRUE(store_.remove("Ana"));
  EXPECT_TRUE(names().empty());
}

}  // namespace
}  // namespace tesseras::contacts
