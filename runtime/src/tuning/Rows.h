//===- Rows.h - measurements in the database --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how a measurement gets into the table and out of it.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_TUNING_ROWS_H
#define PLAIT_RUNTIME_SRC_TUNING_ROWS_H

#include "runtime/src/tuning/Database.h"

#include <string>
#include <string_view>

namespace plait::tuning {

/// A condition for the rows of one key, to be filled by bindKey.
extern const char *const whereKey;

/// A row as a JSON object.
extern const char *const rowAsJson;

Statement &bindKey(Statement &statement, const plait_tuning_key &key);

/// Checks what the user passed.
Status verify(const plait_tuning_key *key);
Status verify(const plait_measurement *measurement);

/// Stores a measurement; to be called inside a transaction.
Status putRow(Database &database, const plait_tuning_key &key, const plait_measurement &measurement);

/// Stores a measurement written as a JSON object; `sound` turns false for text that is none.
Status putJson(Database &database, std::string_view line, bool &sound);

} // namespace plait::tuning

#endif // PLAIT_RUNTIME_SRC_TUNING_ROWS_H
