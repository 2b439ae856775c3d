//===- Database.cpp - the tuning database on SQLite -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file opens the database, checks it and sets a damaged one aside.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/tuning/Database.h"

#include "runtime/src/File.h"
#include "runtime/src/cache/Settings.h"
#include "runtime/src/threads/ForkMutex.h"

#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <tuple>
#include <unistd.h>

using namespace plait;
using namespace plait::tuning;

namespace {

constexpr int schemaVersion = 1;

/// How long to wait for another process's transaction.
constexpr int patienceMilliseconds = 10'000;

constexpr const char *schema = R"(
  CREATE TABLE IF NOT EXISTS measurements (
    kernel TEXT NOT NULL, key_dim INTEGER NOT NULL, value_dim INTEGER NOT NULL, types TEXT NOT NULL,
    items INTEGER NOT NULL, tokens INTEGER NOT NULL, isa TEXT NOT NULL, compiler TEXT NOT NULL,
    schedule TEXT NOT NULL, min_ns REAL NOT NULL, median_ns REAL NOT NULL,
    checked INTEGER NOT NULL, chosen INTEGER NOT NULL,
    PRIMARY KEY (kernel, key_dim, value_dim, types, items, tokens, isa, compiler, schedule)) WITHOUT ROWID;
  PRAGMA user_version = 1;)";

/// A file's identity: a path may name another one a moment later.
using Identity = std::pair<dev_t, ino_t>;

/// An identity and the state of the content: size and time of the last change.
using Version = std::tuple<Identity, off_t, time_t, long>;

Version versionOf(const std::string &path) {
  struct stat info = {};
  stat(path.c_str(), &info);
  return {{info.st_dev, info.st_ino}, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

/// What this process has last checked. Guarded by ForkMutex::Database.
Version checked;

Identity identify(const std::string &path) { return std::get<Identity>(versionOf(path)); }

Status findPath(std::string &path) {
  if (Status status = cache::findFolder(path))
    return status;
  path += "/tuning.db";
  return nullptr;
}

/// A name beside `path` that neither a database nor its log has: earlier ones that were set aside stay.
std::string unusedName(const std::string &path) {
  std::string name = path + ".damaged";
  for (int number = 2; access(name.c_str(), F_OK) == 0 || access((name + "-wal").c_str(), F_OK) == 0; ++number)
    name = join(path, ".damaged-", number);
  return name;
}

/// Renames the database that was found damaged, unless another process has done so already, and says so in `notice`.
Status setAside(const std::string &path, Identity damaged, std::string &notice) {
  Descriptor lock(open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.valid() || flock(lock.get(), LOCK_EX) != 0)
    return systemFailure(errno, "can't lock '", path, "'");
  if (identify(path) != damaged)
    return nullptr;
  std::string aside = unusedName(path);
  // The log belongs to the damaged file; a fresh database must not replay it, should this process end here.
  rename((path + "-wal").c_str(), (aside + "-wal").c_str());
  if (rename(path.c_str(), aside.c_str()) != 0)
    return systemFailure(errno, "can't set the damaged database '", path, "' aside");
  unlink((path + "-shm").c_str());
  notice = join("the tuning database was damaged and is set aside as '", aside, "'; a fresh one is started");
  return nullptr;
}

Status withNotice(Status status, const std::string &notice) {
  if (!status)
    return failure(PLAIT_RECOVERED, notice);
  if (status->code == PLAIT_NOT_FOUND)
    status->code = PLAIT_DAMAGED;
  status->message += "; " + notice;
  return status;
}

} // namespace

Database::~Database() { sqlite3_close(connection); }

Status Database::open(const std::string &file, LogAtClose log) {
  path = file;
  struct stat info = {};
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    return failure(PLAIT_UNAVAILABLE, "tuning database '", path, "' expects a file, but got ",
                   S_ISDIR(info.st_mode) ? "a folder" : "a device or pipe");
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(path.c_str(), &connection, flags, nullptr) != SQLITE_OK)
    return lastFailure();
  sqlite3_busy_timeout(connection, patienceMilliseconds);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, int(log == LogAtClose::Leave), nullptr);
  Status status = prepare();
  if (status)
    removeEmpty();
  return status;
}

