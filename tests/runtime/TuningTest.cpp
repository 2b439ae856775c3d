//===- TuningTest.cpp - the tuning database -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests what is stored, chosen, exported and imported, and that a damaged
// database costs its content at most.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/Support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace plait::test;

namespace {

class Tuning : public testing::Test {
protected:
  plait_status *put(const char *schedule, double nanoseconds, bool chosen = false) {
    plait_measurement measurement = {schedule, nanoseconds, nanoseconds + 1, 1, chosen};
    return plait_tuning_put(&key, &measurement);
  }

  /// The chosen schedule goes to `schedule`.
  plait_status *best() {
    plait_blob *blob = nullptr;
    plait_status *status = plait_tuning_best(&key, &blob);
    schedule = blob ? static_cast<const char *>(plait_blob_data(blob)) : "";
    plait_blob_release(blob);
    return status;
  }

  std::string list() {
    plait_blob *blob = nullptr;
    EXPECT_OK(plait_tuning_list(&key, &blob));
    std::string text = blob ? static_cast<const char *>(plait_blob_data(blob)) : "";
    plait_blob_release(blob);
    return text;
  }

  std::string path(const char *name) { return folder.path + "/" + name; }

  /// The database file with everything in it: a look at it folds the log.
  std::string readDatabase() {
    list();
    EXPECT_FALSE(std::filesystem::exists(path("tuning.db-wal")));
    return readText(path("tuning.db"));
  }

