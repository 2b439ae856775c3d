// RUN: plait-opt %s | FileCheck %s --check-prefixes=CHECK,OTHER
// @CHECK@ func
// CHECKS: func
// CHECK-LABEL: func
// expected-error @+1 {{expects a test}}
