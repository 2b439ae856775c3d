//===- Rows.cpp - measurements in the database ----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads and writes rows. SQLite's own JSON functions make and take apart the
// lines of an export.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/tuning/Rows.h"

#include <cmath>

using namespace plait;
using namespace plait::tuning;

const char *const plait::tuning::whereKey =
    " WHERE kernel = ?1 AND key_dim = ?2 AND value_dim = ?3 AND types = ?4 AND items = ?5 AND tokens = ?6"
    " AND isa = ?7 AND compiler = ?8";

const char *const plait::tuning::rowAsJson =
    "json_object('kernel', kernel, 'key_dim', key_dim, 'value_dim', value_dim, 'types', types, 'items', items,"
    " 'tokens', tokens, 'isa', isa, 'compiler', compiler, 'schedule', schedule, 'min_ns', min_ns,"
    " 'median_ns', median_ns, 'checked', checked, 'chosen', chosen)";

namespace {

constexpr const char *insertRow =
    "INSERT INTO measurements VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
    " ON CONFLICT DO UPDATE SET min_ns = excluded.min_ns, median_ns = excluded.median_ns,"
    " checked = excluded.checked, chosen = max(chosen, excluded.chosen)";

/// Takes a line apart. No row comes for a line that lacks a field or has one of another type.
constexpr const char *takeJson = R"(
  SELECT json_extract(line, '$.kernel'), json_extract(line, '$.key_dim'), json_extract(line, '$.value_dim'),
         json_extract(line, '$.types'), json_extract(line, '$.items'), json_extract(line, '$.tokens'),
         json_extract(line, '$.isa'), json_extract(line, '$.compiler'), json_extract(line, '$.schedule'),
         json_extract(line, '$.min_ns'), json_extract(line, '$.median_ns'),
         json_extract(line, '$.checked'), json_extract(line, '$.chosen')
  FROM (SELECT CASE WHEN json_valid(?1) THEN ?1 ELSE '{}' END AS line)
  WHERE json_type(line, '$.kernel') = 'text' AND json_type(line, '$.types') = 'text'
    AND json_type(line, '$.isa') = 'text' AND json_type(line, '$.compiler') = 'text'
    AND json_type(line, '$.schedule') = 'text'
    AND json_type(line, '$.key_dim') = 'integer' AND json_type(line, '$.value_dim') = 'integer'
    AND json_type(line, '$.items') = 'integer' AND json_type(line, '$.tokens') = 'integer'
    AND json_type(line, '$.min_ns') IN ('integer', 'real') AND json_type(line, '$.median_ns') IN ('integer', 'real')
    AND json_type(line, '$.checked') = 'integer' AND json_type(line, '$.chosen') = 'integer')";

} // namespace

Statement &plait::tuning::bindKey(Statement &statement, const plait_tuning_key &key) {
  return statement.bind(key.kernel)
      .bind(int64_t(key.key_dim))
      .bind(int64_t(key.value_dim))
      .bind(key.types)
      .bind(int64_t(key.items_bucket))
      .bind(int64_t(key.tokens_bucket))
      .bind(key.isa)
      .bind(key.compiler);
}

Status plait::tuning::verify(const plait_tuning_key *key) {
  if (!key || !key->kernel || !key->types || !key->isa || !key->compiler)
    return failure(PLAIT_INVALID_ARGUMENT, "tuning key expects kernel, types, isa and compiler, but one is NULL");
  return nullptr;
}

Status plait::tuning::verify(const plait_measurement *measurement) {
  if (!measurement || !measurement->schedule)
    return failure(PLAIT_INVALID_ARGUMENT, "measurement expects a schedule, but got NULL");
  for (double time : {measurement->min_ns, measurement->median_ns})
    if (!std::isfinite(time) || time < 0)
      return failure(PLAIT_INVALID_ARGUMENT, "measurement expects times >= 0, but got ", time);
  return nullptr;
}

Status plait::tuning::putRow(Database &database, const plait_tuning_key &key, const plait_measurement &measurement) {
  bool row = false;
  if (measurement.chosen) {
    Statement unchoose(database, join("UPDATE measurements SET chosen = 0", whereKey));
    if (Status status = bindKey(unchoose, key).step(row))
      return status;
  }
  Statement insert(database, insertRow);
  return bindKey(insert, key)
      .bind(measurement.schedule)
      .bind(measurement.min_ns)
      .bind(measurement.median_ns)
      .bind(int64_t(measurement.checked != 0))
      .bind(int64_t(measurement.chosen != 0))
      .step(row);
}

Status plait::tuning::putJson(Database &database, std::string_view line, bool &sound) {
  Statement take(database, takeJson);
  if (Status status = take.bind(std::string(line).c_str()).step(sound); status || !sound)
    return status;
  for (int column : {1, 2, 4, 5, 11, 12})
    sound &= take.integer(column) == int32_t(take.integer(column));
  std::string kernel = take.text(0), types = take.text(3), isa = take.text(6), compiler = take.text(7),
              schedule = take.text(8);
  plait_tuning_key key = {kernel.c_str(), int32_t(take.integer(1)), int32_t(take.integer(2)),
                          types.c_str(),  int32_t(take.integer(4)), int32_t(take.integer(5)),
                          isa.c_str(),    compiler.c_str()};
  plait_measurement measurement = {schedule.c_str(), take.real(9), take.real(10), int32_t(take.integer(11)),
                                   int32_t(take.integer(12))};
  sound &= !verify(&measurement);
  return sound ? putRow(database, key, measurement) : nullptr;
}