  ScratchFolder folder;
  Setting directory{"PLAIT_CACHE_DIR", folder.path.c_str()};
  plait_tuning_key key = {"recur", 64, 64, "f32,f32,f32", 3, 11, "x86-64-v4", "plait 0.1.0"};
  std::string schedule;
};

TEST_F(Tuning, FindsNothingAtFirstAndWritesNothing) {
  EXPECT_FAILS(best(), PLAIT_NOT_FOUND, "nothing was tuned for kernel 'recur', K = 64");
  EXPECT_FALSE(std::filesystem::exists(path("tuning.db")));
}

TEST_F(Tuning, KeepsTheChoice) {
  ASSERT_OK(put("8x2", 100));
  EXPECT_FAILS(best(), PLAIT_NOT_FOUND, "nothing was tuned");
  ASSERT_OK(put("8x2", 100, true));
  EXPECT_OK(best());
  EXPECT_EQ(schedule, "8x2");
  ASSERT_OK(put("4x4", 90, true));
  EXPECT_OK(best());
  EXPECT_EQ(schedule, "4x4");
  // Measured again, still chosen.
  ASSERT_OK(put("4x4", 95));
  EXPECT_OK(best());
  EXPECT_EQ(schedule, "4x4");
  EXPECT_EQ(list(), R"({"kernel":"recur","key_dim":64,"value_dim":64,"types":"f32,f32,f32","items":3,"tokens":11,)"
                    R"("isa":"x86-64-v4","compiler":"plait 0.1.0","schedule":"4x4","min_ns":95.0,"median_ns":96.0,)"
                    R"("checked":1,"chosen":1})"
                    "\n"
                    R"({"kernel":"recur","key_dim":64,"value_dim":64,"types":"f32,f32,f32","items":3,"tokens":11,)"
                    R"("isa":"x86-64-v4","compiler":"plait 0.1.0","schedule":"8x2","min_ns":100.0,"median_ns":101.0,)"
                    R"("checked":1,"chosen":0})"
                    "\n");
}

TEST_F(Tuning, TellsAllKeysApart) {
  ASSERT_OK(put("8x2", 100, true));
  const plait_tuning_key original = key;
  for (auto change : std::initializer_list<void (*)(plait_tuning_key &)>{
           [](plait_tuning_key &k) { k.kernel = "scan"; }, [](plait_tuning_key &k) { k.key_dim = 65; },
           [](plait_tuning_key &k) { k.value_dim = 65; }, [](plait_tuning_key &k) { k.types = "bf16"; },
           [](plait_tuning_key &k) { k.items_bucket = 4; }, [](plait_tuning_key &k) { k.tokens_bucket = 4; },
           [](plait_tuning_key &k) { k.isa = "aarch64"; }, [](plait_tuning_key &k) { k.compiler = "plait 9"; }}) {
    key = original;
    change(key);
    EXPECT_FAILS(best(), PLAIT_NOT_FOUND, "nothing was tuned");
  }
}

TEST_F(Tuning, RefusesWhatIsNoMeasurement) {
  EXPECT_FAILS(put(nullptr, 1), PLAIT_INVALID_ARGUMENT, "expects a schedule");
  EXPECT_FAILS(put("8x2", -5), PLAIT_INVALID_ARGUMENT, "times >= 0");
  EXPECT_FAILS(put("8x2", NAN), PLAIT_INVALID_ARGUMENT, "times >= 0");
  key.isa = nullptr;
  EXPECT_FAILS(put("8x2", 1), PLAIT_INVALID_ARGUMENT, "one is NULL");
  EXPECT_FAILS(best(), PLAIT_INVALID_ARGUMENT, "one is NULL");
  plait_blob *blob = nullptr;
  EXPECT_FAILS(plait_tuning_put(nullptr, nullptr), PLAIT_INVALID_ARGUMENT, "one is NULL");
  EXPECT_FAILS(plait_tuning_best(nullptr, &blob), PLAIT_INVALID_ARGUMENT, "one is NULL");
  EXPECT_FAILS(plait_tuning_list(nullptr, &blob), PLAIT_INVALID_ARGUMENT, "one is NULL");
  key.isa = "aarch64";
  EXPECT_FAILS(plait_tuning_put(&key, nullptr), PLAIT_INVALID_ARGUMENT, "expects a schedule");
}

TEST_F(Tuning, ExportsAndImports) {
  ASSERT_OK(put("8x2 \"quoted\" \xc3\xa4", 100.25, true));
  ASSERT_OK(put("4x4", 110));
  std::string lines = list();
  ASSERT_OK(plait_tuning_export(path("out.jsonl").c_str()));

  ScratchFolder other;
  Setting elsewhere("PLAIT_CACHE_DIR", other.path.c_str());
  uint64_t count = 0;
  ASSERT_OK(plait_tuning_import(path("out.jsonl").c_str(), &count));
  EXPECT_EQ(count, 2u);
  EXPECT_EQ(list(), lines);
  EXPECT_OK(best());
  EXPECT_EQ(schedule, "8x2 \"quoted\" \xc3\xa4");
}

TEST_F(Tuning, ExportsThroughLinksAndPipes) {
  ASSERT_OK(put("8x2", 100));
  std::string link = path("link"), pipe = path("pipe");
  writeText(path("file"), std::string(1000, 'x'));
  std::filesystem::create_symlink("file", link);
  ASSERT_OK(plait_tuning_export(link.c_str()));
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(readText(path("file")), list());
  // A link to a file that is not there yet makes it.
  std::filesystem::remove(path("file"));
  ASSERT_OK(plait_tuning_export(link.c_str()));
  EXPECT_EQ(readText(path("file")), list());

  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  int reader = open(pipe.c_str(), O_RDWR | O_NONBLOCK);
  ASSERT_OK(plait_tuning_export(pipe.c_str()));
  std::string received(1000, '\0');
  received.resize(size_t(std::max<ssize_t>(read(reader, received.data(), received.size()), 0)));
  close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  EXPECT_EQ(received, list());
}

TEST_F(Tuning, SaysWhenAnExportDoesNotFit) {
  ASSERT_OK(put("8x2", 100));
  // By a link, for root could rename over the device itself.
  std::filesystem::create_symlink("/dev/full", path("full"));
  EXPECT_FAILS(plait_tuning_export(path("full").c_str()), PLAIT_UNAVAILABLE, "full': No space left on device");
}

TEST_F(Tuning, ImportsAllOrNothing) {
  ASSERT_OK(put("8x2", 100, true));
  ASSERT_OK(plait_tuning_export(path("good.jsonl").c_str()));
  std::string good = readText(path("good.jsonl"));
  for (std::string bad : {std::string("{"), std::string("[]"), std::string("7"), std::string("{\"kernel\":\"x\"}"),
                          std::string(good).replace(good.find("100.0"), 5, "\"fast\""),
                          std::string(good).replace(good.find("100.0"), 5, "-1"),
                          std::string(good).replace(good.find("\"tokens\":11"), 11, "\"tokens\":4294967307"),
                          std::string(good).replace(good.find("\"chosen\":1"), 10, "\"chosen\":4294967296"),
                          std::string(good).replace(good.find("\"x86-64-v4\""), 11, "null")}) {
    ScratchFolder other;
    Setting elsewhere("PLAIT_CACHE_DIR", other.path.c_str());
    writeText(path("bad.jsonl"), good + "\n" + bad);
    uint64_t count = 99;
    EXPECT_FAILS(plait_tuning_import(path("bad.jsonl").c_str(), &count), PLAIT_INVALID_ARGUMENT, "line 3 expects");
    EXPECT_EQ(count, 99u);
    EXPECT_FAILS(best(), PLAIT_NOT_FOUND, "nothing was tuned");
  }
  EXPECT_FAILS(plait_tuning_import(path("none.jsonl").c_str(), nullptr), PLAIT_NOT_FOUND, "none.jsonl");
  EXPECT_FAILS(plait_tuning_export("/proc/plait.jsonl"), PLAIT_UNAVAILABLE, "can't write '/proc/plait.jsonl'");
  EXPECT_FAILS(plait_tuning_import(nullptr, nullptr), PLAIT_INVALID_ARGUMENT, "a path, but got NULL");
  EXPECT_FAILS(plait_tuning_export(nullptr), PLAIT_INVALID_ARGUMENT, "a path, but got NULL");
}

TEST_F(Tuning, SetsADamagedDatabaseAside) {
  writeText(path("tuning.db"), std::string(5000, 'x'));
  EXPECT_FAILS(best(), PLAIT_DAMAGED, "was damaged and is set aside");
  EXPECT_EQ(readText(path("tuning.db.damaged")), std::string(5000, 'x'));
  EXPECT_OK(put("8x2", 100, true));

  // The same, met by a writer: the work is done and the notice given.
  readDatabase();
  writeText(path("tuning.db"), std::string(7000, 'y'));
  EXPECT_FAILS(put("4x4", 90, true), PLAIT_RECOVERED, "tuning.db.damaged-2'; a fresh one is started");
  EXPECT_OK(best());
  EXPECT_EQ(schedule, "4x4");

  // Each is kept, and so is a log without its database, which a process that was killed may leave.
  EXPECT_EQ(readText(path("tuning.db.damaged")), std::string(5000, 'x'));
  EXPECT_EQ(readText(path("tuning.db.damaged-2")), std::string(7000, 'y'));
  readDatabase();
  writeText(path("tuning.db.damaged-3-wal"), "log");
  writeText(path("tuning.db"), std::string(9000, 'z'));
  EXPECT_FAILS(put("4x4", 90, true), PLAIT_RECOVERED, "tuning.db.damaged-4'; a fresh one is started");
  EXPECT_EQ(readText(path("tuning.db.damaged-4")), std::string(9000, 'z'));
  EXPECT_EQ(readText(path("tuning.db.damaged-3-wal")), "log");
}

TEST_F(Tuning, NoticesDamageInside) {
  // Many rows at once, from an export with changed schedules.
  ASSERT_OK(put("8x2", 100));
  std::string line = list(), lines;
  for (int i = 0; i < 200; ++i)
    lines += std::string(line).replace(line.find("8x2"), 3, "schedule" + std::to_string(i));
  writeText(path("many.jsonl"), lines);
  ASSERT_OK(plait_tuning_import(path("many.jsonl").c_str(), nullptr));
  ASSERT_OK(put("schedule3", 50, true));

  std::string whole = readDatabase();
  ASSERT_GT(whole.size(), 3 * 4096u);
  for (size_t page = 1; page < whole.size() / 4096; ++page) {
    writeText(path("tuning.db"), std::string(whole).replace(page * 4096, 4096, std::string(4096, '\x55')));
    EXPECT_FAILS(best(), PLAIT_DAMAGED, "was damaged");
    writeText(path("tuning.db"), whole.substr(0, page * 4096));
    EXPECT_FAILS(best(), PLAIT_DAMAGED, "was damaged");
  }
  writeText(path("tuning.db"), whole);
  EXPECT_OK(best());
  EXPECT_EQ(schedule, "schedule3");
}

TEST_F(Tuning, LosesNothingWhenKilled) {
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 5; ++i)
      Outcome(put(std::to_string(i).c_str(), 100, true));
    raise(SIGKILL);
  }
  waitpid(child, nullptr, 0);
  EXPECT_OK(best());
  EXPECT_EQ(schedule, "4");
}