Status Database::prepare() {
  // With a log, this survives a kill at any time; a power cut may cost the last measurements.
  if (Status status = execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL"))
    return status;
  if (Status status = checkChanges(path))
    return status;
  return prepareSchema();
}

void Database::removeEmpty() {
  // The lock is to be had at once, or another process is about to fill the file; a full disk has no room for a journal.
  sqlite3_busy_timeout(connection, 0);
  const char *lock = "PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE";
  auto isEmpty = [&] {
    struct stat info = {};
    return lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0;
  };
  if (isEmpty() && sqlite3_exec(connection, lock, nullptr, nullptr, nullptr) == SQLITE_OK && isEmpty())
    unlink(path.c_str());
}

Status Database::prepareSchema() {
  bool row = false;
  int64_t version = 0;
  {
    Statement query(*this, "PRAGMA user_version");
    if (Status status = query.step(row))
      return status;
    version = query.integer(0);
  }
  if (version == 0)
    return execute(schema);
  if (version != schemaVersion)
    return failure(PLAIT_UNSUPPORTED, "tuning database '", path, "' expects version ", schemaVersion, ", but got ",
                   version);
  return nullptr;
}

Status Database::checkChanges(const std::string &path) {
  Version version = versionOf(path);
  if (version == checked)
    return nullptr;
  Statement check(*this, "PRAGMA quick_check(1)");
  bool row = false;
  if (Status status = check.step(row))
    return status;
  if (check.text(0) != "ok") {
    foundDamage = true;
    return failure(PLAIT_DAMAGED, "tuning database '", path, "' is damaged: ", check.text(0));
  }
  checked = version;
  return nullptr;
}

Status Database::execute(const char *sql) {
  // SQLite itself does not wait for another process that switches to the log or leaves it.
  auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patienceMilliseconds);
  int code;
  while ((code = sqlite3_exec(connection, sql, nullptr, nullptr, nullptr)) == SQLITE_BUSY &&
         std::chrono::steady_clock::now() < end)
    usleep(1000);
  return code == SQLITE_OK ? nullptr : lastFailure();
}

Status Database::lastFailure() {
  if (!connection)
    return Status(outOfMemory());
  int code = sqlite3_errcode(connection);
  foundDamage |= code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
  return failure(foundDamage ? PLAIT_DAMAGED : PLAIT_UNAVAILABLE, "tuning database '", path,
                 "': ", sqlite3_errmsg(connection));
}

Statement::Statement(Database &database, const std::string &sql) : database(database) {
  sqlite3_prepare_v2(database.handle(), sql.c_str(), int(sql.size()) + 1, &statement, nullptr);
}

Statement::~Statement() { sqlite3_finalize(statement); }

Statement &Statement::bind(const char *text) {
  sqlite3_bind_text(statement, ++bound, text, -1, SQLITE_TRANSIENT);
  return *this;
}

Statement &Statement::bind(int64_t number) {
  sqlite3_bind_int64(statement, ++bound, number);
  return *this;
}

Statement &Statement::bind(double number) {
  sqlite3_bind_double(statement, ++bound, number);
  return *this;
}

Status Statement::step(bool &row) {
  if (!statement)
    return database.lastFailure();
  int code = sqlite3_step(statement);
  row = code == SQLITE_ROW;
  return row || code == SQLITE_DONE ? nullptr : database.lastFailure();
}

void Statement::reset() {
  sqlite3_reset(statement);
  bound = 0;
}

std::string Statement::text(int column) const {
  const auto *text = reinterpret_cast<const char *>(sqlite3_column_text(statement, column));
  return text ? text : "";
}

int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement, column); }

double Statement::real(int column) const { return sqlite3_column_double(statement, column); }

bool plait::tuning::databaseExists() {
  std::string path;
  return !findPath(path) && access(path.c_str(), F_OK) == 0;
}

Status plait::tuning::withDatabase(const std::function<Status(Database &)> &operation, LogAtClose log) {
  std::string path;
  if (Status status = findPath(path))
    return status;
  if (Status status = cache::makeFolder(path.substr(0, path.rfind('/'))))
    return status;
  // Also for SQLite's own locks, which must be open when the process forks.
  ForkLock lock(ForkMutex::Database);
  std::string notice;
  for (bool again = false;; again = true) {
    Identity identity;
    {
      Database database;
      Status status = database.open(path, log);
      identity = identify(path);
      if (!status)
        status = operation(database);
      if (!database.damaged() || again)
        return notice.empty() ? std::move(status) : withNotice(std::move(status), notice);
    }
    if (Status status = setAside(path, identity, notice))
      return status;
  }
}
