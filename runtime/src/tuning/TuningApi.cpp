//===- TuningApi.cpp - the tuning database in the C interface -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file stores, finds, exports and imports measurements.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Blob.h"
#include "runtime/src/File.h"
#include "runtime/src/tuning/Rows.h"

#include <bit>
#include <sstream>

using namespace plait;
using namespace plait::tuning;

namespace {

/// Runs an operation as one transaction. What fails is rolled back when the database closes.
Status transact(Database &database, const std::function<Status()> &operation) {
  if (Status status = database.execute("BEGIN IMMEDIATE"))
    return status;
  if (Status status = operation())
    return status;
  return database.execute("COMMIT");
}

/// Whether an operation was carried out, be it on a fresh database.
bool isDone(const Status &status) { return !status || status->code == PLAIT_RECOVERED; }

/// Collects the first column of all rows, a line each.
Status collect(Statement &statement, std::string &lines) {
  lines.clear();
  for (bool row = true;;) {
    if (Status status = statement.step(row); status || !row)
      return status;
    lines += statement.text(0) + "\n";
  }
}

Status nothingChosen(const plait_tuning_key &key) {
  return failure(PLAIT_NOT_FOUND, "nothing was tuned for kernel '", key.kernel, "', K = ", key.key_dim,
                 ", V = ", key.value_dim, ", types ", key.types, ", items 2^", key.items_bucket, ", tokens 2^",
                 key.tokens_bucket, ", ", key.isa, ", compiler ", key.compiler);
}

Status findBest(const plait_tuning_key &key, plait_blob **schedule) {
  if (!databaseExists())
    return nothingChosen(key);
  return withDatabase([&](Database &database) -> Status {
    Statement query(database, join("SELECT schedule FROM measurements", whereKey, " AND chosen"));
    bool row = false;
    if (Status status = bindKey(query, key).step(row))
      return status;
    if (!row)
      return nothingChosen(key);
    *schedule = new plait_blob{query.text(0)};
    return nullptr;
  });
}

Status importLines(Database &database, const std::string &path, const std::string &text, uint64_t &count) {
  std::istringstream lines(text);
  uint64_t number = 0;
  count = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos)
      continue;
    bool sound = false;
    if (Status status = putJson(database, line, sound))
      return status;
    if (!sound)
      return failure(PLAIT_INVALID_ARGUMENT, "'", path, "' line ", number,
                     " expects a measurement as a JSON object, but got '", line.substr(0, 80), "'");
    ++count;
  }
  return nullptr;
}

} // namespace

int32_t plait_tuning_bucket(int64_t value) { return value < 1 ? 0 : int32_t(std::bit_width(uint64_t(value))) - 1; }

plait_status *plait_tuning_put(const plait_tuning_key *key, const plait_measurement *measurement) {
  auto put = [&](Database &database) {
    return transact(database, [&] { return putRow(database, *key, *measurement); });
  };
  return guarded([&]() -> Status {
    if (Status status = verify(key))
      return status;
    if (Status status = verify(measurement))
      return status;
    // A tuner puts many in a row; whoever reads next folds the log.
    return withDatabase(put, LogAtClose::Leave);
  });
}

plait_status *plait_tuning_best(const plait_tuning_key *key, plait_blob **schedule) {
  return guarded([&]() -> Status {
    if (Status status = verify(key))
      return status;
    return findBest(*key, schedule);
  });
}

plait_status *plait_tuning_list(const plait_tuning_key *key, plait_blob **lines) {
  return guarded([&]() -> Status {
    if (Status status = verify(key))
      return status;
    return withDatabase([&](Database &database) -> Status {
      Statement query(database, join("SELECT ", rowAsJson, " FROM measurements", whereKey, " ORDER BY min_ns"));
      std::string text;
      if (Status status = collect(bindKey(query, *key), text))
        return status;
      *lines = new plait_blob{std::move(text)};
      return nullptr;
    });
  });
}

plait_status *plait_tuning_export(const char *path) {
  return guarded([&]() -> Status {
    if (Status status = expectPointer(path, "plait_tuning_export expects a path"))
      return status;
    std::string text;
    Status status = withDatabase([&](Database &database) {
      Statement query(database, join("SELECT ", rowAsJson, " FROM measurements"));
      return collect(query, text);
    });
    if (!isDone(status))
      return status;
    // Nothing is locked any more: whoever reads a pipe may take long.
    if (Status failed = writeFile(path, {reinterpret_cast<const uint8_t *>(text.data()), text.size()}))
      return failed;
    return status;
  });
}

plait_status *plait_tuning_import(const char *path, uint64_t *imported) {
  return guarded([&]() -> Status {
    if (Status status = expectPointer(path, "plait_tuning_import expects a path"))
      return status;
    std::vector<uint8_t> bytes;
    if (Status status = readFile(path, bytes))
      return status;
    std::string text(bytes.begin(), bytes.end());
    uint64_t count = 0;
    Status status = withDatabase([&](Database &database) {
      return transact(database, [&] { return importLines(database, path, text, count); });
    });
    if (imported && isDone(status))
      *imported = count;
    return status;
  });
}