TEST_F(Tuning, RefusesALaterSchema) {
  ASSERT_OK(put("8x2", 100));
  sqlite3 *database = nullptr;
  ASSERT_EQ(sqlite3_open(path("tuning.db").c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "PRAGMA user_version = 9", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  EXPECT_FAILS(best(), PLAIT_UNSUPPORTED, "expects version 1, but got 9");
  EXPECT_FALSE(std::filesystem::exists(path("tuning.db.damaged")));
}

TEST_F(Tuning, SurvivesAFolderThatCannotBeUsed) {
  writeText(path("file"), "");
  Setting file("PLAIT_CACHE_DIR", path("file").c_str());
  EXPECT_FAILS(put("8x2", 100), PLAIT_UNAVAILABLE, "Not a directory");
  EXPECT_FAILS(best(), PLAIT_NOT_FOUND, "nothing was tuned");
  std::filesystem::create_directories(path("folder/tuning.db"));
  Setting folder("PLAIT_CACHE_DIR", path("folder").c_str());
  EXPECT_FAILS(put("8x2", 100), PLAIT_UNAVAILABLE, "tuning.db' expects a file, but got a folder");
  EXPECT_FAILS(best(), PLAIT_UNAVAILABLE, "tuning.db' expects a file, but got a folder");
  std::filesystem::remove(path("folder/tuning.db"));
  ASSERT_EQ(mkfifo(path("folder/tuning.db").c_str(), 0600), 0);
  EXPECT_FAILS(put("8x2", 100), PLAIT_UNAVAILABLE, "tuning.db' expects a file, but got a device or pipe");
}

TEST_F(Tuning, LosesNothingOnAFullDisk) {
  int result = onSmallDisk(folder.path, [&] {
    Outcome outcome(nullptr);
    std::string stored, next;
    for (int i = 0; outcome.code == PLAIT_OK; ++i) {
      stored = next;
      next = std::to_string(i) + std::string(1000, 'x');
      outcome = Outcome(put(next.c_str(), 100, true));
    }
    bool refused = outcome.code == PLAIT_UNAVAILABLE && outcome.message.find("disk is full") != std::string::npos;
    return refused && Outcome(best()).code == PLAIT_OK && schedule == stored ? 7 : 1;
  });
  if (result == mountRefused)
    GTEST_SKIP() << "mounting is not permitted here";
  EXPECT_EQ(result, 7);
}

TEST_F(Tuning, WorksInAChildForkedDuringAnOperation) {
  ASSERT_OK(put("8x2", 100, true));
  std::atomic<bool> stop = false;
  std::thread busy([&] {
    while (!stop)
      list();
  });
  for (int repeat = 0; repeat < 10; ++repeat)
    EXPECT_EQ(inChild([&] { return Outcome(best()).code == PLAIT_OK && schedule == "8x2" ? 7 : 1; }), 7);
  stop = true;
  busy.join();
}

TEST_F(Tuning, IsSharedByManyProcesses) {
  std::vector<pid_t> children;
  for (int seed = 0; seed < 4; ++seed) {
    children.push_back(fork());
    if (children.back() == 0) {
      alarm(60);
      int failures = 0;
      for (int i = 0; i < 20; ++i)
        failures += Outcome(put((std::to_string(seed) + "-" + std::to_string(i)).c_str(), i, true)).code != PLAIT_OK;
      _exit(failures ? 1 : 7);
    }
  }
  for (pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 7);
  }
  std::string lines = list();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 80);
  EXPECT_EQ(lines.find("\"chosen\":1"), lines.rfind("\"chosen\":1"));
  EXPECT_OK(best());
}

} // namespace
