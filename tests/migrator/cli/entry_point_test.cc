// sluice as the entry point of an image (guides D3): it migrates, then the application starts.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/support/migrator_world.h"
#include "tests/support/source.h"

using support::Finished;
using support::MigratorWorld;
using testing::HasSubstr;
using testing::Not;

namespace {

/// The only block in docs/which-one.md that is a script.
std::string documented_script() {
  const std::string page = support::run_program({"cat", support::source("docs/which-one.md")}).out;
  const std::string begin = "```sh\n";
  const std::size_t at = page.find(begin) + begin.size();
  return page.substr(at, page.find("```", at) - at);
}

/// An application that says that it runs, and as which process.
std::vector<std::string> application() { return {"sh", "-c", "echo started as $$ $0 $DATABASE_URL", "shop"}; }

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

class EntryPoint : public testing::Test {
 protected:
  /// With `sluice` found by name.
  Finished start_script() const {
    const std::string bin = world_.folder() + "/bin";
    std::filesystem::create_directories(bin);
    std::filesystem::create_symlink(support::binary("sluice"), bin + "/sluice");
    world_.file("../start.sh", documented_script());
    return support::run_program(std::vector<std::string>{"sh", world_.folder() + "/start.sh"} + application(),
                                world_.environment({"PATH=" + bin + ":/usr/bin:/bin"}));
  }
  Finished then(const std::vector<std::string>& more = {}) const {
    return world_.sluice(std::vector<std::string>{"run", "--then", "--"} + application(), more);
  }

  MigratorWorld world_;
};

}  // namespace

TEST_F(EntryPoint, OfTheDocumentedScriptStartsTheApplicationBehindItsSchema) {
  world_.tables(1);
  const Finished done = start_script();
  EXPECT_EQ(done.code, 0) << done.out << done.err;
  EXPECT_THAT(done.out, HasSubstr("started as"));
  EXPECT_EQ(world_.versions(), "001");
}

TEST_F(EntryPoint, OfTheDocumentedScriptStartsNothingAfterAFailure) {
  world_.revision(1, "INSERT INTO missing VALUES (1);");
  const Finished done = start_script();
  EXPECT_EQ(done.code, 20) << done.out << done.err;
  EXPECT_THAT(done.out, Not(HasSubstr("started as")));
}

TEST_F(EntryPoint, BecomesTheApplicationInTheSameProcess) {
  world_.tables(1);
  support::Program program(world_.command(std::vector<std::string>{"run", "--then", "--"} + application()),
                           world_.environment());
  const int pid = program.pid();
  const Finished done = program.wait();
  EXPECT_EQ(done.code, 0) << done.out << done.err;
  EXPECT_THAT(done.out, HasSubstr("started as " + std::to_string(pid) + " shop"));
  EXPECT_EQ(world_.versions(), "001");
}

TEST_F(EntryPoint, StartsNothingAfterAFailure) {
  world_.revision(1, "INSERT INTO missing VALUES (1);");
  const Finished done = then();
  EXPECT_EQ(done.code, 20);
  EXPECT_THAT(done.out, Not(HasSubstr("started as")));
}

TEST_F(EntryPoint, StartsTheApplicationAloneWhereMigratingIsSwitchedOff) {
  world_.tables(1);
  EXPECT_THAT(then({"AUTO_MIGRATE=false"}).out, HasSubstr("started as"));
  EXPECT_EQ(world_.ask("SELECT to_regclass('alembic_version') IS NULL"), "t");
}

TEST_F(EntryPoint, LeavesTheApplicationTheEnvironmentOfItsImage) {
  world_.tables(1);
  const Finished done = then({"DATABASE_URL=of-the-image", "SLUICE_ONLY=SLUICE_DATABASE_URL,SLUICE_MIGRATIONS"});
  EXPECT_THAT(done.out, HasSubstr("shop of-the-image")) << done.err;
}

TEST_F(EntryPoint, SaysWhichApplicationIsMissing) {
  world_.tables(1);
  EXPECT_EQ(world_.sluice({"run", "--then"}).code, 2);
  const Finished gone = world_.sluice({"run", "--then", "--", "/no/such/program"});
  EXPECT_EQ(gone.code, 2);
  EXPECT_THAT(gone.out + gone.err, HasSubstr("/no/such/program"));
}
