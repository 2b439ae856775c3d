// RUN: plait-opt %s --plait-outline-kernels | FileCheck %s

// A kernel of f can't be f_0 where that is a function; it takes another name, and is called by it.

// CHECK: func.func @[[$KERNEL:f_0_[0-9_]+]]({{.*}}) attributes {plait.kernel}
// CHECK-LABEL: func.func @f(
// CHECK: func.call @[[$KERNEL]](
func.func @f(%x: memref<4xf32>, %value: f32) {
  scf.forall (%i) in (4) {
    memref.store %value, %x[%i] : memref<4xf32>
  }
  return
}

// CHECK: func.func @[[$OTHER:f_0_[0-9_]+]]({{.*}}) attributes {plait.kernel}
// CHECK-LABEL: func.func @f_0(
// CHECK: func.call @[[$OTHER]](
func.func @f_0(%x: memref<4xf32>, %value: f32) {
  scf.forall (%i) in (4) {
    memref.store %value, %x[%i] : memref<4xf32>
  }
  return
}
