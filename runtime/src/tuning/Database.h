//===- Database.h - the tuning database on SQLite ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the tuning database. It is opened for each operation: operations
// are rare, and a connection may not cross a fork.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_TUNING_DATABASE_H
#define PLAIT_RUNTIME_SRC_TUNING_DATABASE_H

#include "runtime/src/Status.h"

#include <functional>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace plait::tuning {

/// What closing does with the log: leave it, which takes no wait for the disk, or fold it into the database file.
enum class LogAtClose { Leave, Fold };

/// An open database. After a failed step, `damaged` tells whether the file is no sound database.
class Database {
public:
  Database() = default;
  Database(const Database &) = delete;
  Database &operator=(const Database &) = delete;
  ~Database();

  /// Opens or creates the file and its table.
  Status open(const std::string &path, LogAtClose log);

  /// Runs statements without results.
  Status execute(const char *sql);

  /// The failure of the last call.
  Status lastFailure();

  bool damaged() const { return foundDamage; }
  sqlite3 *handle() const { return connection; }

private:
  Status prepare();
  Status prepareSchema();
  /// Removes the file where it was made and could not be filled.
  void removeEmpty();
  /// Checks the whole file, unless it is as this process has last checked it.
  Status checkChanges(const std::string &path);

  sqlite3 *connection = nullptr;
  std::string path;
  bool foundDamage = false;
};

/// A prepared statement. Parameters and columns count from 0 here.
class Statement {
public:
  Statement(Database &database, const std::string &sql);
  Statement(const Statement &) = delete;
  Statement &operator=(const Statement &) = delete;
  ~Statement();

  /// Binds the next parameter.
  Statement &bind(const char *text);
  Statement &bind(int64_t number);
  Statement &bind(double number);

  /// Makes one step. `row` tells whether there is a row.
  Status step(bool &row);

  /// Readies the statement for other parameters.
  void reset();

  std::string text(int column) const;
  int64_t integer(int column) const;
  double real(int column) const;

private:
  Database &database;
  sqlite3_stmt *statement = nullptr;
  int bound = 0;
};

/// Runs an operation on the tuning database. If the file turns out to be damaged it is set aside, and the operation
/// runs on a fresh one; its outcome then carries a notice.
Status withDatabase(const std::function<Status(Database &)> &operation, LogAtClose log = LogAtClose::Fold);

/// Whether there is a database to read from.
bool databaseExists();

} // namespace plait::tuning

#endif // PLAIT_RUNTIME_SRC_TUNING_DATABASE_H
